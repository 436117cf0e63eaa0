#pragma once

#include <kpi/config/resources.hpp>
#include <kpi/model/kpi.hpp>
#include <kpi/stages/result_facts.hpp>

#include <optional>
#include <vector>

namespace kpi::stages {

/// Gives every validated KPI its business value, 0..100, and its rank. Gates come first: one that is closed
/// makes the score 0 and says why. Else it is the weighted mean of the components named in `weights` (see
/// score_components.hpp), each with its value and reason; one that nothing can be said of is left out of the
/// mean. `facts` are of each KPI's rows, none where it was not run. The same KPIs give the same scores and
/// ranks, whatever their order: equal scores rank by id.
void score_all(std::vector<model::Kpi>& kpis, const std::vector<std::optional<ResultFacts>>& facts,
               const std::vector<config::ScoringWeight>& weights);

}  // namespace kpi::stages
