#include "support.hpp"
#include "support/paths.hpp"

#include <doctest/doctest.h>

#include <filesystem>
#include <regex>
#include <set>

using namespace kpi;
using namespace kpi::sql;
using namespace kpi::sql::test;

TEST_CASE("sql::catalogue: every statement that is an example earns its code") {
  // No statements, or such as no line can hold; guard_test.cpp and hostile_test.cpp have them.
  const std::set<std::string_view> elsewhere{
      "guard.bytes",           "guard.size",          "guard.depth", "guard.joins", "schema.unknown_database",
      "lint.unparsed_dialect", "lint.date_arithmetic"};
  for (const FindingKind& kind : finding_catalogue()) {
    CAPTURE(kind.code);
    CHECK_FALSE(kind.meaning.empty());
    CHECK_FALSE(kind.example.empty());
    const std::string_view family = kind.code.substr(0, kind.code.find('.'));
    if (family == "run" || family == "result" || family == "dup" || elsewhere.contains(kind.code)) continue;
    const Analysis analysis = analyze(kind.example, &shop());
    CAPTURE(kind.example);
    CAPTURE(shown(analysis));
    const auto found = std::find_if(analysis.findings.begin(), analysis.findings.end(),
                                    [&](const auto& one) { return one.code == kind.code; });
    CHECK(found != analysis.findings.end());
    if (found != analysis.findings.end()) CHECK(found->severity == kind.severity);
  }
}

TEST_CASE("sql::catalogue: every code that any source file names is in it") {
  std::set<std::string_view> known;
  for (const FindingKind& kind : finding_catalogue()) known.insert(kind.code);
  // Codes of errors and not of findings, members of reports, files.
  const std::set<std::string> others{"schema.table",     "schema.name",     "schema.json",
                                     "run.json",         "run.lock",        "run.busy",
                                     "run.other_tenant", "run.interrupted", "schema.unknown",
                                     "schema.unknown_",  "run.no_report"};  // schema.unknown_ as a prefix
  const std::regex literal(R"re("((guard|syntax|schema|lint|run|result|dup)\.[a-z_]+)")re");
  std::size_t seen = 0;
  for (const std::string_view folder : {"lib", "apps"}) {
    for (const auto& file : std::filesystem::recursive_directory_iterator(
             std::filesystem::path(kpi::test::source_dir) / folder)) {
      if (file.path().extension() != ".cpp") continue;
      const auto text = read_file(file.path());
      REQUIRE(text.has_value());
      for (std::sregex_iterator at(text->begin(), text->end(), literal), end; at != end; ++at) {
        const std::string code = (*at)[1];
        if (others.contains(code) || code.ends_with(".hpp")) continue;
        CAPTURE(file.path().string());
        CAPTURE(code);
        CHECK(known.contains(code));
        ++seen;
      }
    }
  }
  CHECK(seen > 100);
}

TEST_CASE("sql::catalogue: codes are of the contract's families, each once") {
  const std::set<std::string_view> families{"guard", "syntax", "schema", "lint", "run", "result", "dup"};
  std::set<std::string_view> seen;
  for (const FindingKind& kind : finding_catalogue()) {
    CAPTURE(kind.code);
    CHECK(seen.insert(kind.code).second);
    const std::string_view family = kind.code.substr(0, kind.code.find('.'));
    CHECK(families.contains(family));
    const bool rejects =
        family == "guard" || family == "syntax" || family == "schema" || kind.code == "lint.personal_column";
    if (rejects) CHECK(kind.severity == model::Severity::error);
    if (!rejects && family != "run") CHECK(kind.severity != model::Severity::error);
  }
}

