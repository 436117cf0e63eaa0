#pragma once

#include "lexer.hpp"

#include <kpi/model/schema.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace kpi::sql {

/// The tables that a statement names after FROM and JOIN, in order of appearance and without repeats: by
/// qualified name where `schema` knows them, as written (unquoted) where it is null; names that a WITH clause
/// defines are left out, and so are names that `schema` does not know. Text is read word by word, so it
/// serves every dialect.
[[nodiscard]] std::vector<std::string> tables_read(std::string_view statement, const LexRules& rules,
                                                   const model::Database* schema);

}  // namespace kpi::sql
