#pragma once

#include "lexer.hpp"

#include <kpi/base/result.hpp>
#include <kpi/model/schema.hpp>

#include <sqlite3.h>

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace kpi::sql {

struct CloseSqlite {
  void operator()(sqlite3* connection) const { sqlite3_close_v2(connection); }
};
using SqliteConnection = std::unique_ptr<sqlite3, CloseSqlite>;

/// The tables of `schema` whose names stand somewhere in the statement, in the schema's order: the only ones
/// that it can read. A database may have 10,000.
[[nodiscard]] std::vector<const model::Table*> named_tables(const model::Database& schema,
                                                            std::string_view statement,
                                                            const std::vector<Token>& tokens);

/// A CREATE TABLE for each of `tables`. Two lists of tables that bind alike give the same text, and two that
/// do not give another.
[[nodiscard]] std::vector<std::string> definitions_of(const std::vector<const model::Table*>& tables);

/// An in-memory database with the tables that `definitions` make and no rows, hardened: double quotes name
/// columns only, no extensions, no schema of its own is trusted, limits on what a statement may be. A table
/// that SQLite will not take is left out. Fails (item, "sql.replica") if memory runs out.
Result<SqliteConnection> open_replica(const std::vector<std::string>& definitions, std::size_t max_bytes,
                                      std::size_t max_depth);

}  // namespace kpi::sql
