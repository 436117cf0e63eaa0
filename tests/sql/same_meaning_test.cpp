#include "support.hpp"

#include <kpi/sql/same_meaning.hpp>
#include <kpi/sql/traits.hpp>

#include <doctest/doctest.h>

#include <array>
#include <string>

using namespace kpi;

namespace {

model::Database schema() {
  const auto field = [](const char* name, const char* type) {
    model::Field made;
    made.name = name;
    made.type = type;
    return made;
  };
  model::Table orders;
  orders.name = "orders";
  orders.primary_key = {"order_id"};
  orders.fields = {field("order_id", "type/Integer"),    field("amount", "type/Integer"),
                   field("status", "type/Integer"),      field("user_id", "type/Integer"),
                   field("created_at", "type/DateTime"), field("paid_at", "type/DateTime")};
  model::Table users;
  users.name = "users";
  users.primary_key = {"user_id"};
  users.fields = {field("user_id", "type/Integer"), field("country", "type/Text")};
  model::Database database;
  database.dialect = model::Dialect::postgres;
  database.tables = {orders, users};
  return database;
}

}  // namespace

TEST_CASE("sql::changed_meaning: a correction keeps to the question") {
  sql::Policy policy;
  policy.postgres_functions = {"count",      "sum",   "avg",    "min",     "max",
                               "date_trunc", "round", "nullif", "extract", "datediff"};
  const auto analyzer = std::move(*sql::Analyzer::make(policy));
  const auto database = schema();
  struct Case {
    const char* before;
    const char* after;
    const char* why;  ///< part of it; "" where nothing changed
  };
  static constexpr std::array cases{
      Case{"SELECT sum(amuont) AS s FROM orders", "SELECT sum(amount) AS s FROM orders", ""},
      Case{"SELECT sum(amuont_total) AS s FROM orders", "SELECT sum(amount) AS s FROM orders", ""},
      Case{"SELECT sum(refund_total) AS s FROM orders", "SELECT sum(amount) AS s FROM orders",
           "called like refund_total"},
      Case{"SELECT sum(amount) AS s FROM ordrs", "SELECT sum(amount) AS s FROM orders", ""},
      Case{"SELECT avg(DATEDIFF(day, created_at, paid_at)) AS d FROM orders",
           "SELECT avg(EXTRACT(EPOCH FROM paid_at - created_at) / 86400) AS d FROM orders", ""},
      Case{"SELECT count(*) AS n FROM orders WHERE country_x = 'KR'",
           "SELECT count(*) AS n FROM orders o JOIN users u ON u.user_id = o.user_id WHERE u.country = 'KR'",
           ""},
      Case{"SELECT sum(amuont) AS s FROM orders", "SELECT count(*) AS s FROM orders", "aggregates by"},
      Case{"SELECT sum(amuont) AS s FROM orders", "SELECT sum(amount) AS total FROM orders",
           "another column in place of s"},
      Case{"SELECT sum(amuont) AS s FROM orders",
           "SELECT status, sum(amount) AS s FROM orders GROUP BY status", "gives 2 columns"},
      Case{"SELECT sum(amuont) AS s FROM orders WHERE status = 1", "SELECT sum(amount) AS s FROM orders",
           "conditions"},
      Case{"SELECT sum(amuont) AS s FROM orders WHERE status = 1",
           "SELECT sum(amount) AS s FROM orders WHERE amount > 0", "orders.status"},
      Case{"SELECT sum(amuont) AS s FROM orders", "SELECT sum(user_id) AS s FROM users",
           "no longer reads orders"},
      Case{"SELECT count(*) AS n FROM orders WHERE state = 'returned'",
           "SELECT count(*) AS n FROM orders WHERE status = 4", "'returned'"},
      Case{"SELECT count(*) AS n FROM orders WHERE refund > 20",
           "SELECT count(*) AS n FROM orders WHERE amount > 20", "called like refund"},
      Case{"SELECT count(*) AS n FROM orders o JOIN users u ON u.user_id = o.user_id WHERE u.paid_day IS NOT "
           "NULL",
           "SELECT count(*) AS n FROM orders o JOIN users u ON u.user_id = o.user_id WHERE o.paid_at IS NOT "
           "NULL",
           "called like paid_day"},
      Case{"SELECT sum(amount) AS s FROM invoices", "SELECT sum(amount) AS s FROM orders", ""},
      Case{"SELECT sum(o.amount) AS s FROM orders o JOIN stores s ON s.user_id = o.user_id",
           "SELECT sum(o.amount) AS s FROM orders o JOIN users s ON s.user_id = o.user_id",
           "for another table"},
      Case{"SELECT count(DISTINCT usr) AS n FROM orders", "SELECT count(user_id) AS n FROM orders",
           "aggregates by"}};
  for (const auto& one : cases) {
    CAPTURE(one.before);
    CAPTURE(one.after);
    const auto why = sql::changed_meaning(analyzer, one.before, one.after, model::Dialect::postgres, database)
                         .value_or("");
    CAPTURE(why);
    CHECK((std::string(one.why).empty() ? why.empty() : why.find(one.why) != std::string::npos));
  }
}

