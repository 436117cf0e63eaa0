#include <kpi/base/text.hpp>
#include <kpi/llm/prompt_data.hpp>

#include <fmt/format.h>

#include <cmath>

namespace kpi::llm {

std::string as_data(std::string_view text, std::size_t max_bytes) {
  // Without its first character no mark can be forged; ">" is in operators that a model should copy.
  return replace_all(shorten(single_line(text), max_bytes), "<", "&lt;");
}

std::string two_digits(double value) {
  if (value == 0 || !std::isfinite(value)) return "0";
  const double step = std::pow(10.0, std::floor(std::log10(std::fabs(value))) - 1);
  const double rounded = std::round(value / step) * step;
  auto text = step >= 1 ? fmt::format("{:.0f}", rounded)
                        : fmt::format("{:.{}f}", rounded, static_cast<int>(std::lround(-std::log10(step))));
  if (text.find('.') != std::string::npos) {
    while (text.back() == '0') text.pop_back();
    if (text.back() == '.') text.pop_back();
  }
  return text;
}

}  // namespace kpi::llm
