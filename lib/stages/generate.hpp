#pragma once

#include <kpi/llm/generator.hpp>
#include <kpi/model/domain.hpp>
#include <kpi/model/report.hpp>
#include <kpi/stages/ports.hpp>

#include <functional>
#include <string>
#include <vector>

namespace kpi::stages {

struct GenerateOptions {
  int min_kpis = 15;
  int max_kpis = 20;
  std::vector<std::string> tables{"*"};  ///< globs on table names
  bool changed_only = false;             ///< only tables in the report's `changes`
};

struct GeneratePorts {
  llm::Generator& generator;
  llm::Generator* fallback = nullptr;  ///< fills tables that the generator failed on; null: they stay empty
  const model::Domain& domain;
  /// Told of each table's KPIs, as the report will have them but for names said twice, once they are written;
  /// from any thread, in any order. May be empty.
  std::function<void(const std::vector<model::Kpi>&)> on_kpis = {};
};

/// kpi generate: schema report -> candidates report. Tables are worked on `jobs` at a time and reported in
/// the schema's order whatever order they finish in. Personal columns are flagged here too and their values
/// forgotten: a report may be of another hand. A table that fails is an entry in errors[] and a partial
/// outcome, also where the fallback fills it, and so is one whose missing KPIs could not be asked for; what
/// would fail for all (Fault::unreachable) ends the stage: an error if nothing was finished, else a partial
/// outcome. Fault::machine is always an error: finished answers are found again in the state file. Tables are
/// handed to the generator where the outcome's report keeps them.
Result<Outcome<model::CandidatesReport>> generate(const model::SchemaReport& schema,
                                                  const GenerateOptions& options, GeneratePorts ports,
                                                  const Context& context);

}  // namespace kpi::stages
