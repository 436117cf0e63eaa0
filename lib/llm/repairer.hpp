#pragma once

#include <kpi/base/result.hpp>
#include <kpi/llm/cost.hpp>
#include <kpi/model/domain.hpp>
#include <kpi/model/kpi.hpp>
#include <kpi/model/schema.hpp>

#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

// Who corrects a KPI that does not work.
namespace kpi::llm {

/// A correction that was tried and dropped.
struct FailedRepair {
  std::string sql;
  std::string why;  ///< "no such column: x", "gives other columns"
};

/// One KPI to correct; its `sql` is the statement that fails. The references outlive the call.
struct RepairTask {
  const model::Database& database;
  const model::Domain& domain;
  const model::Kpi& kpi;
  std::vector<std::string> complaints;  ///< what the checks and the database say, with the nearest names and
                                        ///< without data values
  std::vector<const model::Table*> tables;  ///< whose fields the model is shown, the KPI's own first
  std::vector<FailedRepair> failed = {};    ///< earlier rounds
};

/// One way to correct KPIs. Any thread may call.
class Repairer {
public:
  virtual ~Repairer() = default;
  /// A statement that may do better than the task's, or "" where the answer held none. Whether it does is the
  /// caller's to find out. What it took is added to `spent`, also where it fails. Fails as
  /// Generator::generate() does.
  virtual Result<std::string> repair(const RepairTask& task, Spent& spent, std::stop_token stop) = 0;
  [[nodiscard]] virtual std::string_view provider() const = 0;
  [[nodiscard]] virtual std::string_view model() const = 0;
};

}  // namespace kpi::llm
