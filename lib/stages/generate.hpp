#pragma once

#include <kpi/llm/generator.hpp>
#include <kpi/model/domain.hpp>
#include <kpi/model/report.hpp>
#include <kpi/stages/ports.hpp>

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
  llm::Generator* fallback = nullptr;  ///< fills tables that the generator failed on; null: they stay failed
  const model::Domain& domain;
};

/// kpi generate: schema report -> candidates report. Tables are worked on `jobs` at a time and reported in
/// the schema's order whatever order they finish in. A table that fails is an entry in errors[] and a partial
/// outcome; what would fail for all (Fault::unreachable) ends the stage: an error if nothing was finished,
/// else a partial outcome.
Result<Outcome<model::CandidatesReport>> generate(const model::SchemaReport& schema,
                                                  const GenerateOptions& options, GeneratePorts ports,
                                                  const Context& context);

}  // namespace kpi::stages
