#pragma once

#include <kpi/base/clock.hpp>
#include <kpi/base/json.hpp>
#include <kpi/base/result.hpp>
#include <kpi/sandbox/state.hpp>

#include <cstdint>
#include <optional>

namespace kpi::sandbox {

/// Makes the Trash and the administrator's personal collection where they are missing.
Result<Done> found_collections(State& state, Clock& clock);

/// The row of a collection as Metabase shows it; none if there is none of that id.
Result<std::optional<Json>> collection_row(State& state, std::int64_t id);

/// The root ("Our analytics"), which has no row.
[[nodiscard]] Json root_collection();

}  // namespace kpi::sandbox
