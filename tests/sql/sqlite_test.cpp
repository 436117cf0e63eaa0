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
  CHECK(codes(fine) == std::vector<std::string>{"lint.unparsed_dialect"});
  CHECK(other("WITH a AS (SELECT 1 AS x) SELECT x FROM a").may_run());
  for (const std::string_view statement : {"DELETE FROM orders",
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
                                           "SELECT x := 1"}) {
    CAPTURE(statement);
    CHECK_FALSE(other(statement).may_run());
    CHECK_FALSE(analyze(statement, nullptr, model::Dialect::generic).may_run());
  }
}
