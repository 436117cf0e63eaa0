#include "support.hpp"

#include <doctest/doctest.h>

#include <atomic>
#include <thread>

using namespace kpi;
using namespace kpi::sql;
using namespace kpi::sql::test;

namespace {

Analysis look(std::string_view statement, const model::Database* schema = &shop()) {
  return analyze(statement, schema, model::Dialect::sqlite);
}

}  // namespace

TEST_CASE("sql::SqliteCheck: lets harmless statements pass") {
  for (const std::string_view statement :
       {"SELECT count(*) FROM orders",
        "SELECT strftime('%Y-%m', created_at) AS m, sum(amount) FROM orders GROUP BY 1",
        "SELECT total(amount), group_concat(status) FROM orders",
        "SELECT json_extract(info, '$.total'), info ->> 'total' FROM orders",
        "WITH RECURSIVE d(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM d WHERE x < 10) SELECT x FROM d",
        "SELECT value FROM orders, json_each(orders.info)",
        "SELECT row_number() OVER (ORDER BY id) FROM orders",
        "SELECT date('now', '-30 days'), CURRENT_TIMESTAMP", "SELECT 'DELETE FROM x; --'",
        "SELECT 1; -- done", "SELECT iif(amount > 1, 'a', 'b'), ifnull(amount, 0) FROM orders",
        "SELECT [id], `status`, \"amount\" FROM orders",
        "SELECT status FROM orders WHERE status LIKE 'p%' AND status GLOB '*d'", "VALUES (1), (2)"}) {
    CAPTURE(statement);
    const Analysis analysis = look(statement);
    CAPTURE(shown(analysis));
    CHECK_FALSE(analysis.has_error());
  }
}

TEST_CASE("sql::SqliteCheck: refuses what reads more or changes anything") {
  struct Case {
    std::string_view code;
    std::string_view statement;
  };
  for (const Case& one : {Case{"guard.write", "DELETE FROM orders"},
                          Case{"guard.write", "INSERT INTO orders (id) VALUES (1)"},
                          Case{"guard.write", "UPDATE orders SET id = 1"},
                          Case{"guard.write", "REPLACE INTO orders (id) VALUES (1)"},
                          Case{"guard.write", "WITH a AS (SELECT 1) DELETE FROM orders"},
                          Case{"guard.write", "CREATE TABLE t (a)"},
                          Case{"guard.write", "CREATE TEMP TABLE t AS SELECT 1"},
                          Case{"guard.write", "DROP TABLE orders"},
                          Case{"guard.write", "ALTER TABLE orders ADD COLUMN x"},
                          Case{"guard.write", "VACUUM"},
                          Case{"guard.write", "VACUUM INTO '/tmp/x'"},
                          Case{"guard.statement", "REINDEX"},
                          Case{"guard.statement", "ATTACH '/tmp/x' AS x"},
                          Case{"guard.statement", "DETACH x"},
                          Case{"guard.statement", "PRAGMA writable_schema = ON"},
                          Case{"guard.statement", "PRAGMA table_info(orders)"},
                          Case{"guard.statement", "BEGIN"},
                          Case{"guard.statement", "COMMIT"},
                          Case{"guard.statement", "SAVEPOINT a"},
                          Case{"guard.statement", "EXPLAIN SELECT 1"},
                          Case{"guard.statement", "EXPLAIN QUERY PLAN SELECT 1"},
                          Case{"guard.catalog", "SELECT * FROM sqlite_master"},
                          Case{"guard.catalog", "SELECT * FROM sqlite_schema"},
                          Case{"guard.catalog", "SELECT * FROM pragma_table_info('orders')"},
                          Case{"guard.function", "SELECT load_extension('x')"},
                          Case{"guard.function", "SELECT randomblob(10)"},
                          Case{"guard.function", "SELECT sqlite_version()"},
                          Case{"guard.function", "SELECT nosuch(1)"},
                          Case{"guard.statement_count", "SELECT 1; SELECT 2"},
                          Case{"guard.statement_count", "SELECT 1 /* /* */ ; DELETE FROM orders -- */"},
                          Case{"guard.statement_count", ""},
                          Case{"guard.statement_count", "-- nothing"},
                          Case{"guard.parameter", "SELECT ?"},
                          Case{"guard.parameter", "SELECT :a"},
                          Case{"guard.template", "SELECT '{{a}}'"},
                          Case{"syntax.error", "SELECT FROM"},
                          Case{"syntax.error", "SELECT 'open"}}) {
    CAPTURE(one.statement);
    const Analysis analysis = look(one.statement);
    CAPTURE(shown(analysis));
    CHECK(has_code(analysis, one.code));
    CHECK_FALSE(analysis.may_run());
  }
}

