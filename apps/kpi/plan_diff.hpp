#pragma once

#include "console.hpp"

#include <kpi/model/report.hpp>

#include <string>
#include <vector>

namespace kpi::app {

/// What a dry run would do, as lines for people: a heading a card ("~ update KPIs/Sales/Orders a month"),
/// below it how its SQL, name, description, display and collection change, and at the end how many of each.
[[nodiscard]] std::vector<std::string> plan_diff(const model::RegistrationReport& report,
                                                 const Console& console);

/// `before` and `after` as lines of one diff: " same", "-gone", "+new". Longest common subsequence of lines.
[[nodiscard]] std::vector<std::string> line_diff(const std::string& before, const std::string& after);

}  // namespace kpi::app
