#include "support.hpp"

#include <doctest/doctest.h>

#include <array>
#include <set>

using namespace kpi;
using namespace kpi::sql;
using namespace kpi::sql::test;

TEST_CASE("sql::Guard: lets every harmless statement of the corpus pass") {
  const auto statements = lines("guard/allowed.sql");
  CHECK(statements.size() >= 250);
  for (const std::string& statement : statements) {
    CAPTURE(statement);
    const Analysis analysis = analyze(statement);
    CAPTURE(shown(analysis));
    CHECK(analysis.may_run());
  }
}

TEST_CASE("sql::Guard: refuses every other statement of the corpus with its code") {
  const auto rows = lines("guard/refused.sql");
  CHECK(rows.size() >= 250);
  for (const std::string& row : rows) {
    CAPTURE(row);
    const std::size_t tab = row.find('\t');
    REQUIRE(tab != std::string::npos);
    const Analysis analysis = analyze(std::string_view(row).substr(tab + 1));
    CAPTURE(shown(analysis));
    CHECK_FALSE(analysis.may_run());
    CHECK(analysis.has_error());
    CHECK(has_code(analysis, row.substr(0, tab)));
  }
}

TEST_CASE("sql::Guard: its corpus says each thing once, and allows about as much as it refuses") {
  const auto allowed = lines("guard/allowed.sql");
  const auto refused = lines("guard/refused.sql");
  CHECK(std::set<std::string>(allowed.begin(), allowed.end()).size() == allowed.size());
  CHECK(std::set<std::string>(refused.begin(), refused.end()).size() == refused.size());
  CHECK(allowed.size() * 5 >= refused.size() * 4);
  CHECK(refused.size() * 5 >= allowed.size() * 4);
}

TEST_CASE("sql::Guard: finds a refused function in every place of the grammar") {
  constexpr std::array places{"SELECT @",
                              "SELECT 1 WHERE @ IS NULL",
                              "SELECT 1 FROM orders ORDER BY @",
                              "SELECT 1 FROM orders GROUP BY @",
                              "SELECT count(*) FROM orders HAVING @ IS NULL",
                              "SELECT 1 LIMIT @",
                              "SELECT 1 OFFSET @",
                              "SELECT * FROM @ AS x",
                              "SELECT * FROM orders, LATERAL @ AS x",
                              "SELECT * FROM ROWS FROM (@, generate_series(1, 2)) AS x",
                              "SELECT * FROM orders o JOIN users u ON o.id = u.id AND @ IS NULL",
                              "VALUES (1), (@)",
                              "SELECT * FROM (VALUES (@)) v(a)",
                              "SELECT count(*) FILTER (WHERE @ IS NULL) FROM orders",
                              "SELECT sum(1) OVER (PARTITION BY @) FROM orders",
                              "SELECT sum(1) OVER (ORDER BY @) FROM orders",
                              "SELECT sum(1) OVER w FROM orders WINDOW w AS (ORDER BY @)",
                              "SELECT array_agg(1 ORDER BY @) FROM orders",
                              "SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY @) FROM orders",
                              "SELECT DISTINCT ON (@) 1 FROM orders",
                              "SELECT CASE WHEN @ IS NULL THEN 1 END",
                              "SELECT CASE @ WHEN 1 THEN 1 END",
                              "SELECT COALESCE(1, @)",
                              "SELECT GREATEST(1, @)",
                              "SELECT NULLIF(@, 1)",
                              "SELECT ARRAY[@]",
                              "SELECT (ARRAY[1])[@]",
                              "SELECT ROW(@)",
                              "SELECT lower(@::text)",
                              "SELECT make_interval(days => @)",
                              "SELECT 1 IN (2, @)",
                              "SELECT 1 WHERE EXISTS (SELECT @)",
                              "SELECT (SELECT @)",
                              "SELECT ARRAY(SELECT @)",
                              "WITH a AS (SELECT @) SELECT 1",
                              "SELECT 1 UNION SELECT @",
                              "(SELECT @) EXCEPT SELECT 1",
                              "SELECT 1 BETWEEN 0 AND @",
                              "SELECT @ AT TIME ZONE 'UTC'",
                              "SELECT EXTRACT(YEAR FROM @)",
                              "SELECT 1 FROM orders TABLESAMPLE BERNOULLI (@)",
                              "SELECT @ IS TRUE",
                              "SELECT -@",
                              "SELECT 1 FROM orders GROUP BY ROLLUP (@)",
                              "SELECT 1 = ANY (@)",
                              "SELECT 'a' LIKE @",
                              "SELECT @ COLLATE \"C\""};
  for (const char* const call : {"pg_sleep(1)", "nextval('s')", "lo_get(1)"}) {
    for (const std::string_view place : places) {
      const std::string statement = replace_all(place, "@", call);
      CAPTURE(statement);
      const Analysis analysis = analyze(statement);
      CAPTURE(shown(analysis));
      CHECK(has_code(analysis, "guard.function"));
      CHECK_FALSE(has_code(analysis, "syntax.error"));
    }
  }
}

