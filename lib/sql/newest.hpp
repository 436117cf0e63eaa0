#pragma once

#include <kpi/model/schema.hpp>

#include <string>

namespace kpi::sql {

/// The statement that asks for the newest value of a table's time column: one row, one column.
[[nodiscard]] std::string newest_of(const model::Table& table, const std::string& column,
                                    model::Dialect dialect);

}  // namespace kpi::sql
