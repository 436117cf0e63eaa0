#pragma once

#include <kpi/base/result.hpp>
#include <kpi/llm/cost.hpp>
#include <kpi/model/domain.hpp>
#include <kpi/model/kpi.hpp>
#include <kpi/model/schema.hpp>

#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

// Who writes KPIs for a table: a language model, or rules without one.
namespace kpi::llm {

/// One table to write KPIs for. The references outlive the call.
struct TableTask {
  const model::Database& database;
  const model::Table& table;
  const model::Domain& domain;
  std::string_view tenant;
  int min_kpis = 15;
  int max_kpis = 20;
};

/// What was written. Of each KPI `name, description, business_value, sql, dialect, result, tables,
/// database_id, source` are set; id and category are the stage's to give.
struct Draft {
  std::vector<model::Kpi> kpis;
  std::vector<std::string> notes;  ///< how an odd answer was read; for a person
  /// What kept the missing KPIs from being asked for (a budget, a lost server): another run may get them.
  std::optional<Error> shortfall = {};
};

/// One way to write KPIs. Any thread may call.
class Generator {
public:
  virtual ~Generator() = default;
  /// Writes at most max_kpis KPIs for the task's table. Fewer than min_kpis is no failure. What it took is
  /// added to `spent`, also where it fails: an answer that holds nothing is paid for too. Fails with
  /// Fault::item for this table alone, Fault::unreachable when every other table would fail the same way
  /// (credentials, no money, no such model), Fault::interrupted.
  virtual Result<Draft> generate(const TableTask& task, Spent& spent, std::stop_token stop) = 0;
  [[nodiscard]] virtual std::string_view provider() const = 0;  ///< "openai", "rules"
  [[nodiscard]] virtual std::string_view model() const = 0;     ///< empty for rules
};

}  // namespace kpi::llm