TEST_CASE("sql::Lint: says nothing where nothing is wrong") {
  struct Case {
    std::string_view code;
    std::string_view statement;
  };
  for (const Case& one :
       {Case{"lint.personal_column", "SELECT count(DISTINCT email) FROM users"},
        Case{"lint.personal_column", "SELECT count(*) FROM users WHERE email LIKE '%@example.com'"},
        Case{"lint.personal_column", "SELECT email IS NOT NULL AS known, count(*) FROM users GROUP BY 1"},
        Case{"lint.personal_column",
             "SELECT avg(n) FROM (SELECT email, count(*) AS n FROM users GROUP BY email) x"},
        Case{"lint.integer_division",
             "SELECT amount / 10 AS bucket, count(*) FROM orders GROUP BY amount / 10"},
        Case{"lint.integer_division",
             "SELECT count(*)::numeric / NULLIF(count(DISTINCT user_id), 0) FROM orders"},
        Case{"lint.integer_division",
             "SELECT 100.0 * count(*) / NULLIF(count(DISTINCT user_id), 0) FROM orders"},
        Case{"lint.division_by_zero", "SELECT sum(weight) / NULLIF(count(*), 0) FROM orders"},
        Case{"lint.division_by_zero", "SELECT sum(amount) / 100.0 FROM orders"},
        Case{"lint.division_by_zero", "SELECT sum(weight) / GREATEST(count(*), 1) FROM orders"},
        Case{"lint.rate_range", "SELECT count(*) * 100.0 / NULLIF(count(DISTINCT user_id), 0) FROM orders"},
        Case{"lint.rate_range", "SELECT round(sum(weight) * 100) / 100 FROM orders"},
        Case{"lint.avg_nullable", "SELECT avg(amount) FROM orders WHERE amount IS NOT NULL"},
        Case{"lint.avg_nullable", "SELECT avg(COALESCE(amount, 0)) FROM orders"},
        Case{"lint.avg_nullable", "SELECT avg(weight) FROM orders"},
        Case{"lint.not_in_nullable",
             "SELECT count(*) FROM users WHERE id NOT IN (SELECT user_id FROM orders WHERE user_id IS NOT "
             "NULL)"},
        Case{"lint.not_in_nullable",
             "SELECT count(*) FROM orders WHERE user_id NOT IN (SELECT id FROM users)"},
        Case{"lint.null_comparison", "SELECT count(*) FROM orders WHERE paid_at IS NULL"},
        Case{"lint.count_star_outer",
             "SELECT u.id, count(o.id) FROM users u LEFT JOIN orders o ON o.user_id = u.id GROUP BY u.id"},
        Case{"lint.count_star_outer",
             "SELECT COALESCE(c.n, 0), count(*) FROM users u LEFT JOIN (SELECT user_id, count(*) AS n FROM "
             "orders GROUP BY "
             "user_id) c ON c.user_id = u.id GROUP BY 1"},
        Case{"lint.count_star_outer",
             "SELECT u.active, count(o.id) * 100.0 / NULLIF(count(*), 0) FROM users u LEFT JOIN orders o ON "
             "o.user_id = u.id GROUP BY u.active"},
        Case{"lint.deleted_rows",
             "SELECT i.quantity, o.status FROM order_items i JOIN orders o ON o.id = i.order_id"},
        Case{"lint.test_rows",
             "SELECT u.name, sum(o.weight) FROM orders o JOIN users u ON u.id = o.user_id GROUP BY u.name"},
        Case{"lint.unknown_value",
             "SELECT CASE status WHEN 'sent' THEN 'Sent' ELSE 'other' END, count(*) FROM orders GROUP BY 1"},
        Case{"lint.count_star_outer",
             "SELECT u.id, count(*) FROM users u JOIN orders o ON o.user_id = u.id GROUP BY u.id"},
        Case{"lint.outer_join_filter",
             "SELECT u.id FROM users u LEFT JOIN orders o ON o.user_id = u.id WHERE o.id IS NULL"},
        Case{"lint.outer_join_filter",
             "SELECT u.id FROM users u LEFT JOIN orders o ON o.user_id = u.id AND o.amount > 1 WHERE "
             "u.active"},
        Case{"lint.between_timestamps",
             "SELECT count(*) FROM orders WHERE due BETWEEN '2024-01-01' AND '2024-01-31'"},
        Case{"lint.timestamp_bound", "SELECT count(*) FROM orders WHERE created_at < '2024-02-01'"},
        Case{"lint.timestamp_bound", "SELECT count(*) FROM orders WHERE due <= '2024-01-31'"},
        Case{"lint.no_time_window",
             "SELECT sum(amount) FROM orders WHERE created_at > now() - interval '30 days'"},
        Case{"lint.no_time_window", "SELECT count(*) FROM users"},
        Case{"lint.unordered_series",
             "SELECT date_trunc('day', created_at), count(*) FROM orders GROUP BY 1 ORDER BY 1"},
        Case{"lint.unordered_series", "SELECT status, count(*) FROM orders GROUP BY status"},
        Case{"lint.fan_out", "SELECT sum(i.quantity) FROM orders o JOIN order_items i ON i.order_id = o.id"},
        Case{"lint.fan_out", "SELECT sum(o.amount) FROM orders o JOIN users u ON u.id = o.user_id"},
        Case{"lint.fan_out",
             "SELECT count(DISTINCT o.id) FROM orders o JOIN order_items i ON i.order_id = o.id"},
        Case{"lint.limit_without_order", "SELECT status FROM orders ORDER BY id LIMIT 10"},
        Case{"lint.limit_without_order", "SELECT count(*) FROM orders LIMIT 1"},
        Case{"lint.select_star", "SELECT count(*) FROM orders"},
        Case{"lint.always_true", "SELECT count(*) FROM orders WHERE state = 1"},
        Case{"lint.always_true", "SELECT count(*) FROM orders WHERE state = 1 OR status = 'new'"},
        Case{"lint.always_true", "SELECT status FROM orders GROUP BY status HAVING count(*) > 0"},
        Case{"lint.always_true", "SELECT count(*) FROM orders WHERE status LIKE 'p%'"},
        Case{"lint.rate_range",
             "SELECT 100 - count(*) FILTER (WHERE state = 1) * 100.0 / NULLIF(count(*), 0) FROM orders"},
        Case{"lint.rate_range",
             "SELECT 1 - count(*) FILTER (WHERE state = 1)::numeric / NULLIF(count(*), 0) FROM orders"},
        Case{"lint.rate_range",
             "SELECT count(*)::numeric / NULLIF(count(*) FILTER (WHERE state = 1), 0) FROM orders"},
        Case{"lint.code_aggregated", "SELECT avg(amount), sum(weight) FROM orders"},
        Case{"lint.code_aggregated", "SELECT max(user_id), count(user_id) FROM orders"},
        Case{"lint.code_aggregated", "SELECT sum(quantity) FROM order_items"},
        Case{"lint.timestamp_bound", "SELECT count(*) FROM orders WHERE created_at::date <= '2024-01-31'"},
        Case{"lint.timestamp_bound", "SELECT count(*) FROM orders WHERE created_at >= CURRENT_DATE"},
        Case{"lint.timestamp_bound", "SELECT count(*) FROM orders WHERE '2024-01-31' <= created_at"},
        Case{"lint.timestamp_bound", "SELECT count(*) FROM orders WHERE created_at <= '2024-01-31 23:59:59'"},
        Case{"lint.date_arithmetic", "SELECT avg(paid_at - created_at) FROM orders"},
        Case{"lint.fan_out",
             "SELECT sum(o.amount) FROM orders o JOIN (SELECT order_id, sum(quantity) AS q FROM order_items "
             "GROUP BY "
             "order_id) i ON i.order_id = o.id"},
        Case{"lint.fan_out",
             "SELECT sum(o.amount) FROM orders o JOIN (SELECT DISTINCT order_id FROM order_items) i ON "
             "i.order_id = o.id"},
        Case{"lint.fan_out",
             "WITH t AS (SELECT count(*) AS n FROM users) SELECT sum(o.amount) / max(t.n) FROM orders o "
             "CROSS JOIN t"},
        Case{"lint.fan_out",
             "SELECT sum(i.quantity * o.amount) FROM orders o JOIN order_items i ON i.order_id = o.id"},
        Case{
            "lint.fan_out",
            "SELECT i.id, sum(o.amount) FROM orders o JOIN order_items i ON i.order_id = o.id GROUP BY i.id"},
        Case{"lint.fan_out", "SELECT count(i.id) FROM orders o JOIN order_items i ON i.order_id = o.id"},
        Case{"lint.deleted_rows", "SELECT count(*) FROM orders WHERE deleted_at IS NULL"},
        Case{"lint.test_rows", "SELECT count(*) FROM users WHERE NOT is_test"},
        Case{"lint.minor_units", "SELECT sum(price_cents) / 100.0 FROM order_items"},
        Case{"lint.minor_units", "SELECT count(price_cents) FROM order_items"},
        Case{"lint.minor_units", "SELECT corr(price_cents, quantity) FROM order_items"},
        Case{"lint.minor_units", "SELECT regr_slope(price_cents, price_cents) FROM order_items"},
        Case{"lint.minor_units",
             "SELECT sum(price_cents)::numeric / NULLIF(max(price_cents), 0) FROM order_items"},
        Case{"lint.minor_units", "SELECT id, rank() OVER (ORDER BY price_cents DESC) FROM order_items"},
        Case{"lint.minor_units",
             "SELECT sum(CASE WHEN price_cents > 900 THEN 1 ELSE 0 END) FROM order_items"},
        Case{"lint.comment", "SELECT '/* no */ -- comment'"},
        Case{"lint.semicolon", "SELECT ';'"},
        Case{"lint.unknown_value", "SELECT count(*) FROM orders WHERE status IN ('new', 'paid')"},
        Case{"lint.missing_group_by", "SELECT status, count(*) FROM orders GROUP BY status"}}) {
    CAPTURE(one.code);
    CAPTURE(one.statement);
    const Analysis analysis = analyze(one.statement, &shop());
    CAPTURE(shown(analysis));
    CHECK_FALSE(has_code(analysis, one.code));
    CHECK_FALSE(analysis.has_error());
  }
}

