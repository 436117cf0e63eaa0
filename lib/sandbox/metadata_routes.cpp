#include <kpi/base/text.hpp>
#include <kpi/sandbox/base_type.hpp>
#include <kpi/sandbox/context.hpp>
#include <kpi/sandbox/metadata_json.hpp>
#include <kpi/sandbox/semantics.hpp>

#include <algorithm>
#include <set>

// /api/database, /api/table, /api/field. Source: Metabase 0.50, as written down by its own answers.
namespace kpi::sandbox {
namespace {

constexpr std::size_t max_values = 1'000;

struct Place {
  const Catalog::Database* database = nullptr;
  std::shared_ptr<const Snapshot> snapshot;
  const Table* table = nullptr;
  const Field* field = nullptr;
};

class MetadataRoutes {
public:
  explicit MetadataRoutes(Context& context) : context_(context) {}

  Result<Response> list(const Request& request) const {
    Json data = Json::array();
    std::vector<const Catalog::Database*> sorted;
    for (const auto& database : context_.catalog.databases()) sorted.push_back(database.get());
    std::sort(sorted.begin(), sorted.end(),
              [](const auto* a, const auto* b) { return lower(a->name) < lower(b->name); });
    for (const auto* database : sorted) {
      auto json = database_json(*database);
      json["native_permissions"] = "write";
      if (request.parameter("include") == "tables") {
        auto snapshot = context_.catalog.snapshot(database->id);
        if (!snapshot) return std::move(snapshot).error();
        json["tables"] = tables(*database, **snapshot, false, false);
      }
      data.push_back(std::move(json));
    }
    const auto total = data.size();
    return json_response({{"data", std::move(data)}, {"total", total}});
  }

  Result<Response> one(const Request& request) const {
    return with_database(request, [&](const Catalog::Database& database) -> Result<Response> {
      auto json = database_json(database);
      json["native_permissions"] = "write";
      json["can-manage"] = true;
      json["schedules"] = Json::object();
      const auto include = request.parameter("include");
      if (include == "tables" || include == "tables.fields") {
        auto snapshot = context_.catalog.snapshot(database.id);
        if (!snapshot) return std::move(snapshot).error();
        json["tables"] = tables(database, **snapshot, false, include == "tables.fields");
      }
      return json_response(json);
    });
  }

  Result<Response> metadata(const Request& request) const {
    return with_database(request, [&](const Catalog::Database& database) -> Result<Response> {
      auto snapshot = context_.catalog.snapshot(database.id);
      if (!snapshot) return std::move(snapshot).error();
      auto json = database_json(database);
      json["tables"] =
          tables(database, **snapshot, request.flag("include_hidden"), !request.flag("skip_fields"));
      for (auto& table : json["tables"]) {
        if (table["schema"].is_null()) table["schema"] = "";
        table["segments"] = Json::array();
        table["metrics"] = Json::array();
      }
      return json_response(json);
    });
  }

  Result<Response> schemas(const Request& request) const {
    return with_database(request, [&](const Catalog::Database& database) -> Result<Response> {
      auto snapshot = context_.catalog.snapshot(database.id);
      if (!snapshot) return std::move(snapshot).error();
      std::set<std::string> names;
      for (const auto& table : (*snapshot)->tables) {
        if (!table.shape.hidden) names.insert(table.shape.schema);
      }
      return json_response(Json(names));
    });
  }

  Result<Response> schema(const Request& request) const {
    return with_database(request, [&](const Catalog::Database& database) -> Result<Response> {
      auto snapshot = context_.catalog.snapshot(database.id);
      if (!snapshot) return std::move(snapshot).error();
      const auto place = request.places.find("name");
      const auto wanted = place == request.places.end() ? request.parameter("schema") : place->second;
      Json list = Json::array();
      for (const auto& table : (*snapshot)->tables) {
        if (!table.shape.hidden && table.shape.schema == wanted) {
          list.push_back(table_json(table, database.id, database.source->has_schemas()));
        }
      }
      return list.empty() ? not_found(context_.dialect) : json_response(list);
    });
  }

  Result<Response> fields(const Request& request) const {
    return with_database(request, [&](const Catalog::Database& database) -> Result<Response> {
      auto snapshot = context_.catalog.snapshot(database.id);
      if (!snapshot) return std::move(snapshot).error();
      Json list = Json::array();
      for (const auto& table : (*snapshot)->tables) {
        for (const auto& field : table.fields) {
          list.push_back({{"id", field.id},
                          {"name", field.shape.name},
                          {"display_name", display_name(field.shape.name)},
                          {"base_type", field.shape.base_type},
                          {"semantic_type", field.semantic_type.empty() ? Json() : Json(field.semantic_type)},
                          {"table_name", table.shape.name},
                          {"table_id", table.id},
                          {"schema", table.shape.schema}});
        }
      }
      return json_response(list);
    });
  }

