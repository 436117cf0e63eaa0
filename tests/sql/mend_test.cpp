#include "support.hpp"

#include <doctest/doctest.h>

using namespace kpi;
using namespace kpi::sql;
using namespace kpi::sql::test;

namespace {

Mended mend(std::string_view statement) {
  return analyzer().mend(statement, model::Dialect::postgres, &shop());
}

struct Case {
  std::string_view code;
  std::string_view before;
  std::string_view after;
};

const std::vector<Case>& cases() {
  static const std::vector<Case> all{
      {"comment", "SELECT 1 -- one", "SELECT 1"},
      {"comment", "SELECT/* a */1 /* b */", "SELECT 1"},
      {"semicolon", "SELECT 1 ; ;", "SELECT 1"},
      {"backticks", "SELECT `id` FROM `orders`", "SELECT id FROM orders"},
      {"backticks", "SELECT o.`order` FROM (SELECT 1 AS \"order\") o",
       "SELECT o.\"order\" FROM (SELECT 1 AS \"order\") o"},
      {"brackets", "SELECT [id] FROM [orders]", "SELECT id FROM orders"},
      {"limit_offset", "SELECT id FROM orders ORDER BY id LIMIT 20, 10",
       "SELECT id FROM orders ORDER BY id LIMIT 10 OFFSET 20"},
      {"top", "SELECT TOP 5 id FROM orders ORDER BY id", "SELECT id FROM orders ORDER BY id LIMIT 5"},
      {"top", "SELECT * FROM (SELECT TOP (3) id FROM orders ORDER BY id) x",
       "SELECT * FROM (SELECT id FROM orders ORDER BY id LIMIT 3) x"},
      {"double_equals", "SELECT id FROM orders WHERE state == 1", "SELECT id FROM orders WHERE state = 1"},
      {"json_path", "SELECT sum(\"info \xE2\x86\x92 total\") FROM orders",
       "SELECT sum((info ->> 'total')::numeric) FROM orders"},
      {"json_path", "SELECT o.\"info \xE2\x86\x92 total\" + 1 FROM orders o",
       "SELECT (o.info ->> 'total')::numeric + 1 FROM orders o"},
      {"json_path", "SELECT count(*) FROM orders WHERE info \xE2\x86\x92 address \xE2\x86\x92 city = 'Seoul'",
       "SELECT count(*) FROM orders WHERE (info -> 'address' ->> 'city') = 'Seoul'"},
      {"json_path", "SELECT count(*) FROM orders WHERE info -> gift = true",
       "SELECT count(*) FROM orders WHERE (info ->> 'gift')::boolean = true"},
      {"json_path", "SELECT count(*) FROM orders WHERE info \xE2\x86\x92 total IS NOT NULL",
       "SELECT count(*) FROM orders WHERE (info ->> 'total') IS NOT NULL"},
      {"json_number", "SELECT avg(info ->> 'total') FROM orders",
       "SELECT avg((info ->> 'total')::numeric) FROM orders"},
      {"json_number", "SELECT 1 FROM orders WHERE info ->> 'total' > 5",
       "SELECT 1 FROM orders WHERE (info ->> 'total')::numeric > 5"},
      {"datediff", "SELECT avg(DATEDIFF(paid_at, created_at)) FROM orders",
       "SELECT avg((paid_at::date - created_at::date)) FROM orders"},
      {"datediff", "SELECT DATEDIFF(day, created_at, paid_at) FROM orders",
       "SELECT (paid_at::date - created_at::date) FROM orders"},
      {"datediff", "SELECT DATEDIFF('month', created_at, paid_at) FROM orders",
       "SELECT ((EXTRACT(YEAR FROM paid_at::timestamp) - EXTRACT(YEAR FROM created_at::timestamp)) * 12 + "
       "EXTRACT(MONTH FROM "
       "paid_at::timestamp) - EXTRACT(MONTH FROM created_at::timestamp)) FROM orders"},
      {"date_diff", "SELECT DATE_DIFF(paid_at, created_at, DAY) FROM orders",
       "SELECT (paid_at::date - created_at::date) FROM orders"},
      {"timestampdiff", "SELECT TIMESTAMPDIFF(HOUR, created_at, paid_at) FROM orders",
       "SELECT TRUNC(EXTRACT(EPOCH FROM (paid_at::timestamp - created_at::timestamp)) / 3600) FROM orders"},
      {"date_sub", "SELECT 1 FROM orders WHERE created_at > DATE_SUB(CURDATE(), INTERVAL 30 DAY)",
       "SELECT 1 FROM orders WHERE created_at > (CURRENT_DATE - INTERVAL '30 day')"},
      {"date_add", "SELECT DATE_ADD(created_at, INTERVAL state MONTH) FROM orders",
       "SELECT (created_at + state * INTERVAL '1 month') FROM orders"},
      {"date_add", "SELECT DATE_ADD('2024-01-01', INTERVAL 1 QUARTER)",
       "SELECT ('2024-01-01'::timestamp + 1 * INTERVAL '3 month')"},
      {"dateadd", "SELECT 1 FROM orders WHERE created_at > DATEADD(day, -7, GETDATE())",
       "SELECT 1 FROM orders WHERE created_at > (NOW() - INTERVAL '7 day')"},
      {"interval_literal", "SELECT 1 FROM orders WHERE created_at > NOW() - INTERVAL 30 DAY",
       "SELECT 1 FROM orders WHERE created_at > NOW() - INTERVAL '30 day'"},
      {"ifnull", "SELECT IFNULL(amount, 0) FROM orders", "SELECT COALESCE(amount, 0) FROM orders"},
      {"nvl", "SELECT NVL(NVL(amount, state), 0) FROM orders",
       "SELECT COALESCE(COALESCE(amount, state), 0) FROM orders"},
      {"isnull", "SELECT ISNULL(amount, 0) FROM orders", "SELECT COALESCE(amount, 0) FROM orders"},
      {"nvl2", "SELECT NVL2(amount, 1, 0) FROM orders",
       "SELECT CASE WHEN amount IS NOT NULL THEN 1 ELSE 0 END FROM orders"},
      {"if", "SELECT SUM(IF(amount > 1, 1, 0)) FROM orders",
       "SELECT SUM(CASE WHEN amount > 1 THEN 1 ELSE 0 END) FROM orders"},
      {"iif", "SELECT IIF(active, 1, 0) FROM users", "SELECT CASE WHEN active THEN 1 ELSE 0 END FROM users"},
      {"countif", "SELECT COUNTIF(active) FROM users", "SELECT COUNT(*) FILTER (WHERE active) FROM users"},
      {"safe_divide", "SELECT SAFE_DIVIDE(amount, state) FROM orders",
       "SELECT (amount::numeric / NULLIF(state, 0)) FROM orders"},
      {"getdate", "SELECT 1 FROM orders WHERE created_at < GETDATE()",
       "SELECT 1 FROM orders WHERE created_at < NOW()"},
      {"curdate", "SELECT 1 FROM orders WHERE due = CURDATE()",
       "SELECT 1 FROM orders WHERE due = CURRENT_DATE"},
      {"current_date", "SELECT 1 FROM orders WHERE due = CURRENT_DATE()",
       "SELECT 1 FROM orders WHERE due = CURRENT_DATE"},
      {"date_format", "SELECT DATE_FORMAT(created_at, '%Y-%m') FROM orders",
       "SELECT TO_CHAR(created_at, 'YYYY-MM') FROM orders"},
      {"date_format", "SELECT DATE_FORMAT(created_at, '%M %d') FROM orders",
       "SELECT TO_CHAR(created_at, 'FMMonth DD') FROM orders"},
      {"strftime", "SELECT strftime('%Y-%m', created_at) FROM orders",
       "SELECT TO_CHAR(created_at, 'YYYY-MM') FROM orders"},
      {"str_to_date", "SELECT STR_TO_DATE('2024-01-31', '%Y-%m-%d')",
       "SELECT TO_DATE('2024-01-31', 'YYYY-MM-DD')"},
      {"year", "SELECT YEAR(created_at) FROM orders", "SELECT EXTRACT(YEAR FROM created_at) FROM orders"},
      {"month", "SELECT MONTH(created_at) FROM orders", "SELECT EXTRACT(MONTH FROM created_at) FROM orders"},
      {"dayofweek", "SELECT DAYOFWEEK(created_at) FROM orders",
       "SELECT (EXTRACT(DOW FROM created_at) + 1) FROM orders"},
      {"last_day", "SELECT LAST_DAY(due) FROM orders",
       "SELECT (DATE_TRUNC('month', due) + INTERVAL '1 month - 1 day')::date FROM orders"},
      {"date_trunc", "SELECT DATE_TRUNC(created_at, MONTH) FROM orders",
       "SELECT DATE_TRUNC('month', created_at) FROM orders"},
      {"group_concat", "SELECT GROUP_CONCAT(DISTINCT status ORDER BY status SEPARATOR '; ') FROM orders",
       "SELECT STRING_AGG(DISTINCT status::text, '; ' ORDER BY status) FROM orders"},
      {"group_concat", "SELECT GROUP_CONCAT(status) FROM orders",
       "SELECT STRING_AGG(status::text, ',') FROM orders"},
      {"median", "SELECT MEDIAN(amount) FROM orders",
       "SELECT PERCENTILE_CONT(0.5) WITHIN GROUP (ORDER BY amount) FROM orders"},
      {"len", "SELECT LEN(status) FROM orders", "SELECT LENGTH(status) FROM orders"},
      {"json_extract", "SELECT JSON_EXTRACT(info, '$.address.city') FROM orders",
       "SELECT (info -> 'address' ->> 'city') FROM orders"},
      {"letter_case", "SELECT createdAt FROM Mixed", "SELECT \"createdAt\" FROM \"Mixed\""},
      {"letter_case", "SELECT \"Status\" FROM orders", "SELECT status FROM orders"},
      {"double_quotes", "SELECT 1 FROM orders WHERE status = \"paid\"",
       "SELECT 1 FROM orders WHERE status = 'paid'"},
      {"output_name",
       "SELECT date_trunc('day', created_at) AS d, lag(count(*)) OVER (ORDER BY d) AS p FROM orders GROUP BY "
       "d",
       "SELECT date_trunc('day', created_at) AS d, lag(count(*)) OVER (ORDER BY date_trunc('day', "
       "created_at)) AS p FROM orders GROUP BY d"},
      {"output_name", "SELECT status, count(*) AS n FROM orders GROUP BY status HAVING n > 5",
       "SELECT status, count(*) AS n FROM orders GROUP BY status HAVING count(*) > 5"},
      {"group_by",
       "SELECT o.user_id, u.name, count(*) FROM orders o JOIN users u ON u.id = o.user_id GROUP BY o.user_id "
       "ORDER BY 3",
       "SELECT o.user_id, u.name, count(*) FROM orders o JOIN users u ON u.id = o.user_id GROUP BY "
       "o.user_id, u.name ORDER BY 3"},
      {"group_by",
       "SELECT count(*) * 1.0 / NULLIF(t.n, 0) FROM orders CROSS JOIN (SELECT count(*) AS n FROM users) t",
       "SELECT count(*) * 1.0 / NULLIF(MAX(t.n), 0) FROM orders CROSS JOIN (SELECT count(*) AS n FROM users) "
       "t"},
      {"integer_division", "SELECT count(DISTINCT user_id) / NULLIF(count(*), 0) FROM orders",
       "SELECT count(DISTINCT user_id)::numeric / NULLIF(count(*), 0) FROM orders"},
      {"integer_division",
       "SELECT count(*) FILTER (WHERE status = 'paid') * 100 / NULLIF(count(*), 0) FROM orders",
       "SELECT (count(*) FILTER (WHERE status = 'paid') * 100)::numeric / NULLIF(count(*), 0) FROM orders"},
      {"integer_division", "SELECT avg(state / NULLIF(user_id, 0)) FROM orders",
       "SELECT avg(state::numeric / NULLIF(user_id, 0)) FROM orders"},
      {"division_by_zero", "SELECT sum(weight) / count(*) FROM orders",
       "SELECT sum(weight) / NULLIF(count(*), 0) FROM orders"},
      {"division_by_zero", "SELECT weight / (amount - state) FROM orders",
       "SELECT weight / NULLIF(amount - state, 0) FROM orders"},
      {"round_double", "SELECT ROUND(AVG(weight), 2) FROM orders",
       "SELECT ROUND(AVG(weight)::numeric, 2) FROM orders"},
      {"round_double", "SELECT ROUND(weight * 2, 1) FROM orders",
       "SELECT ROUND((weight * 2)::numeric, 1) FROM orders"},
      {"nested_aggregate", "SELECT AVG(COUNT(*)) AS per_user FROM orders GROUP BY user_id",
       "SELECT AVG(per_group.value) AS per_user FROM (SELECT COUNT(*) AS value FROM orders GROUP BY user_id) "
       "AS per_group"},
  };
  return all;
}

}  // namespace

