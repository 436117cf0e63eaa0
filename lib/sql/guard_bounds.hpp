#pragma once

#include "analyzer.hpp"
#include "tree.hpp"

#include <kpi/model/finding.hpp>

#include <vector>

namespace kpi::sql {

/// Reasons to refuse a tree for what it would cost, as far as its form shows it; the rest is for timeouts.
///
/// - guard.product: two or more FROM items that no condition connects. Items of one row (a subquery that only
///   aggregates), VALUES and generated series may stand beside others: they multiply nothing, or what is
///   bounded.
/// - guard.recursion: a recursive arm must join a table by a condition (it ends with the data) or compare
/// with
///   an order (n < 100); UNION alone does not end a counter.
/// - guard.generated_rows: series with constant bounds are multiplied out over a FROM; bounds that are
///   computed from constants only must be plain enough to compute here. repeat, lpad, rpad, array_fill and
///   format may not build a text longer than the same limit.
///
/// The tree's depth must be within the policy's.
[[nodiscard]] std::vector<model::Finding> check_bounds(const Tree& tree, const Policy& policy);

}  // namespace kpi::sql
