#include "support.hpp"

#include <doctest/doctest.h>

using namespace kpi;
using namespace kpi::sql;
using namespace kpi::sql::test;

namespace {

std::string references(std::string_view statement) {
  std::string text;
  for (const auto& reference : analyze(statement, &shop()).references)
    text += reference.table + "." + reference.field + " ";
  return text;
}

// The schema.* codes alone: what the lints say is another matter.
std::vector<std::string> bound(std::string_view statement) {
  std::vector<std::string> all;
  for (const std::string& code : codes(analyze(statement, &shop()))) {
    if (code.rfind("schema.", 0) == 0 || code == "lint.missing_group_by" || code == "lint.unknown_value")
      all.push_back(code);
  }
  return all;
}

std::string message(std::string_view statement, std::string_view code) {
  for (const auto& found : analyze(statement, &shop()).findings) {
    if (found.code == code) return found.message;
  }
  return {};
}

}  // namespace

TEST_CASE("sql::Binder: names that the database has raise no objection") {
  for (const std::string_view statement :
       {"SELECT id, status FROM orders",
        "SELECT o.id FROM orders o",
        "SELECT orders.id FROM public.orders",
        "SELECT public.orders.id FROM public.orders",
        "SELECT ID, Status FROM ORDERS",
        "SELECT \"id\" FROM \"orders\"",
        "SELECT \"createdAt\" FROM \"Mixed\"",
        "SELECT * FROM orders",
        "SELECT o.*, u.name FROM orders o JOIN users u ON u.id = o.user_id",
        "SELECT count(*) AS n FROM orders GROUP BY status ORDER BY n DESC",
        "SELECT date_trunc('month', created_at) AS m, count(*) FROM orders GROUP BY m ORDER BY m",
        "SELECT status AS s FROM orders GROUP BY s",
        "WITH a AS (SELECT user_id, sum(amount) AS total FROM orders GROUP BY 1) SELECT avg(total) FROM a",
        "WITH a(u, t) AS (SELECT user_id, amount FROM orders) SELECT u, t FROM a",
        "WITH a AS (SELECT id AS x FROM orders), b AS (SELECT x FROM a) SELECT b.x FROM b",
        "SELECT x.total FROM (SELECT sum(amount) AS total FROM orders) x",
        "SELECT x.t FROM (SELECT sum(amount) FROM orders) AS x(t)",
        "SELECT id FROM users u WHERE EXISTS (SELECT 1 FROM orders o WHERE o.user_id = u.id)",
        "SELECT (SELECT max(amount) FROM orders o WHERE o.user_id = u.id) FROM users u",
        "SELECT l.total FROM users u CROSS JOIN LATERAL (SELECT sum(amount) AS total FROM orders o WHERE "
        "o.user_id = u.id) l",
        "SELECT order_id FROM order_items JOIN (SELECT id AS order_id, status FROM orders) o USING "
        "(order_id)",
        "SELECT sum FROM (SELECT sum(amount) FROM orders) x",
        "SELECT count FROM (SELECT count(*) FROM orders) x",
        "SELECT coalesce FROM (SELECT coalesce(amount, 0) FROM orders) x",
        "SELECT g FROM generate_series(1, 3) g",
        "SELECT g.n FROM generate_series(1, 3) AS g(n)",
        "SELECT d::date FROM generate_series(now(), now(), '1 day') d",
        "SELECT v.a, v.b FROM (VALUES (1, 'x')) AS v(a, b)",
        "SELECT column1 FROM (VALUES (1)) v",
        "SELECT info ->> 'total' FROM orders",
        "SELECT info -> 'address' ->> 'city' FROM orders",
        "SELECT e.key FROM orders o, jsonb_each(o.info) e",
        "SELECT id FROM orders UNION SELECT id FROM users ORDER BY id",
        "SELECT ctid FROM orders",
        "SELECT count(o) FROM orders o",
        "SELECT row_number() OVER w AS r FROM orders WINDOW w AS (PARTITION BY user_id ORDER BY created_at)",
        "WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r WHERE n < 10) SELECT n FROM r",
        "WITH RECURSIVE r AS (SELECT id, 1 AS depth FROM users UNION ALL SELECT o.user_id, r.depth + 1 FROM "
        "orders o JOIN r ON "
        "r.id = o.user_id) SELECT max(depth) FROM r",
        "SELECT id, name, count(*) OVER () FROM users",
        "SELECT u.id, u.name, count(o.id) FROM users u LEFT JOIN orders o ON o.user_id = u.id GROUP BY u.id",
        "SELECT amount / 2 FROM orders WHERE created_at > now() - interval '30 days' AND due > CURRENT_DATE "
        "- 30",
        "SELECT due - 7, due - due, created_at - paid_at, due + interval '1 month' FROM orders",
        "SELECT avg(created_at - paid_at) FROM orders",
        "SELECT EXTRACT(EPOCH FROM (paid_at - created_at)) / 3600 FROM orders",
        "SELECT round(avg(amount), 2), round(max(weight)::numeric, 1) FROM orders"}) {
    CAPTURE(statement);
    const Analysis analysis = analyze(statement, &shop());
    CAPTURE(shown(analysis));
    CHECK(bound(statement).empty());
  }
}