TEST_CASE("sql::SqliteCheck: binds names by SQLite's own rules") {
  CHECK(has_code(look("SELECT 1 FROM odrers"), "schema.unknown_table"));
  CHECK(look("SELECT 1 FROM odrers").findings[0].message.find("orders") != std::string::npos);
  CHECK(has_code(look("SELECT staus FROM orders"), "schema.unknown_column"));
  CHECK(look("SELECT staus FROM orders").findings[0].position == 7);
  CHECK(has_code(look("SELECT \"staus\" FROM orders"), "schema.unknown_column"));
  CHECK(has_code(look("SELECT id FROM orders, users"), "schema.ambiguous_column"));
  CHECK(has_code(look("SELECT 1 FROM orders WHERE sum(amount) > 1"), "schema.aggregate"));
  const auto references = look("SELECT o.status, count(*) FROM orders o GROUP BY 1").references;
  REQUIRE(references.size() == 1);
  CHECK(references[0] == model::FieldReference{"public.orders", "status"});
}

TEST_CASE("sql::SqliteCheck: without a schema names pass, and what is dangerous does not") {
  CHECK_FALSE(look("SELECT a, count(*) FROM t GROUP BY a", nullptr).has_error());
  CHECK(has_code(look("DELETE FROM t", nullptr), "guard.write"));
  CHECK(has_code(look("SELECT load_extension('x') FROM t", nullptr), "guard.function"));
  CHECK(has_code(look("SELECT a FROM t; DELETE FROM t", nullptr), "guard.statement_count"));
  CHECK(has_code(look("PRAGMA query_only = 0", nullptr), "guard.statement"));
}

TEST_CASE("sql::SqliteCheck: refuses what would outlast any patience, in PostgreSQL's words or its own") {
  struct Case {
    std::string_view code;
    std::string_view statement;
  };
  for (const Case& one :
       {Case{"guard.generated_rows", "SELECT printf('%.*c', 900000000, 'x')"},
        Case{"guard.generated_rows", "SELECT format('%900000000d', 1)"},
        Case{"guard.generated_rows", "SELECT printf('%' || '900000000d', 1)"},
        Case{"guard.generated_rows", "SELECT printf(status, 1) FROM orders"},
        Case{"guard.generated_rows", "SELECT printf(status, 1) FROM orders WHERE status IS NOT 'paid'"},
        Case{"guard.function", "SELECT replace(hex(zeroblob(100)), '0', 'xxxx')"},
        Case{"guard.product", "SELECT count(*) FROM orders, users"},
        Case{"guard.product", "SELECT count(*) FROM [orders], `users`"},
        Case{"guard.product", "SELECT group_concat(a.id) FROM orders a, users b"},
        Case{"guard.product", "SELECT count(*) FROM orders a, users b WHERE a.status IS NOT 'paid'"},
        Case{"guard.product", "SELECT count(*) FROM orders a JOIN users b WHERE a.status IS NOT 'paid'"},
        Case{"guard.product",
             "SELECT count(*) FROM orders a CROSS JOIN users b WHERE a.status IS NOT 'paid'"},
        Case{"guard.recursion", "WITH r(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM r) SELECT x FROM r"},
        Case{"guard.recursion",
             "WITH RECURSIVE r(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM r) SELECT x FROM r LIMIT 5, 10"},
        Case{"guard.recursion",
             "WITH r(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM r) SELECT x FROM r WHERE x IS NOT 5"},
        Case{"guard.recursion",
             "WITH r(t, n) AS (SELECT 'x', 1 UNION ALL SELECT t || t, n + 1 FROM r WHERE n < "
             "60) SELECT length(t) FROM r"}}) {
    CAPTURE(one.statement);
    const Analysis analysis = look(one.statement);
    CAPTURE(shown(analysis));
    CHECK(has_code(analysis, one.code));
  }
  for (const std::string_view statement :
       {"SELECT printf('%.2f', amount), format('%05d', id), printf('%,d', amount) FROM orders",
        "WITH d(day) AS (SELECT date('now', '-30 days') UNION ALL SELECT date(day, '+1 day') FROM d WHERE "
        "day < "
        "date('now')) SELECT day FROM d",
        "SELECT a.n, b.n FROM (SELECT total(amount) AS n FROM orders) a, (SELECT group_concat(name) AS n "
        "FROM "
        "users) b",
        "SELECT o.id FROM [orders] o JOIN `users` u ON o.user_id == u.id LIMIT 5, 10",
        "SELECT o.id FROM orders o JOIN users u ON o.user_id = u.id WHERE o.status IS NOT 'paid'",
        "SELECT o.id FROM orders o LEFT JOIN users u USING (id) WHERE EXISTS (SELECT 1 FROM order_items i "
        "WHERE "
        "i.order_id IS o.id)"}) {
    CAPTURE(statement);
    const Analysis analysis = look(statement);
    CAPTURE(shown(analysis));
    CHECK(analysis.may_run());
  }
}

