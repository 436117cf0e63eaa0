// What Metabase does not say of a table: the semantic layer of the schema report.
#include <kpi/base/hash.hpp>
#include <kpi/base/parallel.hpp>
#include <kpi/base/text.hpp>
#include <kpi/base/words.hpp>
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

/// What an hour, a night, a person's work costs is money; so much of a whole is percent; a pulse is neither.
std::string unit_of_rate(const std::vector<std::string>& words) {
  if (has_word(words, {"percent", "pct", "bp", "bps", "interest", "growth", "tax", "commission", "discount"}))
    return "percent";
  if (has_word(words,
               {"hourly", "daily", "weekly", "monthly", "yearly", "annual", "nightly", "hour", "day", "night",
                "billing", "bill", "pay", "wage", "labor", "labour", "room", "rental", "freight"}))
    return "currency";
  if (has_word(words, {"exchange", "fx", "heart", "frame", "bit", "sample", "sampling", "refresh", "flow"}))
    return "number";
  return "percent";
}

std::string unit_of(const model::Field& field, const std::vector<std::string>& words) {
  const auto semantic = bare_semantic(field);
  if (!words.empty() && has_word({words.back()}, {"cnt", "count", "qty", "quantity"})) return "count";
  if (has_word(words, {"rate"})) return unit_of_rate(words);
  if (has_word(words, {"ratio", "percent", "percentage", "pct", "share", "bp", "bps"})) return "percent";
  if (has_word(words, {"duration", "seconds", "minutes", "hours", "days", "milliseconds", "ms", "elapsed"}))
    return "duration";
  const bool worth = has_word(words, {"value"}) && has_word(words, {"stock", "inventory", "order", "deal",
                                                                    "asset", "contract", "cart", "basket"});
  if (worth || semantic == "Currency" || semantic == "Income" || semantic == "Price" || semantic == "Cost" ||
      semantic == "Discount" || semantic == "GrossMargin" ||
      has_word(words,
               {"amount", "price", "cost", "fee", "revenue", "payment", "payout", "subtotal", "discount",
                "commission", "tax", "balance", "salary", "deposit", "refund", "minor", "cents", "budget"})) {
    return "currency";
  }
  if (has_word(words, {"qty", "quantity", "cnt", "count", "units", "moq", "stock"})) return "count";
  return "number";
}

/// Of two units, by the row: "10" is percent in one and cents in the next. Its kind stands in a column beside
/// it (discount_value and discount_type), or its comment says so.
bool mixes_units(const model::Table& table, const model::Field& field) {
  const auto says_percent = [](const model::Field& one) {
    const auto note = lower(one.description);
    if (note.find("percent") != std::string::npos || note.find('%') != std::string::npos) return true;
    return one.values && std::any_of(one.values->begin(), one.values->end(), [](const Json& value) {
             return value.is_string() && lower(value.get<std::string>()).find("percent") != std::string::npos;
           });
  };
  if (says_percent(field) && lower(field.description).find("cents") != std::string::npos) return true;
  auto words = identifier_words(field.name);
  if (words.size() < 2 || words.back() != "value") return false;
  words.pop_back();
  return std::any_of(table.fields.begin(), table.fields.end(), [&](const model::Field& other) {
    auto kind = identifier_words(other.name);
    if (kind.empty() || !has_word({kind.back()}, {"type", "kind", "unit", "method"})) return false;
    kind.pop_back();
    return kind == words && (has_word(words, {"discount"}) || says_percent(other));
  });
}

bool is_measure(const model::Table& table, const model::Field& field) {
  if (!model::is_number(field) || field.pii || is_key(table, field)) return false;
  const auto words = identifier_words(field.name);
  if (is_code(field, words)) return false;
  const auto semantic = bare_semantic(field);
  if (semantic == "Latitude" || semantic == "Longitude" || semantic == "ZipCode") return false;
  if (mixes_units(table, field)) return false;
  return !has_word(words,
                   {"id", "year", "month", "week", "latitude", "longitude", "lat", "lng", "lon", "sort",
                    "order", "position", "seq", "sequence", "version", "no", "index", "zip", "zipcode"}) ||
         has_word(words, {"amount", "total", "price", "cost", "qty", "quantity", "count", "cnt"});
}

/// Adding these up over rows gives nothing that anybody asks for: what is one thing's own, or a figure of
/// figures.
bool is_of_one_row(const std::vector<std::string>& words) {
  if (has_word(words, {"total", "subtotal", "sum", "cumulative"})) return false;
  return has_word(words, {"price",       "score",       "rating",   "age",       "rank",      "weight",
                          "temperature", "depth",       "width",    "height",    "length",    "thickness",
                          "diameter",    "radius",      "angle",    "tolerance", "pressure",  "humidity",
                          "voltage",     "speed",       "priority", "grade",     "level",     "satisfaction",
                          "nps",         "csat",        "stars",    "rate",      "hourly",    "unit",
                          "avg",         "average",     "mean",     "median",    "min",       "minimum",
                          "moq",         "max",         "maximum",  "limit",     "threshold", "factor",
                          "multiplier",  "coefficient", "um",       "mm",        "nm",        "hz",
                          "rpm",         "dpi"});
}

model::Measure measure_of(const model::Field& field) {
  const auto words = identifier_words(field.name);
  const std::string unit = unit_of(field, words);
  const bool per_row =
      unit == "percent" || unit == "duration" || bare_semantic(field) == "Score" || is_of_one_row(words);
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

void describe(model::Table& table, const model::Categories& categories, std::size_t referring) {
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
                 describe(table, categories, others == referring.end() ? 0 : others->second.size());
               });
}

}  // namespace kpi::stages
