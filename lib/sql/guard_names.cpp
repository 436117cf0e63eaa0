#include "guard_names.hpp"

#include <kpi/base/text.hpp>

#include <algorithm>
#include <array>
#include <utility>

namespace kpi::sql {
namespace {

// Source: PostgreSQL 15's pg_type; without oid, xml, record and the reg* types.
constexpr std::string_view plain_types =
    "bit bool box bpchar bytea char cidr circle date datemultirange daterange float4 float8 inet int2 "
    "int4 int4multirange int4range int8 int8multirange int8range interval json jsonb jsonpath line lseg "
    "macaddr macaddr8 money name numeric nummultirange numrange path point polygon text time timestamp "
    "timestamptz timetz tsmultirange tsquery tsrange tstzmultirange tstzrange tsvector uuid varbit "
    "varchar";

// Source: PostgreSQL 15's pg_operator.
constexpr std::string_view own_operators =
    "!! != !~ !~* !~~ !~~* # ## #- #> #>> % & && &&& &< &<| &> * *< *<= *<> *= *> *>= + - -> ->> -|- / "
    "< <-> << <<= <<| <= <> <@ <^ = > >= >> >>= >^ ? ?# ?& ?- ?-| ?| ?|| @ @-@ @> @? @@ @@@ "
    "^ ^@ | |&> |/ |>> || ||/ ~ ~* ~< ~<=~ ~<~ ~= "
    "~> ~>=~ ~>~ ~~ ~~*";

// Source: PostgreSQL 15's pg_class, schema pg_catalog; its statistics views are told by their prefix.
constexpr std::string_view catalogs =
    "pg_aggregate pg_am pg_amop pg_amproc pg_attrdef pg_attribute pg_auth_members pg_authid "
    "pg_available_extension_versions pg_available_extensions pg_backend_memory_contexts pg_cast "
    "pg_class pg_collation pg_config pg_constraint pg_conversion pg_cursors pg_database "
    "pg_db_role_setting pg_default_acl pg_depend pg_description pg_enum pg_event_trigger pg_extension "
    "pg_file_settings pg_foreign_data_wrapper pg_foreign_server pg_foreign_table pg_group "
    "pg_hba_file_rules pg_ident_file_mappings pg_index pg_indexes pg_inherits pg_init_privs pg_language "
    "pg_largeobject pg_largeobject_metadata pg_locks pg_matviews pg_namespace pg_opclass pg_operator "
    "pg_opfamily pg_parameter_acl pg_partitioned_table pg_policies pg_policy pg_prepared_statements "
    "pg_prepared_xacts pg_proc pg_publication pg_publication_namespace pg_publication_rel "
    "pg_publication_tables pg_range pg_replication_origin pg_replication_origin_status "
    "pg_replication_slots pg_rewrite pg_roles pg_rules pg_seclabel pg_seclabels pg_sequence "
    "pg_sequences pg_settings pg_shadow pg_shdepend pg_shdescription pg_shmem_allocations pg_shseclabel "
    "pg_subscription pg_subscription_rel pg_tables pg_tablespace pg_timezone_abbrevs pg_timezone_names "
    "pg_transform pg_trigger pg_ts_config pg_ts_config_map pg_ts_dict pg_ts_parser pg_ts_template "
    "pg_type pg_user pg_user_mapping pg_user_mappings pg_views";

constexpr std::array<std::pair<std::string_view, std::string_view>, 58> native_names{{
    {"add_months", "date + make_interval(months => n)"},
    {"array_concat", "||"},
    {"charindex", "strpos(text, part)"},
    {"convert_tz", "AT TIME ZONE"},
    {"curdate", "CURRENT_DATE"},
    {"current_datetime", "CURRENT_TIMESTAMP"},
    {"curtime", "CURRENT_TIME"},
    {"date_add", "date + interval"},
    {"date_diff", "date - date"},
    {"date_format", "to_char(date, format)"},
    {"date_sub", "date - interval"},
    {"dateadd", "date + interval"},
    {"datediff", "date - date"},
    {"datepart", "EXTRACT(part FROM date)"},
    {"datetime", "a timestamp cast"},
    {"day", "EXTRACT(DAY FROM date)"},
    {"dayofmonth", "EXTRACT(DAY FROM date)"},
    {"dayofweek", "EXTRACT(DOW FROM date)"},
    {"dayofyear", "EXTRACT(DOY FROM date)"},
    {"from_unixtime", "to_timestamp(seconds)"},
    {"getdate", "now()"},
    {"group_concat", "string_agg(text, ',')"},
    {"hour", "EXTRACT(HOUR FROM time)"},
    {"if", "CASE WHEN"},
    {"ifnull", "COALESCE(a, b)"},
    {"iif", "CASE WHEN"},
    {"instr", "strpos(text, part)"},
    {"isnull", "COALESCE(a, b)"},
    {"json_extract", "-> or ->>"},
    {"json_unquote", "->>"},
    {"julianday", "EXTRACT(EPOCH FROM date) / 86400"},
    {"last_day", "date_trunc('month', date) + interval '1 month - 1 day'"},
    {"len", "length(text)"},
    {"listagg", "string_agg(text, ',')"},
    {"locate", "strpos(text, part)"},
    {"median", "percentile_cont(0.5) WITHIN GROUP (ORDER BY value)"},
    {"minute", "EXTRACT(MINUTE FROM time)"},
    {"month", "EXTRACT(MONTH FROM date)"},
    {"months_between", "EXTRACT(... FROM age(a, b))"},
    {"nvl", "COALESCE(a, b)"},
    {"nvl2", "CASE WHEN"},
    {"quarter", "EXTRACT(QUARTER FROM date)"},
    {"rand", "nothing: a KPI must not be left to chance"},
    {"safe_divide", "a / NULLIF(b, 0)"},
    {"second", "EXTRACT(SECOND FROM time)"},
    {"str_to_date", "to_date(text, format)"},
    {"strftime", "to_char(date, format)"},
    {"sysdate", "now()"},
    {"time_to_sec", "EXTRACT(EPOCH FROM time)"},
    {"timestampadd", "timestamp + interval"},
    {"timestampdiff", "EXTRACT(EPOCH FROM a - b)"},
    {"to_days", "date - date '0001-01-01'"},
    {"truncate", "trunc(number, digits)"},
    {"unix_timestamp", "EXTRACT(EPOCH FROM time)"},
    {"week", "EXTRACT(WEEK FROM date)"},
    {"weekday", "EXTRACT(ISODOW FROM date)"},
    {"weekofyear", "EXTRACT(WEEK FROM date)"},
    {"year", "EXTRACT(YEAR FROM date)"},
}};

NameSet words(std::string_view list) {
  NameSet set;
  for (const std::string& word : split(list, ' ')) set.insert(word);
  return set;
}

bool begins(std::string_view text, std::string_view prefix) {
  return text.substr(0, prefix.size()) == prefix;
}

// The name by which a function in FROM is called, or by which it calls itself.
std::string_view name_of_function(const Node& range) {
  if (const Node* alias = range.at(Key::alias)) return text_at(alias, Key::aliasname);
  const Node* list = first_of(range.at(Key::functions));
  const Node* call = first_of(at(list, Key::items));
  const Node* names = at(call, Key::funcname);
  return names == nullptr ? std::string_view() : string_of(names->last);
}

}  // namespace

bool is_clock(std::string_view op) {
  return begins(op, "SVFOP_CURRENT_DATE") || begins(op, "SVFOP_CURRENT_TIME") ||
         begins(op, "SVFOP_LOCALTIME");
}

bool changes_things(std::string_view statement) {
  for (const std::string_view prefix :
       {"Alter",   "Create",  "Drop",   "Truncate", "Copy",   "Grant",    "Reindex",  "Vacuum",
        "Refresh", "Comment", "Rename", "Cluster",  "Import", "Define",   "Reassign", "Security",
        "Index",   "View",    "Rule",   "CallStmt", "DoStmt", "Composite"}) {
    if (begins(statement, prefix)) return true;
  }
  return false;
}

std::string_view native_name(std::string_view name) {
  for (const auto& [foreign, own] : native_names) {
    if (foreign == name) return own;
  }
  return {};
}

bool is_plain_type(std::string_view name) {
  static const NameSet names = words(plain_types);
  return names.contains(name);
}

bool has_type(const model::Database& database, std::string_view name) {
  for (const auto& table : database.tables) {
    for (const auto& field : table.fields) {
      if (field.database_type != name) continue;
      return !begins(name, "reg") && !begins(name, "pg_") && name != "oid" && name != "xml";
    }
  }
  return false;
}

bool has_table(const model::Database& database, std::string_view schema, std::string_view name) {
  return std::any_of(database.tables.begin(), database.tables.end(), [&](const model::Table& table) {
    return table.name == name && (schema.empty() || table.schema == schema);
  });
}

bool is_own_operator(std::string_view name) {
  // The tree writes BETWEEN and its forms where an operator's name would stand.
  if (name.find("BETWEEN") != std::string_view::npos && name.find('.') == std::string_view::npos) return true;
  static const NameSet names = words(own_operators);
  return names.contains(name);
}

bool is_system_name(std::string_view name) { return begins(name, "pg_"); }

bool is_catalog(std::string_view name) {
  static const NameSet names = words(catalogs);
  return begins(name, "pg_stat") || names.contains(name);
}

bool is_row_field(std::string_view name) {
  return name == "key" || name == "value" || name == "ordinality" || name == "lexeme" ||
         name == "positions" || name == "weights";
}

RowNames names_of_rows(const Tree& tree) {
  RowNames names;
  for (const Node& node : tree.nodes()) {
    switch (node.tag) {
      case Tag::RangeVar: {
        const Node* alias = node.at(Key::alias);
        names.try_emplace(alias == nullptr ? text_at(&node, Key::relname) : text_at(alias, Key::aliasname),
                          RowName::row);
        break;
      }
      case Tag::RangeSubselect:
      case Tag::JoinExpr:
        if (const Node* alias = node.at(Key::alias))
          names.try_emplace(text_at(alias, Key::aliasname), RowName::row);
        if (const Node* alias = node.at(Key::join_using_alias)) {
          names.try_emplace(text_at(alias, Key::aliasname), RowName::row);
        }
        break;
      case Tag::RangeFunction:
        names[name_of_function(node)] = RowName::value;
        break;
      default:
        break;
    }
  }
  return names;
}

bool is_listed_column(const Tree& tree, std::string_view alias, std::string_view column) {
  bool listed = false;
  for (const Node& node : tree.nodes()) {
    if (node.tag != Tag::RangeFunction || name_of_function(node) != alias) continue;
    const Node* columns = at(node.at(Key::alias), Key::colnames);
    bool here = column == alias && columns == nullptr;
    for (const Node& name : Members(columns)) here = here || string_of(&name) == column;
    for (const Node& definition : Members(node.at(Key::coldeflist))) {
      here = here || text_at(&definition, Key::colname) == column;
    }
    if (!here) return false;
    listed = true;
  }
  return listed;
}

}  // namespace kpi::sql
