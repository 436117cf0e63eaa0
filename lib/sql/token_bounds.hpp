#pragma once

#include "analyzer.hpp"
#include "lexer.hpp"

#include <kpi/model/finding.hpp>

#include <string_view>
#include <vector>

namespace kpi::sql {

/// What check_bounds() sees in a tree, for text that has none: stricter, since words show less. Every JOIN
/// must have its own ON or USING; commas in FROM, CROSS JOIN and recursion are refused; the pattern of
/// printf() and format() and the length in repeat(), lpad(), rpad() and space() must be plain.
[[nodiscard]] std::vector<model::Finding> check_token_bounds(std::string_view statement,
                                                             const std::vector<Token>& tokens,
                                                             const Policy& policy);

}  // namespace kpi::sql
