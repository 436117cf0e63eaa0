#pragma once

#include "lexer.hpp"

#include <string_view>
#include <vector>

namespace kpi::sql {

/// What the text uses that SQLite has not at all, and what to write instead; empty where nothing of the kind
/// is seen. For the message of a statement that SQLite refused, whose own words name only the next token.
[[nodiscard]] std::string_view foreign_to_sqlite(std::string_view statement,
                                                 const std::vector<Token>& tokens);

}  // namespace kpi::sql
