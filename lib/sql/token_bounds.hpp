#pragma once

#include "analyzer.hpp"
#include "lexer.hpp"

#include <kpi/model/finding.hpp>

#include <string_view>
#include <vector>

namespace kpi::sql {

/// What check_bounds() sees in a tree, for text that has none: stricter, since words show less. Every JOIN
/// must have its own USING, or an ON that names two columns; commas in FROM, CROSS JOIN, NATURAL JOIN and
/// recursion are refused; the pattern of printf() and format(), the length in repeat(), lpad(), rpad() and
/// space() and the ends of generate_series() must be plain.
[[nodiscard]] std::vector<model::Finding> check_token_bounds(std::string_view statement,
                                                             const std::vector<Token>& tokens,
                                                             const Policy& policy);

/// True if token `i` is the word that ends a FROM, and not a name: some databases take FROM users offset, ..
/// and FROM users limit JOIN .. for a table and its alias.
[[nodiscard]] bool ends_from(std::string_view statement, const std::vector<Token>& tokens, std::size_t i);

}  // namespace kpi::sql
