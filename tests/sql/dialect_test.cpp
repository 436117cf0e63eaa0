#include <kpi/sql/dialect.hpp>

#include <doctest/doctest.h>

using namespace kpi;

TEST_CASE("sql::DialectWriter: quotes where the dialect needs it, reaches into documents") {
  const sql::DialectWriter postgres(model::Dialect::postgres);
  const sql::DialectWriter sqlite(model::Dialect::sqlite);
  CHECK(postgres.name("total") == "total");
  CHECK(postgres.name("TB_ORDER") == "\"TB_ORDER\"");
  CHECK(sqlite.name("TB_ORDER") == "TB_ORDER");
  CHECK(sqlite.name("order") == "\"order\"");
  CHECK(postgres.name("orde") == "orde");  // a part of a reserved word is none
  CHECK(postgres.name("a\"b") == "\"a\"\"b\"");
  CHECK(sql::DialectWriter::literal("it's") == "'it''s'");
  model::Field inner;
  inner.name = "info \u2192 price";
  inner.type = "type/Integer";
  inner.path = {"info", "deep", "price"};
  CHECK(postgres.column(inner, "t") == "CAST(NULLIF(t.info -> 'deep' ->> 'price', '') AS numeric)");
  CHECK(sqlite.column(inner) == "json_extract(info, '$.\"deep\".\"price\"')");
}

TEST_CASE("sql::DialectWriter: counts in months, weekdays and days as each dialect has it") {
  const sql::DialectWriter mysql(model::Dialect::mysql);
  const sql::DialectWriter sqlite(model::Dialect::sqlite);
  const sql::DialectWriter generic(model::Dialect::generic);
  const sql::Anchor today;
  CHECK(mysql.month("t") == "CAST(DATE_FORMAT(t, '%Y-%m-01') AS date)");
  CHECK(mysql.month_before("m", 12) == "m - INTERVAL '12' MONTH");
  CHECK(mysql.months_before(today, 0) ==
        "CAST(DATE_FORMAT(CURRENT_DATE, '%Y-%m-01') AS date) - INTERVAL '0' MONTH");
  CHECK(mysql.weekday("t") == "WEEKDAY(t) + 1");
  CHECK(mysql.hour("t") == "CAST(EXTRACT(HOUR FROM t) AS signed)");
  CHECK(mysql.days_between("a", "b") == "TIMESTAMPDIFF(SECOND, a, b) / 86400.0");
  CHECK(mysql.name("rank") == "`rank`");
  CHECK(sqlite.name("rank") == "rank");
  CHECK(
      generic.months_before(today, 23) ==
      "CAST(CURRENT_DATE AS date) - INTERVAL '1' DAY * (EXTRACT(DAY FROM CAST(CURRENT_DATE AS date)) - 1) - "
      "INTERVAL '23' MONTH");
  CHECK(generic.month_before("m", 12) == "m - 100");
  // 202603 less five months is 202510: the remainder by 100 is at most 5, so 93 are taken off.
  CHECK(generic.month_before("m", 5) == "m - CASE WHEN MOD(m, 100) <= 5 THEN 93 ELSE 5 END");
  CHECK(sqlite.last_day(today) == "date('now')");
  CHECK(sqlite.last_day({false, "t", "FROM x"}) == "(SELECT date(MAX(t)) FROM x)");
}
