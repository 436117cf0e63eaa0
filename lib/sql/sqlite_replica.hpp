#pragma once

#include <kpi/base/result.hpp>
#include <kpi/model/schema.hpp>

#include <sqlite3.h>

#include <cstddef>
#include <memory>

namespace kpi::sql {

struct CloseSqlite {
  void operator()(sqlite3* connection) const { sqlite3_close_v2(connection); }
};
using SqliteConnection = std::unique_ptr<sqlite3, CloseSqlite>;

/// An in-memory database with the tables of `schema` (none for nullptr) and no rows, hardened: double quotes
/// name columns only, no extensions, no schema of its own is trusted, limits on what a statement may be. A
/// table that SQLite will not take is left out. Fails (item, "sql.replica") if memory runs out.
Result<SqliteConnection> open_replica(const model::Database* schema, std::size_t max_bytes,
                                      std::size_t max_depth);

}  // namespace kpi::sql
