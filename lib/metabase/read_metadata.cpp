#include <kpi/base/text.hpp>
#include <kpi/metabase/read.hpp>
#include <kpi/metabase/read_metadata.hpp>

#include <algorithm>
#include <array>
#include <functional>
#include <future>
#include <string>
#include <tuple>
#include <unordered_map>
#include <utility>

namespace kpi::metabase {
namespace {

using model::Database;
using model::Field;
using model::FieldStats;
using model::Table;

/// Engines whose native queries are no SQL. ("druid-jdbc" is SQL.)
constexpr std::array<std::string_view, 3> without_sql{"mongo", "druid", "googleanalytics"};

std::optional<double> fraction_of(const Json& object, const char* name) {
  const auto value = number_of(object, name);
  if (!value) return std::nullopt;
  return std::clamp(*value, 0.0, 1.0);
}

std::optional<std::string> moment_of(const Json& object, const char* name) {
  auto text = text_of(object, name);
  if (text.empty()) return std::nullopt;
  return text;
}

std::optional<FieldStats> stats_of(const Json& field) {
  const Json* fingerprint = member(field, "fingerprint");
  if (fingerprint == nullptr || !fingerprint->is_object() || fingerprint->empty()) return std::nullopt;
  FieldStats stats;
  if (const Json* global = member(*fingerprint, "global"); global != nullptr) {
    stats.distinct = whole_of(*global, "distinct-count");
    stats.null_fraction = fraction_of(*global, "nil%");
  }
  const Json* type = member(*fingerprint, "type");
  if (type == nullptr) return stats;
  if (const Json* number = member(*type, "type/Number"); number != nullptr) {
    stats.min = number_of(*number, "min");
    stats.max = number_of(*number, "max");
    stats.avg = number_of(*number, "avg");
    stats.q1 = number_of(*number, "q1");
    stats.q3 = number_of(*number, "q3");
    stats.sd = number_of(*number, "sd");
  }
  if (const Json* text = member(*type, "type/Text"); text != nullptr) {
    stats.average_length = number_of(*text, "average-length");
    stats.percent_json = fraction_of(*text, "percent-json");
    stats.percent_url = fraction_of(*text, "percent-url");
    stats.percent_email = fraction_of(*text, "percent-email");
    stats.percent_state = fraction_of(*text, "percent-state");
  }
  if (const Json* time = member(*type, "type/DateTime"); time != nullptr) {
    stats.earliest = moment_of(*time, "earliest");
    stats.latest = moment_of(*time, "latest");
  }
  return stats;
}

/// Parent column and keys of a JSON-unfolded field. A path of one is the column itself.
std::vector<std::string> path_of(const Json& field) {
  const Json* path = member(field, "nfc_path");
  if (path == nullptr || !path->is_array() || path->size() < 2) return {};
  std::vector<std::string> parts;
  for (const auto& part : *path) {
    parts.push_back(part.is_string() ? part.get<std::string>() : dump_json(part));
  }
  return parts;
}

std::optional<bool> nullable_of(const Json& field) {
  if (auto told = truth_of(field, "database_is_nullable"); told) return told;
  // Required means not null, no default and not counted up: false says nothing about nulls.
  if (truth_of(field, "database_required").value_or(false)) return false;
  return std::nullopt;
}

std::optional<std::int64_t> foreign_key_of(const Json& field) {
  if (auto id = whole_of(field, "fk_target_field_id"); id) return id;
  const Json* target = member(field, "target");
  return target == nullptr ? std::nullopt : whole_of(*target, "id");
}

bool has_value_list(const Json& field) {
  const auto kind = text_of(field, "has_field_values");
  return kind == "list" || kind == "auto-list";
}

/// A field of the answer while its table is read.
struct Candidate {
  std::int64_t position = 0;
  const Json* json = nullptr;
};

std::vector<Candidate> visible_fields(const Json& table) {
  std::vector<Candidate> found;
  const Json* fields = member(table, "fields");
  if (fields == nullptr || !fields->is_array()) return found;
  for (const auto& field : *fields) {
    if (!truth_of(field, "active").value_or(true) || text_of(field, "name").empty()) continue;
    const auto visibility = text_of(field, "visibility_type");
    if (visibility == "retired" || visibility == "hidden") continue;
    const auto place = static_cast<std::int64_t>(found.size());
    found.push_back({whole_of(field, "position").value_or(place), &field});
  }
  std::stable_sort(found.begin(), found.end(),
                   [](const Candidate& a, const Candidate& b) { return a.position < b.position; });
  return found;
}

/// What the database itself calls the key; else what people or the first sync marked as one.
std::vector<std::string> primary_key_of(const std::vector<Candidate>& fields) {
  std::vector<std::string> told, marked;
  for (const auto& field : fields) {
    auto name = text_of(*field.json, "name");
    if (text_of(*field.json, "semantic_type") == "type/PK") marked.push_back(name);
    if (truth_of(*field.json, "database_is_pk").value_or(false)) told.push_back(std::move(name));
  }
  return told.empty() ? marked : told;
}

/// Tables on their way to a builder, which takes them on a second thread while the next ones are read:
/// reading the text and making values of it take about as long. One batch at a time, so they come in order.
class TableBatches {
public:
  explicit TableBatches(std::function<void(const std::vector<Json>&)> take) : take_(std::move(take)) {}

