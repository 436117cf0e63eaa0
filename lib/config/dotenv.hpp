#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace kpi::config {

/// What a .env file says.
struct Dotenv {
  std::map<std::string, std::string> values;
  std::vector<std::string> warnings;  ///< lines that could not be read: ".env:3: ...", never their text
};

/// Reads KEY=VALUE lines: `export ` before the key and spaces around `=` are fine; '#' begins a comment at
/// the start of a line or after white space; 'single' quotes keep everything, "double" ones know \n \r \t \"
/// \\ \$, and both may run over several lines; the last of two values counts. Variables are not expanded. A
/// line that is none of this is a warning: the file may belong to another program too.
[[nodiscard]] Dotenv parse_dotenv(std::string_view text);

}  // namespace kpi::config