TEST_CASE("sql::Lint: each rule sees its mistake in every dress") {
  struct Case {
    std::string_view code;
    std::string_view statement;
    model::Dialect dialect = model::Dialect::postgres;
  };
  constexpr auto sqlite = model::Dialect::sqlite;
  for (const Case& one :
       {Case{"lint.always_true", "SELECT count(*) FROM orders WHERE status = 'new' OR 1 = 1"},
        Case{"lint.always_true", "SELECT count(*) FROM orders WHERE state = state AND status = 'new'"},
        Case{"lint.always_true", "SELECT count(*) FROM orders WHERE true"},
        Case{"lint.always_true", "SELECT count(*) FROM orders WHERE 2 > 1"},
        Case{"lint.always_true", "SELECT count(*) FROM orders WHERE status LIKE '%'"},
        Case{"lint.always_true", "SELECT status FROM orders GROUP BY status HAVING count(*) >= 0"},
        Case{"lint.rate_range",
             "SELECT 1 - count(*) FILTER (WHERE state = 1) * 100.0 / NULLIF(count(*), 0) FROM orders"},
        Case{"lint.rate_range",
             "SELECT 100.0 * count(*) / NULLIF(count(*) FILTER (WHERE state = 1), 0) FROM orders"},
        Case{"lint.rate_range",
             "SELECT count(*)::numeric / NULLIF(count(CASE WHEN state = 1 THEN 1 END), 0) * 100 FROM orders"},
        Case{"lint.code_aggregated", "SELECT sum(id) FROM orders"},
        Case{"lint.code_aggregated", "SELECT avg(x.u) FROM (SELECT user_id AS u FROM orders) x"},
        Case{"lint.timestamp_bound", "SELECT count(*) FROM orders WHERE created_at <= CURRENT_DATE"},
        Case{"lint.timestamp_bound", "SELECT count(*) FROM orders WHERE created_at = CURRENT_DATE"},
        Case{"lint.timestamp_bound", "SELECT count(*) FROM orders WHERE '2024-01-31' >= created_at"},
        Case{"lint.timestamp_bound", "SELECT count(*) FROM orders WHERE created_at <= DATE '2024-01-31'"},
        Case{"lint.between_timestamps",
             "SELECT count(*) FROM orders WHERE created_at BETWEEN CURRENT_DATE - 30 AND CURRENT_DATE"},
        Case{"lint.fan_out", "SELECT avg(o.amount) FROM orders o, order_items i WHERE i.order_id = o.id"},
        Case{"lint.fan_out", "SELECT count(o.id) FROM orders o JOIN order_items i ON i.order_id = o.id"},
        Case{"lint.fan_out",
             "SELECT sum(o.amount) FROM orders o JOIN (SELECT order_id, quantity FROM order_items WHERE "
             "quantity > 1) i ON "
             "i.order_id = o.id"},
        Case{"lint.fan_out",
             "WITH i AS (SELECT order_id, price_cents FROM order_items) SELECT o.status, sum(o.amount) FROM "
             "orders o JOIN i "
             "ON i.order_id = o.id GROUP BY o.status"},
        Case{"lint.fan_out",
             "SELECT sum(o.amount) FROM orders o JOIN (SELECT order_id, quantity, count(*) FROM order_items "
             "GROUP BY 1, 2) i "
             "ON i.order_id = o.id"},
        Case{"lint.fan_out",
             "SELECT sum(u.id + 1) FROM users u JOIN orders o ON o.user_id = u.id JOIN order_items i ON "
             "i.order_id = o.id"},
        Case{"lint.integer_division", "SELECT count(DISTINCT user_id) / count(*) FROM orders", sqlite},
        Case{"lint.date_arithmetic", "SELECT avg(paid_at - created_at) FROM orders", sqlite},
        Case{"lint.date_arithmetic", "SELECT count(*) FROM orders WHERE created_at > CURRENT_DATE - 7",
             sqlite},
        Case{"lint.personal_column", "SELECT Email FROM Users", sqlite},
        Case{"lint.personal_column", "SELECT \"EMAIL\" FROM \"USERS\"", sqlite},
        Case{"lint.deleted_rows",
             "SELECT u.name, count(*) FROM users u JOIN orders o ON o.user_id = u.id GROUP BY u.name"},
        Case{"lint.unknown_value", "SELECT sum(CASE status WHEN 'sent' THEN 1 ELSE 0 END) FROM orders"},
        Case{"lint.minor_units", "SELECT sum(x.p) FROM (SELECT price_cents AS p FROM order_items) x"},
        Case{"lint.minor_units", "SELECT corr(price_cents, quantity), avg(price_cents) FROM order_items"},
        Case{"lint.minor_units",
             "SELECT sum(CASE WHEN quantity > 3 THEN price_cents ELSE 0 END) FROM order_items"}}) {
    CAPTURE(one.statement);
    const Analysis analysis = analyze(one.statement, &shop(), one.dialect);
    CAPTURE(shown(analysis));
    CHECK(has_code(analysis, one.code));
  }
  CHECK_FALSE(has_code(analyze("SELECT sum(weight) / count(*) FROM orders", &shop(), sqlite),
                       "lint.division_by_zero"));
}

