#pragma once

#include <string_view>
#include <vector>

namespace kpi::sql::test {

/// What one rule of repair makes of a statement for PostgreSQL.
struct MendCase {
  std::string_view code;
  std::string_view before;
  std::string_view after;
};

inline const std::vector<MendCase>& mend_cases() {
  static const std::vector<MendCase> all{
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
      {"nested_aggregate",
       "SELECT ROUND(AVG(SUM(weight))::numeric, 2) AS a, MAX(COUNT(*)) AS m FROM orders GROUP BY user_id "
       "HAVING count(*) > 1 "
       "ORDER BY a DESC LIMIT 5",
       "SELECT ROUND(AVG(per_group.value)::numeric, 2) AS a, MAX(per_group.value_2) AS m FROM (SELECT "
       "SUM(weight) AS "
       "value, COUNT(*) AS value_2 FROM orders GROUP BY user_id HAVING count(*) > 1) AS per_group"},
      {"nested_aggregate",
       "SELECT date_trunc('month', created_at) AS month, AVG(COUNT(*)) AS n FROM orders GROUP BY 1, user_id "
       "ORDER BY month",
       "SELECT per_group.month AS month, AVG(per_group.value) AS n FROM (SELECT date_trunc('month', "
       "created_at) AS month, "
       "COUNT(*) AS value FROM orders GROUP BY 1, user_id) AS per_group GROUP BY per_group.month ORDER BY "
       "month"},
      {"nested_aggregate", "SELECT x.a FROM (SELECT AVG(COUNT(*)) AS a FROM orders GROUP BY user_id) x",
       "SELECT x.a FROM (SELECT AVG(per_group.value) AS a FROM (SELECT COUNT(*) AS value FROM orders GROUP "
       "BY user_id) AS "
       "per_group) x"},
      {"nested_aggregate",
       "SELECT AVG(created_at - LAG(created_at) OVER (PARTITION BY user_id ORDER BY created_at)) FROM orders",
       "SELECT AVG(per_group.value) FROM (SELECT created_at - LAG(created_at) OVER (PARTITION BY user_id "
       "ORDER BY "
       "created_at) AS value FROM orders) AS per_group"},
      {"datediff", "SELECT DATEDIFF(week, created_at, paid_at) FROM orders",
       "SELECT ((paid_at::date - DATE '1899-12-31') / 7 - (created_at::date - DATE '1899-12-31') / 7) FROM "
       "orders"},
      {"week", "SELECT WEEK(created_at) FROM orders",
       "SELECT FLOOR((EXTRACT(DOY FROM created_at) + 6 - EXTRACT(DOW FROM created_at)) / 7) FROM orders"},
      {"week", "SELECT WEEK(created_at, 3) FROM orders", "SELECT EXTRACT(WEEK FROM created_at) FROM orders"},
      {"yearweek", "SELECT YEARWEEK(created_at, 1) FROM orders",
       "SELECT TO_CHAR(created_at, 'IYYYIW')::int FROM orders"},
      {"datepart", "SELECT DATEPART(month, created_at) FROM orders",
       "SELECT EXTRACT(MONTH FROM created_at) FROM orders"},
      {"format", "SELECT FORMAT(created_at, 'yyyy-MM') FROM orders",
       "SELECT TO_CHAR(created_at, 'YYYY-MM') FROM orders"},
      {"format", "SELECT FORMAT(SUM(weight), 2) FROM orders",
       "SELECT TO_CHAR(SUM(weight)::numeric, 'FM999,999,999,999,990.00') FROM orders"},
      {"monthname", "SELECT MONTHNAME(created_at) FROM orders",
       "SELECT TO_CHAR(created_at, 'FMMonth') FROM orders"},
      {"getutcdate", "SELECT 1 FROM orders WHERE created_at < GETUTCDATE()",
       "SELECT 1 FROM orders WHERE created_at < (NOW() AT TIME ZONE 'UTC')"},
      {"cast_type", "SELECT CAST(status AS SIGNED) FROM orders", "SELECT CAST(status AS bigint) FROM orders"},
      {"boolean_number", "SELECT count(*) FROM users WHERE active = 1 AND is_test <> 1",
       "SELECT count(*) FROM users WHERE active = TRUE AND is_test <> TRUE"},
      {"boolean_sum", "SELECT SUM(status = 'paid'), AVG(deleted_at IS NULL) FROM orders",
       "SELECT SUM((status = 'paid')::int), AVG((deleted_at IS NULL)::int) FROM orders"},
      {"text_number", "SELECT count(*) FROM users WHERE name = 7",
       "SELECT count(*) FROM users WHERE name = '7'"},
      {"extract_days", "SELECT AVG(EXTRACT(DAY FROM (due - created_at::date))) FROM orders",
       "SELECT AVG((due - created_at::date)) FROM orders"},
      {"coalesce_text", "SELECT COALESCE(user_id, 'unknown'), count(*) FROM orders GROUP BY user_id",
       "SELECT COALESCE(user_id::text, 'unknown'), count(*) FROM orders GROUP BY user_id"},
      {"like_number", "SELECT count(*) FROM orders WHERE state LIKE '1%'",
       "SELECT count(*) FROM orders WHERE state::text LIKE '1%'"},
      {"output_name", "SELECT sum(weight) AS total, count(*) AS n, total / NULLIF(n, 0) AS each FROM orders",
       "SELECT sum(weight) AS total, count(*) AS n, sum(weight) / NULLIF(count(*), 0) AS each FROM orders"},
      {"group_by",
       "SELECT u.id, u.name, o.user_id, count(*) FROM users u JOIN orders o ON o.user_id = u.id AND o.state "
       "> 0 GROUP BY 1, 2",
       "SELECT u.id, u.name, o.user_id, count(*) FROM users u JOIN orders o ON o.user_id = u.id AND o.state "
       "> 0 GROUP BY 1, 2, "
       "o.user_id"},
      {"where_to_having", "SELECT status, count(*) FROM orders WHERE count(*) > 5 GROUP BY status",
       "SELECT status, count(*) FROM orders GROUP BY status HAVING count(*) > 5"},
      {"where_to_having",
       "SELECT status, count(*) AS n FROM orders WHERE state = 1 AND n > 5 AND due BETWEEN '2024-01-01' AND "
       "'2024-02-01' "
       "GROUP BY status ORDER BY n",
       "SELECT status, count(*) AS n FROM orders WHERE state = 1 AND due BETWEEN '2024-01-01' AND "
       "'2024-02-01' GROUP BY status "
       "HAVING count(*) > 5 ORDER BY n"},
  };
  return all;
}

}  // namespace kpi::sql::test
