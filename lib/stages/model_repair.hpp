#pragma once

#include <kpi/llm/repairer.hpp>
#include <kpi/model/domain.hpp>
#include <kpi/model/report.hpp>
#include <kpi/sql/analyzer.hpp>
#include <kpi/stages/examination.hpp>
#include <kpi/stages/ports.hpp>

#include <functional>
#include <mutex>
#include <optional>

namespace kpi::stages {

/// Who corrects this KPI, if anybody. Any thread may call; what it gives outlives the stage.
using RepairerFor = std::function<llm::Repairer*(const model::Kpi&)>;

/// Asks a model to correct what does not work, as long as it is worth it.
class ModelRepair {
public:
  /// The references outlive it.
  ModelRepair(RepairerFor repairer_for, int rounds, const sql::Analyzer& analyzer,
              const model::Domain& domain, const Context& context)
      : repairer_for_(std::move(repairer_for)),
        rounds_(rounds),
        analyzer_(analyzer),
        domain_(domain),
        context_(context) {}

  /// What it took for one KPI, and the error of a model that could not be asked.
  struct Taken {
    model::RepairUsage usage;
    std::optional<Error> failure;
  };

  /// Corrects `examined` in place, at most `rounds` times: each answer goes through all checks again; the
  /// best version so far is kept; one that came no further, or that answers another question
  /// (sql::changed_meaning), is dropped, and told to the model in the next round. Does nothing for a KPI that
  /// works, or whose query's outcome is not known. Where a model could not be asked, or its answer not tried,
  /// `examined` is not whole any more.
  Taken repair(Examined& examined, const Target& target, const Examination& examination);

private:
  struct Round;
  std::optional<Error> lost();
  void lose(const Error& error);

  RepairerFor repairer_for_;
  int rounds_;
  const sql::Analyzer& analyzer_;
  const model::Domain& domain_;
  const Context& context_;
  std::mutex mutex_;
  std::optional<Error> lost_;  ///< why no model is asked any more; guarded by mutex_
};

}  // namespace kpi::stages
