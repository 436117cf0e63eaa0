// The codes of lib/sql's catalogue that only a whole stage can give: each has a case here that earns it.
#include "fixture.hpp"

#include <kpi/stages/validate.hpp>

#include <algorithm>
#include <set>

using namespace kpi;

namespace {

using Rows = std::vector<std::vector<Json>>;

model::Kpi kpi_of(std::string name, std::string sql, model::Shape shape = model::Shape::scalar,
                  model::Unit unit = model::Unit::count) {
  model::Kpi kpi;
  kpi.name = std::move(name);
  kpi.sql = std::move(sql);
  kpi.database_id = 7;
  kpi.tables = {"orders"};
  kpi.result = {shape, unit, "table"};
  return kpi;
}

const std::string breakdown = "SELECT status, count(*) FROM orders GROUP BY status";

struct Case {
  std::string_view code;
  std::vector<model::Kpi> kpis;  ///< the last one earns it
  test::FakeMetabase::Answer answer = [](const std::string&) { return test::FakeMetabase::rows({{1}}); };
};

test::FakeMetabase::Answer giving(Rows rows) {
  return [rows = std::move(rows)](const std::string&) { return test::FakeMetabase::rows(rows); };
}

test::FakeMetabase::Answer failing(bool timed_out) {
  return [timed_out](const std::string&) {
    metabase::QueryResult result;
    result.error = "ERROR: no";
    result.timed_out = timed_out;
    return result;
  };
}

std::vector<Case> cases() {
  auto elsewhere = kpi_of("Elsewhere", "SELECT 1");
  elsewhere.database_id = 99;
  Rows many;
  for (int i = 0; i < 600; ++i) many.push_back({"s" + std::to_string(i), i});
  Rows moments;
  for (int i = 10; i < 22; ++i) moments.push_back({"2026-03-01T10:" + std::to_string(i) + ":17Z", i});
  auto truncated = [](const std::string&) {
    auto result = test::FakeMetabase::rows({{1}});
    result.truncated = true;
    return result;
  };
  // SQLite's plan of two scans; the tables have nearly a million rows each.
  auto two_scans = [](const std::string&) {
    return test::FakeMetabase::rows({{1, 0, 0, "SCAN o"}, {2, 0, 0, "SCAN c"}});
  };
  auto slow = [](const std::string&) {
    auto result = test::FakeMetabase::rows({{7}});
    result.elapsed = std::chrono::seconds(11);
    return result;
  };
  auto twice = [](const std::string& sql) {
    const bool probe = sql.find("DISTINCT") != std::string::npos;
    return probe ? test::FakeMetabase::rows({{10, 5}}) : test::FakeMetabase::rows({{7}});
  };
  const std::string join =
      "SELECT sum(o.total_amount) AS s FROM orders o JOIN customers c ON c.customer_id = o.customer_id";
  auto named = kpi_of("Orders", "SELECT sum(status) FROM orders");
  named.id = "another";
  auto first_named = kpi_of("Orders", "SELECT count(*) FROM orders");
  first_named.id = "one";
  int asked = 0;
  return {
      {"run.cost", {kpi_of("Dear", join)}, two_scans},
      {"run.slow", {kpi_of("Slow", "SELECT count(*) FROM orders")}, slow},
      {"result.multiplied_rows", {kpi_of("Twice", join)}, twice},
      {"result.gaps",
       {kpi_of("Months", breakdown, model::Shape::series)},
       giving({{"2020-01", 1}, {"2020-02", 2}, {"2020-04", 3}, {"2020-05", 4}})},
      {"result.unordered",
       {kpi_of("Months", breakdown, model::Shape::series)},
       giving({{"2020-01", 1}, {"2020-03", 2}, {"2020-02", 3}})},
      {"result.future",
       {kpi_of("Months", breakdown, model::Shape::series)},
       giving({{"2990-01", 1}, {"2990-02", 2}})},
      {"result.raw_moments", {kpi_of("Moments", breakdown, model::Shape::series)}, giving(moments)},
      {"result.not_a_rate", {kpi_of("Return rate", "SELECT count(*) FROM orders")}},
      {"dup.result",
       {kpi_of("Orders by status", breakdown, model::Shape::breakdown),
        kpi_of("Keys by status", "SELECT status, sum(order_id) FROM orders GROUP BY status",
               model::Shape::breakdown)},
       giving({{"a", 10}, {"b", 20}, {"c", 35}})},
      {"dup.name", {first_named, named}},
      {"schema.unknown_database", {elsewhere}},
      {"run.error", {kpi_of("Refused", "SELECT count(*) FROM orders")}, failing(false)},
      {"run.timeout", {kpi_of("Slow", "SELECT count(*) FROM orders")}, failing(true)},
      {"run.truncated", {kpi_of("Long", "SELECT count(*) FROM orders")}, truncated},
      {"run.skipped",
       {kpi_of("First", "SELECT count(*) FROM orders"), kpi_of("Lost", "SELECT sum(status) FROM orders")},
       [asked](const std::string&) mutable -> Result<metabase::QueryResult> {
         if (asked++ > 0) return test::FakeMetabase::unreachable();
         return test::FakeMetabase::rows({{1}});
       }},
      {"result.empty", {kpi_of("None", "SELECT order_id FROM orders WHERE false")}, giving({})},
      {"result.all_null", {kpi_of("Null", "SELECT max(status) FROM orders")}, giving({{nullptr}})},
      {"result.constant",
       {kpi_of("Same", breakdown, model::Shape::breakdown)},
       giving({{"a", 1}, {"b", 1}, {"c", 1}})},
      {"result.out_of_range",
       {kpi_of("Rate", "SELECT count(*) AS rate FROM orders", model::Shape::scalar, model::Unit::percent)},
       giving({{113.0}})},
      {"result.too_many_rows", {kpi_of("Listing", breakdown, model::Shape::breakdown)}, giving(many)},
      {"dup.id",
       {kpi_of("Orders", "SELECT count(*) FROM orders"),
        kpi_of("orders!", "SELECT sum(status) FROM orders")}},
      {"dup.fingerprint",
       {kpi_of("Orders", "SELECT count(*) FROM orders"),
        kpi_of("All orders", "SELECT  COUNT( * ) FROM orders")}},
  };
}

}  // namespace