TEST_CASE("sql::Lint: which columns are money, tests or deletions, the policy says") {
  Policy policy = shipped_policy();
  policy.columns = {{"AMOUNT"}, {"act*"}, {"due"}};
  const Analyzer own = *Analyzer::make(policy);
  const auto of = [&](std::string_view statement) {
    return codes(own.analyze(statement, model::Dialect::postgres, &shop()));
  };
  const auto has = [](const std::vector<std::string>& all, std::string_view code) {
    return std::find(all.begin(), all.end(), code) != all.end();
  };
  CHECK(has(of("SELECT sum(amount) FROM orders"), "lint.minor_units"));
  CHECK(has(of("SELECT sum(amount) FROM orders"), "lint.deleted_rows"));
  CHECK_FALSE(has(of("SELECT sum(amount) FROM orders WHERE due IS NULL"), "lint.deleted_rows"));
  CHECK(has(of("SELECT count(*) FROM users"), "lint.test_rows"));
  policy.columns = {};
  const auto none = codes(
      Analyzer::make(policy)->analyze("SELECT sum(price_cents) FROM order_items, users WHERE users.id = "
                                      "order_items.id",
                                      model::Dialect::postgres, &shop()));
  CHECK_FALSE(has(none, "lint.minor_units"));
  CHECK_FALSE(has(none, "lint.test_rows"));
}