TEST_CASE("sql::traits_of: how a statement measures") {
  const auto of = [](const char* statement) { return sql::traits_of(statement, model::Dialect::postgres); };
  CHECK(of("SELECT count(*) FROM t").bare_count);
  CHECK_FALSE(of("SELECT count(*) FROM t WHERE a = 1").bare_count);
  CHECK_FALSE(of("SELECT count(*) FROM t JOIN u ON true").bare_count);
  const auto safe = of("SELECT 100.0 * count(*) FILTER (WHERE a = 1) / NULLIF(count(*), 0) FROM t");
  CHECK(safe.divides);
  CHECK(safe.guarded_divisor);
  CHECK(safe.decimal);
  CHECK(safe.null_policy);
  CHECK_FALSE(safe.split_population);
  CHECK_FALSE(of("SELECT sum(a) / count(*) FROM t").guarded_divisor);
  for (const char* unit : {"SELECT sum(a) / 86400 FROM t", "SELECT round(sum(amount) / 100.0, 2) FROM t",
                           "SELECT avg(a) / (24 * 3600) FROM t"}) {
    CAPTURE(unit);
    CHECK_FALSE(of(unit).divides);
  }
  CHECK(of("SELECT sum(a) / 0 FROM t").divides);
  for (const char* chosen : {"SELECT count(*) FROM t WHERE a / b > 0.5",
                             "SELECT c, count(*) FROM t GROUP BY c HAVING sum(a) / count(*) > 2",
                             "SELECT count(*) FROM t WHERE (a - b) = (SELECT max(a / b) FROM t)",
                             "SELECT count(*) FILTER (WHERE a / b > 2) FROM t"}) {
    CAPTURE(chosen);
    CHECK_FALSE(of(chosen).divides);
  }
  for (const char* measured :
       {"SELECT count(*) FROM t WHERE c = 1 UNION SELECT sum(a) / sum(b) FROM t",
        "WITH m AS (SELECT c, sum(a) / sum(b) AS r FROM t WHERE c > 1 GROUP BY c) SELECT max(r) FROM m",
        "SELECT x.r FROM (SELECT sum(a) / count(*) AS r FROM t WHERE a > 1) x WHERE x.r > 1",
        "SELECT sum(a) FILTER (WHERE c = 1) / sum(a) FROM t"}) {
    CAPTURE(measured);
    CHECK(of(measured).divides);
  }
  CHECK_FALSE(of("SELECT sum(a) / 100.0 / count(*) FROM t").guarded_divisor);
  CHECK(of("SELECT (SELECT count(*) FROM t) / (SELECT count(*) FROM u)").split_population);
  CHECK(of("SELECT count(*) FROM t WHERE at >= CURRENT_DATE - INTERVAL '30 days'").windowed);
  CHECK(of("SELECT count(*) FROM t WHERE at >= '2026-01-01'").windowed);
  CHECK_FALSE(of("SELECT count(*) FROM t WHERE status = 'open'").windowed);
  CHECK(of("SELECT date_trunc('month', at), count(*) FROM t GROUP BY 1").time_grain);
  CHECK(of("SELECT 1 FROM t JOIN u ON true, v").joins == 2);
  CHECK_FALSE(of("SELECT '1 / 0' FROM t").divides);
  CHECK(of("SELECT count(*) FROM t WHERE at >= (SELECT date(max(at), '-29 days') FROM t)").windowed);
  CHECK_FALSE(of("SELECT count(*) FROM t WHERE at > '1900-01-01'").windowed);
  CHECK(of("SELECT 100.0 * sum(a) / sum(b) FROM t").percent);
  CHECK(of("SELECT sum(a) * 100 / sum(b) FROM t").percent);
  CHECK_FALSE(of("SELECT sum(a) / 100.0 FROM t").percent);
  CHECK_FALSE(of("SELECT 1000 * sum(a) / sum(b) FROM t").percent);
}

TEST_CASE("sql::traits_of: rows are chosen by what they are, not by what keeps them clean") {
  const auto chosen = [](const char* where) {
    return sql::traits_of("SELECT count(*), sum(amount) FROM t WHERE " + std::string(where),
                          model::Dialect::postgres)
        .filtered;
  };
  for (const char* where :
       {"status = 'paid'", "paid_at IS NOT NULL", "cancelled_at IS NULL", "is_test = true",
        "deleted_at IS NOT NULL", "amount IS NOT NULL AND status IN (1, 2)",
        "(order_id IS NOT NULL OR kind = 2)", "at >= now() - interval '7 days'", "is_active",
        "id IN (SELECT id FROM u WHERE grade = 'A')", "at BETWEEN '2026-01-01' AND '2026-02-01'",
        "amount IS NOT NULL GROUP BY a HAVING count(*) > 3"}) {
    CAPTURE(where);
    CHECK(chosen(where));
  }
  for (const char* where :
       {"amount IS NOT NULL", "order_id IS NOT NULL", "(amount IS NOT NULL AND t.order_id IS NOT NULL)",
        "is_test IS NOT TRUE", "NOT is_test", "is_test = false", "deleted_at IS NULL", "del_yn = 'N'",
        "deleted = 0", "created_at > '1900-01-01'", "1 = 1", "true", ""}) {
    CAPTURE(where);
    CHECK_FALSE(chosen(where));
  }
  const auto of = [](const char* statement) {
    return sql::traits_of(statement, model::Dialect::postgres).filtered;
  };
  CHECK(of("SELECT count(CASE WHEN status = 1 THEN 1 END) FROM t"));
  CHECK(of("SELECT count(*) FILTER (WHERE status = 1) FROM t"));
  CHECK_FALSE(of("SELECT CASE status WHEN 1 THEN 'open' ELSE 'shut' END, count(*) FROM t GROUP BY 1"));
  CHECK_FALSE(of("SELECT count(DISTINCT info ->> 'user') FROM t WHERE info ->> 'user' IS NOT NULL"));
  CHECK(sql::traits_of("SELECT count(*) FROM t WHERE order_id IS NOT NULL", model::Dialect::postgres)
            .bare_count);
}
