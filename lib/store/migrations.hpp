#pragma once

#include <kpi/base/result.hpp>
#include <kpi/store/database.hpp>

#include <cstdint>

namespace kpi::store {

/// The version of the tables that this program writes (PRAGMA user_version).
[[nodiscard]] std::int64_t newest_version();

/// Whether the tables of `database` are at newest_version(). Changes nothing. Fails (machine): "state.newer"
/// for a file that a later kpi wrote, "state.foreign" for another program's database, and as Database does.
Result<bool> is_current(Database& database);

/// Brings the tables of `database` up to newest_version(), in one transaction: an older file keeps its rows,
/// and a process killed midway leaves it as it was. Fails (machine): "state.newer" for a file that a later
/// kpi wrote, "state.foreign" for another program's database, and as Database does.
Result<Done> migrate(Database& database);

}  // namespace kpi::store
