// discover --since: what changed between two schema reports.
#include <kpi/stages/discover.hpp>

#include <functional>
#include <map>
#include <string>
#include <utility>

namespace kpi::stages {
namespace {

struct Place {
  const model::Database* database;
  const model::Table* table;
};
using Tables = std::map<std::string, Place>;

/// Tables by "database.schema.table": ids are Metabase's own and differ between servers.
Tables by_name(const model::SchemaReport& report) {
  Tables tables;
  for (const auto& database : report.databases) {
    for (const auto& table : database.tables)
      tables.emplace(database.name + "." + table.qualified_name(), Place{&database, &table});
  }
  return tables;
}

/// One table as it was and as it is. Keys into tables that were not looked at this time are left out of both:
/// nothing is known of them now.
class Comparison {
public:
  /// `seen`: whether the table of a reference, by its qualified name, was looked at.
  Comparison(std::string name, std::function<bool(const std::string&)> seen, model::Changes& changes)
      : name_(std::move(name)),
        seen_(std::move(seen)),
        changes_(changes) {}

  void compare(const model::Table& before, const model::Table& after) {
    const auto found_before = found();
    for (const auto& field : after.fields) {
      const auto* old = before.field(field.name);
      if (old == nullptr) {
        changes_.added.push_back({name_, field.name, "", shape(field)});
      } else if (auto was = shape(*old), is = shape(field); was != is) {
        changes_.changed.push_back({name_, field.name, std::move(was), std::move(is)});
      }
    }
    for (const auto& field : before.fields) {
      if (after.field(field.name) == nullptr)
        changes_.removed.push_back({name_, field.name, shape(field), ""});
    }
    if (before.description != after.description)
      changes_.changed.push_back({name_, "", before.description, after.description});
    // A hash says no more than fields do where it counts keys that are left out.
    if (found() == found_before && !left_out_ && before.hash != after.hash)
      changes_.changed.push_back({name_, "", before.hash, after.hash});
  }

private:
  [[nodiscard]] std::size_t found() const {
    return changes_.added.size() + changes_.removed.size() + changes_.changed.size();
  }

  std::string shape(const model::Field& field) {
    std::string text = field.database_type + " " + field.type;
    if (!field.semantic_type.empty()) text += " " + field.semantic_type;
    if (field.references && seen_(field.references->table)) {
      text += " -> " + field.references->table + "." + field.references->field;
    } else if (field.references) {
      left_out_ = true;
    }
    if (!field.description.empty()) text += " (" + field.description + ")";
    return text;
  }

  std::string name_;
  std::function<bool(const std::string&)> seen_;
  model::Changes& changes_;
  bool left_out_ = false;
};

}  // namespace

model::Changes compare(const model::SchemaReport& before, const model::SchemaReport& after,
                       const LookedAt& looked_at) {
  const Tables old_tables = by_name(before);
  const Tables new_tables = by_name(after);
  model::Changes changes;
  for (const auto& [name, table] : new_tables) {
    const auto old = old_tables.find(name);
    if (old == old_tables.end()) {
      changes.added.push_back({name, "", "", ""});
      continue;
    }
    const auto& database = table.database->name;
    const auto seen = [&, &old_database = *old->second.database](const std::string& target) {
      if (new_tables.contains(database + "." + target)) return true;
      const auto* was = old_database.table(target);
      return was != nullptr && looked_at(database, *was);
    };
    Comparison(name, seen, changes).compare(*old->second.table, *table.table);
  }
  for (const auto& [name, table] : old_tables) {
    if (!new_tables.contains(name) && looked_at(table.database->name, *table.table))
      changes.removed.push_back({name, "", "", ""});
  }
  return changes;
}

}  // namespace kpi::stages
