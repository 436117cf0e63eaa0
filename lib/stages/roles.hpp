#pragma once

#include <kpi/model/schema.hpp>

#include <cstddef>

namespace kpi::stages {

/// What the rows of `table` are to a business, told by its name, keys, times and measures, which must be
/// known. `referring`: how many other tables have a key to it. Being referred to and having a name speak for
/// a dimension; keys to others, figures to add up and times at which something happened for a fact. A table
/// of which nothing tells is a dimension.
[[nodiscard]] model::Role role_of(const model::Table& table, std::size_t referring);

}  // namespace kpi::stages
