// What holds of repair for any statement: done twice it is done once, and nothing comes out worse than it
// went in.
#include "mend_cases.hpp"
#include "support.hpp"

#include <doctest/doctest.h>

#include <array>
#include <random>

using namespace kpi;
using namespace kpi::sql;
using namespace kpi::sql::test;

namespace {

std::size_t errors_in(const Analysis& analysis) {
  return static_cast<std::size_t>(
      std::count_if(analysis.findings.begin(), analysis.findings.end(),
                    [](const model::Finding& found) { return found.severity == model::Severity::error; }));
}

// What no repair may ever make harmless.
bool is_forbidden(const Analysis& analysis) {
  for (const std::string_view code :
       {"guard.write", "guard.into", "guard.lock", "guard.statement", "guard.catalog", "guard.template"}) {
    if (has_code(analysis, code)) return true;
  }
  return false;
}

void check_properties(const std::string& statement, model::Dialect dialect) {
  CAPTURE(statement);
  const Analysis before = analyze(statement, &shop(), dialect);
  const Mended once = analyzer().mend(statement, dialect, &shop());
  CAPTURE(once.sql);
  const Analysis after = analyze(once.sql, &shop(), dialect);
  CAPTURE(shown(after));
  const Mended twice = analyzer().mend(once.sql, dialect, &shop());
  CHECK(twice.sql == once.sql);
  CHECK(twice.repairs.empty());
  CHECK(once.repairs.empty() == (once.sql == statement));
  // More errors can only come to light where the statement could not be read before, or where SQLite stopped
  // at the first.
  if (!has_code(before, "syntax.error")) CHECK(errors_in(after) <= errors_in(before));
  if (before.may_run()) CHECK(after.may_run());
  if (is_forbidden(before)) CHECK_FALSE(after.may_run());
}

/// Statements made of pieces that models write for several databases, right and wrong.
std::vector<std::string> generated(std::size_t count) {
  static constexpr std::array<std::string_view, 36> values{
      "COUNT(*)",
      "COUNT(*) / COUNT(DISTINCT user_id)",
      "SUM(amount) / NULLIF(COUNT(*), 0)",
      "AVG(COUNT(*))",
      "AVG(DATEDIFF(paid_at, created_at))",
      "DATEDIFF(day, created_at, paid_at)",
      "IFNULL(amount, 0)",
      "ROUND(AVG(weight), 2)",
      "YEAR(created_at)",
      "DATE_FORMAT(created_at, '%Y-%m')",
      "SUM(status = 'paid')",
      "GROUP_CONCAT(DISTINCT status)",
      "count(*)::numeric / count(*)",
      "CAST(SUM(amount) AS NUMERIC) / COUNT(*)",
      "date_trunc('month', created_at)",
      "to_char(created_at, 'YYYY-MM')",
      "EXTRACT(EPOCH FROM (paid_at - created_at)) / 3600",
      "EXTRACT(DAY FROM (due - created_at::date))",
      "COALESCE(user_id, 'none')",
      "`status`",
      "\"info \xE2\x86\x92 total\"",
      "info ->> 'total'",
      "SUM(IF(state = 1, amount, 0))",
      "TIMESTAMPDIFF(MONTH, created_at, paid_at)",
      "status",
      "LAG(COUNT(*)) OVER (ORDER BY b)",
      "GREATEST(amount, 5)",
      "concat(status, '-', state)",
      "a / b",
      "weight * 100 / 7",
      "CASE WHEN COUNT(*) > 0 THEN SUM(state) / COUNT(*) ELSE 0 END",
      "STRING_AGG(status, ',')",
      "(1 + 2) / (3 - 3)",
      "percentile_cont(0.5) WITHIN GROUP (ORDER BY amount)",
      "nosuch(amount)",
      "nothing"};
  static constexpr std::array<std::string_view, 14> conditions{
      "",
      "WHERE created_at >= NOW() - INTERVAL '30 days'",
      "WHERE created_at > DATE_SUB(CURDATE(), INTERVAL 1 MONTH)",
      "WHERE status = \"paid\"",
      "WHERE status ILIKE 'p%' AND a > 1",
      "WHERE state == 1",
      "WHERE due > CURRENT_DATE - 30",
      "WHERE created_at::date <= DATE '2024-01-31'",
      "WHERE STATUS = ANY (ARRAY['new'])",
      "WHERE state = '1' -- open",
      "WHERE created_at >= date_trunc('quarter', now() - interval '2 months')",
      "WHERE nothing = 1",
      "WHERE active = 1",
      "WHERE (SELECT AVG(COUNT(*)) FROM users GROUP BY name) > 1"};
  static constexpr std::array<std::string_view, 8> tails{"",
                                                         "GROUP BY 1",
                                                         "GROUP BY a, user_id ORDER BY b DESC LIMIT 5, 10",
                                                         "GROUP BY status HAVING b > 1;",
                                                         "ORDER BY a FETCH FIRST 3 ROWS ONLY",
                                                         "GROUP BY 2 ORDER BY 1 LIMIT 3",
                                                         "LIMIT 10;;",
                                                         "GROUP BY status, DATE(created_at)"};
  std::mt19937 chance(20240131);  // NOLINT(cert-msc32-c,cert-msc51-cpp): the same statements every time
  const auto pick = [&](const auto& list) { return std::string(list[chance() % list.size()]); };
  std::vector<std::string> all;
  for (std::size_t i = 0; i < count; ++i) {
    const std::string top = chance() % 8 == 0 ? "TOP 5 " : "";
    all.push_back("SELECT " + top + pick(values) + " AS a, " + pick(values) + " AS b FROM " +
                  (chance() % 6 == 0 ? "public.orders" : "orders") + " " + pick(conditions) + " " +
                  pick(tails));
  }
  return all;
}

}  // namespace

TEST_CASE("sql::Mend: twice is once, and never worse: the rules' own statements") {
  for (const MendCase& one : mend_cases()) {
    check_properties(std::string(one.before), model::Dialect::postgres);
    check_properties(std::string(one.before), model::Dialect::sqlite);
  }
}

TEST_CASE("sql::Mend: twice is once, and never worse: the guard's corpus") {
  for (const std::string_view file : {"guard/allowed.sql", "guard/refused.sql"}) {
    for (const std::string& statement : lines(file)) {
      check_properties(statement, model::Dialect::postgres);
      check_properties(statement, model::Dialect::sqlite);
    }
  }
}

TEST_CASE("sql::Mend: twice is once, and never worse: statements put together by chance") {
  for (const std::string& statement : generated(400)) {
    check_properties(statement, model::Dialect::postgres);
    check_properties(statement, model::Dialect::sqlite);
  }
}
