// What Metabase does not say of a table: the semantic layer of the schema report.
#include <kpi/base/hash.hpp>
#include <kpi/base/text.hpp>
#include <kpi/base/words.hpp>
#include <kpi/stages/discover.hpp>
#include <kpi/stages/personal.hpp>
#include <kpi/stages/relationships.hpp>
#include <kpi/stages/roles.hpp>

#include <algorithm>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

namespace kpi::stages {
namespace {

constexpr std::int64_t most_groups = 50;  ///< a column with more values is no dimension to group by
constexpr std::int64_t most_code_values =
    12;  ///< a whole-number column with fewer values is a code, not a measure

std::string_view bare_semantic(const model::Field& field) {
  std::string_view type = field.semantic_type;
  if (type.substr(0, 5) == "type/") type.remove_prefix(5);
  return type;
}

bool contains(const std::vector<std::string>& list, std::string_view name) {
  return std::find(list.begin(), list.end(), name) != list.end();
}

bool is_key(const model::Table& table, const model::Field& field) {
  return field.references || contains(table.primary_key, field.name) || bare_semantic(field) == "PK" ||
         bare_semantic(field) == "FK";
}

/// A number that stands for something: a status, a type, a code.
bool is_code(const model::Field& field, const std::vector<std::string>& words) {
  if (!model::is_integer(field)) return false;
  if (has_word(words, {"status", "state", "type", "code", "level", "grade", "kind", "category", "step",
                       "stage", "flag"})) {
    return true;
  }
  const bool few = field.stats && field.stats->distinct && *field.stats->distinct <= most_code_values;
  return few && (field.values || bare_semantic(field) == "Category" || bare_semantic(field) == "Enum") &&
         !has_word(words, {"amount", "total", "price", "cost", "qty", "quantity", "cnt", "count", "score",
                           "rating", "rate", "days", "hours"});
}

/// Lower is more telling of when a row came to be.
int time_rank(const model::Field& field) {
  const auto semantic = bare_semantic(field);
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

bool is_dimension(const model::Table& table, const model::Field& field) {
  if (field.pii || is_key(table, field)) return false;
  if (model::is_boolean(field)) return true;
  const auto words = identifier_words(field.name);
  if (is_code(field, words)) return true;
  if (!model::is_text(field)) return false;
  const auto semantic = bare_semantic(field);
  if (semantic == "URL" || semantic == "ImageURL" || semantic == "Description" || semantic == "Comment")
    return false;
  if (field.values && !field.values->empty()) return true;
  if (field.stats && field.stats->distinct) return *field.stats->distinct <= most_groups;
  return semantic == "Category" || semantic == "Enum" || semantic == "Country" || semantic == "State" ||
         semantic == "City" || semantic == "Source" ||
         has_word(words, {"status", "type", "category", "region", "country", "city", "channel"});
}

std::string unit_of(const model::Field& field, const std::vector<std::string>& words) {
  const auto semantic = bare_semantic(field);
  if (has_word(words, {"rate", "ratio", "percent", "percentage", "pct", "share"})) return "percent";
  if (has_word(words, {"duration", "seconds", "minutes", "hours", "days", "milliseconds", "ms", "elapsed"}))
    return "duration";
  if (semantic == "Currency" || semantic == "Income" || semantic == "Price" || semantic == "Cost" ||
      semantic == "Discount" || semantic == "GrossMargin" ||
      has_word(words,
               {"amount", "price", "cost", "fee", "revenue", "payment", "payout", "subtotal", "discount",
                "commission", "tax", "balance", "salary", "deposit", "refund", "minor", "cents", "budget"})) {
    return "currency";
  }
  if (has_word(words, {"qty", "quantity", "cnt", "count", "units", "moq", "stock"})) return "count";
  return "number";
}

bool is_measure(const model::Table& table, const model::Field& field) {
  if (!model::is_number(field) || field.pii || is_key(table, field)) return false;
  const auto words = identifier_words(field.name);
  if (is_code(field, words)) return false;
  const auto semantic = bare_semantic(field);
  if (semantic == "Latitude" || semantic == "Longitude" || semantic == "ZipCode") return false;
  return !has_word(words,
                   {"id", "year", "month", "week", "latitude", "longitude", "lat", "lng", "lon", "sort",
                    "order", "position", "seq", "sequence", "version", "no", "index", "zip", "zipcode"}) ||
         has_word(words, {"amount", "total", "price", "cost", "qty", "quantity", "count", "cnt"});
}

model::Measure measure_of(const model::Field& field) {
  const auto words = identifier_words(field.name);
  const std::string unit = unit_of(field, words);
  const bool per_row = unit == "percent" || unit == "duration" || bare_semantic(field) == "Score" ||
                       has_word(words, {"price", "score", "rating", "age", "rank", "weight", "temperature"});
  if (per_row) return {field.name, {"avg", "median", "min", "max"}, unit};
  return {field.name, {"sum", "avg", "median", "max"}, unit};
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

void describe(model::Table& table, const model::Categories& categories, bool referred_to) {
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
    if (is_dimension(table, field)) {
      table.dimensions.push_back(field.name);
    } else if (is_measure(table, field)) {
      table.measures.push_back(measure_of(field));
    }
  }
  table.role = role_of(table, referred_to);
  table.grain = grain_of(table);
  table.hash = shape_hash(table);
}

}  // namespace

void enrich(model::Database& database, const model::Domain& domain) {
  for (auto& table : database.tables) flag_personal(table);
  infer_relationships(database);
  std::unordered_set<std::string> targets;
  for (const auto& link : database.relationships) targets.insert(link.to.table);
  const model::Categories categories(domain);
  for (auto& table : database.tables) describe(table, categories, targets.contains(table.qualified_name()));
}

}  // namespace kpi::stages