TEST_CASE(
    "stages::validate: every code of a stage in the catalogue is earned by some KPI, with its severity") {
  static const std::vector<config::ScoringWeight> weights{{"informativeness", 1.0}};
  std::set<std::string_view> shown;
  for (const Case& one : cases()) {
    CAPTURE(one.code);
    test::Stage stage;
    stage.metabase.schema = {test::small_shop()};
    stage.metabase.answer = one.answer;
    model::CandidatesReport report;
    report.envelope.metabase_url = "http://m";
    report.databases = {test::small_shop()};
    for (auto& table : report.databases[0].tables) table.row_count = 999'999;
    report.kpis = one.kpis;
    const auto outcome = stages::validate(
        report, {}, {&stage.metabase, &stage.metabase, stage.analyzer, stage.domain, weights},
        stage.context());
    REQUIRE(outcome.has_value());
    const auto& findings = outcome->report.kpis.back().validation->findings;
    const auto found = std::find_if(findings.begin(), findings.end(),
                                    [&](const auto& finding) { return finding.code == one.code; });
    REQUIRE(found != findings.end());
    const auto& catalogue = sql::finding_catalogue();
    const auto row = std::find_if(catalogue.begin(), catalogue.end(),
                                  [&](const sql::FindingKind& kind) { return kind.code == one.code; });
    REQUIRE(row != catalogue.end());
    CHECK(found->severity == row->severity);
    shown.insert(one.code);
  }
  for (const sql::FindingKind& kind : sql::finding_catalogue()) {
    CAPTURE(kind.code);
    const std::string_view family = kind.code.substr(0, kind.code.find('.'));
    if (family == "run" || family == "result" || family == "dup") CHECK(shown.contains(kind.code));
  }
}
