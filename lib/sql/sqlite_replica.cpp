#include "sqlite_replica.hpp"

#include "quote.hpp"

#include <kpi/base/text.hpp>

#include <algorithm>
#include <set>
#include <string>

namespace kpi::sql {
namespace {

constexpr int max_compound = 50;  // arms of a UNION
constexpr int max_instructions = 250'000;
constexpr int max_value = 1'000'000;  // bytes in one value

std::string quoted_name(std::string_view name) { return quote(name, '\"'); }

std::string create_table(const model::Table& table) {
  std::set<std::string> seen;
  std::string columns;
  for (const auto& field : table.fields) {
    // An unfolded JSON field is no column; the first element of its path is.
    const std::string& name = field.path.empty() ? field.name : field.path.front();
    if (!seen.insert(lower(name)).second) continue;
    if (!columns.empty()) columns += ", ";
    columns += quoted_name(name);
    const bool typed = field.path.empty() &&
                       std::all_of(field.database_type.begin(), field.database_type.end(),
                                   [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); });
    if (typed) columns += std::string(" ") + field.database_type;
  }
  if (columns.empty()) columns = "\"_\"";
  return std::string("CREATE TABLE IF NOT EXISTS ") + quoted_name(table.name) + " (" + columns + ")";
}

}  // namespace

std::vector<const model::Table*> named_tables(const model::Database& schema, std::string_view statement,
                                              const std::vector<Token>& tokens) {
  std::set<std::string, std::less<>> named;
  for (const Token& token : tokens) {
    if (token.kind == TokenKind::word || token.kind == TokenKind::quoted ||
        token.kind == TokenKind::backtick || token.kind == TokenKind::bracketed ||
        token.kind == TokenKind::text)
      named.insert(lower(without_quotes(statement, token)));
  }
  std::vector<const model::Table*> tables;
  for (const auto& table : schema.tables) {
    if (named.contains(lower(table.name))) tables.push_back(&table);
  }
  return tables;
}

std::vector<std::string> definitions_of(const std::vector<const model::Table*>& tables) {
  std::vector<std::string> definitions;
  definitions.reserve(tables.size());
  for (const model::Table* table : tables) definitions.push_back(create_table(*table));
  return definitions;
}

Result<SqliteConnection> open_replica(const std::vector<std::string>& definitions, std::size_t max_bytes,
                                      std::size_t max_depth) {
  sqlite3* raw = nullptr;
  const int opened = sqlite3_open_v2(
      ":memory:", &raw, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX, nullptr);
  SqliteConnection connection(raw);
  if (opened != SQLITE_OK) {
    return Error{Fault::item, "sql.replica", "sqlite", "no empty copy of the schema could be made", ""};
  }
  sqlite3_db_config(raw, SQLITE_DBCONFIG_DQS_DML, 0, nullptr);
  sqlite3_db_config(raw, SQLITE_DBCONFIG_DQS_DDL, 0, nullptr);
  sqlite3_db_config(raw, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, nullptr);
  sqlite3_db_config(raw, SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, 0, nullptr);
  for (const std::string& definition : definitions) {
    if (sqlite3_exec(raw, definition.c_str(), nullptr, nullptr, nullptr) == SQLITE_NOMEM) {
      return Error{Fault::item, "sql.replica", "sqlite", "out of memory", ""};
    }
  }
  // A table-valued function declares its columns when it is first named, which an authorizer would take for a
  // CREATE TABLE.
  sqlite3_exec(raw, "SELECT 1 FROM json_each('[]'), json_tree('[]')", nullptr, nullptr, nullptr);
  sqlite3_db_config(raw, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
  sqlite3_limit(raw, SQLITE_LIMIT_SQL_LENGTH, static_cast<int>(std::min<std::size_t>(max_bytes, 1'000'000)));
  sqlite3_limit(raw, SQLITE_LIMIT_EXPR_DEPTH, static_cast<int>(std::min<std::size_t>(max_depth, 1'000)));
  sqlite3_limit(raw, SQLITE_LIMIT_COMPOUND_SELECT, max_compound);
  sqlite3_limit(raw, SQLITE_LIMIT_LENGTH, max_value);
  sqlite3_limit(raw, SQLITE_LIMIT_ATTACHED, 0);
  sqlite3_limit(raw, SQLITE_LIMIT_VDBE_OP, max_instructions);
  return connection;
}

}  // namespace kpi::sql
