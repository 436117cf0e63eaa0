#pragma once

#include <kpi/base/clock.hpp>
#include <kpi/metabase/api.hpp>
#include <kpi/model/kpi.hpp>
#include <kpi/stages/result_facts.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace kpi::stages {

/// What a result is held against.
struct ResultLimits {
  std::int64_t max_rows = 2000;  ///< the cap the query ran under
  std::size_t max_groups = 500;  ///< a breakdown of more is a listing
  std::chrono::milliseconds slow{10'000};
  WallTime now{};
};

/// What the rows of a run that succeeded say against the KPI: `result.*`, run.truncated and run.slow, none of
/// them an error. Codes are in the catalogue of kpi::sql. `facts` are of `result`.
[[nodiscard]] std::vector<model::Finding> check_result(const model::Kpi& kpi,
                                                       const metabase::QueryResult& result,
                                                       const ResultFacts& facts, const ResultLimits& limits);

}  // namespace kpi::stages
