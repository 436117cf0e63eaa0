#pragma once

#include "bind.hpp"
#include "lexer.hpp"
#include "tree.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace kpi::sql {

/// 16 hex digits, the same for statements of one meaning in `dialect`, PostgreSQL's or SQLite's: layout,
/// letter case of keywords, aliases and the spelling of numbers (1.50 and 1.5) do not count; which literal
/// does: status = 1 and status = 2 are two KPIs. With a binding, o.status and status are one where they mean
/// one column; without, they are two.
[[nodiscard]] std::string fingerprint(const Tree& tree, const Binding* binding, model::Dialect dialect);

/// The same from tokens, for what PostgreSQL's grammar does not read or reads otherwise: aliases count here.
[[nodiscard]] std::string fingerprint(std::string_view statement, const std::vector<Token>& tokens);

}  // namespace kpi::sql
