#pragma once

#include "llm/fixture.hpp"
#include "support/fake_clock.hpp"

#include <kpi/llm/rules.hpp>

#include <doctest/doctest.h>
#include <sqlite3.h>

#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

// The rules at work: what they write for a schema, and what their statements give on rows.
namespace kpi::test {

struct Writer {
  model::Database database;
  model::Domain domain = test::domain();
  test::FakeClock clock;
  llm::Spent spent;

  explicit Writer(model::Database of = test::shop()) : database(std::move(of)) {}
  std::vector<model::Kpi> kpis(const char* table, int most = 20) {
    llm::RulesGenerator rules(clock);
    auto draft = rules.generate({database, *database.table(table), domain, "default", 15, most}, spent, {});
    REQUIRE(draft);
    return std::move(draft->kpis);
  }
};

inline std::vector<std::string> names(const std::vector<model::Kpi>& kpis) {
  std::vector<std::string> list;
  list.reserve(kpis.size());
  for (const auto& kpi : kpis) list.push_back(kpi.name);
  return list;
}

using Rows = std::unique_ptr<sqlite3, int (*)(sqlite3*)>;

/// A SQLite database in memory that `script` filled.
inline Rows rows(const char* script) {
  sqlite3* opened = nullptr;
  sqlite3_open(":memory:", &opened);
  Rows database(opened, sqlite3_close);
  REQUIRE(sqlite3_exec(database.get(), script, nullptr, nullptr, nullptr) == SQLITE_OK);
  return database;
}

/// Every cell of the result as text; "NULL" for none. Fails the test if the statement does not run.
inline std::vector<std::string> cells(sqlite3* database, const std::string& sql) {
  sqlite3_stmt* prepared = nullptr;
  CAPTURE(sql);
  INFO(sqlite3_errmsg(database));
  REQUIRE(sqlite3_prepare_v2(database, sql.c_str(), -1, &prepared, nullptr) == SQLITE_OK);
  std::vector<std::string> found;
  while (sqlite3_step(prepared) == SQLITE_ROW) {
    for (int i = 0; i < sqlite3_column_count(prepared); ++i) {
      const auto* text = sqlite3_column_text(prepared, i);
      found.emplace_back(text == nullptr ? "NULL" : reinterpret_cast<const char*>(text));
    }
  }
  CHECK(sqlite3_finalize(prepared) == SQLITE_OK);
  return found;
}

/// The KPI of that name, or nullptr.
inline const model::Kpi* called(const std::vector<model::Kpi>& kpis, std::string_view name) {
  for (const auto& kpi : kpis) {
    if (kpi.name == name) return &kpi;
  }
  return nullptr;
}

/// The cells that the KPI of that name gives; fails the test where there is none.
inline std::vector<std::string> cells_of(const Rows& database, const std::vector<model::Kpi>& kpis,
                                         std::string_view name) {
  CAPTURE(name);
  const auto* kpi = called(kpis, name);
  REQUIRE(kpi != nullptr);
  return cells(database.get(), kpi->sql);
}

using Cells = std::vector<std::string>;

/// Enough for every KPI that the rules have.
inline constexpr int all = 300;

/// The first field is the key; times and described texts are what discovery would make of them.
inline model::Table table(std::string name, std::vector<model::Field> fields, std::int64_t rows = 100) {
  model::Table made;
  made.name = std::move(name);
  made.row_count = rows;
  if (!fields.empty()) made.primary_key = {fields.front().name};
  made.fields = std::move(fields);
  for (const auto& one : made.fields) {
    if (model::is_temporal(one)) made.time_columns.push_back(one.name);
    if (model::is_text(one) && !one.description.empty()) made.dimensions.push_back(one.name);
  }
  return made;
}

inline model::Database database(std::vector<model::Table> tables,
                                model::Dialect dialect = model::Dialect::sqlite) {
  model::Database made;
  made.id = 1;
  made.name = "shop";
  made.dialect = dialect;
  made.tables = std::move(tables);
  return made;
}

/// As a fingerprint has it: so many different values, so many without one.
inline model::Field seen(model::Field of, std::int64_t distinct, double null_fraction = 0) {
  of.stats = model::FieldStats{};
  of.stats->distinct = distinct;
  of.stats->null_fraction = null_fraction;
  return of;
}

inline bool any_name_has(const std::vector<model::Kpi>& kpis, std::string_view text) {
  return std::any_of(kpis.begin(), kpis.end(),
                     [&](const auto& kpi) { return kpi.name.find(text) != std::string::npos; });
}

}  // namespace kpi::test
