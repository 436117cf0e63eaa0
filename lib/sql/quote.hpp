#pragma once

#include <string>
#include <string_view>

namespace kpi::sql {

/// `text` between two `mark`s, each mark inside it twice: a name for '"', a literal for '\''.
[[nodiscard]] inline std::string quote(std::string_view text, char mark) {
  std::string quoted(1, mark);
  for (const char c : text) {
    if (c == mark) quoted += c;
    quoted += c;
  }
  quoted += mark;
  return quoted;
}

}  // namespace kpi::sql
