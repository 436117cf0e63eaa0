#pragma once

#include "types.hpp"

#include <string_view>
#include <vector>

// What is known of functions by their names, in lower case.
namespace kpi::sql {

/// What a call gives; unknown for functions that this table does not know. Source: PostgreSQL 15 manual,
/// chapter 9.
[[nodiscard]] Type type_of_call(std::string_view function, const std::vector<Type>& arguments);

/// count, sum, ...: functions that fold rows, without OVER.
[[nodiscard]] bool is_aggregate(std::string_view function);
/// row_number, lag, ...: functions that exist with OVER only.
[[nodiscard]] bool is_window_only(std::string_view function);

}  // namespace kpi::sql
