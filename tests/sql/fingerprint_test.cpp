#include "support.hpp"

#include <doctest/doctest.h>

#include <map>
#include <set>

using namespace kpi;
using namespace kpi::sql;
using namespace kpi::sql::test;

namespace {

std::string mark_of(std::string_view statement, const model::Database* schema = &shop(),
                    model::Dialect dialect = model::Dialect::postgres) {
  const Analysis analysis = analyze(statement, schema, dialect);
  CAPTURE(statement);
  CAPTURE(shown(analysis));
  CHECK(analysis.may_run());
  return analysis.fingerprint;
}

}  // namespace

TEST_CASE("sql::fingerprint: spelling, aliases and order that mean nothing do not count") {
  const std::vector<std::vector<std::string_view>> groups{
      {"SELECT date_trunc('month', created_at) AS m, count(*) FROM orders GROUP BY 1 ORDER BY 1",
       "SELECT date_trunc('month', o.created_at) AS mm, count(1) AS n FROM orders o GROUP BY mm ORDER BY mm",
       "select date_trunc('month', created_at), count(*) from public.orders group by "
       "date_trunc('month', created_at) order by date_trunc('month', created_at) asc nulls last"},
      {"SELECT id FROM orders WHERE state = 1 AND status = 'paid' AND amount > 5",
       "SELECT id FROM orders WHERE (status = 'paid' AND 5 < amount) AND 1 = state"},
      {"SELECT id FROM orders WHERE due >= '2024-01-01'::date AND due <= DATE '2024-12-31' AND weight > 1.0",
       "SELECT id FROM orders WHERE due BETWEEN CAST('2024-01-01' AS date) AND date '2024-12-31' AND weight "
       "> "
       "1.00",
       "SELECT id FROM orders WHERE weight > 10e-1 AND due BETWEEN E'2024-01-01'::date AND "
       "'2024-12-31'::date"},
      {"WITH a AS (SELECT user_id AS u, sum(amount) AS t FROM orders GROUP BY user_id) SELECT avg(t) FROM a",
       "WITH b(x, y) AS (SELECT o.user_id, sum(o.amount) FROM orders o GROUP BY 1) SELECT avg(z.y) FROM b z"},
      {"SELECT status FROM orders WHERE status IN ('a', 'b')",
       "SELECT status FROM orders WHERE status = 'b' OR status = 'a'",
       "SELECT status FROM orders WHERE status IN ('b', 'a', 'b')"},
      {"SELECT row_number() OVER (PARTITION BY status ORDER BY id) FROM orders",
       "SELECT row_number() OVER w FROM orders WINDOW w AS (PARTITION BY status ORDER BY id ASC NULLS LAST)"},
      {"SELECT amount + state * 2 FROM orders", "SELECT 2 * state + amount FROM orders"},
      {"SELECT id FROM orders UNION SELECT id FROM users ORDER BY id",
       "SELECT id AS a FROM orders UNION SELECT id FROM users ORDER BY 1"},
      {"SELECT u.name FROM users u WHERE EXISTS (SELECT 1 FROM orders o WHERE o.user_id = u.id) AND u.active",
       "SELECT x.name FROM users x WHERE x.active AND EXISTS (SELECT 1 FROM orders WHERE user_id = x.id)"}};
  for (const auto& group : groups) {
    for (const std::string_view statement : group) {
      CAPTURE(statement);
      CHECK(mark_of(statement) == mark_of(group.front()));
    }
  }
  CHECK(mark_of("SELECT a FROM t WHERE b = 1 AND c = 'x'", nullptr) ==
        mark_of("select a AS z from t where c = 'x' and 1 = b", nullptr));
  CHECK(mark_of("SELECT upper(a) AS m FROM t GROUP BY m", nullptr) ==
        mark_of("SELECT upper(a) AS k FROM t GROUP BY upper(a)", nullptr));
}

