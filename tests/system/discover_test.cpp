#include "support/fault_server.hpp"
#include "system/fixture.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <string>

using namespace kpi;
using namespace kpi::test;

namespace {

constexpr const char* two_databases =
    R"([{"id":1,"name":"shop","engine":"postgres"},{"id":2,"name":"vault","engine":"postgres"}])";
constexpr const char* one_table =
    R"({"id":1,"name":"shop","engine":"postgres","tables":[{"id":5,"schema":"public","name":"orders","active":true,
        "fields":[{"id":50,"name":"id","base_type":"type/Integer","semantic_type":"type/PK","active":true}]}]})";

/// A Metabase of two databases; `answer` may have its own word on a request.
Reply metabase(const Received& request) {
  if (request.target == "/api/session") return json_reply(R"({"id":"token"})");
  if (request.target == "/api/database") return json_reply(two_databases);
  if (request.target == "/api/database/1/metadata") return json_reply(one_table);
  if (request.target.starts_with("/api/database/2")) {
    Reply refused;
    refused.status = 403;
    refused.body = "You don't have permissions to do that.";
    return refused;
  }
  return json_reply(R"({"version":{"tag":"v0.50.0"}})");
}

void use(World& world, const FaultServer& server) {
  world.environment["METABASE_URL"] = server.url();
  world.environment["METABASE_USERNAME"] = "kim@example.com";
  world.environment["METABASE_PASSWORD"] = "planted-password";
}

/// A bakery, in a database and in a domain file of its own.
const char* const bakery_sql = R"(
  CREATE TABLE OVEN_RUN (run_id INTEGER PRIMARY KEY, oven TEXT, outcome_state TEXT, loaf_cnt INTEGER, income_pennies INTEGER,
                         is_rehearsal BOOLEAN NOT NULL, started_at TIMESTAMP NOT NULL);
  WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 300)
    INSERT INTO OVEN_RUN SELECT i, CASE i % 3 WHEN 0 THEN 'north' WHEN 1 THEN 'south' ELSE 'east' END,
           CASE i % 5 WHEN 0 THEN 'B' ELSE 'D' END, i % 40, i * 10, i % 50 = 0, datetime('now', '-' || (i % 300) || ' days') FROM n;
)";
const char* const bakery_domain = R"(
name: bakery
description: A bakery.
currency: EUR
categories:
  - {name: Baking, terms: [oven, loaf, dough]}
  - {name: Selling, terms: [till, sale]}
minor_unit_columns: ["*_pennies"]
test_row_columns: [is_rehearsal]
value_meanings:
  - column: outcome_state
    values: [{value: B, meaning: burnt}, {value: D, meaning: done}]
display_names:
  - {column: loaf_cnt, name: Loaves}
)";

const Json* kpi_called(const Json& report, const std::string& name) {
  for (const auto& kpi : report["kpis"]) {
    if (kpi["name"] == name) return &kpi;
  }
  return nullptr;
}

}  // namespace

TEST_CASE("system: discover leaves a database out that refuses, says so, and ends with 4") {
  const FaultServer server([](const Received& request, std::size_t) { return metabase(request); });
  World world;
  use(world, server);
  const auto ended = world.kpi({"discover", "--include", "*"});
  CHECK(ended.exit_code == 4);
  const auto report = json_of(ended.out);
  CHECK(report["databases"].size() == 1);
  CHECK(report["databases"][0]["tables"][0]["name"] == "orders");
  REQUIRE(report["errors"].size() == 1);
  CHECK(report["errors"][0]["item"] == "vault");
  CHECK(report["errors"][0]["code"] == "metabase.forbidden");
  CHECK(error_line(ended).find("vault") != std::string::npos);
}

TEST_CASE("system: discover logs in again once where the session ends midway") {
  std::size_t logins = 0;
  bool ended_once = false;
  const FaultServer server([&](const Received& request, std::size_t) {
    if (request.method == "POST" && request.target == "/api/session") ++logins;
    if (request.target == "/api/database/1/metadata" && !ended_once) {
      ended_once = true;
      Reply expired;
      expired.status = 401;
      expired.body = "Unauthenticated";
      return expired;
    }
    return metabase(request);
  });
  World world;
  use(world, server);
  const auto ended = world.kpi({"discover", "--include", "*", "--database", "shop"});
  CAPTURE(ended.err);
  CHECK(ended.exit_code == 0);
  CHECK(logins == 2);
  CHECK(json_of(ended.out)["summary"]["tables"] == 1);
}