TEST_CASE("sql::Mend: each rule gives what PostgreSQL takes, and says its name") {
  for (const Case& one : cases()) {
    CAPTURE(one.before);
    const Mended mended = mend(one.before);
    CAPTURE(shown(analyze(mended.sql, &shop())));
    CHECK(mended.sql == one.after);
    CHECK(std::any_of(mended.repairs.begin(), mended.repairs.end(), [&](const model::Repair& repair) {
      return repair.code == one.code && repair.kind == "rule";
    }));
    CHECK_FALSE(analyze(mended.sql, &shop()).has_error());
  }
}

TEST_CASE("sql::Mend: mending what was mended changes nothing") {
  for (const Case& one : cases()) {
    CAPTURE(one.before);
    const Mended again = mend(mend(one.before).sql);
    CHECK(again.sql == mend(one.before).sql);
    CHECK(again.repairs.empty());
  }
  for (const std::string& statement : lines("guard/allowed.sql")) {
    CAPTURE(statement);
    const Mended once = mend(statement);
    CHECK(mend(once.sql).sql == once.sql);
  }
}

TEST_CASE("sql::Mend: leaves alone what is right, and what is not certain") {
  for (const std::string_view statement :
       {"SELECT amount / 10 AS bucket, count(*) FROM orders GROUP BY 1",
        "SELECT sum(amount) / 100.0 FROM orders", "SELECT 'SELECT 1; -- x'",
        "SELECT 'DATEDIFF(a, b)' FROM orders", "SELECT (ARRAY[1])[1]", "SELECT info -> 'total' FROM orders",
        "SELECT nothing FROM orders", "SELECT `open FROM orders",
        "SELECT 1 FROM orders WHERE unknown \xE2\x86\x92 key = 1",
        "SELECT DATEDIFF(week, created_at, paid_at) FROM orders", "DELETE FROM orders",
        "SELECT status, count(*) FROM orders", "SELECT round(amount, 2) FROM orders",
        "SELECT avg(amount) FROM orders", "SELECT u.month FROM (SELECT 1 AS month) u"}) {
    CAPTURE(statement);
    const Mended mended = mend(statement);
    CHECK(mended.sql == statement);
    CHECK(mended.repairs.empty());
  }
}

TEST_CASE("sql::Mend: a repair shows the piece it changed") {
  const Mended mended = mend("SELECT IFNULL(amount, 0) FROM orders;");
  REQUIRE(mended.repairs.size() == 2);
  CHECK(mended.repairs[0].code == "semicolon");
  CHECK(mended.repairs[1].before == "IFNULL(amount, 0)");
  CHECK(mended.repairs[1].after == "COALESCE(amount, 0)");
}

TEST_CASE("sql::Mend: several mistakes in one statement are mended together") {
  const Mended mended = mend(
      "SELECT TOP 10 `status`, COUNT(*) / COUNT(DISTINCT user_id) AS r -- rate\nFROM `orders` WHERE "
      "created_at > DATE_SUB(NOW(), "
      "INTERVAL 1 MONTH) GROUP BY `status` ORDER BY r DESC;");
  CHECK(mended.sql ==
        "SELECT status, COUNT(*)::numeric / NULLIF(COUNT(DISTINCT user_id), 0) AS r\nFROM orders WHERE "
        "created_at > (NOW() - INTERVAL '1 "
        "month') GROUP BY status ORDER BY r DESC LIMIT 10");
  CHECK_FALSE(analyze(mended.sql, &shop()).has_error());
}
