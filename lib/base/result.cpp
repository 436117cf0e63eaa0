#include <kpi/base/result.hpp>
#include <kpi/base/text.hpp>

namespace kpi {

std::string Error::line() const {
  std::string text = where.empty() ? what : where + ": " + what;
  if (!advice.empty()) text += "; " + advice;
  return single_line(text);
}

}  // namespace kpi
