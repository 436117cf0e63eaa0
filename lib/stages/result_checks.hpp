#pragma once

#include <kpi/metabase/api.hpp>
#include <kpi/model/kpi.hpp>

#include <cstdint>
#include <vector>

namespace kpi::stages {

/// What the rows of a run that succeeded say against the KPI: `result.*` and run.truncated, all warnings.
/// Codes are in the catalogue of kpi::sql. `max_rows` is the cap the query ran under.
[[nodiscard]] std::vector<model::Finding> check_result(const model::Kpi& kpi,
                                                       const metabase::QueryResult& result,
                                                       std::int64_t max_rows);

}  // namespace kpi::stages
