#pragma once

#include <kpi/model/schema.hpp>

namespace kpi::stages {

/// What the rows of `table` are to a business, told by its name, keys, times and measures, which must be
/// known. `referred_to`: another table has a key to it. A table of which nothing tells is a dimension.
[[nodiscard]] model::Role role_of(const model::Table& table, bool referred_to);

}  // namespace kpi::stages