  Result<Response> all_tables(const Request&) const {
    Json list = Json::array();
    for (const auto& database : context_.catalog.databases()) {
      auto snapshot = context_.catalog.snapshot(database->id);
      if (!snapshot) return std::move(snapshot).error();
      for (auto& table : tables(*database, **snapshot, false, false)) {
        table["db"] = database_json(*database);
        list.push_back(std::move(table));
      }
    }
    return json_response(list);
  }

  Result<Response> table(const Request& request, bool with_fields) const {
    return with_table(request, [&](const Place& place) -> Result<Response> {
      auto json = table_json(*place.table, place.database->id, place.database->source->has_schemas());
      json["db"] = database_json(*place.database);
      const auto key = std::find_if(place.table->fields.begin(), place.table->fields.end(),
                                    [](const auto& field) { return field.semantic_type == "type/PK"; });
      json["pk_field"] = key == place.table->fields.end() ? Json() : Json(key->id);
      if (with_fields) {
        json["fields"] = fields_json(*place.table, key_targets(*place.snapshot));
        for (auto& field : json["fields"]) {
          field["dimensions"] = Json::array();
          field["name_field"] = nullptr;
        }
      }
      return json_response(json);
    });
  }

  Result<Response> keys_into(const Request& request) const {
    return with_table(request, [&](const Place& place) -> Result<Response> {
      const bool schemas = place.database->source->has_schemas();
      Json list = Json::array();
      for (const auto& table : place.snapshot->tables) {
        for (std::size_t i = 0; i < table.fields.size(); ++i) {
          if (!table.fields[i].target) continue;
          const auto [home, target] = place.snapshot->field(*table.fields[i].target);
          if (home != place.table) continue;
          auto origin = field_json(table.fields[i], table.id, i);
          origin["table"] = table_json(table, place.database->id, schemas);
          auto destination = field_json(*target, home->id, 0);
          destination["table"] = table_json(*home, place.database->id, schemas);
          list.push_back({{"relationship", "Mt1"},
                          {"origin_id", table.fields[i].id},
                          {"origin", std::move(origin)},
                          {"destination_id", target->id},
                          {"destination", std::move(destination)}});
        }
      }
      return json_response(list);
    });
  }

  Result<Response> field(const Request& request) const {
    return with_field(request, [&](const Place& place) -> Result<Response> {
      const auto position = static_cast<std::size_t>(place.field - place.table->fields.data());
      auto json = field_json(*place.field, place.table->id, position);
      json["table"] = table_json(*place.table, place.database->id, place.database->source->has_schemas());
      return json_response(json);
    });
  }

  Result<Response> values(const Request& request) const {
    return with_field(request, [&](const Place& place) -> Result<Response> {
      Json values = Json::array();
      bool more = false;
      if (place.field->values == "list") {
        const auto column = place.database->source->quote(place.field->shape.name);
        const auto sql = "SELECT DISTINCT " + column + " FROM " +
                         place.database->source->qualified(place.table->shape) + " WHERE " + column +
                         " IS NOT NULL ORDER BY 1 LIMIT " + std::to_string(max_values + 1);
        auto rows = ask(place, sql);
        for (auto& row : rows) values.push_back(Json::array({std::move(row[0])}));
        more = values.size() > max_values;
        if (more) values.erase(max_values);
      }
      return json_response(
          {{"values", std::move(values)}, {"field_id", place.field->id}, {"has_more_values", more}});
    });
  }

  Result<Response> summary(const Request& request) const {
    return with_field(request, [&](const Place& place) -> Result<Response> {
      const auto column = place.database->source->quote(place.field->shape.name);
      const auto rows =
          place.field->path.empty()
              ? ask(place, "SELECT count(" + column + "), count(DISTINCT " + column + ") FROM " +
                               place.database->source->qualified(place.table->shape))
              : std::vector<Json>();
      const Json count = rows.empty() ? Json(0) : rows[0][0];
      const Json distinct = rows.empty() ? Json(0) : rows[0][1];
      return json_response(
          Json::array({Json::array({"count", count}), Json::array({"distincts", distinct})}));
    });
  }

private:
  [[nodiscard]] Json tables(const Catalog::Database& database, const Snapshot& snapshot, bool hidden,
                            bool with_fields) const {
    const auto targets = with_fields ? key_targets(snapshot) : std::map<std::int64_t, Json>();
    Json list = Json::array();
    for (const auto& table : snapshot.tables) {
      if (table.shape.hidden && !hidden) continue;
      auto json = table_json(table, database.id, database.source->has_schemas());
      if (with_fields) json["fields"] = fields_json(table, targets);
      list.push_back(std::move(json));
    }
    return list;
  }

