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
