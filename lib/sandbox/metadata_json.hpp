#pragma once

#include <kpi/base/json.hpp>
#include <kpi/sandbox/catalog.hpp>

#include <cstdint>
#include <map>

// Databases, tables and fields as Metabase 0.50 says them.
namespace kpi::sandbox {

/// A database without its tables.
Json database_json(const Catalog::Database& database);

/// A table without its fields; `schemas` tells whether its engine has schemas.
Json table_json(const Table& table, std::int64_t database_id, bool schemas);

/// A field at `position` of its table; a foreign key without the field it points at.
Json field_json(const Field& field, std::int64_t table_id, std::size_t position);

/// The fields of `table`, foreign keys with the field they point at, by id.
Json fields_json(const Table& table, const std::map<std::int64_t, Json>& targets);

/// Every field that a foreign key of the snapshot points at, by id.
std::map<std::int64_t, Json> key_targets(const Snapshot& snapshot);

}  // namespace kpi::sandbox
