#pragma once

#include <kpi/base/text.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace kpi::stages {

/// True if `name` matches one of `globs`.
[[nodiscard]] inline bool matches_any(std::string_view name, const std::vector<std::string>& globs) {
  for (const auto& glob : globs) {
    if (glob_match(glob, name)) return true;
  }
  return false;
}

/// True if `name` is wanted: included and not excluded.
[[nodiscard]] inline bool is_wanted(std::string_view name, const std::vector<std::string>& include,
                                    const std::vector<std::string>& exclude) {
  return matches_any(name, include) && !matches_any(name, exclude);
}

}  // namespace kpi::stages