TEST_CASE("sql::Lint: a composite key repeats nothing where all of it is joined") {
  model::Database schema = shop();
  schema.tables[2].primary_key = {"order_id", "quantity"};
  const auto look = [&](std::string_view statement) { return analyze(statement, &schema); };
  CHECK(has_code(look("SELECT sum(o.amount) FROM orders o JOIN order_items i ON i.order_id = o.id"),
                 "lint.fan_out"));
  CHECK_FALSE(has_code(
      look("SELECT sum(o.amount) FROM orders o JOIN order_items i ON i.order_id = o.id AND i.quantity = 1"),
      "lint.fan_out"));
  CHECK_FALSE(has_code(look("SELECT sum(o.amount) FROM orders o JOIN order_items i ON i.order_id = o.id AND "
                            "i.quantity = o.state"),
                       "lint.fan_out"));
  // A column that holds each value once is as good as a key.
  schema = shop();
  schema.tables[2].row_count = 50;
  schema.tables[2].fields[1].stats.emplace().distinct = 50;
  CHECK_FALSE(has_code(look("SELECT sum(o.amount) FROM orders o JOIN order_items i ON i.order_id = o.id"),
                       "lint.fan_out"));
}

TEST_CASE("sql::Lint: a personal column is found however it is shown") {
  for (const std::string_view statement : {"SELECT email FROM users",
                                           "SELECT u.* FROM users u",
                                           "SELECT * FROM users",
                                           "SELECT lower(email) FROM users",
                                           "SELECT x.e FROM (SELECT email AS e FROM users) x",
                                           "WITH a AS (SELECT upper(email) AS e FROM users) SELECT e FROM a",
                                           "SELECT name FROM users UNION SELECT email FROM users",
                                           "SELECT max(email) FROM users",
                                           "SELECT count(*) FROM users GROUP BY email",
                                           "SELECT string_agg(email, ',') FROM users",
                                           "SELECT COALESCE(email, 'none') FROM users",
                                           "SELECT CASE WHEN active THEN email END FROM users",
                                           "SELECT 'mail: ' || email FROM users",
                                           "SELECT array_agg(email) FROM users",
                                           "SELECT u FROM users u",
                                           "SELECT u::text FROM users u",
                                           "SELECT to_json(u) FROM users u",
                                           "SELECT json_agg(u) FROM users u",
                                           "SELECT row_to_json(u) ->> 'email' FROM users u",
                                           "SELECT ROW(u.*) FROM users u",
                                           "SELECT y FROM (TABLE users) y",
                                           "SELECT (SELECT email FROM users ORDER BY id LIMIT 1)",
                                           "SELECT ARRAY(SELECT email FROM users)",
                                           "SELECT (SELECT to_jsonb(u) FROM users u ORDER BY id LIMIT 1)",
                                           "SELECT e FROM users, unnest(ARRAY[email]) e",
                                           "SELECT e FROM users, string_to_table(email, ',') AS t(e)",
                                           "SELECT value FROM users u, jsonb_each_text(to_jsonb(u))",
                                           "SELECT z.e FROM users u, jsonb_each_text(to_jsonb(u)) AS z(k, e)",
                                           "SELECT v.x FROM users u, LATERAL (VALUES (u.email)) v(x)"}) {
    CAPTURE(statement);
    const Analysis analysis = analyze(statement, &shop());
    CAPTURE(shown(analysis));
    CHECK(has_code(analysis, "lint.personal_column"));
    CHECK(analysis.has_error());
    CHECK(analysis.may_run());
  }
  CHECK(
      has_code(analyze("SELECT email FROM users", &shop(), model::Dialect::sqlite), "lint.personal_column"));
  CHECK(has_code(analyze("SELECT email FROM users", &shop(), model::Dialect::mysql), "lint.personal_column"));
}