TEST_CASE("sql::fingerprint: statements of different meaning are different") {
  const std::vector<std::string_view> statements{
      "SELECT amount / 2 FROM orders",
      "SELECT amount / 2.0 FROM orders",
      "SELECT 2 / amount FROM orders",
      "SELECT amount - 2 FROM orders",
      "SELECT 2 - amount FROM orders",
      "SELECT a FROM (SELECT id AS a, state AS b FROM orders) x",
      "SELECT a FROM (SELECT id AS b, state AS a FROM orders) x",
      "SELECT x.v FROM (SELECT id AS k, state AS v FROM orders) x JOIN (SELECT id AS k FROM users) y USING "
      "(k)",
      "SELECT x.v FROM (SELECT id AS v, state AS k FROM orders) x JOIN (SELECT id AS k FROM users) y USING "
      "(k)",
      "SELECT to_json(x) FROM (SELECT id AS a FROM orders) x",
      "SELECT to_json(x) FROM (SELECT id AS b FROM orders) x",
      "SELECT count(*) FROM orders WHERE state > -1",
      "SELECT count(*) FROM orders WHERE state > -5",
      "SELECT count(*) FROM orders WHERE state > 0",
      "SELECT count(*) FROM orders WHERE state > 5",
      "SELECT count(*) FROM orders WHERE weight > -1.5",
      "SELECT count(*) FROM orders WHERE weight > 1.5",
      "SELECT count(*) FROM orders WHERE weight > 15",
      "SELECT count(*) FROM orders WHERE amount > 3000000000",
      "SELECT count(*) FROM orders WHERE amount > 3000000000.0",
      "SELECT count(*) FROM orders WHERE amount > -3000000000",
      "SELECT count(*) FROM orders",
      "SELECT count(status) FROM orders",
      "SELECT count(DISTINCT status) FROM orders",
      "SELECT count(*) FILTER (WHERE state = 1) FROM orders",
      "SELECT count(*) FROM orders WHERE state = 1",
      "SELECT count(*) FROM ONLY orders",
      "SELECT count(*) FROM users",
      "SELECT status FROM orders WHERE status = 'a' AND state = 1 OR amount = 2",
      "SELECT status FROM orders WHERE status = 'a' AND (state = 1 OR amount = 2)",
      "SELECT status FROM orders WHERE due BETWEEN '2024-01-01' AND '2024-02-01'",
      "SELECT status FROM orders WHERE due NOT BETWEEN '2024-01-01' AND '2024-02-01'",
      "SELECT status FROM orders WHERE due > '2024-01-01' AND due < '2024-02-01'",
      "SELECT status, sum(amount) FROM orders GROUP BY status",
      "SELECT status, sum(amount) FROM orders GROUP BY status, state",
      "SELECT status, sum(amount) FROM orders GROUP BY ROLLUP (status)",
      "SELECT status, sum(amount) FROM orders GROUP BY 1 ORDER BY 2",
      "SELECT status, sum(amount) FROM orders GROUP BY 1 ORDER BY 2 DESC",
      "SELECT status, sum(amount) FROM orders GROUP BY 1 ORDER BY 2 DESC NULLS LAST",
      "SELECT status, sum(amount) FROM orders GROUP BY 1 ORDER BY 1",
      "SELECT status, sum(amount) FROM orders GROUP BY 1 ORDER BY 1 LIMIT 5",
      "SELECT status, sum(amount) FROM orders GROUP BY 1 ORDER BY 1 LIMIT 50",
      "SELECT sum(amount) OVER w FROM orders WINDOW w AS (ORDER BY id)",
      "SELECT sum(amount) OVER w FROM orders WINDOW w AS (ORDER BY due)",
      "SELECT sum(amount) OVER (w ROWS UNBOUNDED PRECEDING) FROM orders WINDOW w AS (ORDER BY id)",
      "SELECT sum(amount) OVER (w ROWS UNBOUNDED PRECEDING) FROM orders WINDOW w AS (ORDER BY due)",
      "SELECT id, state FROM orders UNION SELECT id, id FROM users ORDER BY 1",
      "SELECT id, state FROM orders UNION SELECT id, id FROM users ORDER BY state",
      "SELECT id FROM orders UNION SELECT id FROM users",
      "SELECT id FROM orders UNION ALL SELECT id FROM users",
      "SELECT id FROM orders EXCEPT SELECT id FROM users",
      "SELECT id FROM users EXCEPT SELECT id FROM orders",
      "SELECT u.id FROM users u JOIN orders o ON o.user_id = u.id",
      "SELECT o.id FROM users u JOIN orders o ON o.user_id = u.id",
      "SELECT u.id FROM users u LEFT JOIN orders o ON o.user_id = u.id",
      "SELECT u.id FROM users u JOIN orders o ON o.id = u.id",
      "SELECT a.id FROM orders a JOIN orders b ON a.id = b.user_id",
      "SELECT b.id FROM orders a JOIN orders b ON a.id = b.user_id",
      "WITH a AS (SELECT 1 AS x), b AS (SELECT 2 AS x) SELECT x FROM a",
      "WITH a AS (SELECT 1 AS x), b AS (SELECT 2 AS x) SELECT x FROM b",
      "WITH a AS (SELECT 1 AS x) SELECT (WITH a AS (SELECT 2 AS x) SELECT x FROM a)",
      "WITH a AS (SELECT 1 AS x) SELECT (WITH b AS (SELECT 2 AS x) SELECT x FROM a)",
      "SELECT created_at::date FROM orders",
      "SELECT created_at::time FROM orders",
      "SELECT amount::numeric(10, 2) FROM orders",
      "SELECT amount::numeric(10, 3) FROM orders",
      "SELECT info ->> 'a' FROM orders",
      "SELECT info -> 'a' FROM orders",
      "SELECT info ->> 'b' FROM orders",
      "SELECT status || 'x' FROM orders",
      "SELECT 'x' || status FROM orders",
      "SELECT NULL",
      "SELECT ''",
      "SELECT 0",
      "SELECT false",
      "SELECT true",
      "SELECT 'NULL'",
      "SELECT ' '",
      "SELECT 1 WHERE 'a,b' IN ('a', 'b')"};
  for (const model::Database* schema :
       {static_cast<const model::Database*>(&shop()), static_cast<const model::Database*>(nullptr)}) {
    std::map<std::string, std::string_view> seen;
    for (const std::string_view statement : statements) {
      const auto entry = seen.emplace(mark_of(statement, schema), statement);
      CAPTURE(statement);
      CAPTURE(entry.first->second);
      CHECK(entry.second);
    }
  }
}

