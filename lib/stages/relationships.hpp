#pragma once

#include <kpi/model/schema.hpp>

namespace kpi::stages {

/// Adds to `database` the foreign keys that nobody declared: fields named after another table's single
/// primary key, of the same kind of type, whose values fit into it as far as statistics tell. Each is a
/// Relationship of kind "inferred" with a confidence (only those of 0.6 and more) and the reason, and the
/// field's `references` is set. Primary keys must be known. Deterministic: the order of tables and fields
/// decides ties, and an even tie is no relationship.
void infer_relationships(model::Database& database);

}  // namespace kpi::stages