  [[nodiscard]] std::vector<Json> ask(const Place& place, const std::string& sql) const {
    Query query;
    query.sql = sql;
    query.max_rows = max_values + 2;
    query.timeout = context_.statement_timeout;
    auto outcome = place.database->source->run(query);
    auto* rows = std::get_if<RowSet>(&outcome);
    return rows == nullptr ? std::vector<Json>() : std::move(rows->rows);
  }

  template <class Work>
  Result<Response> with_database(const Request& request, const Work& work) const {
    const auto id = request.number("id");
    if (!id) return bad_id(context_.dialect);
    const auto* database = context_.catalog.database(*id);
    return database == nullptr ? not_found(context_.dialect) : work(*database);
  }

  template <class Work>
  Result<Response> with_table(const Request& request, const Work& work) const {
    const auto id = request.number("id");
    if (!id) return bad_id(context_.dialect);
    auto database = context_.catalog.database_of_table(*id);
    if (!database) return std::move(database).error();
    if (!*database) return not_found(context_.dialect);
    auto snapshot = context_.catalog.snapshot(**database);
    if (!snapshot) return std::move(snapshot).error();
    const Place place{context_.catalog.database(**database), *snapshot, (*snapshot)->table(*id), nullptr};
    return place.table == nullptr ? not_found(context_.dialect) : work(place);
  }

  template <class Work>
  Result<Response> with_field(const Request& request, const Work& work) const {
    const auto id = request.number("id");
    if (!id) return bad_id(context_.dialect);
    auto database = context_.catalog.database_of_field(*id);
    if (!database) return std::move(database).error();
    if (!*database) return not_found(context_.dialect);
    auto snapshot = context_.catalog.snapshot(**database);
    if (!snapshot) return std::move(snapshot).error();
    Place place{context_.catalog.database(**database), *snapshot, nullptr, nullptr};
    std::tie(place.table, place.field) = place.snapshot->field(*id);
    return place.field == nullptr ? not_found(context_.dialect) : work(place);
  }

  Context& context_;
};

}  // namespace

void add_metadata_routes(Router& router, Context& context) {
  const auto routes = std::make_shared<MetadataRoutes>(context);
  router.add("GET", "/api/database", [routes](const Request& r) { return routes->list(r); });
  router.add("GET", "/api/database/:id", [routes](const Request& r) { return routes->one(r); });
  router.add("GET", "/api/database/:id/metadata", [routes](const Request& r) { return routes->metadata(r); });
  router.add("GET", "/api/database/:id/schemas", [routes](const Request& r) { return routes->schemas(r); });
  router.add("GET", "/api/database/:id/schema", [routes](const Request& r) { return routes->schema(r); });
  router.add("GET", "/api/database/:id/schema/:name",
             [routes](const Request& r) { return routes->schema(r); });
  router.add("GET", "/api/database/:id/fields", [routes](const Request& r) { return routes->fields(r); });
  router.add("GET", "/api/table", [routes](const Request& r) { return routes->all_tables(r); });
  router.add("GET", "/api/table/:id", [routes](const Request& r) { return routes->table(r, false); });
  router.add("GET", "/api/table/:id/query_metadata",
             [routes](const Request& r) { return routes->table(r, true); });
  router.add("GET", "/api/table/:id/fks", [routes](const Request& r) { return routes->keys_into(r); });
  router.add("GET", "/api/field/:id", [routes](const Request& r) { return routes->field(r); });
  router.add("GET", "/api/field/:id/values", [routes](const Request& r) { return routes->values(r); });
  router.add("GET", "/api/field/:id/summary", [routes](const Request& r) { return routes->summary(r); });
  const auto accepted = [](const Request&) -> Result<Response> { return json_response({{"status", "ok"}}); };
  router.add("POST", "/api/database/:id/sync_schema", accepted);
  router.add("POST", "/api/database/:id/rescan_values", accepted);
}

}  // namespace kpi::sandbox
