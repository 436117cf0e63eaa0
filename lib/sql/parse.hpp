#pragma once

#include "lexer.hpp"
#include "tree.hpp"

#include <kpi/model/finding.hpp>

#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace kpi::sql {

/// What PostgreSQL's own grammar makes of a text: a tree, or the one finding that says why there is none.
struct Parsed {
  std::unique_ptr<const Tree> tree;
  std::optional<model::Finding> finding;  ///< "syntax.error", by byte position
};

/// Parses `statement`, which must have passed prescan(): the library neither survives nor ends in time on any
/// text whatever. Source: libpg_query 15, PostgreSQL 15's scanner and grammar.
/// `names` says whether the tree keeps letter case where PostgreSQL would.
[[nodiscard]] Parsed parse_postgres(std::string_view statement, Names names = Names::exact);

/// `statement` as a server reads it whose standard_conforming_strings is off, where \' does not end a
/// literal; spelled for one where it is on. Empty where both read the same.
[[nodiscard]] std::string read_with_escapes(std::string_view statement, const std::vector<Token>& tokens);

}  // namespace kpi::sql
