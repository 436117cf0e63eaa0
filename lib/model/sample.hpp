#pragma once

#include <kpi/model/schema.hpp>

#include <cstdint>

namespace kpi::model {

/// Rows that Metabase looks at for its statistics: the first ones that the database gives.
/// Source: metabase.analyze.fingerprint, max-sample-rows.
inline constexpr std::int64_t sample_rows = 10'000;

/// True if the statistics of `table` are those of a part of its rows, so that lowest and highest values are
/// no bounds and the latest time is not when its data ends: it has as many rows as are looked at or more, or,
/// where the number is unknown, a column with nearly as many different values.
[[nodiscard]] bool is_sampled(const Table& table);

}  // namespace kpi::model
