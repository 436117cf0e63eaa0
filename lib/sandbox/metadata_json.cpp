#include <kpi/sandbox/context.hpp>
#include <kpi/sandbox/metadata_json.hpp>
#include <kpi/sandbox/semantics.hpp>

#include <algorithm>
#include <set>

namespace kpi::sandbox {
namespace {

template <class T>
Json or_null(const std::optional<T>& value) {
  return value ? Json(*value) : Json();
}

Json text_or_null(const std::string& text) { return text.empty() ? Json() : Json(text); }

Json semantic_version(const std::string& version) {
  Json parts = Json::array();
  int number = -1;
  for (const char c : version + ' ') {
    if (c >= '0' && c <= '9') {
      number = std::max(number, 0) * 10 + (c - '0');
    } else {
      if (number >= 0) parts.push_back(number);
      number = -1;
      if (c != '.') break;
    }
  }
  return parts;
}

}  // namespace

Json database_json(const Catalog::Database& database) {
  Json features{"basic-aggregations", "expressions",    "foreign-keys",
                "native-parameters",  "nested-queries", "standard-deviation-aggregations"};
  if (database.source->has_schemas()) {
    for (const auto* more : {"nested-field-columns", "schemas", "set-timezone"}) features.push_back(more);
  }
  return {{"id", database.id},
          {"name", database.name},
          {"engine", database.source->engine()},
          {"description", nullptr},
          {"is_sample", false},
          {"is_full_sync", true},
          {"is_on_demand", false},
          {"is_audit", false},
          {"timezone", database.timezone},
          {"initial_sync_status", "complete"},
          {"features", std::move(features)},
          {"dbms_version",
           {{"flavor", database.flavor},
            {"version", database.version},
            {"semantic-version", semantic_version(database.version)}}},
          {"details", Json::object()},
          {"auto_run_queries", true},
          {"cache_ttl", nullptr},
          {"settings", nullptr},
          {"refingerprint", false},
          {"uploads_enabled", false},
          {"can_upload", false},
          {"caveats", nullptr},
          {"points_of_interest", nullptr},
          {"metadata_sync_schedule", "0 11 * * * ? *"},
          {"cache_field_values_schedule", "0 0 5 * * ? *"},
          {"creator_id", admin_id},
          {"created_at", database.created_at},
          {"updated_at", database.created_at}};
}

Json field_json(const Field& field, std::int64_t table_id, std::size_t position) {
  const auto& shape = field.shape;
  return {{"id", field.id},
          {"table_id", table_id},
          {"name", shape.name},
          {"display_name", field.path.empty() ? display_name(shape.name) : shape.name},
          {"description", or_null(shape.description)},
          {"database_type", shape.database_type},
          {"base_type", shape.base_type},
          {"effective_type", shape.base_type},
          {"coercion_strategy", nullptr},
          {"semantic_type", text_or_null(field.semantic_type)},
          {"fk_target_field_id", or_null(field.target)},
          {"target", nullptr},
          {"visibility_type", field.visibility},
          {"active", true},
          {"position", position},
          {"database_position", position},
          {"custom_position", 0},
          {"preview_display", true},
          {"has_field_values", field.values},
          {"fingerprint", field.fingerprint},
          {"fingerprint_version", field.fingerprint.is_null() ? 0 : 5},
          {"last_analyzed", nullptr},
          {"parent_id", nullptr},
          {"nfc_path", field.path.empty() ? Json() : Json(field.path)},
          {"json_unfolding", field.unfolded},
          {"database_required", shape.not_null && !shape.default_value && !shape.auto_increment},
          {"database_is_auto_increment", shape.auto_increment},
          {"database_is_pk", shape.primary_key},
          {"database_is_nullable", field.path.empty() ? Json(!shape.not_null) : Json()},
          {"database_default", or_null(shape.default_value)},
          {"database_is_generated", shape.generated},
          {"database_indexed", shape.indexed},
          {"database_partitioned", nullptr},
          {"settings", nullptr},
          {"caveats", nullptr},
          {"points_of_interest", nullptr}};
}

Json table_json(const Table& table, std::int64_t database_id, bool schemas) {
  const auto& shape = table.shape;
  return {{"id", table.id},
          {"db_id", database_id},
          {"name", shape.name},
          {"display_name", display_name(shape.name)},
          {"schema", schemas ? Json(shape.schema) : Json()},
          {"description", or_null(shape.description)},
          {"entity_type", entity_type(shape.name)},
          {"visibility_type", shape.hidden ? Json("technical") : Json()},
          {"active", true},
          {"field_order", "database"},
          {"initial_sync_status", "complete"},
          {"estimated_row_count", table.profile == nullptr ? Json() : or_null(table.profile->rows)},
          {"view_count", 0},
          {"is_upload", false},
          {"show_in_getting_started", false},
          {"database_require_filter", nullptr},
          {"caveats", nullptr},
          {"points_of_interest", nullptr}};
}

Json fields_json(const Table& table, const std::map<std::int64_t, Json>& targets) {
  Json fields = Json::array();
  for (std::size_t i = 0; i < table.fields.size(); ++i) {
    auto field = field_json(table.fields[i], table.id, i);
    if (table.fields[i].target) {
      const auto found = targets.find(*table.fields[i].target);
      if (found != targets.end()) field["target"] = found->second;
    }
    fields.push_back(std::move(field));
  }
  return fields;
}

std::map<std::int64_t, Json> key_targets(const Snapshot& snapshot) {
  std::set<std::int64_t> wanted;
  for (const auto& table : snapshot.tables) {
    for (const auto& field : table.fields) {
      if (field.target) wanted.insert(*field.target);
    }
  }
  std::map<std::int64_t, Json> targets;
  for (const auto& table : snapshot.tables) {
    for (std::size_t i = 0; i < table.fields.size(); ++i) {
      if (wanted.count(table.fields[i].id) > 0)
        targets[table.fields[i].id] = field_json(table.fields[i], table.id, i);
    }
  }
  return targets;
}

}  // namespace kpi::sandbox
