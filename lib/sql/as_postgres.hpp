#pragma once

#include "lexer.hpp"
#include "tree.hpp"

#include <kpi/model/schema.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace kpi::sql {

/// `statement` as PostgreSQL would spell it, byte for byte in the same places: quoting by `..` and [..], ==,
/// GLOB, AS 'name' and LIMIT a, b of SQLite and MySQL; comments are blanks. For looking at its form only:
/// what is compared and limited by may have changed. `tokens` are lex(statement) by the dialect's rules.
[[nodiscard]] std::string as_postgres(std::string_view statement, const std::vector<Token>& tokens);

/// True if `tree`, that of as_postgres(statement), means what the statement means to SQLite: no word was put
/// for one that means something else, and no operator binds otherwise. Sources: PostgreSQL 15 manual, section
/// 4.1.6; SQLite's "SQL Language Expressions", section 2.
[[nodiscard]] bool reads_as_sqlite(const Tree& tree, std::string_view statement,
                                   const std::vector<Token>& tokens);

}  // namespace kpi::sql
