// What Metabase does not say of a table: the semantic layer of the schema report.
#include <kpi/base/hash.hpp>
#include <kpi/base/parallel.hpp>
#include <kpi/base/text.hpp>
#include <kpi/base/words.hpp>
#include <kpi/model/measures.hpp>
#include <kpi/stages/discover.hpp>
#include <kpi/stages/personal.hpp>
#include <kpi/stages/relationships.hpp>
#include <kpi/stages/roles.hpp>

#include <algorithm>
#include <string>
#include <string_view>
#include <thread>
#include <unordered_map>
#include <unordered_set>
#include <vector>

namespace kpi::stages {
namespace {

constexpr std::int64_t most_groups = 50;  ///< a column with more values is no dimension to group by

/// Lower is more telling of when a row came to be.
int time_rank(const model::Field& field) {
  const auto semantic = model::bare_semantic(field);
  if (semantic.substr(0, 8) == "Creation" || semantic.substr(0, 4) == "Join") return 0;
  const auto words = identifier_words(field.name);
  if (has_word(words, {"created", "create", "creation", "registered", "ordered", "requested", "occurred",
                       "issued", "started", "submitted", "placed"}))
    return 1;
  if (has_word(words, {"month", "day", "date"}) && words.size() <= 2) return 2;
  if (has_word(words, {"updated", "update", "modified", "synced"})) return 6;
  if (has_word(words, {"deleted", "expired", "expiration", "expires", "due", "end", "ended", "expected"}))
    return 7;
  return field.nullable.value_or(true) ? 4 : 3;
}

/// Numbers of documents and words of people, each row's own, though Metabase may guess a category.
bool is_of_its_row(const std::vector<std::string>& words) {
  return has_word({words.empty() ? "" : words.back()},
                  {"id", "key", "uuid", "guid", "num", "number", "no", "hash", "token", "memo", "note",
                   "notes", "remark", "remarks", "introduction", "date"}) ||
         has_word(words, {"unique"});
}

bool is_dimension(const model::Table& table, const model::Field& field) {
  if (field.pii || model::is_key(table, field)) return false;
  if (model::is_boolean(field)) return true;
  if (model::is_code(field)) return true;
  if (!model::is_text(field)) return false;
  const auto words = identifier_words(field.name);
  const auto semantic = model::bare_semantic(field);
  if (semantic == "URL" || semantic == "ImageURL" || semantic == "Description" || semantic == "Comment")
    return false;
  if (field.values && !field.values->empty()) return true;
  if (is_of_its_row(words)) return false;
  if (field.stats && field.stats->distinct) return *field.stats->distinct <= most_groups;
  return semantic == "Category" || semantic == "Enum" || semantic == "Country" || semantic == "State" ||
         semantic == "City" || semantic == "Source" ||
         has_word(words, {"status", "type", "category", "region", "country", "city", "channel"});
}

std::optional<std::string> grain_of(const model::Table& table) {
  if (!table.primary_key.empty()) return "one row per " + join(table.primary_key, ", ");
  std::vector<std::string> keys;
  for (const auto& field : table.fields) {
    if (field.references) keys.push_back(field.name);
  }
  if (keys.empty()) return std::nullopt;
  return "one row per " + join(keys, ", ") +
         (table.time_columns.empty() ? "" : ", " + table.time_columns.front());
}

/// The table's shape, without statistics and values: the same while nobody changes the table.
std::string shape_hash(const model::Table& table) {
  Sha256 sum;
  std::string text;
  const auto put = [&text](std::string_view part) {
    text += std::to_string(part.size());
    text += ':';
    text += part;
  };
  put(table.schema);
  put(table.name);
  put(table.description);
  for (const auto& field : table.fields) {
    put(field.name);
    for (const auto& key : field.path) put(key);
    put(field.database_type);
    put(field.type);
    put(field.semantic_type);
    put(field.description);
    put(field.references ? field.references->table : "");
    put(field.references ? field.references->field : "");
    text += '\n';
  }
  sum.add(text);
  return sum.hex().substr(0, 16);
}

void describe(model::Table& table, const model::Domain& domain, const model::Categories& categories,
              std::size_t referring) {
  std::vector<std::string> names;
  for (const auto& field : table.fields) names.push_back(field.name);
  table.category = categories.of({table.name, table.description, join(names, " ")});

  std::vector<const model::Field*> times;
  for (const auto& field : table.fields) {
    if (model::is_temporal(field) && !field.pii && field.path.empty()) times.push_back(&field);
  }
  std::stable_sort(times.begin(), times.end(),
                   [](const auto* a, const auto* b) { return time_rank(*a) < time_rank(*b); });
  for (const auto* field : times) table.time_columns.push_back(field->name);

  for (const auto& field : table.fields) {
    if (is_dimension(table, field)) table.dimensions.push_back(field.name);
  }
  table.measures = model::find_measures(table, domain);
  table.role = role_of(table, referring);
  table.grain = grain_of(table);
  table.hash = shape_hash(table);
}

}  // namespace

void enrich(model::Database& database, const model::Domain& domain, InferKeys infer) {
  for (auto& table : database.tables) flag_personal(table);
  if (infer == InferKeys::yes) infer_relationships(database);
  std::unordered_map<std::string, std::unordered_set<std::string>> referring;  // to each table, by others
  for (const auto& link : database.relationships) {
    if (link.from.table != link.to.table) referring[link.to.table].insert(link.from.table);
  }
  const model::Categories categories(domain);
  parallel_for(database.tables.size(), std::max(1U, std::thread::hardware_concurrency()), {},
               [&](std::size_t i) {
                 auto& table = database.tables[i];
                 const auto others = referring.find(table.qualified_name());
                 describe(table, domain, categories, others == referring.end() ? 0 : others->second.size());
               });
}

}  // namespace kpi::stages
