#pragma once

#include <kpi/model/domain.hpp>
#include <kpi/model/kpi.hpp>
#include <kpi/sql/analyzer.hpp>
#include <kpi/stages/query_runner.hpp>
#include <kpi/stages/result_checks.hpp>
#include <kpi/stages/result_facts.hpp>
#include <kpi/stages/validate_options.hpp>
#include <kpi/stages/validate_targets.hpp>

#include <optional>
#include <string>

namespace kpi::stages {

/// How far a statement came, the worst first. A correction is better where it came further.
enum class Standing {
  refused,   ///< by the guard, or no SQL
  unbound,   ///< names or types that the database does not have
  failed,    ///< the database refused it, it took too long, or would
  doubtful,  ///< it runs, and its result cannot be meant
  sound,
};

/// A KPI after all checks but model repair and score.
struct Examined {
  model::Kpi kpi;
  std::optional<ResultFacts> facts;  ///< of its rows, where it ran
  Standing standing = Standing::refused;
  std::optional<Error> unknown;  ///< why the outcome of its query is not known
  bool whole = true;  ///< every question that the checks had was answered: another try would say the same
};

/// One KPI's way through the checks, cheapest first: mend, guard, parse, bind, lint, plan, run, result.
/// Nothing that the guard refuses is sent, and rows are looked at and dropped. Any thread may call.
class Examination {
public:
  /// The references outlive it.
  Examination(const ValidateOptions& options, const sql::Analyzer& analyzer, QueryRunner& runner,
              ResultLimits limits)
      : options_(options),
        analyzer_(analyzer),
        runner_(runner),
        limits_(limits) {}

  [[nodiscard]] Examined examine(model::Kpi kpi, const Target& target) const;

private:
  class Check;
  const ValidateOptions& options_;
  const sql::Analyzer& analyzer_;
  QueryRunner& runner_;
  ResultLimits limits_;
};

/// The verdict that a KPI's findings come to.
void settle(model::Kpi& kpi);

}  // namespace kpi::stages
