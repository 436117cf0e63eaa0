#pragma once

#include "fixture.hpp"

#include <kpi/stages/validate.hpp>

#include <algorithm>
#include <functional>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

// What tests of validation start from: candidates on the small shop, and a model that corrects.
namespace kpi::test {

inline model::Kpi candidate(std::string name, std::string sql) {
  model::Kpi kpi;
  kpi.name = std::move(name);
  kpi.sql = std::move(sql);
  kpi.database_id = 7;
  kpi.dialect = model::Dialect::sqlite;
  kpi.tables = {"orders"};
  kpi.business_value = "Shows sales how the month is going.";
  kpi.result = {model::Shape::scalar, model::Unit::count, "scalar"};
  return kpi;
}

inline model::CandidatesReport candidates(std::vector<model::Kpi> kpis) {
  model::CandidatesReport report;
  report.envelope.metabase_url = "http://m";
  report.databases = {small_shop()};
  report.kpis = std::move(kpis);
  return report;
}

inline const std::vector<config::ScoringWeight>& weights() {
  static const std::vector<config::ScoringWeight> made{{"informativeness", 0.3}, {"comparability", 0.2},
                                                       {"soundness", 0.2},       {"ratio_safety", 0.1},
                                                       {"specificity", 0.1},     {"cost", 0.1}};
  return made;
}

inline Result<stages::Outcome<model::ValidationReport>> validate(Stage& stage,
                                                                 const model::CandidatesReport& report,
                                                                 stages::ValidateOptions options = {},
                                                                 std::size_t jobs = 1,
                                                                 stages::RepairerFor repairer_for = {}) {
  stage.metabase.schema = {small_shop()};
  return stages::validate(
      report, options,
      {&stage.metabase, &stage.metabase, stage.analyzer, stage.domain, weights(), std::move(repairer_for)},
      stage.context(jobs));
}

inline bool has(const model::Kpi& kpi, std::string_view code) {
  const auto& findings = kpi.validation->findings;
  return std::any_of(findings.begin(), findings.end(), [&](const auto& one) { return one.code == code; });
}

inline std::string outcome_of(const model::Kpi& kpi, std::string_view step) {
  for (const auto& one : kpi.validation->steps) {
    if (one.name == step) return one.outcome;
  }
  return "none";
}

/// Plays corrections in turn, the last for ever, and records what it was told.
class FakeRepairer final : public llm::Repairer {
public:
  explicit FakeRepairer(std::vector<std::string> answers) : answers_(std::move(answers)) {}
  explicit FakeRepairer(Error failure) : failure_(std::move(failure)) {}

  struct Told {
    std::string sql;
    std::vector<std::string> complaints;
    std::vector<std::string> tables;
    std::vector<llm::FailedRepair> failed;
  };
  std::vector<Told> told;

  Result<std::string> repair(const llm::RepairTask& task, llm::Spent& spent, std::stop_token) override {
    const std::lock_guard lock(mutex_);
    const auto round = told.size();
    Told heard{task.kpi.sql, task.complaints, {}, task.failed};
    for (const auto* table : task.tables) heard.tables.push_back(table->name);
    told.push_back(std::move(heard));
    if (failure_) return *failure_;
    spent.calls = 1;
    spent.cost_usd = 0.25;
    return answers_[std::min(round, answers_.size() - 1)];
  }
  [[nodiscard]] std::string_view provider() const override { return "openai"; }
  [[nodiscard]] std::string_view model() const override { return "test-model"; }

  [[nodiscard]] stages::RepairerFor port() {
    return [this](const model::Kpi&) { return this; };
  }

private:
  std::mutex mutex_;
  std::vector<std::string> answers_;
  std::optional<Error> failure_;
};

}  // namespace kpi::test
