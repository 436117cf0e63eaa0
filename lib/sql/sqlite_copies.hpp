#pragma once

#include "lexer.hpp"

#include <string_view>
#include <vector>

namespace kpi::sql {

/// How many copies of one part SQLite may make while it prepares the statement, never too few: it copies a
/// WITH query for every place that names it, and an output column's expression for every place that names
/// the column, be it the query's own ORDER BY or one that reads it as a subquery. Each step outwards
/// multiplies. Source: withExpand(), resolveAlias() and substExpr() of SQLite 3.40.
[[nodiscard]] double copies_made(std::string_view statement, const std::vector<Token>& tokens);

}  // namespace kpi::sql
