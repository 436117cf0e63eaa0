#pragma once

#include <kpi/config/resources.hpp>
#include <kpi/metabase/api.hpp>
#include <kpi/model/kpi.hpp>

#include <string>
#include <vector>

namespace kpi::stages {

/// The business value of one validated KPI, 0..100: gates first (rejected, empty, all null: 0 with the
/// reason), then the weighted mean of the components named in `weights`, each with its reason. `rows` are
/// those of its execution, null where it was not run; they are looked at and not kept.
[[nodiscard]] model::Score score(const model::Kpi& kpi, const metabase::QueryResult* rows,
                                 const std::vector<config::ScoringWeight>& weights);

}  // namespace kpi::stages