TEST_CASE("sql::Binder: names what the database has not") {
  struct Case {
    const char* statement;
    const char* code;
    const char* said;
  };
  for (const Case& one :
       {Case{"SELECT 1 FROM odrers", "schema.unknown_table", "orders"},
        Case{"SELECT 1 FROM sales.orders", "schema.unknown_table", "sales.orders"},
        Case{"SELECT staus FROM orders", "schema.unknown_column", "status"},
        Case{"SELECT o.staus FROM orders o", "schema.unknown_column", "status"},
        Case{"SELECT x.id FROM orders o", "schema.unknown_table", "x"},
        Case{"SELECT orders.id FROM orders o", "schema.unknown_table", "orders"},
        Case{"SELECT createdAt FROM \"Mixed\"", "schema.unknown_column", "createdAt"},
        Case{"SELECT id FROM orders JOIN users ON users.id = orders.user_id", "schema.ambiguous_column",
             "id"},
        Case{"SELECT count(*) AS n FROM orders WHERE n > 1", "schema.unknown_column", "output column"},
        Case{"SELECT date_trunc('day', created_at) AS d, lag(count(*)) OVER (ORDER BY d) FROM orders GROUP "
             "BY d",
             "schema.unknown_column", "output column"},
        Case{"SELECT 1 FROM users u, (SELECT 1 FROM orders o WHERE o.user_id = u.id) x",
             "schema.unknown_column", "cannot be seen"},
        Case{"SELECT 1 FROM users u, orders o JOIN order_items i ON i.order_id = u.id",
             "schema.unknown_column", "cannot be seen"},
        Case{"WITH a AS (SELECT 1 AS x) SELECT y FROM a", "schema.unknown_column", "y"},
        Case{"SELECT x.y FROM (SELECT id FROM orders) x", "schema.unknown_column", "x.y"},
        Case{"SELECT id FROM orders UNION SELECT id FROM users ORDER BY status", "schema.unknown_column",
             "ORDER BY"},
        Case{"SELECT id FROM orders ORDER BY 3", "schema.unknown_column", "3"},
        Case{"SELECT \"info \xE2\x86\x92 total\" FROM orders", "schema.json_path", "info ->> 'total'"},
        Case{"SELECT id, id FROM orders UNION SELECT id FROM users", "schema.type_mismatch", "2 and 1"},
        Case{"SELECT 1 FROM orders JOIN users USING (nothing)", "schema.unknown_column", "nothing"}}) {
    CAPTURE(one.statement);
    CAPTURE(shown(analyze(one.statement, &shop())));
    CHECK(message(one.statement, one.code).find(one.said) != std::string::npos);
  }
}

