#include <kpi/base/text.hpp>
#include <kpi/model/joins.hpp>
#include <kpi/model/names.hpp>
#include <kpi/model/sample.hpp>
#include <kpi/model/schema.hpp>

#include <algorithm>
#include <array>
#include <utility>

namespace kpi::model {
namespace {

template <class T>
void put(Json& json, const char* name, const std::optional<T>& value) {
  if (value) json[name] = *value;
}

Json stats_json(const FieldStats& stats) {
  Json json = Json::object();
  put(json, "distinct", stats.distinct);
  put(json, "null_fraction", stats.null_fraction);
  put(json, "min", stats.min);
  put(json, "max", stats.max);
  put(json, "avg", stats.avg);
  put(json, "q1", stats.q1);
  put(json, "q3", stats.q3);
  put(json, "sd", stats.sd);
  put(json, "earliest", stats.earliest);
  put(json, "latest", stats.latest);
  put(json, "average_length", stats.average_length);
  put(json, "percent_json", stats.percent_json);
  put(json, "percent_url", stats.percent_url);
  put(json, "percent_email", stats.percent_email);
  put(json, "percent_state", stats.percent_state);
  return json;
}

void read_stats(JsonReader& reader, FieldStats& stats) {
  reader.take("distinct", stats.distinct)
      .take("null_fraction", stats.null_fraction)
      .take("min", stats.min)
      .take("max", stats.max)
      .take("avg", stats.avg)
      .take("q1", stats.q1)
      .take("q3", stats.q3)
      .take("sd", stats.sd)
      .take("earliest", stats.earliest)
      .take("latest", stats.latest)
      .take("average_length", stats.average_length)
      .take("percent_json", stats.percent_json)
      .take("percent_url", stats.percent_url)
      .take("percent_email", stats.percent_email)
      .take("percent_state", stats.percent_state);
}

Json reference_json(const FieldReference& reference) {
  return Json{{"table", reference.table}, {"field", reference.field}};
}

void read_reference(JsonReader& reader, FieldReference& reference) {
  reader.need("table", reference.table).need("field", reference.field);
}

bool has_type(const Field& field, std::initializer_list<std::string_view> names) {
  std::string_view type = field.type;
  if (type.substr(0, 5) == "type/") type.remove_prefix(5);
  for (const auto name : names) {
    if (type == name) return true;
  }
  return false;
}

/// True if `name` is qualified_name() of `table`; asked of thousands in a row.
bool is_qualified(const Table& table, std::string_view name) {
  const auto schema = table.schema.size();
  return name.size() == schema + 1 + table.name.size() && name[schema] == '.' &&
         name.starts_with(table.schema) && name.ends_with(table.name);
}

constexpr std::array<std::pair<Role, std::string_view>, 5> roles{{{Role::fact, "fact"},
                                                                  {Role::event_log, "event_log"},
                                                                  {Role::snapshot, "snapshot"},
                                                                  {Role::junction, "junction"},
                                                                  {Role::dimension, "dimension"}}};

constexpr std::array dialects{Dialect::postgres, Dialect::sqlite, Dialect::mysql, Dialect::generic};

}  // namespace

std::string_view to_string(Dialect dialect) {
  switch (dialect) {
    case Dialect::postgres:
      return "postgres";
    case Dialect::sqlite:
      return "sqlite";
    case Dialect::mysql:
      return "mysql";
    case Dialect::generic:
      break;
  }
  return "generic";
}

Dialect dialect_named(std::string_view name) {
  for (const auto dialect : dialects) {
    if (to_string(dialect) == name) return dialect;
  }
  return Dialect::generic;
}

Dialect dialect_of_engine(std::string_view engine) { return dialect_named(engine); }

std::string_view to_string(Role role) { return name_of(roles, role); }

std::string Table::qualified_name() const { return schema.empty() ? name : schema + "." + name; }

const Field* Table::field(std::string_view field_name) const {
  for (const auto& candidate : fields) {
    if (candidate.name == field_name) return &candidate;
  }
  return nullptr;
}

const Table* Database::table(std::string_view table_name) const {
  for (const auto& candidate : tables) {
    if (candidate.name == table_name || is_qualified(candidate, table_name)) return &candidate;
  }
  const std::string wanted = lower(table_name);
  for (const auto& candidate : tables) {
    if (lower(candidate.name) == wanted || lower(candidate.qualified_name()) == wanted) return &candidate;
  }
  return nullptr;
}

Json to_json(const Field& field) {
  Json json{{"id", field.id}, {"name", field.name}};
  if (!field.path.empty()) json["path"] = field.path;
  json["database_type"] = field.database_type;
  json["type"] = field.type;
  json["semantic_type"] = field.semantic_type.empty() ? Json(nullptr) : Json(field.semantic_type);
  json["description"] = field.description;
  json["nullable"] = field.nullable ? Json(*field.nullable) : Json(nullptr);
  json["pii"] = field.pii;
  json["stats"] = field.stats ? stats_json(*field.stats) : Json(nullptr);
  json["values"] = field.values ? Json(*field.values) : Json(nullptr);
  json["references"] = field.references ? reference_json(*field.references) : Json(nullptr);
  return json;
}

Json to_json(const Table& table) {
  Json measures = Json::array();
  for (const auto& measure : table.measures) {
    measures.push_back(
        {{"field", measure.field}, {"aggregations", measure.aggregations}, {"unit", measure.unit}});
  }
  const bool sampled = is_sampled(table);
  Json ranges = Json::array();
  for (const auto& name : table.time_columns) {
    const auto* field = table.field(name);
    if (field == nullptr || !field->stats || !field->stats->earliest || !field->stats->latest) continue;
    // Of a part of the rows: earlier and later ones may well exist.
    ranges.push_back({{"field", name},
                      {"earliest", *field->stats->earliest},
                      {"latest", *field->stats->latest},
                      {"sampled", sampled}});
  }
  Json fields = Json::array();
  for (const auto& field : table.fields) fields.push_back(to_json(field));
  return {{"id", table.id},
          {"schema", table.schema},
          {"name", table.name},
          {"description", table.description},
          {"category", table.category},
          {"role", table.role == Role::unknown ? Json(nullptr) : Json(to_string(table.role))},
          {"row_count", table.row_count ? Json(*table.row_count) : Json(nullptr)},
          {"hash", table.hash},
          {"primary_key", table.primary_key},
          {"time_columns", table.time_columns},
          {"time_ranges", std::move(ranges)},
          {"dimensions", table.dimensions},
          {"measures", std::move(measures)},
          {"grain", table.grain ? Json(*table.grain) : Json(nullptr)},
          {"fields", std::move(fields)}};
}

void write(JsonWriter& out, const Database& database) {
  out.begin_object();
  out.member("id", database.id).member("name", database.name).member("engine", database.engine);
  out.member("dialect", to_string(database.dialect)).member("timezone", database.timezone);
  out.key("tables").begin_list();
  const JoinGraph joins(database);
  out.values(database.tables.size(), [&](std::size_t i) {
    Json json = to_json(database.tables[i]);
    Json paths = Json::array();
    for (const auto& path : joins.paths_from(database.tables[i].qualified_name()))
      paths.push_back(to_json(path));
    json["joins"] = std::move(paths);
    return json;
  });
  out.end();
  out.key("relationships").begin_list();
  for (const auto& link : database.relationships) {
    out.value({{"from", reference_json(link.from)},
               {"to", reference_json(link.to)},
               {"kind", link.kind},
               {"confidence", link.confidence},
               {"reason", link.reason}});
  }
  out.end().end();
}

void read(JsonReader& reader, Field& field) {
  reader.take("id", field.id)
      .need("name", field.name)
      .take("path", field.path)
      .take("database_type", field.database_type)
      .need("type", field.type)
      .take("semantic_type", field.semantic_type)
      .take("description", field.description)
      .take("nullable", field.nullable)
      .take("pii", field.pii)
      .inside("stats", [&](JsonReader& inner) { read_stats(inner, field.stats.emplace()); })
      .inside("references", [&](JsonReader& inner) { read_reference(inner, field.references.emplace()); });
  if (const Json* values = reader.find("values")) {
    if (values->is_array()) {
      field.values.emplace(values->begin(), values->end());
    } else {
      reader.fail("values", "must be a list");
    }
  }
}

void read(JsonReader& reader, Table& table) {
  std::string role;
  reader.take("role", role);
  if (const auto known = value_of(roles, role)) table.role = *known;
  reader.take("id", table.id)
      .take("schema", table.schema)
      .need("name", table.name)
      .take("description", table.description)
      .take("category", table.category)
      .take("row_count", table.row_count)
      .take("hash", table.hash)
      .take("primary_key", table.primary_key)
      .take("time_columns", table.time_columns)
      .take("dimensions", table.dimensions)
      .take("grain", table.grain)
      .each("measures",
            [&](JsonReader& inner) {
              auto& measure = table.measures.emplace_back();
              inner.need("field", measure.field)
                  .take("aggregations", measure.aggregations)
                  .take("unit", measure.unit);
            })
      .each("fields", [&](JsonReader& inner) { read(inner, table.fields.emplace_back()); });
}

void read(JsonReader& reader, Relationship& link) {
  reader.inside("from", [&](JsonReader& end) { read_reference(end, link.from); })
      .inside("to", [&](JsonReader& end) { read_reference(end, link.to); })
      .take("kind", link.kind)
      .take("confidence", link.confidence)
      .take("reason", link.reason);
}

void read(JsonReader& reader, Database& database) {
  std::string dialect;
  reader.take("id", database.id)
      .take("name", database.name)
      .take("engine", database.engine)
      .take("dialect", dialect)
      .take("timezone", database.timezone)
      .each("tables", [&](JsonReader& inner) { read(inner, database.tables.emplace_back()); })
      .each("relationships", [&](JsonReader& inner) { read(inner, database.relationships.emplace_back()); });
  database.dialect = dialect.empty() ? dialect_of_engine(database.engine) : dialect_named(dialect);
}

namespace {

/// Metabase shows seconds since 1970 as a time where somebody told it to (a coercion); to SQL they are a
/// number.
bool is_kept_as_number(const Field& field) {
  const auto type = lower(field.database_type);
  const auto word = type.substr(0, type.find_first_of("( "));
  static constexpr std::array numbers{"int",    "integer",    "int2",      "int4",    "int8",    "int64",
                                      "bigint", "smallint",   "mediumint", "tinyint", "numeric", "decimal",
                                      "number", "bignumeric", "float",     "float4",  "float8",  "float64",
                                      "double", "real",       "uint32",    "uint64",  "int32"};
  return std::any_of(numbers.begin(), numbers.end(), [&word](const char* one) { return word == one; });
}

}  // namespace

bool is_integer(const Field& field) { return has_type(field, {"Integer", "BigInteger"}); }

std::string_view bare_semantic(const Field& field) {
  std::string_view type = field.semantic_type;
  if (type.starts_with("type/")) type.remove_prefix(5);
  return type;
}

bool is_number(const Field& field) {
  return is_integer(field) ||
         has_type(field, {"Number", "Float", "Decimal", "Quantity", "Share", "Percentage", "Currency"});
}

bool is_text(const Field& field) {
  return has_type(field, {"Text", "TextLike", "UUID", "OracleCLOB", "MySQLEnum", "PostgresEnum",
                          "MongoBSONID", "IPAddress"});
}

bool is_boolean(const Field& field) { return has_type(field, {"Boolean"}); }

bool is_date_only(const Field& field) { return has_type(field, {"Date"}) && !is_kept_as_number(field); }

bool is_temporal(const Field& field) {
  return is_date_only(field) ||
         (has_type(field, {"DateTime", "DateTimeWithTZ", "DateTimeWithLocalTZ", "DateTimeWithZoneOffset",
                           "DateTimeWithZoneID", "Instant"}) &&
          !is_kept_as_number(field));
}

bool is_json(const Field& field) {
  return has_type(field, {"JSON", "Dictionary", "Array", "Structured", "Collection", "SnowflakeVariant"});
}

}  // namespace kpi::model
