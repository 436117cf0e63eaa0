#pragma once

#include "support/paths.hpp"

#include <kpi/base/file.hpp>
#include <kpi/base/text.hpp>
#include <kpi/sql/analyzer.hpp>

#include <algorithm>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

// What the tests of kpi::sql share: the policy that is shipped, and a small company's schema.
namespace kpi::sql::test {

/// The lists of config/sql-policy.yaml, read line by line: the reader proper is another module's.
inline Policy shipped_policy() {
  Policy policy;
  const auto text = read_file(std::filesystem::path(kpi::test::source_dir) / "config" / "sql-policy.yaml");
  if (!text) return policy;
  std::vector<std::string>* list = nullptr;
  for (const std::string& line : split(*text, '\n')) {
    if (line.rfind("postgres_functions:", 0) == 0) list = &policy.postgres_functions;
    if (line.rfind("sqlite_functions:", 0) == 0) list = &policy.sqlite_functions;
    if (line.rfind("  - ", 0) == 0 && list != nullptr) list->push_back(replace_all(line.substr(4), "\"", ""));
  }
  policy.columns = {{"*_cents", "*_minor"}, {"is_test", "test_*"}, {"deleted_at", "is_deleted"}};
  return policy;
}

inline const Analyzer& analyzer() {
  static const Analyzer shared = *Analyzer::make(shipped_policy());
  return shared;
}

inline model::Field field(std::string name, std::string database_type, std::string type) {
  model::Field made;
  made.name = std::move(name);
  made.database_type = std::move(database_type);
  made.type = std::move(type);
  return made;
}

inline model::Table table(std::string name, std::vector<model::Field> fields) {
  model::Table made;
  made.schema = "public";
  made.name = std::move(name);
  made.primary_key = {"id"};
  made.fields = std::move(fields);
  return made;
}

/// Users, orders with a JSON column and known statuses, order items, and a table of camel case names.
inline const model::Database& shop() {
  static const model::Database database = [] {
    model::Database made;
    made.id = 1;
    made.name = "shop";
    made.engine = "postgres";
    made.dialect = model::Dialect::postgres;
    auto id = field("id", "int4", "type/Integer");
    id.nullable = false;
    id.semantic_type = "type/PK";
    auto email = field("email", "text", "type/Text");
    email.pii = true;
    auto status = field("status", "text", "type/Text");
    status.values = std::vector<Json>{"new", "paid", "done"};
    auto amount = field("amount", "int8", "type/BigInteger");
    amount.nullable = true;
    auto total = field("info \xE2\x86\x92 total", "int8", "type/Integer");
    total.path = {"info", "total"};
    auto city = field("info \xE2\x86\x92 address \xE2\x86\x92 city", "text", "type/Text");
    city.path = {"info", "address", "city"};
    auto gift = field("info \xE2\x86\x92 gift", "bool", "type/Boolean");
    gift.path = {"info", "gift"};
    auto user_id = field("user_id", "int4", "type/Integer");
    user_id.references = model::FieldReference{"users", "id"};
    auto order_id = field("order_id", "int4", "type/Integer");
    order_id.references = model::FieldReference{"orders", "id"};
    made.tables = {
        table("users", {id, field("name", "text", "type/Text"), email,
                        field("active", "bool", "type/Boolean"), field("is_test", "bool", "type/Boolean"),
                        field("created_at", "timestamptz", "type/DateTimeWithLocalTZ")}),
        table("orders",
              {id, user_id, status, field("state", "int4", "type/Integer"), amount,
               field("weight", "float8", "type/Float"),
               field("created_at", "timestamptz", "type/DateTimeWithLocalTZ"),
               field("paid_at", "timestamptz", "type/DateTimeWithLocalTZ"), field("due", "date", "type/Date"),
               field("deleted_at", "timestamptz", "type/DateTimeWithLocalTZ"), total, city, gift}),
        table("order_items", {id, order_id, field("quantity", "int4", "type/Integer"),
                              field("price_cents", "int4", "type/Integer")}),
        table("Mixed", {id, field("createdAt", "timestamptz", "type/DateTimeWithLocalTZ"),
                        field("Amount", "int4", "type/Integer")}),
    };
    made.tables[1].time_columns = {"created_at"};
    return made;
  }();
  return database;
}

inline Analysis analyze(std::string_view statement, const model::Database* schema = nullptr,
                        model::Dialect dialect = model::Dialect::postgres) {
  return analyzer().analyze(statement, dialect, schema);
}

/// The codes of all findings, each once, in order of first appearance.
inline std::vector<std::string> codes(const Analysis& analysis) {
  std::vector<std::string> all;
  for (const auto& found : analysis.findings) {
    if (std::find(all.begin(), all.end(), found.code) == all.end()) all.push_back(found.code);
  }
  return all;
}

inline bool has_code(const Analysis& analysis, std::string_view code) {
  return std::any_of(analysis.findings.begin(), analysis.findings.end(),
                     [&](const auto& found) { return found.code == code; });
}

/// "code: message" of every finding, for a failing test to show.
inline std::string shown(const Analysis& analysis) {
  std::string text;
  for (const auto& found : analysis.findings) text += found.code + ": " + found.message + "\n";
  return text;
}

/// The lines of a file beside the tests; the last, empty one is left out.
inline std::vector<std::string> lines(std::string_view name) {
  const auto text = read_file(std::filesystem::path(kpi::test::source_dir) / "tests" / "sql" / name);
  if (!text) return {};
  auto all = split(*text, '\n');
  if (!all.empty() && all.back().empty()) all.pop_back();
  return all;
}

}  // namespace kpi::sql::test
