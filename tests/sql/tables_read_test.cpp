#include <kpi/sql/tables_read.hpp>

#include <doctest/doctest.h>

#include <array>

using namespace kpi;
using Names = std::vector<std::string>;

TEST_CASE("sql::tables_read: names the tables of a statement in their order, whatever is around them") {
  struct Case {
    const char* statement;
    Names tables;
  };
  const std::array cases{
      Case{"SELECT 1", {}},
      Case{"SELECT count(*) FROM b JOIN a ON a.x = b.x WHERE b.y IS NULL", {"b", "a"}},
      Case{"SELECT 1 FROM b, a AS x, sales.c", {"b", "a", "sales.c"}},
      Case{"WITH w AS (SELECT * FROM a) SELECT * FROM w JOIN b USING (id)", {"a", "b"}},
      Case{"SELECT * FROM generate_series(1, 2) g, (SELECT 1 FROM a) t", {"a"}},
      Case{"SELECT 'FROM x' /* FROM y */ FROM \"Big\"\"Name\" WHERE a IN (SELECT 1 FROM z)",
           {"Big\"Name", "z"}},
      Case{"SELECT 1 FROM a UNION SELECT 2 FROM A", {"a", "A"}}};
  for (const auto& c : cases) {
    CAPTURE(c.statement);
    CHECK(sql::tables_read(c.statement, sql::postgres_rules, nullptr) == c.tables);
  }
}

TEST_CASE("sql::tables_read: a schema gives names their case and schema, and drops what it does not know") {
  model::Database schema;
  model::Table table;
  table.name = "orders";
  table.schema = "public";
  schema.tables = {table};
  CHECK(sql::tables_read("SELECT 1 FROM ORDERS o JOIN nosuch n ON true JOIN public.orders p ON true",
                         sql::postgres_rules, &schema) == Names{"public.orders"});
}
