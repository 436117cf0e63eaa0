#pragma once

#include "tree.hpp"

#include <kpi/model/finding.hpp>

#include <memory>
#include <optional>
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

}  // namespace kpi::sql
