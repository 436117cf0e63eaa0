#pragma once

#include <kpi/config/resources.hpp>
#include <kpi/metabase/api.hpp>
#include <kpi/model/domain.hpp>
#include <kpi/model/report.hpp>
#include <kpi/sql/analyzer.hpp>
#include <kpi/stages/early_examination.hpp>
#include <kpi/stages/journal.hpp>
#include <kpi/stages/model_repair.hpp>
#include <kpi/stages/ports.hpp>
#include <kpi/stages/validate_options.hpp>

#include <vector>

namespace kpi::stages {

struct ValidatePorts {
  metabase::Catalog* catalog =
      nullptr;  ///< for database ids and, where the report has none, metadata; may be null
  metabase::Queries* queries = nullptr;  ///< null only where options.execute is false
  const sql::Analyzer& analyzer;
  const model::Domain& domain;
  const std::vector<config::ScoringWeight>& weights;
  RepairerFor repairer_for = {};      ///< empty: no model repairs
  Journal* journal = nullptr;         ///< KPIs it holds are not validated again; may be null
  EarlyExamination* early = nullptr;  ///< what it has done is not done again; it has ended; may be null
};

/// kpi validate: candidates report -> validation report. Each KPI is guarded, bound, mended, planned, run,
/// judged by its result, corrected by a model where it does not work, and scored, cheapest check first;
/// nothing that the guard refused is ever sent. KPIs run `jobs` at a time and are reported in the order they
/// came. A KPI that is refused is a result; a server lost midway, or a model that could not be asked, is a
/// partial outcome.
Result<Outcome<model::ValidationReport>> validate(const model::CandidatesReport& candidates,
                                                  const ValidateOptions& options, ValidatePorts ports,
                                                  const Context& context);

}  // namespace kpi::stages
