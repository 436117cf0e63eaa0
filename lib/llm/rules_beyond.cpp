// Two steps from a row: what its children point to, and what points to them.
#include <kpi/llm/rules_branch.hpp>
#include <kpi/llm/rules_column.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace kpi::llm {
namespace {

using model::Shape;
using model::Unit;

/// True if no two rows of the child have the same of the two keys.
bool are_told_apart(const model::Table& child, const model::Field& one, const model::Field& other) {
  return !child.primary_key.empty() &&
         std::all_of(child.primary_key.begin(), child.primary_key.end(),
                     [&](const std::string& part) { return part == one.name || part == other.name; });
}

}  // namespace

void beyond(const Branch& branch, Ideas& ideas, double less) {
  const auto& facts = branch.facts;
  const auto& sql = facts.sql;
  const auto* shown = facts.label != nullptr ? facts.label : facts.key;
  // Single orders are nobody to look after by what follows from them.
  if (shown == nullptr || facts.happened()) return;
  const auto named = [&](const std::string& rest) {
    return fmt::format("{} AS {},\n       {}", branch.shown(), sql.name(label_alias(facts.one, *shown)),
                       rest);
  };
  const auto down = fmt::format("\nJOIN {} c ON c.{} = t.{}", sql.table(*branch.child.table),
                                sql.name(branch.child.field->name), sql.name(branch.child.key->name));
  // Our rows, the child's and what lies beyond, each without its test and deleted rows.
  const auto reaching = [&](const std::string& select, const std::string& rest, const Facts* far) {
    auto query = facts.query(named(select), "t");
    query.from += down + rest;
    for (auto& condition : branch.below.filter("c")) query.where.push_back(std::move(condition));
    if (far == nullptr) return query;
    for (auto& condition : far->filter("f")) query.where.push_back(std::move(condition));
    return query;
  };
  const auto top = [&](Select query, double rank, std::string title, const std::string& what, Unit unit,
                       std::vector<const model::Table*> joined, const std::string& note = {}) {
    query.group = fmt::format("t.{}, t.{}", sql.name(branch.child.key->name), sql.name(shown->name));
    query.order = "2 DESC, 1";
    query.limit = 10;
    ideas.add(
        {.rank = rank - less,
         .name = "Top 10 " + facts.many + " by " + title,
         .description = fmt::format("The ten {} with the highest {}.{}", in_prose(facts.many), what, note),
         .value = fmt::format("Ranks {} by what follows from them further on.", in_prose(facts.many)),
         .sql = query.text(),
         .shape = Shape::breakdown,
         .unit = unit,
         .display = "row",
         .joined = std::move(joined)});
  };
  double lesser = 0;
  for (const auto& link : branch.below.links) {
    if (link.target == nullptr || link.target == facts.table || link.field == branch.child.field) continue;
    const auto others = plural_title(link.title);
    auto distinct = reaching(
        "COUNT(DISTINCT c." + sql.name(link.field->name) + ") AS " + sql.name(alias_of(others)), "", nullptr);
    // A pair that comes once is counted already, and of a handful each has nearly all.
    constexpr std::int64_t least_distinct = 10;
    const auto& stats = link.field->stats;
    const bool few = stats && stats->distinct && *stats->distinct < least_distinct;
    const bool paired = are_told_apart(*branch.child.table, *branch.child.field, *link.field);
    if (!branch.single && !few && !paired)
      top(std::move(distinct), 33 - lesser, "Different " + others + " (" + branch.many + ")",
          "number of different " + in_prose(others), Unit::count, {branch.child.table});
    const Facts far = gather(*facts.task, *link.target, facts.today);
    const auto join_far = fmt::format("\nJOIN {} f ON f.{} = c.{}", sql.table(*link.target),
                                      sql.name(link.key->name), sql.name(link.field->name));
    // A carrier that ships an order twice would count its worth twice.
    for (const auto& amount : far.amounts) {
      if (!paired || far.happened() || !amount.field->path.empty() || amount.minor) continue;
      const auto put = [&](const std::string& how, const std::string& expression, double rank) {
        auto query =
            reaching(expression + " AS " + sql.name(column_alias(how + " " + amount.title)), join_far, &far);
        query.where.push_back(far.has_value(amount, "f"));
        top(std::move(query), rank - lesser, how + " " + link.title + " " + amount.title,
            in_prose(how) + " " + in_prose(amount.title) + " of their " + in_prose(others), amount.unit,
            {branch.child.table, link.target}, unit_note(amount));
      };
      put("Average", far.average_of(amount, "f"), 24);
      if (far.sums_up(amount)) put("Total", far.sum_of(amount, "f"), 23);
      lesser += 3;
    }
    lesser += 4;
  }
  lesser = 0;
  for (const auto& grandchild : branch.below.children) {
    if (grandchild.table == facts.table) continue;
    const Facts far = gather(*facts.task, *grandchild.table, facts.today);
    const auto join_far = fmt::format("\nJOIN {} f ON f.{} = c.{}", sql.table(*grandchild.table),
                                      sql.name(grandchild.field->name), sql.name(grandchild.key->name));
    auto counted = reaching("COUNT(*) AS " + sql.name(far.rows), join_far, &far);
    if (!far.summary && !(branch.single && is_unique(*grandchild.table, *grandchild.field)))
      top(std::move(counted), 46 - lesser, far.many + " (by " + branch.many + ")",
          "number of " + in_prose(far.many), Unit::count, {branch.child.table, grandchild.table});
    for (const auto& amount : far.amounts) {
      if ((amount.adds && !far.sums_up(amount)) || amount.minor || !amount.field->path.empty()) continue;
      const auto put = [&](const std::string& how, const std::string& expression, double rank) {
        auto query = reaching(expression + " AS " + sql.name(alias_of(how + amount.title)), join_far, &far);
        query.where.push_back(far.has_value(amount, "f"));
        top(std::move(query), rank - lesser, how + amount.title + " of " + far.many,
            in_prose(how + amount.title) + " of " + in_prose(far.many), amount.unit,
            {branch.child.table, grandchild.table}, unit_note(amount));
      };
      // What the rows earn in the end ranks before all that is counted on the way there.
      if (amount.adds) put("", far.sum_of(amount, "f"), amount.unit == Unit::currency ? 70 : 42);
      put("Average ", far.average_of(amount, "f"), 22);
      lesser += 3;
    }
    lesser += 4;
  }
}

}  // namespace kpi::llm
