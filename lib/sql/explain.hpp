#pragma once

#include "analyzer.hpp"

#include <kpi/base/json.hpp>
#include <kpi/model/kpi.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

// What a database expects a statement to take, and whether its joins repeat rows.
namespace kpi::sql {

/// The statement that asks for the plan of `statement`, without running it: EXPLAIN (FORMAT JSON) of
/// PostgreSQL, EXPLAIN QUERY PLAN of SQLite, never ANALYZE. None where `analysis`, which is of `statement`,
/// does not let it run (the guard stays the only gate), and for dialects without a plan that can be read.
[[nodiscard]] std::optional<std::string> explain_statement(std::string_view statement,
                                                           const Analysis& analysis, model::Dialect dialect);

/// A plan, as far as limits and doubts need it.
struct Plan {
  model::PlanEstimate estimate;
  std::optional<double> joined_rows;  ///< the most rows that a join of it gives
};

/// The plan in the rows that explain_statement()'s statement gave. For SQLite, which counts nothing, the rows
/// of nested full scans are multiplied, by the row counts of `schema`. None where it cannot be read.
[[nodiscard]] std::optional<Plan> read_plan(const std::vector<std::vector<Json>>& rows,
                                            std::string_view statement, model::Dialect dialect,
                                            const model::Database* schema);

/// True if `statement` joins, or reads a table of at least `large` rows: its plan is worth a query.
[[nodiscard]] bool wants_plan(std::string_view statement, model::Dialect dialect,
                              const model::Database* schema, double large);

/// A question to the data: does a join repeat the rows of a table whose columns are summed or averaged?
struct JoinProbe {
  std::string table;  ///< whose rows may be repeated, by qualified name
  std::string sql;    ///< one row: how often its rows are met, and how many they are
  std::optional<std::int64_t> table_rows;
};

/// The probe for `statement`; none where nothing is joined, nothing of a table with a key of one column is
/// summed or averaged, or the FROM is not plain enough to tell. What comes out is to be guarded like any
/// other statement.
[[nodiscard]] std::optional<JoinProbe> join_probe(std::string_view statement, model::Dialect dialect,
                                                  const model::Database& schema);

}  // namespace kpi::sql
