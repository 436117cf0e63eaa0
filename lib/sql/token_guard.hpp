#pragma once

#include "guard.hpp"
#include "lexer.hpp"

#include <kpi/model/finding.hpp>

#include <string_view>
#include <vector>

namespace kpi::sql {

/// Guards a statement word by word, for dialects that no parser here knows. Stricter than a parser's guard:
/// any word that can change something is refused wherever it stands bare, and so is all that databases read
/// differently (backslashes in literals, # and $, nested or executable comments). `functions` may be called.
[[nodiscard]] std::vector<model::Finding> guard_tokens(std::string_view statement,
                                                       const std::vector<Token>& tokens,
                                                       const NameSet& functions);

/// Functions of MySQL and its like that read only their arguments and the clock.
[[nodiscard]] const std::vector<std::string_view>& mysql_functions();

}  // namespace kpi::sql