TEST_CASE("sql::Binder: names the nearest real ones") {
  struct Case {
    const char* statement;
    const char* code;
    const char* said;
  };
  for (const Case& one :
       {Case{"SELECT id FROM users, orders WHERE users.id = orders.user_id", "schema.ambiguous_column",
             "write users.id or orders.id"},
        Case{"SELECT o.nme FROM users o", "schema.unknown_column", "did you mean name?"},
        Case{"SELECT usrs.name FROM users", "schema.unknown_table", "did you mean users?"},
        Case{"SELECT orders.id FROM orders o", "schema.unknown_table", "where it is called o"},
        Case{"SELECT zzz.id FROM orders o", "schema.unknown_table", "it has o"},
        Case{"SELECT name FROM (SELECT id, state FROM orders) x", "schema.unknown_column",
             "there is id, state"},
        Case{"SELECT total FROM orders", "schema.unknown_column", "info ->> 'total'"},
        Case{"SELECT id AS a FROM orders UNION SELECT id AS b FROM users ORDER BY b", "schema.unknown_column",
             "which are a"},
        Case{"SELECT row_number() OVER w FROM orders", "schema.unknown_column", "no WINDOW w"},
        Case{"SELECT DISTINCT status FROM orders ORDER BY amount", "schema.unknown_column",
             "SELECT DISTINCT"},
        Case{"SELECT DISTINCT status FROM orders ORDER BY lower(status)", "schema.unknown_column",
             "SELECT DISTINCT"},
        Case{"SELECT DISTINCT ON (status) id FROM orders ORDER BY id", "schema.unknown_column",
             "DISTINCT ON"}}) {
    CAPTURE(one.statement);
    CAPTURE(shown(analyze(one.statement, &shop())));
    CHECK(message(one.statement, one.code).find(one.said) != std::string::npos);
    CHECK(analyze(one.statement, &shop()).may_run());
  }
  for (const std::string_view statement :
       {"SELECT DISTINCT status FROM orders ORDER BY orders.status",
        "SELECT DISTINCT status AS s FROM orders ORDER BY s",
        "SELECT DISTINCT lower(status) FROM orders ORDER BY lower(status)",
        "SELECT DISTINCT * FROM orders ORDER BY id", "SELECT DISTINCT status FROM orders ORDER BY 1",
        "SELECT DISTINCT ON (status) id, status FROM orders ORDER BY status, created_at DESC",
        "SELECT DISTINCT ON (1) status, id FROM orders ORDER BY status, id",
        "SELECT row_number() OVER (w ORDER BY id) FROM orders WINDOW w AS (PARTITION BY status)"}) {
    CAPTURE(statement);
    CAPTURE(shown(analyze(statement, &shop())));
    CHECK(bound(statement).empty());
  }
}

TEST_CASE("sql::Binder: sees what the types do not have") {
  for (const std::string_view statement :
       {"SELECT sum(status) FROM orders",
        "SELECT avg(active) FROM users",
        "SELECT avg(info ->> 'total') FROM orders",
        "SELECT 1 FROM orders WHERE state = 'completed'",
        "SELECT 1 FROM orders WHERE state IN ('a', 'b')",
        "SELECT 1 FROM users WHERE active = 1",
        "SELECT 1 FROM users WHERE active = 'maybe'",
        "SELECT 1 FROM orders WHERE status = 3",
        "SELECT 1 FROM orders WHERE created_at > 'last week'",
        "SELECT 1 FROM orders WHERE created_at > 20240101",
        "SELECT status + 1 FROM orders",
        "SELECT created_at - 7 FROM orders",
        "SELECT created_at + due FROM orders",
        "SELECT 1 FROM orders WHERE created_at - paid_at > 7",
        "SELECT date_trunc('day', status) FROM orders",
        "SELECT EXTRACT(DAY FROM due - due) FROM orders",
        "SELECT round(weight, 2) FROM orders",
        "SELECT round(percentile_cont(0.5) WITHIN GROUP (ORDER BY amount), 2) FROM orders",
        "SELECT coalesce(amount, 'none') FROM orders",
        "SELECT CASE WHEN true THEN amount ELSE status END FROM orders",
        "SELECT 1 FROM orders WHERE state",
        "SELECT 1 FROM orders WHERE amount LIKE '1%'",
        "SELECT lower(amount) FROM orders",
        "SELECT status ->> 'x' FROM orders",
        "SELECT 1 FROM orders WHERE user_id IN (SELECT name FROM users)",
        "SELECT 'abc'::int",
        "SELECT id FROM orders UNION SELECT name FROM users",
        "SELECT amount || 5 FROM orders",
        "SELECT CASE WHEN state = 1 THEN 'a' ELSE 0 END FROM orders",
        "SELECT coalesce('none', amount) FROM orders",
        "SELECT state::date FROM orders",
        "SELECT active::numeric FROM users",
        "SELECT due::int FROM orders",
        "SELECT amount::boolean FROM orders",
        "SELECT 1 FROM orders WHERE status = ANY (ARRAY[1, 2])"}) {
    CAPTURE(statement);
    CAPTURE(shown(analyze(statement, &shop())));
    CHECK(has_code(analyze(statement, &shop()), "schema.type_mismatch"));
  }
}

