#include "system/fixture.hpp"

#include <kpi/base/file.hpp>
#include <kpi/base/text.hpp>

#include <doctest/doctest.h>
#include <sqlite3.h>

namespace kpi::test {

World::World() {
  environment = {{"HOME", folder().string()},
                 {"XDG_STATE_HOME", file("state").string()},
                 {"XDG_CONFIG_HOME", file("config").string()},
                 {"LC_ALL", "C.UTF-8"}};
}

Command World::command(std::vector<std::string> arguments, std::string input) const {
  Command command;
  command.arguments = std::move(arguments);
  command.input = std::move(input);
  command.environment = environment;
  command.directory = folder();
  return command;
}

Ended World::kpi(std::vector<std::string> arguments, std::string input) const {
  return run(command(std::move(arguments), std::move(input)));
}

void World::serve_sqlite(const std::string& sql) {
  const auto path = file("company.sqlite").string();
  sqlite3* database = nullptr;
  REQUIRE(sqlite3_open(path.c_str(), &database) == SQLITE_OK);
  REQUIRE(sqlite3_exec(database, sql.c_str(), nullptr, nullptr, nullptr) == SQLITE_OK);
  sqlite3_close(database);
  environment["KPI_SANDBOX_DATABASE"] = "sqlite:" + path;
}

void World::write(const std::string& name, const std::string& text) const {
  REQUIRE(write_file(file(name), text).has_value());
}

std::string World::read(const std::string& name) const {
  auto text = read_file(file(name));
  REQUIRE(text.has_value());
  return *text;
}

const std::string& small_company() {
  static const std::string sql = R"(
    CREATE TABLE TB_CUSTOMER (customer_id INTEGER PRIMARY KEY, name TEXT NOT NULL, country TEXT, created_at TIMESTAMP NOT NULL);
    CREATE TABLE TB_ORDER (order_id INTEGER PRIMARY KEY, customer_id INTEGER NOT NULL REFERENCES TB_CUSTOMER(customer_id),
                           status TEXT NOT NULL, amount NUMERIC(12,2), created_at TIMESTAMP NOT NULL, shipped_at TIMESTAMP);
    WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 50)
      INSERT INTO TB_CUSTOMER SELECT i, 'Customer ' || i, CASE i % 3 WHEN 0 THEN 'DE' WHEN 1 THEN 'KR' ELSE 'US' END,
             datetime('now', '-' || (i * 7) || ' days') FROM n;
    WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 500)
      INSERT INTO TB_ORDER SELECT i, 1 + i % 50, CASE i % 4 WHEN 0 THEN 'OPEN' WHEN 1 THEN 'PAID' ELSE 'DONE' END, (i * 37) % 900 + 0.5,
             datetime('now', '-' || (i % 360) || ' days'), CASE WHEN i % 4 > 1 THEN datetime('now', '-' || (i % 350) || ' days') END FROM n;
  )";
  return sql;
}

std::string validated_report(int count, int categories) {
  Json kpis = Json::array();
  for (int i = 0; i < count; ++i) {
    const int category = i < count / 2 ? 0 : i % categories;
    kpis.push_back({{"name", "Orders above " + std::to_string(i)},
                    {"category", "Category " + std::to_string(category)},
                    {"database_id", 1},
                    {"tables", {"TB_ORDER"}},
                    {"dialect", "sqlite"},
                    {"sql", "SELECT COUNT(*) AS orders FROM TB_ORDER WHERE amount > " + std::to_string(i)},
                    {"validation", {{"status", "passed"}}}});
  }
  return dump_json({{"report", "validation"}, {"version", 1}, {"kpis", kpis}});
}

Json json_of(const std::string& text) {
  auto json = parse_json(text, "output");
  if (!json) FAIL("no JSON: " << json.error().line() << "\n" << text.substr(0, 500));
  return *json;
}

std::string error_line(const Ended& ended) {
  std::string found;
  int count = 0;
  for (const auto& line : split(ended.err, '\n')) {
    if (!line.starts_with("kpi: ")) continue;
    found = line;
    ++count;
  }
  CAPTURE(ended.err);
  CHECK(count == 1);
  return found;
}

void check_failed(const Ended& ended, int code, const std::string& part) {
  CAPTURE(ended.err);
  CHECK(ended.exit_code == code);
  CHECK(error_line(ended).find(part) != std::string::npos);
  CHECK(ended.out.empty());
}

}  // namespace kpi::test
