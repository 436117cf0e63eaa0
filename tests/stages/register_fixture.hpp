#pragma once

#include "fixture.hpp"

#include <kpi/stages/register.hpp>

#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace kpi::test {

/// A KPI that validation passed.
inline model::Kpi valid(std::string name, int score = 70, const std::string& table = "orders") {
  model::Kpi kpi;
  kpi.name = std::move(name);
  kpi.id = model::kpi_id("default", "shop", table, kpi.name);
  kpi.description = "How many orders there are.";
  kpi.business_value = "Tells sales whether the month is going well.";
  kpi.category = "Sales";
  kpi.database_id = 7;
  kpi.dialect = model::Dialect::sqlite;
  kpi.tables = {table};
  kpi.sql = "SELECT count(*) AS orders FROM " + table;
  kpi.result = {model::Shape::scalar, model::Unit::count, "scalar"};
  kpi.validation.emplace().status = model::Verdict::passed;
  kpi.score.emplace().total = score;
  return kpi;
}

struct Registrar {
  Stage stage;
  std::optional<TemporaryState> state{std::in_place, stage.clock};
  stages::RegisterOptions options;
  stages::CardRuns runs;  ///< what registration measured

  model::RegistrationReport run(std::vector<model::Kpi> kpis) {
    model::ValidationReport report;
    report.envelope.metabase_url = "http://m";
    report.kpis = std::move(kpis);
    auto outcome = stages::register_cards(
        report, options, {stage.metabase, stage.metabase, stage.metabase, **state, stage.analyzer, &runs},
        stage.context());
    REQUIRE(outcome.has_value());
    return outcome->report;
  }
  [[nodiscard]] std::vector<std::string>& writes() { return stage.metabase.writes; }
};

inline model::CardStatus status(const model::RegistrationReport& report, std::size_t i = 0) {
  return report.kpis.at(i).registration->status;
}

}  // namespace kpi::test
