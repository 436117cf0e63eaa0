#pragma once

#include <kpi/base/result.hpp>
#include <kpi/model/kpi.hpp>
#include <kpi/render/terminal.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace kpi::render {

/// One component of a score as a summand: its points of the 100.
struct Summand {
  const model::ScoreComponent* component;
  double share;   ///< of the weight, 0..1
  double points;  ///< 100 * share * value
};

/// `score` as a sum; the points of all add up to the total but for its rounding. Empty where a gate made it
/// 0.
[[nodiscard]] std::vector<Summand> summands(const model::Score& score);

/// The KPI whose id begins with `id`, else the one of that name. Fails (input, "report.no_kpi") where none or
/// more than one does.
Result<const model::Kpi*> kpi_with_id(const std::vector<model::Kpi>& kpis, std::string_view id);

/// What the KPI is, what was found of it, its score as a sum, and its SQL, for a terminal.
[[nodiscard]] std::string explanation(const model::Kpi& kpi, const TerminalStyle& style);

}  // namespace kpi::render
