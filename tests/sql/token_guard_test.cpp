#include "support.hpp"

#include <doctest/doctest.h>

#include <utility>
#include <vector>

using namespace kpi;
using namespace kpi::sql;
using namespace kpi::sql::test;

namespace {

struct Row {
  std::string_view code;
  std::string_view statement;
};

void check_refused(const std::vector<Row>& rows, model::Dialect dialect) {
  for (const Row& row : rows) {
    CAPTURE(row.statement);
    const Analysis analysis = analyze(row.statement, &shop(), dialect);
    CAPTURE(shown(analysis));
    CHECK(has_code(analysis, row.code));
    CHECK(analysis.has_error());
  }
}

void check_allowed(const std::vector<std::string_view>& statements, model::Dialect dialect) {
  for (const std::string_view statement : statements) {
    CAPTURE(statement);
    const Analysis analysis = analyze(statement, &shop(), dialect);
    CAPTURE(shown(analysis));
    CHECK(analysis.may_run());
    CHECK_FALSE(analysis.has_error());
  }
}

}  // namespace

TEST_CASE(
    "sql::TokenGuard: what one server takes for a comment or a name, and another for code, is refused") {
  check_refused(
      {
          {"guard.construct", "SELECT 1 /*M! , SLEEP(5) */"},
          {"guard.construct", "SELECT 1 /*M!100100 , SLEEP(5) */"},
          {"guard.construct", "SELECT 1 -- \r '\n UNION SELECT SLEEP(5) -- \r '"},
          {"guard.function", "SELECT \"sleep\"(5)"},
          {"guard.function", "SELECT \"REPEAT\"('x', 1000000000)"},
          {"guard.session", "SELECT CURRENT_USER"},
          {"guard.session", "SELECT id FROM users WHERE name = SESSION_USER"},
          {"guard.generated_rows", "SELECT SPACE(1000000000)"},
      },
      model::Dialect::mysql);
  check_allowed(
      {"SELECT 1 -- one\r\n", "SELECT 1 /* Most */", "SELECT name AS \"the name\" FROM users",
       "SELECT COUNT(*) FROM orders WHERE state IN (SELECT state FROM orders UNION DISTINCT SELECT 1)",
       "WITH a AS (SELECT 1 AS x), b AS (SELECT 2 AS y) SELECT x FROM a"},
      model::Dialect::mysql);
}

TEST_CASE("sql::TokenGuard: no other database's table, no file and no unknown one is read") {
  for (const auto dialect : {model::Dialect::mysql, model::Dialect::generic}) {
    check_refused(
        {
            {"guard.catalog", "SELECT id FROM otherdb.secrets"},
            {"guard.catalog", "SELECT id FROM otherdb.users"},
            {"guard.catalog", "SELECT id FROM `otherdb`.`users`"},
            {"guard.catalog", "SELECT users.id FROM users, otherdb.secrets s WHERE s.id = users.id"},
            {"guard.catalog", "SELECT u.id FROM users u JOIN otherdb.secrets s ON s.id = u.id"},
            {"guard.catalog", "SELECT u.id FROM (users u JOIN otherdb.secrets s ON s.id = u.id)"},
            {"guard.catalog", "SELECT id FROM users WHERE id IN (SELECT id FROM otherdb.secrets)"},
            {"guard.catalog", "SELECT id DIV 2 FROM users WHERE EXISTS (SELECT 1 FROM otherdb.secrets)"},
            {"guard.catalog", "WITH users AS (SELECT id FROM otherdb.users) SELECT id FROM users"},
            {"guard.catalog", "SELECT id FROM parquet.`/etc/passwd`"},
            {"guard.catalog", "SELECT id FROM '/etc/passwd'"},
            {"guard.catalog", "SELECT id FROM master..syslogins"},
            {"schema.unknown_table", "SELECT id FROM secrets"},
            {"schema.unknown_table", "SELECT id DIV 2 FROM odrers"},
            {"schema.unknown_table", "SELECT s.id FROM users u, secrets s WHERE s.id = u.id"},
            {"guard.catalog",
             "SELECT s.id DIV 1 FROM users offset, otherdb.secrets s WHERE s.id = offset.id"},
            {"guard.catalog", "SELECT s.id DIV 1 FROM users limit JOIN otherdb.secrets s ON s.id = limit.id"},
            {"guard.product", "SELECT s.id DIV 1 FROM users offset, orders s WHERE s.id = offset.id"},
            {"schema.unknown_table",
             "SELECT id DIV 1 FROM secrets WHERE EXISTS (WITH secrets AS (SELECT 1) SELECT 1 FROM secrets)"},
        },
        dialect);
  }
  check_refused({{"guard.catalog", "SELECT id FROM \"/etc/passwd.csv\""}}, model::Dialect::generic);
  check_allowed({"SELECT o.id FROM orders o JOIN public.users u ON o.user_id = u.id",
                 "SELECT EXTRACT(YEAR FROM created_at) AS y, COUNT(*) FROM orders GROUP BY y",
                 "SELECT TRIM(BOTH ' ' FROM name) FROM users", "SELECT 1 FROM DUAL",
                 "WITH recent (id) AS (SELECT id FROM orders) SELECT COUNT(*) FROM recent r JOIN orders o ON "
                 "o.id = r.id",
                 "SELECT x.n FROM (SELECT COUNT(*) AS n FROM orders) x",
                 "SELECT COUNT(*) FROM orders o LEFT JOIN (SELECT id FROM users) u ON o.user_id = u.id",
                 "SELECT COUNT(*) FROM orders WHERE state IS DISTINCT FROM 3",
                 "SELECT amount DIV 2 FROM ORDERS WHERE created_at > NOW() - INTERVAL 30 DAY"},
                model::Dialect::mysql);
}

