#pragma once

#include <kpi/model/schema.hpp>

#include <cstddef>

namespace kpi::sql {

/// Tells one database value from another, and from itself once changed, without reading every field: it is
/// taken once a statement, and a database may have 10,000 tables.
[[nodiscard]] std::size_t schema_key(const model::Database& database);

}  // namespace kpi::sql
