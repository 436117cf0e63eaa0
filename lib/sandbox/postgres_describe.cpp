#include <kpi/sandbox/base_type.hpp>
#include <kpi/sandbox/postgres_describe.hpp>

#include <cstdlib>
#include <map>

namespace kpi::sandbox::postgres {
namespace {

constexpr const char* columns_sql = R"(
SELECT c.oid, n.nspname, c.relname, obj_description(c.oid, 'pg_class'),
       CASE WHEN c.reltuples >= 0 AND c.relkind IN ('r', 'm', 'p') THEN c.reltuples::bigint END,
       a.attname, coalesce(b.typname, t.typname), coalesce(b.typtype, t.typtype), coalesce(b.oid, t.oid),
       a.attnotnull, CASE WHEN a.attgenerated = '' THEN pg_get_expr(d.adbin, d.adrelid) END,
       a.attidentity <> '' OR coalesce(pg_get_expr(d.adbin, d.adrelid) LIKE 'nextval(%', false), a.attgenerated <> '',
       col_description(c.oid, a.attnum),
       concat_ws('/', c.relfilenode, s.n_tup_ins, s.n_tup_upd, s.n_tup_del, s.last_analyze, s.last_autoanalyze)
FROM pg_class c
JOIN pg_namespace n ON n.oid = c.relnamespace
JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
JOIN pg_type t ON t.oid = a.atttypid
LEFT JOIN pg_type b ON t.typtype = 'd' AND b.oid = t.typbasetype
LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
LEFT JOIN pg_stat_all_tables s ON s.relid = c.oid
WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND NOT c.relispartition
  AND n.nspname NOT IN ('information_schema') AND n.nspname NOT LIKE 'pg\_%'
  AND has_schema_privilege(n.oid, 'USAGE')
  AND (has_table_privilege(c.oid, 'SELECT') OR has_any_column_privilege(c.oid, 'SELECT'))
ORDER BY n.nspname, c.relname, a.attnum)";

constexpr const char* keys_sql = R"(
SELECT k.conrelid, k.contype, a.attname, fn.nspname, fc.relname, fa.attname
FROM pg_constraint k
CROSS JOIN LATERAL unnest(k.conkey, k.confkey) AS u (here, there)
JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = u.here
LEFT JOIN pg_class fc ON fc.oid = k.confrelid
LEFT JOIN pg_namespace fn ON fn.oid = fc.relnamespace
LEFT JOIN pg_attribute fa ON fa.attrelid = k.confrelid AND fa.attnum = u.there
WHERE k.contype IN ('p', 'f') AND k.conparentid = 0
ORDER BY k.conrelid, k.conname)";

constexpr const char* indexes_sql = R"(
SELECT i.indrelid, a.attname FROM pg_index i JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[0]
WHERE i.indisvalid)";

constexpr const char* labels_sql =
    "SELECT enumtypid, enumlabel FROM pg_enum ORDER BY enumtypid, enumsortorder";

Result<Done> describe_columns(PGconn* connection, Shape& shape, std::map<std::string, std::size_t>& by_oid) {
  auto labels = read(connection, labels_sql);
  if (!labels) return std::move(labels).error();
  std::map<std::string, std::vector<std::string>> labels_of;
  for (auto& row : *labels) labels_of[*row[0]].push_back(*row[1]);

  auto columns = read(connection, columns_sql);
  if (!columns) return std::move(columns).error();
  for (auto& row : *columns) {
    const auto [place, is_new] = by_oid.try_emplace(*row[0], shape.tables.size());
    if (is_new) {
      TableShape table;
      table.schema = *row[1];
      table.name = *row[2];
      table.description = row[3];
      if (row[4]) table.estimated_rows = std::strtoll(row[4]->c_str(), nullptr, 10);
      table.identity = *row[0] + ':' + row[14].value_or("");
      shape.tables.push_back(std::move(table));
    }
    auto& table = shape.tables[place->second];
    FieldShape field;
    field.name = *row[5];
    field.database_type = *row[6];
    field.base_type = *row[7] == "e" ? "type/PostgresEnum" : postgres_base_type(*row[6]);
    if (*row[7] == "e") field.labels = labels_of[*row[8]];
    field.not_null = *row[9] == "t";
    field.default_value = row[10];
    field.auto_increment = row[11] == "t";
    field.generated = row[12] == "t";
    field.description = row[13];
    table.identity += '|' + field.name + ' ' + field.database_type;
    table.fields.push_back(std::move(field));
  }
  return Done{};
}

}  // namespace

Result<Shape> describe(PGconn* connection) {
  Shape shape;
  shape.flavor = "PostgreSQL";
  const char* version = PQparameterStatus(connection, "server_version");
  shape.version = version == nullptr ? "" : version;
  shape.timezone = "UTC";
  std::map<std::string, std::size_t> by_oid;
  if (auto read = describe_columns(connection, shape, by_oid); !read) return std::move(read).error();

  const auto field_of_table = [&](const std::string& oid, const std::string& name) -> FieldShape* {
    const auto place = by_oid.find(oid);
    if (place == by_oid.end()) return nullptr;
    for (auto& field : shape.tables[place->second].fields) {
      if (field.name == name) return &field;
    }
    return nullptr;
  };
  auto keys = read(connection, keys_sql);
  if (!keys) return std::move(keys).error();
  for (auto& row : *keys) {
    auto* field = field_of_table(*row[0], *row[2]);
    if (field == nullptr) continue;
    if (row[1] == "p") {
      field->primary_key = true;
    } else if (row[3] && row[4] && row[5]) {
      shape.tables[by_oid[*row[0]]].foreign_keys.push_back({field->name, *row[3], *row[4], *row[5]});
    }
  }
  auto indexes = read(connection, indexes_sql);
  if (!indexes) return std::move(indexes).error();
  for (auto& row : *indexes) {
    if (auto* field = field_of_table(*row[0], *row[1]); field != nullptr) field->indexed = true;
  }
  return shape;
}

}  // namespace kpi::sandbox::postgres
