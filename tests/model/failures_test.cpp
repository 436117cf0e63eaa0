#include <kpi/model/failures.hpp>
#include <kpi/model/report.hpp>

#include <doctest/doctest.h>

using namespace kpi;

namespace {

model::Kpi failed(const char* name, const char* code, const char* message,
                  model::Severity severity = model::Severity::error) {
  model::Kpi kpi;
  kpi.name = name;
  kpi.sql = "SELECT 1";
  auto& validation = kpi.validation.emplace();
  validation.status = severity == model::Severity::error ? model::Verdict::rejected : model::Verdict::passed;
  validation.findings = {{"lint.no_time_window", model::Severity::note, "", std::nullopt},
                         {code, severity, message, std::nullopt}};
  kpi.score.emplace();
  return kpi;
}

}  // namespace

TEST_CASE("model::failure_causes: one cause a KPI, the most frequent first, with what prevents it") {
  const auto causes =
      model::failure_causes({failed("a", "run.error", "ERROR: permission denied for table tb_x"),
                             failed("b", "schema.unknown_column", "no column x"),
                             failed("c", "schema.unknown_column", "no column y"),
                             failed("d", "result.empty", "gave no rows", model::Severity::warning),
                             failed("e", "result.empty", "gave no rows", model::Severity::warning),
                             failed("f", "result.empty", "gave no rows", model::Severity::warning)});
  REQUIRE(causes.size() == 3);
  CHECK(causes[0].cause == "names a column that does not exist");
  CHECK(causes[0].count == 2);
  CHECK(causes[0].kind == "domain");
  CHECK(causes[0].example == "b: no column x");
  CHECK(causes[1].kind == "permission");
  CHECK(causes[2].count == 3);
  CHECK_FALSE(causes[2].rejects);
}

TEST_CASE("model::failure_causes: what works is no failure") {
  auto good = failed("a", "lint.select_star", "all columns", model::Severity::warning);
  good.score->total = 60;
  CHECK(model::failure_causes({good, model::Kpi{}}).empty());
}

TEST_CASE("model::ValidationReport: causes, steps, plan, shape, rank and repair survive a round trip") {
  model::ValidationReport report;
  auto kpi = failed("a", "schema.unknown_table", "no table x");
  kpi.database_id = 1;
  kpi.validation->steps = {{"guard", "ok", ""}, {"bind", "failed", "why"}};
  kpi.validation->plan = model::PlanEstimate{1000.0, std::nullopt};
  auto& run = kpi.validation->execution.emplace();
  run.columns = {{"n", "type/Integer", 0.25, Json(1), Json(9)}};
  run.value = Json(9);
  kpi.score->rank = 3;
  report.kpis = {kpi};
  report.repair = {2, 1, 2, 0, 100, 50, std::nullopt};
  const auto text = model::report_text(report);
  CHECK(text.find("\"by_cause\"") != std::string::npos);
  const auto again = model::read_validation_report(source_of(text), "t");
  REQUIRE(again.has_value());
  CHECK(model::report_text(*again) == text);
  CHECK(again->repair.accepted == 1);
  CHECK_FALSE(again->repair.cost_usd.has_value());
  CHECK(again->kpis.at(0).validation->steps.at(1).note == "why");
}