TEST_CASE("sql::TokenGuard: a second statement without a semicolon is refused") {
  check_refused(
      {
          {"guard.statement_count", "SELECT 1 SELECT 2"},
          {"guard.statement_count", "SELECT (1) SELECT 2"},
          {"guard.statement_count", "SELECT 1 IF 1=1 SELECT 2"},
          {"guard.statement_count", "WITH a AS (SELECT 1) SELECT (2) SELECT 3"},
          {"guard.write", "SELECT 1 WAITFOR DELAY '0:0:5'"},
          {"guard.write", "SELECT 1 BACKUP DATABASE x TO DISK = 'x'"},
          {"guard.write", "SELECT 1 RECONFIGURE"},
          {"guard.write", "SELECT 1 DENY ALL TO x"},
          {"guard.write", "SELECT 1 DBCC x"},
          {"guard.write", "SELECT id FROM users WITH (XLOCK)"},
          {"guard.function", "SELECT NEXT VALUE FOR s"},
          {"guard.function", "SELECT s.NEXTVAL FROM DUAL"},
          {"guard.recursion", "SELECT LEVEL FROM DUAL CONNECT BY LEVEL <= 1000000000"},
          {"guard.generated_rows", "SELECT id QUALIFY 1 FROM generate_series(1, 1000000000)"},
      },
      model::Dialect::generic);
}

TEST_CASE("sql::TokenGuard: a join that ties nothing is refused in text that has no tree") {
  check_refused(
      {
          {"guard.product", "SELECT 5 DIV 2 FROM orders JOIN users ON 1 = 1"},
          {"guard.product", "SELECT 5 DIV 2 FROM orders JOIN users ON TRUE"},
          {"guard.product", "SELECT 5 DIV 2 FROM orders o JOIN users u ON o.id IS NOT NULL"},
          {"guard.product", "SELECT 5 DIV 2 FROM orders NATURAL JOIN users"},
      },
      model::Dialect::mysql);
  check_allowed({"SELECT SUM(o.amount) DIV 2 FROM orders o JOIN users u ON o.user_id = u.id",
                 "SELECT SUM(o.amount) DIV 2 FROM orders o JOIN users u ON (o.user_id = u.id AND u.active)",
                 "SELECT SUM(amount) DIV 2 FROM orders JOIN users USING (id)"},
                model::Dialect::mysql);
}

