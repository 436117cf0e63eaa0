#include "support.hpp"

#include <kpi/sql/format.hpp>

#include <doctest/doctest.h>

using namespace kpi;
using namespace kpi::sql;
using namespace kpi::sql::test;

TEST_CASE("sql::format: a line a clause, a column and a condition") {
  CHECK(format("select status, count(*) as n from orders o left join users u on u.id = o.user_id where state "
               "= 1 and amount between 1 and 2 or "
               "due is null group by status order by n desc limit 10",
               model::Dialect::postgres) ==
        "SELECT status,\n  count(*) AS n\nFROM orders o\nLEFT JOIN users u ON u.id = o.user_id\nWHERE state "
        "= 1\n  AND amount between 1 AND "
        "2\n  OR due is null\nGROUP BY status\nORDER BY n desc\nLIMIT 10");
  CHECK(format("WITH a AS (SELECT max(x)::numeric FROM t) SELECT (SELECT 1), -1, a.b[1:2] FROM a",
               model::Dialect::postgres) ==
        "WITH a AS (\n  SELECT max(x)::numeric\n  FROM t\n)\nSELECT (\n  SELECT 1\n),\n  -1,\n  "
        "a.b[1:2]\nFROM a");
}

TEST_CASE("sql::format: means the same and is stable, for every statement of the corpus") {
  for (const std::string& statement : lines("guard/allowed.sql")) {
    CAPTURE(statement);
    const std::string once = format(statement, model::Dialect::postgres);
    CAPTURE(once);
    CHECK(format(once, model::Dialect::postgres) == once);
    CHECK(analyze(once).fingerprint == analyze(statement).fingerprint);
    CHECK(codes(analyze(once)) == codes(analyze(statement)));
  }
}

TEST_CASE("sql::format: leaves alone what it cannot take apart") {
  CHECK(format("SELECT #x", model::Dialect::sqlite) == "SELECT #x");
  CHECK(format("SELECT @x", model::Dialect::mysql) == "SELECT @x");
  for (const std::string_view statement :
       {"SELECT 1x", "SELECT '{{a}}'", "SELECT 1 -- one", "SELECT 'a'\n'b'", "SELECT 'open", ""}) {
    CHECK(format(statement, model::Dialect::postgres) == statement);
  }
}
