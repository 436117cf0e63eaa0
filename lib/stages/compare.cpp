// discover --since: what changed between two schema reports.
#include <kpi/stages/discover.hpp>

#include <map>
#include <string>

namespace kpi::stages {
namespace {

using Tables = std::map<std::string, const model::Table*>;

/// Tables by "database.schema.table": ids are Metabase's own and differ between servers.
Tables by_name(const model::SchemaReport& report) {
  Tables tables;
  for (const auto& database : report.databases) {
    for (const auto& table : database.tables)
      tables.emplace(database.name + "." + table.qualified_name(), &table);
  }
  return tables;
}

std::string shape(const model::Field& field) {
  std::string text = field.database_type + " " + field.type;
  if (!field.semantic_type.empty()) text += " " + field.semantic_type;
  if (field.references) text += " -> " + field.references->table + "." + field.references->field;
  if (!field.description.empty()) text += " (" + field.description + ")";
  return text;
}

void compare_fields(const std::string& name, const model::Table& before, const model::Table& after,
                    model::Changes& changes) {
  const auto found_before = changes.added.size() + changes.removed.size() + changes.changed.size();
  for (const auto& field : after.fields) {
    const auto* old = before.field(field.name);
    if (old == nullptr) {
      changes.added.push_back({name, field.name, "", shape(field)});
    } else if (shape(*old) != shape(field)) {
      changes.changed.push_back({name, field.name, shape(*old), shape(field)});
    }
  }
  for (const auto& field : before.fields) {
    if (after.field(field.name) == nullptr) changes.removed.push_back({name, field.name, shape(field), ""});
  }
  if (before.description != after.description) {
    changes.changed.push_back({name, "", before.description, after.description});
  }
  const auto found_after = changes.added.size() + changes.removed.size() + changes.changed.size();
  if (found_before == found_after && before.hash != after.hash) {
    changes.changed.push_back({name, "", before.hash, after.hash});
  }
}

}  // namespace

model::Changes compare(const model::SchemaReport& before, const model::SchemaReport& after) {
  const Tables old_tables = by_name(before);
  const Tables new_tables = by_name(after);
  model::Changes changes;
  for (const auto& [name, table] : new_tables) {
    const auto old = old_tables.find(name);
    if (old == old_tables.end()) {
      changes.added.push_back({name, "", "", ""});
    } else {
      compare_fields(name, *old->second, *table, changes);
    }
  }
  for (const auto& [name, table] : old_tables) {
    if (!new_tables.contains(name)) changes.removed.push_back({name, "", "", ""});
  }
  return changes;
}

}  // namespace kpi::stages