TEST_CASE("sql::Binder: raises no objection to what PostgreSQL converts by itself") {
  for (const std::string_view statement :
       {"SELECT state || '%', 'n' || amount, status || due FROM orders",
        "SELECT state::boolean, active::int FROM users, orders WHERE users.id = orders.id",
        "SELECT created_at::time, due::timestamp, weight::int, amount::text, '1 day'::interval FROM orders",
        "SELECT CASE WHEN state = 1 THEN '5' ELSE 0 END, coalesce('7', amount) FROM orders",
        "SELECT CURRENT_DATE - '2024-01-01', due - '2024-01-01' FROM orders",
        "SELECT (info ->> 'total')::numeric, (info -> 'total')::int, (info ->> 'gift')::boolean FROM orders",
        "SELECT id, NULL FROM orders UNION SELECT id, name FROM users",
        "SELECT '1' FROM orders UNION SELECT name FROM users",
        "SELECT 1 FROM orders WHERE status = ANY (ARRAY['paid', 'new']) AND state = ANY (ARRAY[1, 2])"}) {
    CAPTURE(statement);
    CAPTURE(shown(analyze(statement, &shop())));
    CHECK(bound(statement).empty());
  }
}

TEST_CASE("sql::Binder: knows where aggregates may stand") {
  for (const std::string_view statement :
       {"SELECT avg(count(*)) FROM orders", "SELECT 1 FROM orders WHERE sum(amount) > 1",
        "SELECT 1 FROM orders GROUP BY sum(amount)", "SELECT sum(rank() OVER ()) FROM orders",
        "SELECT 1 FROM orders WHERE rank() OVER () = 1", "SELECT row_number() FROM orders"}) {
    CAPTURE(statement);
    CHECK(has_code(analyze(statement, &shop()), "schema.aggregate"));
  }
  CHECK(bound("SELECT sum(sum(amount)) OVER () FROM orders").empty());
}

TEST_CASE("sql::Binder: a column beside an aggregate must be grouped by") {
  CHECK(bound("SELECT status, count(*) FROM orders") == std::vector<std::string>{"lint.missing_group_by"});
  CHECK(bound("SELECT date_trunc('day', created_at), due, count(*) FROM orders GROUP BY 1") ==
        std::vector<std::string>{"lint.missing_group_by"});
  CHECK(bound("SELECT count(*) FROM orders ORDER BY status") ==
        std::vector<std::string>{"lint.missing_group_by"});
  CHECK(
      bound("SELECT date_trunc('day', created_at) FROM orders GROUP BY date_trunc('day', orders.created_at)")
          .empty());
  CHECK(bound("SELECT CASE WHEN amount > 1 THEN 'a' END AS size, count(*) FROM orders GROUP BY CASE WHEN "
              "amount > 1 THEN 'a' END")
            .empty());
}

