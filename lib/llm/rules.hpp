#pragma once

#include <kpi/base/clock.hpp>
#include <kpi/llm/generator.hpp>

namespace kpi::llm {

/// Writes KPIs out of types, statistics, comments and relationships, without a model and without a network:
/// for one table all that its columns bear, the most useful first, up to max_kpis. The same table gives the
/// same KPIs; only whether its data has stopped is judged by the day.
class RulesGenerator final : public Generator {
public:
  /// `clock` must outlive the generator.
  explicit RulesGenerator(Clock& clock) : clock_(clock) {}
  Result<Draft> generate(const TableTask& task, Spent& spent, std::stop_token stop) override;
  [[nodiscard]] std::string_view provider() const override { return "rules"; }
  [[nodiscard]] std::string_view model() const override { return ""; }

private:
  Clock& clock_;
};

}  // namespace kpi::llm
