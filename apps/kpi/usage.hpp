#pragma once

#include <CLI/CLI.hpp>

#include <string>

namespace kpi::app {

/// What to say of a command line that CLI11 refused: one line, with the nearest command or flag for one that
/// is misspelt, and where help is. `first` is the first word after the program's name, or "".
[[nodiscard]] std::string usage_line(const CLI::App& root, const CLI::ParseError& error,
                                     const std::string& first);

}  // namespace kpi::app