TEST_CASE("sql::fingerprint: a change of any literal, operator or column shows") {
  // Every mutation of one token that still may run must be told from the statement and from the others.
  const std::string statement =
      "SELECT o.status, round(sum(o.amount) * 100.0 / 7, 2) FROM orders o JOIN users u ON u.id = o.user_id "
      "WHERE "
      "o.state > 3 AND o.due < '2024-05-01' AND o.weight <= -2.5 GROUP BY o.status HAVING count(*) > 4 ORDER "
      "BY "
      "2 DESC LIMIT 9";
  const std::vector<std::pair<std::string, std::string>> changes{{"sum(", "avg("},
                                                                 {"100.0", "10.0"},
                                                                 {" 7,", " -7,"},
                                                                 {", 2)", ", 3)"},
                                                                 {"* 100", "+ 100"},
                                                                 {"/ 7", "- 7"},
                                                                 {"JOIN", "LEFT JOIN"},
                                                                 {"state > 3", "state <> 3"},
                                                                 {"o.user_id", "o.id"},
                                                                 {"state > 3", "state >= 3"},
                                                                 {"state > 3", "state < 3"},
                                                                 {"state > 3", "amount > 3"},
                                                                 {"> 3", "> -3"},
                                                                 {"05-01", "05-02"},
                                                                 {"AND o.due", "OR o.due"},
                                                                 {"-2.5", "2.5"},
                                                                 {"-2.5", "-2.25"},
                                                                 {"<= -", ">= -"},
                                                                 {"count(*)", "count(o.due)"},
                                                                 {"> 4", "> 5"},
                                                                 {"DESC", "ASC"},
                                                                 {"LIMIT 9", "LIMIT 8"},
                                                                 {"LIMIT 9", "OFFSET 9"},
                                                                 {"2 DESC", "1 DESC"},
                                                                 {"HAVING count(*) > 4", ""},
                                                                 {"WHERE o.state > 3 AND", "WHERE"},
                                                                 {"SELECT o", "SELECT DISTINCT o"},
                                                                 {"o.amount", "o.state"}};
  std::map<std::string, std::string> seen{{mark_of(statement), statement}};
  for (const auto& [from, to] : changes) {
    const std::size_t at = statement.find(from);
    REQUIRE(at != std::string::npos);
    std::string changed = statement;
    changed.replace(at, from.size(), to);
    const auto entry = seen.emplace(mark_of(changed), changed);
    CAPTURE(changed);
    CAPTURE(entry.first->second);
    CHECK(entry.second);
  }
}

TEST_CASE("sql::fingerprint: tables of one name in two schemas are two") {
  model::Database database = shop();
  auto copy = database.tables[1];
  copy.schema = "archive";
  database.tables.push_back(copy);
  CHECK(mark_of("SELECT count(*) FROM archive.orders", &database) !=
        mark_of("SELECT count(*) FROM public.orders", &database));
  CHECK(mark_of("SELECT count(*) FROM orders", &database) ==
        mark_of("SELECT count(*) FROM public.orders", &database));
}

