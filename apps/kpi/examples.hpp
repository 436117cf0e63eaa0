#pragma once

#include <string>
#include <string_view>

namespace kpi::app {

/// How the command `path` ("kpi validate") is used: lines that can be copied, each below a "#" line that says
/// what it is for. Help and man pages show them; "" for a command that needs none.
[[nodiscard]] std::string examples_of(std::string_view path);

}  // namespace kpi::app
