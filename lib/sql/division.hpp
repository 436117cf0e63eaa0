#pragma once

#include "bind.hpp"

#include <kpi/model/schema.hpp>

namespace kpi::sql {

/// True if `node` is a division of two numbers that may lose its fraction: of two whole numbers in
/// PostgreSQL; in SQLite, where values and not columns have types, of any two that are not surely floating
/// point. Sources: PostgreSQL 15 manual, table 9.5; SQLite's "Datatypes", section 3.
[[nodiscard]] bool cuts_fraction(const Binding& binding, const Node& node, model::Dialect dialect);

/// True if SQLite surely computes `node` in floating point, whatever the rows hold.
[[nodiscard]] bool is_floating(const Binding& binding, const Node* node);

}  // namespace kpi::sql
