#include <kpi/base/text.hpp>
#include <kpi/llm/rules.hpp>
#include <kpi/llm/rules_themes.hpp>

#include <algorithm>
#include <set>

namespace kpi::llm {
namespace {

Ideas ideas_of(const Facts& facts) {
  Ideas ideas(facts);
  for (auto* rules : {time_rules, measure_rules, mix_rules, rate_rules, duration_rules, key_rules, join_rules,
                      child_rules, quality_rules})
    rules(facts, ideas);
  return ideas;
}

std::size_t most_of(const TableTask& task) { return static_cast<std::size_t>(std::max(task.max_kpis, 0)); }

/// What the tables that point to this one say of the two: "Top 10 Sellers by Orders" is a KPI of orders, and
/// of sellers it would be the same figures again.
std::set<std::string> said_by_children(const TableTask& task, const Facts& facts, const std::string& today) {
  std::set<const model::Table*> seen{facts.table};
  std::set<std::string> names;
  const auto ours = facts.table->qualified_name();
  for (const auto& child : facts.children) {
    if (!seen.insert(child.table).second) continue;
    const TableTask its{task.database, *child.table, task.domain, task.tenant, task.min_kpis, task.max_kpis};
    const Facts of_child = gather(its, *child.table, today);
    for (const auto& kpi : ideas_of(of_child).best(most_of(task))) {
      if (std::find(kpi.tables.begin(), kpi.tables.end(), ours) != kpi.tables.end())
        names.insert(name_key(kpi.name));
    }
  }
  return names;
}

}  // namespace

Result<Draft> RulesGenerator::generate(const TableTask& task, Spent& spent, std::stop_token stop) {
  ++spent.attempts;
  if (stop.stop_requested())
    return Error{Fault::interrupted, "llm.interrupted", "rules", "interrupted before " + task.table.name, ""};
  const auto today = iso_time(clock_.now()).substr(0, 10);
  const Facts facts = gather(task, task.table, today);
  Draft draft;
  draft.kpis = ideas_of(facts).best(most_of(task), static_cast<std::size_t>(std::max(task.min_kpis, 0)),
                                    said_by_children(task, facts, today));
  if (static_cast<int>(draft.kpis.size()) < task.min_kpis)
    draft.notes.push_back("the columns of " + task.table.name + " bear no more KPIs");
  return draft;
}

}  // namespace kpi::llm