TEST_CASE("system: discover --since names what changed, and generate --changed-only writes for that alone") {
  World world;
  world.serve_sqlite(small_company());
  const auto before = world.kpi({"discover", "--sandbox", "--include", "TB_*", "-o", "before.json"});
  REQUIRE(before.exit_code == 0);
  world.serve_sqlite("ALTER TABLE TB_ORDER ADD COLUMN channel TEXT;");
  const auto after = world.kpi({"discover", "--sandbox", "--include", "TB_*", "--since", "before.json"});
  CAPTURE(after.err);
  REQUIRE(after.exit_code == 0);
  const auto changes = json_of(after.out)["changes"];
  REQUIRE(changes["added"].size() == 1);
  CHECK(changes["added"][0]["field"] == "channel");
  CHECK(changes["removed"].empty());
  const auto candidates = world.kpi({"generate", "--provider", "rules", "--changed-only"}, after.out);
  REQUIRE(candidates.exit_code == 0);
  const auto report = json_of(candidates.out);
  CHECK_FALSE(report["kpis"].empty());
  for (const auto& kpi : report["kpis"]) CHECK(kpi["tables"][0] == "TB_ORDER");
}

TEST_CASE("system: a line of business is a file, and no code") {
  World world;
  world.serve_sqlite(bakery_sql);
  world.write("bakery.yaml", bakery_domain);
  world.environment["KPI_GENERATE_DOMAIN"] = world.file("bakery.yaml").string();
  const auto schema = world.kpi({"discover", "--sandbox", "--include", "*"});
  CAPTURE(schema.err);
  REQUIRE(schema.exit_code == 0);
  CHECK(json_of(schema.out)["databases"][0]["tables"][0]["category"] == "Baking");
  const auto candidates = world.kpi({"generate", "--provider", "rules"}, schema.out);
  REQUIRE(candidates.exit_code == 0);
  const auto report = json_of(candidates.out);
  for (const auto& kpi : report["kpis"]) {
    CHECK(kpi["category"] == "Baking");
    CHECK(kpi["sql"].get<std::string>().find("is_rehearsal") !=
          std::string::npos);  // rehearsals are left out
  }
  const auto* loaves = kpi_called(report, "Total Loaves of Oven Runs");
  REQUIRE(loaves != nullptr);  // by its display name
  const auto* outcome = kpi_called(report, "Oven Runs by Outcome State");
  REQUIRE(outcome != nullptr);
  CHECK((*outcome)["sql"].get<std::string>().find("'burnt'") != std::string::npos);
  const auto money = std::find_if(report["kpis"].begin(), report["kpis"].end(), [](const Json& kpi) {
    return kpi["sql"].get<std::string>().find("SUM(income_pennies) / 100.0") != std::string::npos;
  });
  REQUIRE(money != report["kpis"].end());
  CHECK((*money)["result"]["unit"] == "currency");
}

TEST_CASE("system: the schema report holds a semantic layer that stands on its own") {
  World world;
  world.serve_sqlite(small_company());
  const auto ended = world.kpi({"discover", "--sandbox", "--include", "TB_*"});
  REQUIRE(ended.exit_code == 0);
  const auto tables = json_of(ended.out)["databases"][0]["tables"];
  const auto order = std::find_if(tables.begin(), tables.end(),
                                  [](const Json& table) { return table["name"] == "TB_ORDER"; });
  REQUIRE(order != tables.end());
  CHECK((*order)["role"] == "fact");
  CHECK((*order)["grain"] == "one row per order_id");
  CHECK((*order)["time_columns"][0] == "created_at");
  CHECK((*order)["time_ranges"][0]["field"] == "created_at");
  CHECK((*order)["time_ranges"][0]["latest"].get<std::string>().size() >= 10);
  CHECK((*order)["dimensions"] == Json::array({"status"}));
  CHECK((*order)["measures"][0]["field"] == "amount");
  REQUIRE((*order)["joins"].size() == 1);
  CHECK((*order)["joins"][0]["on"] == Json::array({"TB_ORDER.customer_id = TB_CUSTOMER.customer_id"}));
  CHECK((*order)["joins"][0]["one"] == true);
}