TEST_CASE("sql::SqliteCheck: a schema that changed in its place is another schema") {
  model::Database schema = shop();
  CHECK_FALSE(look("SELECT info FROM orders", &schema).has_error());
  for (auto& field : schema.tables[1].fields) {
    if (!field.path.empty()) field.path.front() = "data";
  }
  CHECK(has_code(look("SELECT info FROM orders", &schema), "schema.unknown_column"));
  CHECK_FALSE(has_code(look("SELECT data FROM orders", &schema), "schema.unknown_column"));
}

TEST_CASE(
    "sql::SqliteCheck: says of which tables an ambiguous name is, and only asks the tables that are named") {
  const Analysis analysis = look("SELECT id FROM orders JOIN users ON orders.user_id = users.id");
  CAPTURE(shown(analysis));
  CHECK(shown(analysis).find("users.id or orders.id") != std::string::npos);
  CHECK(shown(look("SELECT createdAt FROM orders")).find("created_at") != std::string::npos);
}

TEST_CASE("sql::SqliteCheck: many threads may look at once, through one schema and another") {
  model::Database other = shop();
  other.tables.pop_back();
  std::vector<std::thread> threads;
  std::atomic<int> wrong = 0;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&, i] {
      for (int k = 0; k < 50; ++k) {
        const Analysis analysis = look("SELECT \"createdAt\" FROM \"Mixed\"", i % 2 == 0 ? &shop() : &other);
        if (analysis.has_error() != (i % 2 == 1)) ++wrong;
      }
    });
  }
  for (auto& thread : threads) thread.join();
  CHECK(wrong == 0);
}

TEST_CASE("sql::TokenGuard: other dialects are read word by word, and the report says so") {
  const auto other = [](std::string_view statement) {
    return analyze(statement, &shop(), model::Dialect::mysql);
  };
  const Analysis fine = other(
      "SELECT DATE_FORMAT(created_at, '%Y-%m') AS m, COUNT(*) FROM `orders` WHERE status IN ('paid') GROUP "
      "BY m LIMIT 5, 10");
  CAPTURE(shown(fine));
  CHECK(fine.may_run());
  CHECK_FALSE(fine.has_error());
  CHECK(has_code(fine, "lint.unparsed_dialect"));
  CHECK(has_code(fine, "lint.limit_without_order"));  // seen through the backticks and LIMIT a, b
  CHECK(other("WITH a AS (SELECT 1 AS x) SELECT x FROM a").may_run());
  for (const std::string_view statement :
       {"DELETE FROM orders",
        "SELECT 1; SELECT 2",
        "SELECT SLEEP(5)",
        "SELECT LOAD_FILE('/etc/passwd')",
        "SELECT 1 INTO OUTFILE '/tmp/x'",
        "SELECT @@version",
        "SELECT 1 /*! UNION SELECT 2 */",
        "SELECT 1 --x",
        "SELECT 1 # x",
        "SELECT 'a\\' OR 1=1'",
        "SELECT * FROM mysql.user",
        "SELECT * FROM information_schema.tables",
        "SELECT * FROM orders FOR UPDATE",
        "SELECT BENCHMARK(1000000, 1)",
        "SELECT 'open",
        "SELECT /* /* */ 1 */",
        "SELECT a.sleep(1)",
        "SELECT `sleep`(1)",
        "CALL p()",
        "EXPLAIN SELECT 1",
        "",
        "SELECT $$x$$",
        "SELECT x := 1",
        "SELECT count(*) FROM orders, users",
        "SELECT count(*) FROM orders CROSS JOIN users LIMIT 1 OFFSET 0 DIV 1",
        "SELECT 5 DIV 2 FROM orders JOIN users",
        "SELECT 5 DIV 2 FROM orders, users",
        "SELECT REPEAT('x', 1000000000)",
        "SELECT 5 DIV 2, RPAD('x', 1000000000, 'y')",
        "WITH RECURSIVE r AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM r) "
        "SELECT n FROM r",
        "WITH RECURSIVE r AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM r WHERE "
        "n < 5) SELECT n DIV 2 FROM r"}) {
    CAPTURE(statement);
    CHECK_FALSE(other(statement).may_run());
    CHECK_FALSE(analyze(statement, nullptr, model::Dialect::generic).may_run());
  }
}