TEST_CASE("sql::Binder: a literal that a column is not known to hold") {
  CHECK(bound("SELECT 1 FROM orders WHERE status = 'paid'").empty());
  CHECK(bound("SELECT 1 FROM orders WHERE status = 'pald'") ==
        std::vector<std::string>{"lint.unknown_value"});
  CHECK(message("SELECT 1 FROM orders WHERE status = 'pald'", "lint.unknown_value").find("'paid'") !=
        std::string::npos);
  CHECK(bound("SELECT 1 FROM orders WHERE status IN ('done', 'gone')") ==
        std::vector<std::string>{"lint.unknown_value"});
  for (const std::string_view counted :
       {"SELECT count(CASE status WHEN 'gone' THEN 1 END) FROM orders",
        "SELECT count(CASE WHEN status = 'gone' THEN 1 END) FROM orders",
        "SELECT CASE WHEN status = 'gone' AND id > 3 THEN 'off' ELSE 'on' END FROM orders"}) {
    CAPTURE(counted);
    CHECK(bound(counted) == std::vector<std::string>{"lint.unknown_value"});
  }
  // A label waits for what may come.
  CHECK(bound("SELECT CASE status WHEN 'gone' THEN 'off' ELSE 'on' END FROM orders").empty());
  CHECK(bound("SELECT CASE WHEN status = 'gone' THEN 'off' ELSE 'on' END FROM orders").empty());
}

TEST_CASE("sql::Binder: knows the values behind lower(), ANY and a LIKE without a wildcard") {
  for (const std::string_view statement : {"SELECT 1 FROM orders WHERE lower(status) = 'Paid'",
                                           "SELECT 1 FROM orders WHERE upper(status) = 'paid'",
                                           "SELECT 1 FROM orders WHERE status = ANY (ARRAY['payed'])",
                                           "SELECT 1 FROM orders WHERE status LIKE 'Paid'"}) {
    CAPTURE(statement);
    CHECK(bound(statement) == std::vector<std::string>{"lint.unknown_value"});
  }
  for (const std::string_view statement :
       {"SELECT 1 FROM orders WHERE lower(status) = 'paid'",
        "SELECT 1 FROM orders WHERE upper(status) = 'PAID'", "SELECT 1 FROM orders WHERE status LIKE 'p%'",
        "SELECT 1 FROM orders WHERE status = ANY (ARRAY['paid'])"}) {
    CAPTURE(statement);
    CHECK(bound(statement).empty());
  }
  CHECK(bound("SELECT 1 FROM orders WHERE status IN (1, 2)") ==
        std::vector<std::string>{"schema.type_mismatch"});
}

TEST_CASE("sql::Binder: lists what a statement reads, sorted, each once") {
  CHECK(references("SELECT status FROM orders WHERE amount > 1 AND status = 'paid'") ==
        "public.orders.amount public.orders.status ");
  CHECK(references("SELECT count(*) FROM orders") == "public.orders.* ");
  CHECK(references("SELECT x.n FROM (SELECT name AS n FROM users) x") == "public.users.name ");
  CHECK(references("SELECT u.name FROM orders o JOIN users u ON u.id = o.user_id") ==
        "public.orders.user_id public.users.id public.users.name ");
  CHECK(references("SELECT info ->> 'total' FROM orders") == "public.orders.info ");
}

TEST_CASE("sql::Binder: without a schema nothing is bound") {
  const Analysis analysis = analyze("SELECT nothing FROM nowhere");
  CHECK(analysis.findings.empty());
  CHECK(analysis.references.empty());
  CHECK_FALSE(analysis.fingerprint.empty());
}

TEST_CASE("sql::Binder: a table of one schema is found without its name, of several it is not") {
  model::Database database = shop();
  for (auto& table : database.tables) table.schema = "sales";
  CHECK_FALSE(has_code(analyze("SELECT id FROM orders", &database), "schema.unknown_table"));
  CHECK_FALSE(has_code(analyze("SELECT id FROM sales.orders", &database), "schema.unknown_table"));
  auto copy = database.tables[1];
  copy.schema = "archive";
  database.tables.push_back(copy);
  CHECK(has_code(analyze("SELECT id FROM orders", &database), "schema.unknown_table"));
  CHECK_FALSE(has_code(analyze("SELECT id FROM archive.orders", &database), "schema.unknown_table"));
}