  void put(Json table) {
    batch_.push_back(std::move(table));
    if (batch_.size() == size) pass_on();
  }
  /// Returns when all have been taken.
  void finish() {
    pass_on();
    taken_.get();
  }

private:
  static constexpr std::size_t size = 32;

  void pass_on() {
    if (taken_.valid()) taken_.get();
    taken_ = std::async(std::launch::async, [this, batch = std::exchange(batch_, {})]() mutable {
      take_(batch);
      batch.clear();  // here, not on the reading thread: to free so many values is half of the work
    });
  }

  std::function<void(const std::vector<Json>&)> take_;
  std::vector<Json> batch_;
  std::future<void> taken_;  // last, so that it is waited for before the rest goes
};

}  // namespace

std::vector<DatabaseInfo> databases_of(const Json& rows) {
  std::vector<DatabaseInfo> found;
  for (const auto& row : rows) {
    DatabaseInfo info;
    info.id = whole_of(row, "id").value_or(0);
    const bool virtual_one = info.id < 1 || truth_of(row, "is_saved_questions").value_or(false);
    if (virtual_one || truth_of(row, "is_audit").value_or(false)) continue;
    info.name = text_of(row, "name");
    info.engine = text_of(row, "engine");
    info.timezone = text_of(row, "timezone");
    const auto rights = text_of(row, "native_permissions");
    info.can_query = rights.empty() || rights == "write";
    info.has_sql = std::find(without_sql.begin(), without_sql.end(), info.engine) == without_sql.end();
    info.synced = text_of(row, "initial_sync_status") != "incomplete";
    found.push_back(std::move(info));
  }
  std::sort(found.begin(), found.end(),
            [](const DatabaseInfo& a, const DatabaseInfo& b) { return a.id < b.id; });
  return found;
}

std::vector<Json> values_of(const Json& answer) {
  std::vector<Json> found;
  const Json* values = member(answer, "values");
  if (values == nullptr || !values->is_array()) return found;
  for (const auto& entry : *values) {
    const Json* value = &entry;  // [value], [value, label], or in old answers the value alone
    if (entry.is_array()) {
      if (entry.empty()) continue;
      value = &entry.front();
    }
    if (value->is_primitive() && !value->is_null()) found.push_back(*value);
  }
  return found;
}

bool is_visible_table(const Json& table) {
  return truth_of(table, "active").value_or(true) && text_of(table, "visibility_type").empty() &&
         !text_of(table, "name").empty();
}

SchemaBuilder::SchemaBuilder(const DatabaseInfo& info) {
  database_.id = info.id;
  database_.name = info.name;
  database_.engine = info.engine;
  database_.timezone = info.timezone;
}

void SchemaBuilder::add(const Json& json) {
  if (!is_visible_table(json)) return;
  Table table;
  table.id = whole_of(json, "id").value_or(0);
  table.schema = text_of(json, "schema");
  table.name = text_of(json, "name");
  table.description = text_of(json, "description");
  table.row_count = whole_of(json, "estimated_row_count");
  if (table.row_count && *table.row_count < 0) table.row_count.reset();  // PostgreSQL's "never counted"
  const auto fields = visible_fields(json);
  table.primary_key = primary_key_of(fields);
  table.fields.reserve(fields.size());
  for (const auto& field : fields) add_field(*field.json, table);
  database_.tables.push_back(std::move(table));
}

void SchemaBuilder::add_field(const Json& json, Table& table) {
  Field field;
  field.id = whole_of(json, "id").value_or(0);
  field.name = text_of(json, "name");
  field.path = path_of(json);
  field.database_type = text_of(json, "database_type");
  field.type = text_of(json, "effective_type");
  if (field.type.empty()) field.type = text_of(json, "base_type");
  field.semantic_type = text_of(json, "semantic_type");
  field.description = text_of(json, "description");
  field.nullable = nullable_of(json);
  field.pii = text_of(json, "visibility_type") == "sensitive";
  field.stats = stats_of(json);
  if (has_value_list(json)) field.values.emplace();
  if (const auto target = foreign_key_of(json); target) foreign_keys_.push_back({field.id, *target});
  table.fields.push_back(std::move(field));
}

void SchemaBuilder::describe(const Json& database) {
  const auto fill = [&database](std::string& target, const char* name) {
    if (target.empty()) target = text_of(database, name);
  };
  fill(database_.name, "name");
  fill(database_.engine, "engine");
  fill(database_.timezone, "timezone");
}

bool SchemaBuilder::add_all(const TextSource& answer) {
  // An answer has forty members a field, and nlohmann's values take several times the memory of the text.
  static const JsonMembers members{"id",
                                   "name",
                                   "engine",
                                   "timezone",
                                   "tables",
                                   "schema",
                                   "description",
                                   "active",
                                   "visibility_type",
                                   "estimated_row_count",
                                   "fields",
                                   "position",
                                   "nfc_path",
                                   "database_type",
                                   "base_type",
                                   "effective_type",
                                   "semantic_type",
                                   "database_is_nullable",
                                   "database_required",
                                   "database_is_pk",
                                   "has_field_values",
                                   "fk_target_field_id",
                                   "target",
                                   "fingerprint",
                                   "global",
                                   "type",
                                   "distinct-count",
                                   "nil%",
                                   "type/Number",
                                   "min",
                                   "max",
                                   "avg",
                                   "q1",
                                   "q3",
                                   "sd",
                                   "type/Text",
                                   "average-length",
                                   "percent-json",
                                   "percent-url",
                                   "percent-email",
                                   "percent-state",
                                   "type/DateTime",
                                   "earliest",
                                   "latest"};
  TableBatches batches([this](const std::vector<Json>& tables) {
    for (const auto& table : tables) add(table);
  });
  const std::vector<JsonPart> parts{
      {{"tables", "*"},
       [&batches](const std::vector<std::size_t>&, Json table) { batches.put(std::move(table)); }}};
  auto rest = read_json(answer, "metadata", parts, members, Utf8::repair);
  batches.finish();
  if (!rest || !rest->is_object() || member(*rest, "tables") == nullptr) return false;
  describe(*rest);
  return true;
}

Database SchemaBuilder::build() {
  auto& tables = database_.tables;
  database_.dialect = model::dialect_of_engine(database_.engine);
  std::sort(tables.begin(), tables.end(), [](const Table& a, const Table& b) {
    return std::tie(a.schema, a.name, a.id) < std::tie(b.schema, b.name, b.id);
  });
  struct Place {
    std::size_t table, field;
  };
  std::unordered_map<std::int64_t, Place> places;
  for (std::size_t t = 0; t < tables.size(); ++t) {
    for (std::size_t f = 0; f < tables[t].fields.size(); ++f)
      places.emplace(tables[t].fields[f].id, Place{t, f});
  }
  std::vector<std::pair<Place, Place>> keys;
  for (const auto& key : foreign_keys_) {
    const auto from = places.find(key.from);
    const auto to = places.find(key.to);  // none where the target is hidden, or in another database
    if (from != places.end() && to != places.end()) keys.emplace_back(from->second, to->second);
  }
  std::sort(keys.begin(), keys.end(), [](const auto& a, const auto& b) {
    return std::tie(a.first.table, a.first.field) < std::tie(b.first.table, b.first.field);
  });
  for (const auto& [from, to] : keys) {
    const auto named = [&tables](const Place& place) {
      const Table& table = tables[place.table];
      return model::FieldReference{table.qualified_name(), table.fields[place.field].name};
    };
    tables[from.table].fields[from.field].references = named(to);
    database_.relationships.push_back({named(from), named(to), "declared", 1.0, "declared foreign key"});
  }
  foreign_keys_.clear();
  return std::exchange(database_, {});
}

}  // namespace kpi::metabase
