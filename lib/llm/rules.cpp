#include <kpi/llm/rules.hpp>
#include <kpi/llm/rules_themes.hpp>

#include <algorithm>

namespace kpi::llm {

Result<Draft> RulesGenerator::generate(const TableTask& task, Spent& spent, std::stop_token stop) {
  ++spent.attempts;
  if (stop.stop_requested())
    return Error{Fault::interrupted, "llm.interrupted", "rules", "interrupted before " + task.table.name, ""};
  const Facts facts = gather(task, task.table, iso_time(clock_.now()).substr(0, 10));
  Ideas ideas(facts);
  for (auto* rules : {time_rules, measure_rules, mix_rules, rate_rules, duration_rules, key_rules, join_rules,
                      child_rules, quality_rules})
    rules(facts, ideas);
  Draft draft;
  draft.kpis = ideas.best(static_cast<std::size_t>(std::max(task.max_kpis, 0)));
  if (static_cast<int>(draft.kpis.size()) < task.min_kpis)
    draft.notes.push_back("the columns of " + task.table.name + " bear no more KPIs");
  return draft;
}

}  // namespace kpi::llm
