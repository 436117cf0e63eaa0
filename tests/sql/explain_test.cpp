#include "support.hpp"

#include <kpi/sql/explain.hpp>

#include <doctest/doctest.h>

using namespace kpi;

namespace {

model::Field field(const char* name, const char* type) {
  model::Field made;
  made.name = name;
  made.type = type;
  return made;
}

model::Database two_tables(model::Dialect dialect) {
  model::Table orders;
  orders.name = "orders";
  orders.primary_key = {"order_id"};
  orders.row_count = 1000;
  orders.fields = {field("order_id", "type/Integer"), field("amount", "type/Integer"),
                   field("customer_id", "type/Integer")};
  model::Table items;
  items.name = "items";
  items.primary_key = {"item_id"};
  items.row_count = 3000;
  items.fields = {field("item_id", "type/Integer"), field("order_ref", "type/Integer"),
                  field("price", "type/Integer")};
  model::Database database;
  database.dialect = dialect;
  database.tables = {orders, items};
  return database;
}

sql::Analyzer analyzer() {
  sql::Policy policy;
  policy.postgres_functions = {"count", "sum", "avg"};
  policy.sqlite_functions = {"count", "sum", "avg"};
  return std::move(*sql::Analyzer::make(policy));
}

}  // namespace

TEST_CASE(
    "sql::explain_statement: only what the guard lets run has its plan asked for, and is never run by it") {
  const auto guard = analyzer();
  const auto explain = [&](const char* statement, model::Dialect dialect) {
    const auto schema = two_tables(dialect);
    return sql::explain_statement(statement, guard.analyze(statement, dialect, &schema), dialect);
  };
  CHECK(explain("SELECT count(*) FROM orders", model::Dialect::postgres) ==
        "EXPLAIN (FORMAT JSON) SELECT count(*) FROM orders");
  CHECK(explain("SELECT count(*) FROM orders", model::Dialect::sqlite) ==
        "EXPLAIN QUERY PLAN SELECT count(*) FROM orders");
  for (const char* refused :
       {"DELETE FROM orders", "ANALYZE SELECT 1", "SELECT 1; DROP TABLE orders", "SELECT pg_sleep(10)",
        "SELECT nosuch FROM orders", "EXPLAIN ANALYZE SELECT 1", ""}) {
    CAPTURE(refused);
    CHECK_FALSE(explain(refused, model::Dialect::postgres).has_value());
    CHECK_FALSE(explain(refused, model::Dialect::sqlite).has_value());
  }
  CHECK_FALSE(explain("SELECT count(*) FROM orders", model::Dialect::mysql).has_value());
}

TEST_CASE("sql::read_plan: PostgreSQL's, as text, as lines and as JSON") {
  const char* text = R"([{"Plan": {"Node Type": "Aggregate", "Total Cost": 812.5, "Plan Rows": 1, "Plans": [
    {"Node Type": "Hash Join", "Total Cost": 700.0, "Plan Rows": 2900, "Plans": [
      {"Node Type": "Seq Scan", "Plan Rows": 3000, "Total Cost": 30}, {"Node Type": "Hash", "Plan Rows": 1000, "Total Cost": 9}]}]}}])";
  const auto json = *parse_json(text, "plan");
  for (const auto& rows :
       {std::vector<std::vector<Json>>{{Json(text)}}, std::vector<std::vector<Json>>{{json}}}) {
    const auto plan = sql::read_plan(rows, "SELECT 1", model::Dialect::postgres, nullptr);
    REQUIRE(plan.has_value());
    CHECK(plan->estimate.cost.value() == 812.5);
    CHECK(plan->estimate.rows.value() == 3000);
    CHECK(plan->joined_rows.value() == 2900);
  }
  CHECK_FALSE(sql::read_plan({}, "SELECT 1", model::Dialect::postgres, nullptr).has_value());
  CHECK_FALSE(
      sql::read_plan({{Json("Seq Scan on t")}}, "SELECT 1", model::Dialect::postgres, nullptr).has_value());
}

TEST_CASE("sql::read_plan: SQLite's nested scans are multiplied, searches by a key are not") {
  const auto schema = two_tables(model::Dialect::sqlite);
  const char* statement = "SELECT count(*) FROM orders AS o JOIN items i ON i.price > o.amount";
  const auto plan = sql::read_plan({{2, 0, 0, "SCAN o"}, {4, 0, 0, "SCAN i USING COVERING INDEX x"}},
                                   statement, model::Dialect::sqlite, &schema);
  REQUIRE(plan.has_value());
  CHECK(plan->estimate.rows.value() == 3'000'000);
  const auto keyed = sql::read_plan({{2, 0, 0, "SCAN o"}, {4, 0, 0, "SEARCH i USING INTEGER PRIMARY KEY"}},
                                    statement, model::Dialect::sqlite, &schema);
  CHECK(keyed->estimate.rows.value() == 1000);
}

TEST_CASE("sql::wants_plan: joins and large tables do") {
  const auto schema = two_tables(model::Dialect::postgres);
  const auto wants = [&](const char* statement, double large) {
    return sql::wants_plan(statement, model::Dialect::postgres, &schema, large);
  };
  CHECK_FALSE(wants("SELECT count(*) FROM items", 10'000));
  CHECK(wants("SELECT count(*) FROM items", 3000));
  CHECK(wants("SELECT count(*) FROM (SELECT 1 FROM items) x", 3000));
  CHECK(wants("SELECT 1 FROM orders o JOIN items i ON i.order_ref = o.order_id", 10'000));
}

TEST_CASE("sql::join_probe: asks how often the rows that are summed are met") {
  const auto schema = two_tables(model::Dialect::postgres);
  const auto probe = [&](const char* statement) {
    const auto made = sql::join_probe(statement, model::Dialect::postgres, schema);
    return made ? made->sql : std::string();
  };
  CHECK(probe("SELECT sum(o.amount) AS s FROM orders o JOIN items i ON i.order_ref = o.customer_id WHERE "
              "i.price > 3 "
              "GROUP BY i.price ORDER BY 1") ==
        "SELECT COUNT(o.\"order_id\") AS met, COUNT(DISTINCT o.\"order_id\") AS own FROM orders o JOIN items "
        "i ON "
        "i.order_ref = o.customer_id WHERE i.price > 3");
  CHECK(probe("SELECT avg(amount) FROM items JOIN orders ON order_ref = customer_id")
            .find("orders.\"order_id\"") != std::string::npos);
  for (const char* settled :
       {"SELECT sum(amount) FROM orders",
        "SELECT count(*) FROM orders o JOIN items i ON i.order_ref = o.order_id",
        "SELECT sum(o.amount + i.price) FROM orders o JOIN items i ON i.order_ref = o.order_id",
        "SELECT sum(DISTINCT o.amount) FROM orders o JOIN items i ON i.order_ref = o.order_id",
        "WITH x AS (SELECT 1) SELECT sum(o.amount) FROM orders o JOIN x ON true", "not sql"}) {
    CAPTURE(settled);
    CHECK(probe(settled).empty());
  }
  // What comes out is one harmless SELECT.
  const auto text = probe("SELECT sum(o.amount) FROM orders o JOIN items i ON i.order_ref = o.order_id");
  CHECK_FALSE(analyzer().analyze(text, model::Dialect::postgres, &schema).has_error());
}
