#include <kpi/base/text.hpp>
#include <kpi/sandbox/base_type.hpp>
#include <kpi/sandbox/fingerprint.hpp>
#include <kpi/sandbox/profile.hpp>

namespace kpi::sandbox {
namespace {

constexpr std::size_t sample_rows = 10'000;      // as Metabase
constexpr std::size_t json_rows = 500;           // as Metabase
constexpr std::size_t sample_characters = 1234;  // as Metabase
constexpr std::chrono::seconds sample_timeout{60};

bool has_fingerprint(const FieldShape& field) {
  const auto& type = field.base_type;
  return is_number(type) || is_text(type) || is_temporal(type) || type == "type/Boolean" ||
         type == "type/PostgresEnum" || type == "type/UUID";
}

std::optional<RowSet> read(Source& source, const TableShape& table,
                           const std::vector<std::string>& expressions, std::size_t rows) {
  Query query;
  query.sql = "SELECT " + join(expressions, ", ") + " FROM " + source.qualified(table);
  if (rows > 0) query.sql += " LIMIT " + std::to_string(rows);
  query.max_rows = rows + 1;  // never reached: nothing has to be cancelled
  query.timeout = sample_timeout;
  query.wide_integers_as_text = false;
  auto outcome = source.run(query);
  if (auto* found = std::get_if<RowSet>(&outcome)) return std::move(*found);
  return std::nullopt;
}

void read_columns(Source& source, const TableShape& table, Profile& profile) {
  std::vector<const FieldShape*> fields;
  std::vector<std::string> expressions;
  for (const auto& field : table.fields) {
    if (!has_fingerprint(field)) continue;
    const auto quoted = source.quote(field.name);
    fields.push_back(&field);
    expressions.push_back(is_text(field.base_type) ? source.prefix(quoted, sample_characters) : quoted);
  }
  if (fields.empty()) return;
  const auto sample = read(source, table, expressions, sample_rows);
  if (!sample) return;
  if (sample->rows.size() < sample_rows) profile.rows = static_cast<std::int64_t>(sample->rows.size());
  if (sample->rows.empty()) return;
  for (std::size_t i = 0; i < fields.size(); ++i) {
    Fingerprint fingerprint(fields[i]->base_type);
    for (const auto& row : sample->rows) fingerprint.add(row[i]);
    auto& field = profile.fields[fields[i]->name];
    field.fingerprint = fingerprint.json();
    field.shown_type = fingerprint.shown_type();
    field.distinct = fingerprint.distinct();
    field.filled = fingerprint.filled();
  }
}

void read_json_columns(Source& source, const TableShape& table, Profile& profile) {
  std::vector<Unfolding> columns;
  std::vector<std::string> names, expressions;
  for (const auto& field : table.fields) {
    if (field.base_type != "type/JSON") continue;
    columns.emplace_back(field.name);
    names.push_back(field.name);
    expressions.push_back(source.quote(field.name));
  }
  if (columns.empty()) return;
  const auto sample = read(source, table, expressions, json_rows);
  if (!sample) return;
  for (std::size_t i = 0; i < columns.size(); ++i) {
    for (const auto& row : sample->rows) columns[i].add(row[i]);
    profile.fields[names[i]].unfolded = columns[i].fields();
  }
}

}  // namespace

Profile read_profile(Source& source, const TableShape& table) {
  Profile profile;
  read_columns(source, table, profile);
  read_json_columns(source, table, profile);
  if (!profile.rows) profile.rows = table.estimated_rows;
  if (!profile.rows && source.engine() == "sqlite") {
    if (const auto count = read(source, table, {"count(*)"}, 0); count && !count->rows.empty()) {
      profile.rows = count->rows[0][0].get<std::int64_t>();
    }
  }
  return profile;
}

Json Profile::json() const {
  Json json{{"rows", rows ? Json(*rows) : Json()}, {"fields", Json::object()}};
  for (const auto& [name, field] : fields) {
    Json unfolded = Json::array();
    for (const auto& part : field.unfolded) {
      unfolded.push_back(
          {{"path", part.path}, {"base_type", part.base_type}, {"database_type", part.database_type}});
    }
    json["fields"][name] = {{"fingerprint", field.fingerprint},
                            {"shown_type", field.shown_type},
                            {"distinct", field.distinct},
                            {"filled", field.filled},
                            {"unfolded", std::move(unfolded)}};
  }
  return json;
}

Profile Profile::from_json(const Json& json) {
  Profile profile;
  if (!json["rows"].is_null()) profile.rows = json["rows"].get<std::int64_t>();
  for (const auto& [name, from] : json["fields"].items()) {
    auto& field = profile.fields[name];
    field.fingerprint = from["fingerprint"];
    field.shown_type = from["shown_type"].get<std::string>();
    field.distinct = from["distinct"].get<std::size_t>();
    field.filled = from["filled"].get<std::size_t>();
    for (const auto& part : from["unfolded"]) {
      field.unfolded.push_back({part["path"].get<std::vector<std::string>>(),
                                part["base_type"].get<std::string>(),
                                part["database_type"].get<std::string>()});
    }
  }
  return profile;
}

}  // namespace kpi::sandbox