TEST_CASE("sql::TokenGuard: a personal column is found in text that has no tree") {
  for (const std::string_view statement :
       {"SELECT email DIV 2 FROM users", "SELECT BINARY email FROM users",
        "SELECT GROUP_CONCAT(email SEPARATOR ',') FROM users",
        "SELECT COUNT(*) DIV 2 FROM users GROUP BY email",
        "SELECT u.email FROM users u WHERE u.created_at > NOW() - INTERVAL 1 DAY",
        "SELECT 1 DIV 1 AS offset, `email` FROM users", "SELECT \"email\", 5 DIV 2 FROM users",
        "SELECT *, 5 DIV 2 FROM users", "SELECT u.*, 5 DIV 2 FROM users u",
        "SELECT x.e DIV 1 FROM (SELECT email AS e FROM users) x"}) {
    CAPTURE(statement);
    const Analysis analysis = analyze(statement, &shop(), model::Dialect::mysql);
    CAPTURE(shown(analysis));
    CHECK(has_code(analysis, "lint.personal_column"));
    CHECK(analysis.has_error());
  }
  CHECK(has_code(analyze("SELECT x FROM (SELECT email x FROM users)", &shop(), model::Dialect::sqlite),
                 "lint.personal_column"));
  check_allowed({"SELECT COUNT(DISTINCT email) DIV 2 FROM users",
                 "SELECT COUNT(*) DIV 2 FROM users WHERE email IS NOT NULL",
                 "SELECT name, 5 DIV 2 AS email FROM users", "SELECT amount * 2 DIV 3 FROM orders"},
                model::Dialect::mysql);
}

TEST_CASE("sql::Analyzer: SQLite's comments and names end where SQLite ends them") {
  check_refused(
      {
          {"guard.product", "SELECT count(*) FROM orders /* /* */, users -- */\n WHERE 1 = 1"},
          {"guard.product", "SELECT count(*) FROM orders -- '\r\n, users -- '"},
          {"guard.product",
           "SELECT e'\\', (SELECT count(*) FROM orders, users) AS ' , 1 AS \"' FROM (SELECT 1 AS e) x WHERE "
           "x.e <> '\" --'"},
          {"guard.product", "SELECT count(*) FROM orders o JOIN users u ON o.id <> u.id"},
          {"guard.product", "SELECT count(*) FROM orders NATURAL JOIN (SELECT 1 AS zz FROM users) x"},
          {"guard.recursion",
           "WITH RECURSIVE r(d) AS (SELECT date('2020-01-01') UNION ALL SELECT date(d, '+1 day', '-1 day') "
           "FROM r "
           "WHERE d < '2021-01-01') SELECT count(*) FROM r"},
          {"guard.recursion",
           "WITH RECURSIVE r(d) AS (SELECT date('2020-01-01') UNION ALL SELECT date(d, '+1 day', 'start of "
           "month') "
           "FROM r WHERE d < '2021-01-01') SELECT count(*) FROM r"},
          {"guard.recursion",
           "WITH RECURSIVE r(d) AS (SELECT date('2020-01-01') UNION ALL SELECT date(date(d, '+1 day'), "
           "'start of "
           "year') FROM r WHERE d < '2021-01-01') SELECT count(*) FROM r"},
          {"guard.recursion",
           "WITH RECURSIVE r(d) AS (SELECT date('2020-01-01') UNION ALL SELECT date(d, '+1 hour') FROM r "
           "WHERE d < "
           "'2021-01-01') SELECT count(*) FROM r"},
          {"guard.recursion",
           "WITH RECURSIVE r(d) AS (SELECT date('2020-01-01') UNION ALL SELECT strftime('%Y-01-01', d, '+1 "
           "day') "
           "FROM r WHERE d < '2021-01-01') SELECT count(*) FROM r"},
      },
      model::Dialect::sqlite);
  check_allowed({"SELECT count(*) FROM orders /* a /* b */ WHERE state = 1 -- it's\n",
                 "WITH RECURSIVE r(d) AS (SELECT date('2020-01-01') UNION ALL SELECT date(d, '+1 day') FROM "
                 "r WHERE d < "
                 "'2021-01-01') SELECT count(*) FROM r",
                 "WITH RECURSIVE r(d) AS (SELECT date('2020-01-01') UNION ALL SELECT date(d, 'start of "
                 "month', '+1 month') "
                 "FROM r WHERE d < '2021-01-01') SELECT count(*) FROM r",
                 "WITH RECURSIVE r(h) AS (SELECT datetime('2020-01-01') UNION ALL SELECT datetime(h, '+1 "
                 "hour') FROM r WHERE "
                 "h < '2020-01-03') SELECT count(*) FROM r",
                 "WITH RECURSIVE r(m) AS (SELECT '2020-01' UNION ALL SELECT strftime('%Y-%m', m || '-01', "
                 "'+1 month') FROM r "
                 "WHERE m < '2021-01') SELECT count(*) FROM r"},
                model::Dialect::sqlite);
}
