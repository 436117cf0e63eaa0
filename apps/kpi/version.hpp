#pragma once

#include <string_view>

namespace kpi::app {

/// The project's version, from the top CMakeLists.txt.
inline constexpr std::string_view version = KPI_VERSION;

}  // namespace kpi::app