TEST_CASE("sql::Guard: says where") {
  const Analysis analysis = analyze("SELECT 1, pg_sleep(5)");
  REQUIRE(analysis.findings.size() == 1);
  CHECK(analysis.findings[0].position == 10);
}

TEST_CASE("sql::Guard: a trailing semicolon, comments and dashes in a literal are no reason to refuse") {
  const Analysis analysis = analyze("SELECT '--' /* x */;");
  CHECK(analysis.may_run());
  CHECK_FALSE(analysis.has_error());
  CHECK(codes(analysis) ==
        std::vector<std::string>{"lint.dashes_in_literal", "lint.comment", "lint.semicolon"});
}

TEST_CASE("sql::Guard: takes a cast to a type of the schema's own, and a pg_ table that it lists") {
  model::Database database = shop();
  database.tables[1].fields[2].database_type = "order_status";
  database.tables.push_back(table("pg_payments", {field("id", "int4", "type/Integer")}));
  CHECK(analyze("SELECT count(*) FROM orders WHERE status = 'new'::order_status", &database).may_run());
  CHECK_FALSE(analyze("SELECT count(*) FROM orders WHERE status = 'new'::other_type", &database).may_run());
  CHECK(analyze("SELECT count(*) FROM pg_payments", &database).may_run());
  database.tables.push_back(table("pg_stat_statements", {field("id", "int4", "type/Integer")}));
  CHECK_FALSE(analyze("SELECT count(*) FROM pg_stat_statements", &database).may_run());
}

TEST_CASE("sql::Guard: the policy adds functions and sets the bounds") {
  Policy policy = shipped_policy();
  policy.postgres_functions.emplace_back("my_function");
  policy.max_joins = 1;
  policy.max_generated_rows = 10;
  const Analyzer own = *Analyzer::make(policy);
  const auto look = [&](std::string_view statement) {
    return own.analyze(statement, model::Dialect::postgres, nullptr);
  };
  CHECK(look("SELECT my_function(1)").may_run());
  CHECK(has_code(look("SELECT 1 FROM a JOIN b USING (x) JOIN c USING (x)"), "guard.joins"));
  CHECK(has_code(look("SELECT generate_series(1, 11)"), "guard.generated_rows"));
  CHECK(look("SELECT generate_series(1, 10)").may_run());
}

TEST_CASE("sql::Analyzer: a policy that allows nothing, or names a function twice, is refused") {
  CHECK_FALSE(Analyzer::make(Policy{}).has_value());
  Policy twice = shipped_policy();
  twice.sqlite_functions.push_back(twice.sqlite_functions.front());
  const auto made = Analyzer::make(twice);
  REQUIRE_FALSE(made.has_value());
  CHECK(made.error().code == "policy.invalid");
}
