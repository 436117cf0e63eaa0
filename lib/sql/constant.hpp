#pragma once

#include "tree.hpp"

#include <optional>
#include <string_view>

// What can be computed of an expression without a database.
namespace kpi::sql {

/// The number that `node` is, by + - * / % ^, signs and casts of constants; none where it is not constant.
[[nodiscard]] std::optional<double> constant_number(const Node* node);

/// Seconds since 1970 of a literal date or timestamp ("2024-01-31", "2024-01-31 12:00:00"), cast or not.
[[nodiscard]] std::optional<double> constant_moment(const Node* node);

/// About how many seconds the interval literal is ("1 day", "15 minutes", "1 mon"), cast or not; a month is
/// 28 days, so that a count of steps is never too low.
[[nodiscard]] std::optional<double> constant_interval(const Node* node);

/// True if the expression reads no column and no subquery.
[[nodiscard]] bool is_constant(const Node* node);

}  // namespace kpi::sql
