#pragma once

#include "lexer.hpp"

#include <kpi/model/schema.hpp>

#include <string_view>
#include <vector>

namespace kpi::sql {

/// What binding a statement of a dialect that tells no letter cases apart needs: the tables of `schema` that
/// the text names at all, with the names of tables and columns in lower case, for a tree read with
/// Names::folded. Types that only Metabase knows (SQLite's DATETIME, MySQL's tinyint) are left to Metabase's
/// own. Names no table where the text names none.
[[nodiscard]] model::Database folded_schema(std::string_view statement, const std::vector<Token>& tokens,
                                            const model::Database& schema);

}  // namespace kpi::sql
