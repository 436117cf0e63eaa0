#pragma once

#include "outline.hpp"

#include <string_view>

namespace kpi::sql {

/// A date in `literal` (its text without quotes) that no row of a business is older than: '1900-01-01' leaves
/// out what was never filled in, and bounds nothing.
[[nodiscard]] bool is_before_all(std::string_view literal);

/// Whether the statement chooses rows for what they are: a condition in WHERE, HAVING, FILTER or CASE beside
/// those that only keep the rows clean - nulls of what it counts or measures, tests, deleted rows, and dates
/// before all. No IO; `outline` is of `statement`.
[[nodiscard]] bool chooses_rows(std::string_view statement, const Outline& outline);

}  // namespace kpi::sql