TEST_CASE("sql::Lint: a row is counted, and one without a personal column shown") {
  for (const std::string_view statement :
       {"SELECT count(u) FROM users u", "SELECT count(u.*) FROM users u", "SELECT to_jsonb(o) FROM orders o",
        "SELECT EXISTS (SELECT email FROM users)",
        "SELECT id IN (SELECT id FROM users WHERE email IS NULL) FROM orders",
        "SELECT (SELECT count(email) FROM users)", "SELECT k FROM orders o, jsonb_object_keys(info) AS t(k)",
        "SELECT max(length(email)) FROM users"}) {
    CAPTURE(statement);
    const Analysis analysis = analyze(statement, &shop());
    CAPTURE(shown(analysis));
    CHECK_FALSE(has_code(analysis, "lint.personal_column"));
  }
}

TEST_CASE("sql::Lint: the policy makes a personal column a warning") {
  Policy policy = shipped_policy();
  policy.allow_personal_columns = true;
  const Analysis analysis =
      Analyzer::make(policy)->analyze("SELECT email FROM users", model::Dialect::postgres, &shop());
  CHECK(has_code(analysis, "lint.personal_column"));
  CHECK_FALSE(analysis.has_error());
}

TEST_CASE("sql::Analyzer: findings come in the order of the text") {
  const Analysis analysis = analyze("SELECT pg_sleep(1), nothing FROM orders, users;", &shop());
  for (std::size_t i = 1; i < analysis.findings.size(); ++i) {
    CHECK(analysis.findings[i - 1].position.value_or(-1) <= analysis.findings[i].position.value_or(-1));
  }
}

