#include <kpi/render/text_width.hpp>

#include <utf8proc.h>

#include <algorithm>
#include <cstdint>

namespace kpi::render {
namespace {

struct Step {
  std::size_t bytes;
  std::size_t columns;
};

/// The character at the front of `text`, which is not empty.
Step step(std::string_view text) {
  std::int32_t point = -1;
  const auto read = utf8proc_iterate(reinterpret_cast<const std::uint8_t*>(text.data()),
                                     static_cast<utf8proc_ssize_t>(text.size()), &point);
  if (read <= 0) return {1, 1};
  return {static_cast<std::size_t>(read), static_cast<std::size_t>(std::max(0, utf8proc_charwidth(point)))};
}

}  // namespace

std::size_t display_width(std::string_view text) {
  std::size_t columns = 0;
  while (!text.empty()) {
    const auto next = step(text);
    columns += next.columns;
    text.remove_prefix(next.bytes);
  }
  return columns;
}

std::string fitted(std::string_view text, std::size_t columns, Align align) {
  std::string out(text);
  auto width = display_width(text);
  if (width > columns) {
    if (columns == 0) return "";
    std::size_t taken = 0;
    std::size_t bytes = 0;
    while (bytes < text.size()) {
      const auto next = step(text.substr(bytes));
      if (taken + next.columns > columns - 1) break;
      taken += next.columns;
      bytes += next.bytes;
    }
    out = std::string(text.substr(0, bytes)) + "…";
    width = taken + 1;
  }
  const std::string blanks(columns - width, ' ');
  return align == Align::right ? blanks + out : out + blanks;
}

}  // namespace kpi::render
