#pragma once

#include <kpi/base/clock.hpp>
#include <kpi/metabase/api.hpp>
#include <kpi/model/kpi.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

// A result as a series over time.
namespace kpi::stages {

/// A moment as a cell writes it.
struct CellTime {
  std::int64_t seconds = 0;  ///< since 1970 in the cell's own zone
  std::int64_t months = 0;   ///< since year 0
};

/// "2026", "2026-03", "2026-Q1", "2026-W09", "2026-03-01", with a time of day or without; none for anything
/// else.
[[nodiscard]] std::optional<CellTime> time_in(const Json& cell);

/// The first column that holds nothing but times and nulls, at least one time; a number is no time.
[[nodiscard]] std::optional<std::size_t> time_axis(const metabase::QueryResult& result);

/// What is wrong with a series: result.gaps, result.unordered, result.future, result.raw_moments. Nothing for
/// results that are none. A series of what is planned (due dates, expiry) may reach into the future.
[[nodiscard]] std::vector<model::Finding> check_series(const model::Kpi& kpi,
                                                       const metabase::QueryResult& result, WallTime now);

}  // namespace kpi::stages