TEST_CASE("sql::fingerprint: in SQLite too, spelling, aliases and order that mean nothing do not count") {
  const std::vector<std::vector<std::string_view>> groups{
      {"SELECT strftime('%Y-%m', created_at) AS m, count(*) AS n FROM orders GROUP BY 1 ORDER BY 1",
       "select strftime('%Y-%m', O.Created_At) as [month], count(1) from Orders as O group by [month] order "
       "by "
       "`month`",
       "SELECT strftime('%Y-%m', created_at), count(*) FROM orders GROUP BY strftime('%Y-%m', created_at) "
       "ORDER "
       "BY strftime('%Y-%m', created_at) ASC NULLS FIRST"},
      {"SELECT status AS s, count(*) AS n FROM orders GROUP BY s HAVING n > 5 ORDER BY n DESC NULLS LAST",
       "SELECT status, count(*) AS 'orders' FROM orders GROUP BY status HAVING count(*) > 5 ORDER BY 2 DESC"},
      {"SELECT lower(status) AS a FROM orders WHERE a == 'paid' AND state = 1",
       "SELECT lower(status) AS b FROM orders WHERE 1 = state AND b = 'paid'"},
      {"SELECT state || '-' || (amount * 2) AS k FROM orders",
       "SELECT state || '-' || (2 * amount) FROM orders"},
      {"SELECT u.name FROM users u WHERE EXISTS (SELECT 1 FROM orders o WHERE o.user_id = u.id) AND u.active",
       "SELECT x.name FROM users x WHERE x.active AND EXISTS (SELECT 1 FROM orders WHERE user_id = x.id)"},
      {"SELECT id AS a FROM orders UNION SELECT id AS b FROM users ORDER BY b",
       "SELECT id FROM orders UNION SELECT id FROM users ORDER BY 1"}};
  for (const auto& group : groups) {
    for (const std::string_view statement : group) {
      CAPTURE(statement);
      CHECK(mark_of(statement, &shop(), model::Dialect::sqlite) ==
            mark_of(group.front(), &shop(), model::Dialect::sqlite));
    }
  }
}

TEST_CASE("sql::fingerprint: what SQLite means otherwise is different in SQLite") {
  // Each of these reads as another to PostgreSQL's grammar, or has an output name that another clause uses.
  const std::vector<std::string_view> statements{
      "SELECT status FROM orders WHERE status LIKE 'p*'",
      "SELECT status FROM orders WHERE status GLOB 'p*'",
      "SELECT id FROM orders LIMIT 2, 5",
      "SELECT id FROM orders LIMIT 5, 2",
      "SELECT id FROM orders LIMIT 5",
      "SELECT status || state + amount FROM orders",
      "SELECT status || (state + amount) FROM orders",
      "SELECT state * 2 || amount FROM orders",
      "SELECT 2 * state || amount FROM orders",
      "SELECT state = amount IN (1, 2) FROM orders",
      "SELECT state = (amount IN (1, 2)) FROM orders",
      "SELECT status AS a, name AS b FROM orders JOIN users ON users.id = user_id WHERE a = 'x'",
      "SELECT status AS b, name AS a FROM orders JOIN users ON users.id = user_id WHERE a = 'x'",
      "SELECT id, state FROM orders UNION SELECT id AS a, user_id AS b FROM orders ORDER BY a",
      "SELECT id, state FROM orders UNION SELECT id AS b, user_id AS a FROM orders ORDER BY a",
      "SELECT id FROM orders ORDER BY paid_at",
      "SELECT id FROM orders ORDER BY paid_at NULLS LAST",
      "SELECT id FROM orders ORDER BY paid_at DESC",
      "SELECT id FROM orders ORDER BY paid_at DESC NULLS FIRST",
      "SELECT 'a'\n'b'",
      "SELECT 'ab'"};
  for (const model::Database* schema :
       {static_cast<const model::Database*>(&shop()), static_cast<const model::Database*>(nullptr)}) {
    std::map<std::string, std::string_view> seen;
    for (const std::string_view statement : statements) {
      const auto entry = seen.emplace(mark_of(statement, schema, model::Dialect::sqlite), statement);
      CAPTURE(statement);
      CAPTURE(entry.first->second);
      CHECK(entry.second);
    }
  }
}
