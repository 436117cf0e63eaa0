#pragma once

#include "analyzer.hpp"
#include "tree.hpp"

#include <kpi/model/finding.hpp>
#include <kpi/model/schema.hpp>

#include <vector>

namespace kpi::sql {

/// Reasons to refuse a tree for what it would cost, as far as its form shows it; the rest is for timeouts.
///
/// - guard.joins: more joins than the policy's max_joins, commas in FROM included.
/// - guard.product: two or more FROM items that no condition connects. Items of one row (a subquery that only
///   aggregates), VALUES and generated series may stand beside others: they multiply nothing, or what is
///   bounded.
/// - guard.recursion: a recursive arm must join a table by a condition (it ends with the data) or move a
///   counter towards a bound (n + 1 with n < 100); UNION alone does not end a counter. It may neither
///   multiply its rows nor its texts by itself in every round.
/// - guard.generated_rows: rows that the statement makes up (series, VALUES, counters, literals taken apart)
///   are multiplied out over a FROM and over what runs once a row; bounds that are computed from constants
///   only must be plain enough to compute here. No text or array may be built longer than the same limit in
///   bytes; repeat, lpad, rpad and array_fill must show how long theirs is, and the widths in a pattern of
///   format must be plain.
///
/// The tree's depth must be within the policy's. `dialect` is the one that the text was written in, which may
/// be SQLite's where PostgreSQL's grammar takes it, too.
[[nodiscard]] std::vector<model::Finding> check_bounds(const Tree& tree, const Policy& policy,
                                                       model::Dialect dialect);

/// True if `pattern` of a call of format or printf asks for no width or precision above `most`, and for none
/// that an argument sets.
[[nodiscard]] bool has_plain_widths(std::string_view pattern, double most);

}  // namespace kpi::sql