TEST_CASE("sql::fingerprint: the same for one meaning, and not for two") {
  const auto same = [](std::string_view left, std::string_view right) {
    return analyze(left, &shop()).fingerprint == analyze(right, &shop()).fingerprint;
  };
  CHECK(same("SELECT count(*) FROM orders", "select COUNT( * )\n from  ORDERS ;"));
  CHECK(same("SELECT count(*) AS n FROM orders", "SELECT count(*) AS total FROM orders o"));
  CHECK(same("SELECT o.status FROM orders o WHERE o.amount > 1.50",
             "SELECT x.status FROM orders x WHERE x.amount > 1.5"));
  CHECK(same("SELECT o.status FROM orders o", "SELECT status FROM orders"));
  CHECK(same("SELECT status /* a */ FROM public.orders", "SELECT \"status\" FROM orders"));
  CHECK_FALSE(same("SELECT 1 FROM orders WHERE state = 1", "SELECT 1 FROM orders WHERE state = 2"));
  CHECK_FALSE(
      same("SELECT 1 FROM orders WHERE status = 'new'", "SELECT 1 FROM orders WHERE status = 'paid'"));
  CHECK_FALSE(same("SELECT sum(amount) FROM orders", "SELECT sum(weight) FROM orders"));
  CHECK_FALSE(same("SELECT count(*) FROM orders", "SELECT count(*) FROM users"));
  CHECK_FALSE(same("SELECT o.id FROM orders o JOIN users u ON o.user_id = u.id",
                   "SELECT u.id FROM orders o JOIN users u ON o.user_id = u.id"));
  CHECK_FALSE(same("SELECT 1 FROM orders WHERE state < 1", "SELECT 1 FROM orders WHERE state > 1"));
  CHECK_FALSE(same("SELECT 1 FROM orders ORDER BY id", "SELECT 1 FROM orders ORDER BY id DESC"));
  CHECK_FALSE(same("SELECT a.id FROM users a JOIN users b ON a.id = b.id",
                   "SELECT b.id FROM users a JOIN users b ON a.id = b.name"));
  CHECK(analyze("SELECT 1").fingerprint.size() == 16);
}
