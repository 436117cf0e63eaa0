#pragma once

#include "analyzer.hpp"
#include "lexer.hpp"

#include <kpi/model/finding.hpp>
#include <kpi/model/schema.hpp>

#include <string_view>
#include <vector>

// What names mean, as far as words show it: for text that no parser here takes.
namespace kpi::sql {

/// A finding for every table after FROM, JOIN or a comma that `schema` does not have: guard.catalog for what
/// is qualified (another database's table) or a text (a file, to some databases), schema.unknown_table for a
/// bare name. WITH queries, calls and DUAL are none.
[[nodiscard]] std::vector<model::Finding> check_token_tables(std::string_view statement,
                                                             const std::vector<Token>& tokens,
                                                             const model::Database& schema);

/// lint.personal_column for every personal column that stands in a SELECT list or GROUP BY outside count(),
/// and for * where a table that is named has such a column. Stricter than the lint on a tree, which follows
/// what is shown: here a list inside the statement counts like the outermost.
[[nodiscard]] std::vector<model::Finding> check_token_personal(std::string_view statement,
                                                               const std::vector<Token>& tokens,
                                                               const model::Database& schema,
                                                               const Policy& policy);

}  // namespace kpi::sql
