#pragma once

#include "analyzer.hpp"
#include "lexer.hpp"

#include <kpi/model/finding.hpp>

#include <string_view>
#include <vector>

namespace kpi::sql {

/// What must be known of a text before any parser sees it: size, bytes, Metabase's marks, and whatever makes
/// libpg_query crash (long chains of operators, joins, unions) or stall (nested comments, runs of operator
/// characters). `tokens` are lex(statement). Time grows with length. Source: libpg_query's issues 348 and
/// 366, and measurements of our own.
[[nodiscard]] std::vector<model::Finding> prescan(std::string_view statement,
                                                  const std::vector<Token>& tokens, const Policy& policy);

/// The first part of prescan(), which needs no tokens: size and bytes.
[[nodiscard]] std::vector<model::Finding> prescan_bytes(std::string_view statement, const Policy& policy);

}  // namespace kpi::sql
