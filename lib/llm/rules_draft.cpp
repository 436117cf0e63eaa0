#include <kpi/base/text.hpp>
#include <kpi/llm/rules_draft.hpp>

#include <algorithm>
#include <cstddef>
#include <set>

namespace kpi::llm {
namespace {

constexpr std::size_t least_joins = 3;

bool asks_for(const Idea& idea, std::string_view text) { return idea.sql.find(text) != std::string::npos; }

}  // namespace

void Ideas::add(Idea idea) {
  if (!facts_.filter_note.empty() && asks_for(idea, facts_.filter().front()))
    idea.description += facts_.filter_note;
  if (facts_.time != nullptr && !facts_.anchor.today && asks_for(idea, "MAX(" + facts_.anchor.time + ")") &&
      asks_for(idea, facts_.anchor.from + ")")) {
    idea.description += " Windows end at the latest " + facts_.time->name + " in the data.";
  }
  ideas_.push_back(std::move(idea));
}

std::vector<model::Kpi> Ideas::best(std::size_t most) const {
  std::vector<const Idea*> sorted;
  for (const auto& idea : ideas_) sorted.push_back(&idea);
  std::stable_sort(sorted.begin(), sorted.end(),
                   [](const Idea* a, const Idea* b) { return a->rank > b->rank; });
  std::set<std::string> names;
  std::set<std::string> statements;
  sorted.erase(std::remove_if(sorted.begin(), sorted.end(),
                              [&](const Idea* idea) {
                                return !names.insert(name_key(idea->name)).second ||
                                       !statements.insert(idea->sql).second;
                              }),
               sorted.end());

  std::vector<const Idea*> kept(sorted.begin(),
                                sorted.begin() + static_cast<std::ptrdiff_t>(std::min(most, sorted.size())));
  const auto joins = [](const Idea* idea) { return !idea->joined.empty(); };
  auto have = static_cast<std::size_t>(std::count_if(kept.begin(), kept.end(), joins));
  for (auto next = sorted.begin() + static_cast<std::ptrdiff_t>(kept.size());
       next != sorted.end() && have < least_joins; ++next) {
    if (!joins(*next)) continue;
    const auto out = std::find_if_not(kept.rbegin(), kept.rend(), joins);
    if (out == kept.rend()) break;
    kept.erase(std::next(out).base());
    kept.push_back(*next);
    ++have;
  }

  std::vector<model::Kpi> kpis;
  for (const auto* idea : kept) {
    model::Kpi kpi;
    kpi.name = idea->name;
    kpi.description = idea->description;
    kpi.business_value = idea->value;
    kpi.database_id = facts_.task->database.id;
    kpi.tables.push_back(facts_.table->qualified_name());
    for (const auto* other : idea->joined) {
      const auto name = other->qualified_name();
      if (std::find(kpi.tables.begin(), kpi.tables.end(), name) == kpi.tables.end())
        kpi.tables.push_back(name);
    }
    kpi.sql = idea->sql;
    kpi.dialect = facts_.sql.dialect();
    kpi.result = {idea->shape, idea->unit, idea->display};
    kpi.source.provider = "rules";
    kpis.push_back(std::move(kpi));
  }
  return kpis;
}

std::string Metric::expression(const Facts& facts, std::string_view table_alias) const {
  return amount == nullptr ? "COUNT(*)" : facts.sum_of(*amount, table_alias);
}

Metric row_count(const Facts& facts) { return {facts.many, facts.rows, model::Unit::count, nullptr}; }

Metric sum_metric(const Amount& amount) {
  return {amount.title, alias_of(amount.title), amount.unit, &amount};
}

std::string unit_note(const Amount& amount) {
  if (amount.scale == 1) return "";
  if (amount.unit == model::Unit::duration) return " Stored in milliseconds and divided by 60,000.";
  return amount.unit == model::Unit::percent ? " Stored in basis points and divided by 100."
                                             : " Stored in minor units and divided by 100.";
}

}  // namespace kpi::llm
