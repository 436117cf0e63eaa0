#include "support.hpp"

#include <doctest/doctest.h>

#include <set>

using namespace kpi;
using namespace kpi::sql;
using namespace kpi::sql::test;

TEST_CASE("sql::catalogue: every statement that is an example earns its code") {
  // No statements, or such as no line can hold; guard_test.cpp and hostile_test.cpp have them.
  const std::set<std::string_view> elsewhere{
      "guard.bytes",          "guard.size", "guard.depth", "guard.joins", "schema.unknown_database",
      "lint.unparsed_dialect"};
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
        Case{"lint.deleted_rows", "SELECT count(*) FROM orders WHERE deleted_at IS NULL"},
        Case{"lint.test_rows", "SELECT count(*) FROM users WHERE NOT is_test"},
        Case{"lint.minor_units", "SELECT sum(price_cents) / 100.0 FROM order_items"},
        Case{"lint.minor_units", "SELECT count(price_cents) FROM order_items"},
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

TEST_CASE("sql::Lint: a personal column is found however it is shown") {
  for (const std::string_view statement :
       {"SELECT email FROM users", "SELECT u.* FROM users u", "SELECT * FROM users",
        "SELECT lower(email) FROM users", "SELECT x.e FROM (SELECT email AS e FROM users) x",
        "WITH a AS (SELECT upper(email) AS e FROM users) SELECT e FROM a",
        "SELECT name FROM users UNION SELECT email FROM users", "SELECT max(email) FROM users",
        "SELECT count(*) FROM users GROUP BY email", "SELECT string_agg(email, ',') FROM users",
        "SELECT COALESCE(email, 'none') FROM users", "SELECT CASE WHEN active THEN email END FROM users",
        "SELECT 'mail: ' || email FROM users", "SELECT array_agg(email) FROM users"}) {
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
