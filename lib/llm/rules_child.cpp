// What hangs on a row: counts and sums of the tables that point here.
#include <kpi/base/text.hpp>
#include <kpi/llm/rules_column.hpp>
#include <kpi/llm/rules_themes.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace kpi::llm {
namespace {

using model::Shape;
using model::Unit;

constexpr double least_for_months = 3;  ///< rows in an average month below which a month would stand empty

struct Branch {
  const Facts& facts;
  const Child& child;
  const Facts below;
  std::string many;  ///< of the child; with the key's name where the child points here twice
  std::string lower_many;
  std::string one;
  bool single = false;  ///< one of ours has one of them at most
  bool whole = false;   ///< every one of ours has some

  /// What a person calls one of ours, in a query where they are `t`.
  [[nodiscard]] std::string shown() const {
    return facts.label == nullptr ? facts.column(*facts.key, "t")
                                  : name_of_row(*facts.task, *facts.table, *facts.label, *child.key, "t");
  }
  /// The condition that a child belongs to one of ours, deleted and test ones not counted.
  [[nodiscard]] std::string is_ours() const {
    const auto key = facts.sql.name(child.field->name);
    if (facts.filter().empty()) return key + " IS NOT NULL";
    auto ours = facts.query(facts.sql.name(child.key->name));
    return key + " IN (\n" + ours.text() + "\n)";
  }
};

/// The child's rows by key, joined to ours as c; `select` aggregates them.
std::string grouped(const Branch& branch, const std::string& select, const std::string& having = {}) {
  const auto& sql = branch.facts.sql;
  const auto key = sql.name(branch.child.field->name);
  auto inner = branch.below.query(key + " AS key_value, " + select);
  inner.where.push_back(key + " IS NOT NULL");
  inner.group = key;
  inner.having = having;
  return fmt::format("\nLEFT JOIN (\n{}\n) c ON c.key_value = t.{}", inner.text(),
                     sql.name(branch.child.key->name));
}

void counts(const Branch& branch, Ideas& ideas, double less) {
  const auto& facts = branch.facts;
  const auto& sql = facts.sql;
  const auto what = in_prose(facts.many);
  auto average = facts.query(sql.ratio("SUM(COALESCE(c.n, 0))", "COUNT(*)") + " AS average_" +
                                 column_alias(branch.many) + ",\n       MAX(COALESCE(c.n, 0)) AS most",
                             "t");
  average.from += grouped(branch, "COUNT(*) AS n");
  if (!branch.single)
    ideas.add({.rank = 63 - less,
               .name = "Average " + branch.many + " per " + facts.one,
               .description = fmt::format(
                   "Mean number of {} of one {}, those without any included, and the most of one.",
                   branch.lower_many, in_prose(facts.one)),
               .value = fmt::format("Shows how much use {} see on the whole.", what),
               .sql = average.text(),
               .shape = Shape::table,
               .unit = Unit::number,
               .display = "table",
               .joined = {branch.child.table}});

  auto none = facts.query("COUNT(CASE WHEN c.n IS NULL THEN 1 END) AS without_any,\n       " +
                              sql.percent("COUNT(CASE WHEN c.n IS NULL THEN 1 END)", "COUNT(*)") +
                              " AS share_percent",
                          "t");
  none.from += grouped(branch, "COUNT(*) AS n");
  if (!branch.whole)
    ideas.add(
        {.rank = 67 - less,
         .name = facts.many + " without " + branch.many,
         .description =
             fmt::format("Number and share of {} that have none of the {}.", what, branch.lower_many),
         .value = fmt::format("Finds {} that lie idle or are stuck, for a reminder or a clean-up.", what),
         .sql = none.text(),
         .shape = Shape::table,
         .unit = Unit::percent,
         .display = "table",
         .joined = {branch.child.table}});

  if (branch.single) return;  // one is one: nothing to rank, nothing to class
  if (facts.label != nullptr || facts.key != nullptr) {
    const auto& shown = facts.label != nullptr ? *facts.label : *facts.key;
    auto top =
        facts.query(fmt::format("{} AS {},\n       c.n AS {}", branch.shown(),
                                sql.name(label_alias(facts.one, shown)), sql.name(alias_of(branch.many))),
                    "t");
    top.from += replace_all(grouped(branch, "COUNT(*) AS n"), "LEFT JOIN", "JOIN");
    top.order = "2 DESC, 1";
    top.limit = 10;
    ideas.add({.rank = 71 - less - (facts.label != nullptr ? 0 : 12),
               .name = "Top 10 " + facts.many + " by " + branch.many,
               .description = fmt::format("The ten {} with the most {}.", what, branch.lower_many),
               .value = fmt::format("Names the {} that matter most to others.", what),
               .sql = top.text(),
               .shape = Shape::breakdown,
               .display = "row",
               .joined = {branch.child.table}});
  }
  auto classes = facts.query(
      "CASE WHEN c.n IS NULL THEN 'none' WHEN c.n = 1 THEN '1' WHEN c.n <= 5 THEN '2 to 5' WHEN c.n <= 20 "
      "THEN '6 to 20' ELSE "
      "'21 and more' END AS " +
          sql.name(alias_of(branch.many)) + ",\n       COUNT(*) AS " + sql.name(facts.rows),
      "t");
  classes.from += grouped(branch, "COUNT(*) AS n");
  classes.group = "1";
  classes.order = "MIN(COALESCE(c.n, 0))";
  ideas.add(
      {.rank = 39 - less,
       .name = facts.many + " by Number of " + branch.many,
       .description = fmt::format("{} in classes by how many {} they have.", facts.many, branch.lower_many),
       .value = "Shows the long tail and the few heavy ones side by side.",
       .sql = classes.text(),
       .shape = Shape::breakdown,
       .display = "bar",
       .joined = {branch.child.table}});
}

/// Whose children are the largest: what carries most need not cost most apiece.
void averages(const Branch& branch, Ideas& ideas, const Amount& amount, double less) {
  const auto& facts = branch.facts;
  if (facts.label == nullptr && facts.key == nullptr) return;
  const auto& sql = facts.sql;
  const auto& shown = facts.label != nullptr ? *facts.label : *facts.key;
  constexpr int least = 5;  // the mean of one or two is chance
  const auto title = "Average " + amount.title + " per " + branch.one;
  auto top = facts.query(
      fmt::format("{} AS {},\n       c.mean AS {}", branch.shown(), sql.name(label_alias(facts.one, shown)),
                  sql.name("average_" + column_alias(amount.title))),
      "t");
  top.from += replace_all(
      grouped(branch, branch.below.average_of(amount) + " AS mean", fmt::format("COUNT(*) >= {}", least)),
      "LEFT JOIN", "JOIN");
  top.where.push_back("c.mean IS NOT NULL");
  top.order = "2 DESC, 1";
  top.limit = 10;
  ideas.add(
      {.rank = 36 - less,
       .name = "Top 10 " + facts.many + " by " + title,
       .description =
           fmt::format("The ten {} with the highest {}, of those with {} {} or more.{}", in_prose(facts.many),
                       in_prose(title), least, branch.lower_many, unit_note(amount)),
       .value = fmt::format("Tells {} that are dear from those that are only large.", in_prose(facts.many)),
       .sql = top.text(),
       .shape = Shape::breakdown,
       .unit = amount.unit,
       .display = "row",
       .joined = {branch.child.table}});
}

void sums(const Branch& branch, Ideas& ideas, double less) {
  const auto& facts = branch.facts;
  const auto& sql = facts.sql;
  double lesser = 0;
  for (const auto& amount : branch.below.amounts) {
    if ((amount.adds && !branch.below.sums_up(amount)) || amount.minor || !amount.field->path.empty())
      continue;
    const auto metric = amount.adds ? branch.below.sum_of(amount) : branch.below.average_of(amount);
    const auto title = (amount.adds ? "" : "Average ") + amount.title + " of " + branch.many;
    const auto note = unit_note(amount);
    if (facts.label != nullptr || facts.key != nullptr) {
      const auto& shown = facts.label != nullptr ? *facts.label : *facts.key;
      auto top =
          facts.query(fmt::format("{} AS {},\n       c.total AS {}", branch.shown(),
                                  sql.name(label_alias(facts.one, shown)), sql.name(alias_of(amount.title))),
                      "t");
      top.from += replace_all(grouped(branch, metric + " AS total"), "LEFT JOIN", "JOIN");
      top.where.push_back("c.total IS NOT NULL");
      top.order = "2 DESC, 1";
      top.limit = 10;
      ideas.add({.rank = (amount.adds ? 74 : 44) - less - lesser - (facts.label != nullptr ? 0 : 12),
                 .name = "Top 10 " + facts.many + " by " + title,
                 .description = fmt::format("The ten {} with the highest {}.{}", in_prose(facts.many),
                                            in_prose(title), note),
                 .value = fmt::format("Ranks {} by what they bring, not by how many there are.",
                                      in_prose(facts.many)),
                 .sql = top.text(),
                 .shape = Shape::breakdown,
                 .unit = amount.unit,
                 .display = "row",
                 .joined = {branch.child.table}});
    }
    if (amount.adds && !branch.single) averages(branch, ideas, amount, less + lesser);
    for (const auto& dimension : facts.dimensions) {
      if (!amount.adds || !dimension.field->path.empty()) break;
      auto query = facts.query(facts.group_of(dimension, "t") + " AS " + sql.name(alias_of(dimension.title)) +
                                   ",\n       SUM(c.total) AS " + sql.name(alias_of(amount.title)),
                               "t");
      query.from += replace_all(grouped(branch, metric + " AS total"), "LEFT JOIN", "JOIN");
      query.where.push_back("c.total IS NOT NULL");
      query.group = "1";
      query.order = "2 DESC, 1";
      query.limit = 20;
      ideas.add({.rank = 55 - less - lesser,
                 .name = title + " by " + facts.one + " " + dimension.title,
                 .description = fmt::format("{} by the {} of the {}.{}", title, in_prose(dimension.title),
                                            in_prose(facts.one), note),
                 .value = fmt::format("Shows which {} earns its place.", in_prose(dimension.title)),
                 .sql = query.text(),
                 .shape = Shape::breakdown,
                 .unit = amount.unit,
                 .display = "bar",
                 .joined = {branch.child.table}});
      break;
    }
    lesser += 14;
  }
}

/// How the children are spread, and how lately they came.
void spread(const Branch& branch, Ideas& ideas, double less) {
  const auto& facts = branch.facts;
  const auto& sql = facts.sql;
  const auto key = sql.name(branch.child.field->name);
  auto counted = branch.below.query(key + " AS key_value, COUNT(*) AS n");
  counted.where.push_back(branch.is_ours());
  counted.group = key;
  Select share;
  share.with = "counted AS (\n" + counted.text() +
               "\n),\nranked AS (\nSELECT n, NTILE(5) OVER (ORDER BY n DESC) AS fifth\nFROM counted\n)";
  share.select = sql.percent("SUM(CASE WHEN fifth = 1 THEN n ELSE 0 END)", "SUM(n)") + " AS share_percent";
  share.from = "ranked";
  if (!branch.single)
    ideas.add({.rank = 48 - less,
               .name = "Share of " + branch.many + " from the Busiest Fifth of " + facts.many,
               .description = fmt::format(
                   "Part of all {} that belong to the busiest fifth of the {} that have any, in percent.",
                   branch.lower_many, in_prose(facts.many)),
               .value = fmt::format("Measures how far a few {} carry the rest.", in_prose(facts.many)),
               .sql = share.text(),
               .unit = Unit::percent,
               .joined = {branch.child.table}});
  Select single;
  single.with = "counted AS (\n" + counted.text() + "\n)";
  single.select = sql.percent("COUNT(CASE WHEN n = 1 THEN 1 END)", "COUNT(*)") + " AS single_percent";
  single.from = "counted";
  if (!branch.single)
    ideas.add({.rank = 30 - less,
               .name = "Share of " + facts.many + " with Only One " + branch.one,
               .description = fmt::format("Of the {} with {}, the share that have exactly one, in percent.",
                                          in_prose(facts.many), branch.lower_many),
               .value = "Shows how many have only just begun, or never went further.",
               .sql = single.text(),
               .unit = Unit::percent,
               .joined = {branch.child.table}});
  const auto& below = branch.below;
  // Being made is no use: a category is not active for the products that were added to it.
  const bool used = below.role != model::Role::dimension && below.time != nullptr && below.creation;
  if (!used || !below.busy(least_for_months)) return;
  auto recent = below.query("COUNT(DISTINCT " + key + ") AS " + sql.name(alias_of(facts.many)));
  recent.where.push_back(branch.is_ours());
  recent.where.push_back(below.column(*below.time) + " >= " + sql.days_before(below.anchor, 89));
  ideas.add({.rank = 61 - less,
             .name = facts.many + " with " + branch.many + " in the Last 90 Days",
             .description = fmt::format("Number of different {} that had {} in the last 90 days.",
                                        in_prose(facts.many), branch.lower_many),
             .value = fmt::format("Tells how many {} had any of late, beside all that stand in the list.",
                                  in_prose(facts.many)),
             .sql = recent.text(),
             .joined = {branch.child.table}});
  auto monthly = below.query(below.month_of() + " AS month,\n       COUNT(DISTINCT " + key + ") AS " +
                             sql.name(alias_of(facts.many)) + ",\n       COUNT(*) AS " +
                             sql.name(alias_of(branch.many)));
  monthly.where.push_back(branch.is_ours());
  monthly.where.push_back(below.column(*below.time) + " >= " + sql.months_before(below.anchor, 23));
  monthly.group = "1";
  monthly.order = "1";
  ideas.add({.rank = 50 - less,
             .name = facts.many + " with " + branch.many + " by Month",
             .description = fmt::format("Number of different {} with {} each month, and the number of {}.",
                                        in_prose(facts.many), branch.lower_many, branch.lower_many),
             .value = "Shows whether use spreads or gathers on fewer.",
             .sql = monthly.text(),
             .shape = Shape::series,
             .display = "line",
             .joined = {branch.child.table}});
}

/// True if no two rows of the child have the same of the two keys.
bool are_told_apart(const model::Table& child, const model::Field& one, const model::Field& other) {
  return !child.primary_key.empty() &&
         std::all_of(child.primary_key.begin(), child.primary_key.end(),
                     [&](const std::string& part) { return part == one.name || part == other.name; });
}

/// One more step: what other tables know of the children, or of what the children point to.
void beyond(const Branch& branch, Ideas& ideas, double less) {
  const auto& facts = branch.facts;
  const auto& sql = facts.sql;
  const auto* shown = facts.label != nullptr ? facts.label : facts.key;
  if (shown == nullptr) return;
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
                       std::vector<const model::Table*> joined) {
    query.group = fmt::format("t.{}, t.{}", sql.name(branch.child.key->name), sql.name(shown->name));
    query.order = "2 DESC, 1";
    query.limit = 10;
    ideas.add({.rank = rank - less,
               .name = "Top 10 " + facts.many + " by " + title,
               .description = fmt::format("The ten {} with the highest {}.", in_prose(facts.many), what),
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
    if (!branch.single)
      top(std::move(distinct), 33 - lesser, "Different " + others + " (" + branch.many + ")",
          "number of different " + in_prose(others), Unit::count, {branch.child.table});
    const Facts far = gather(*facts.task, *link.target, facts.today);
    const auto join_far = fmt::format("\nJOIN {} f ON f.{} = c.{}", sql.table(*link.target),
                                      sql.name(link.key->name), sql.name(link.field->name));
    // A carrier that ships an order twice would count its worth twice.
    const bool once = are_told_apart(*branch.child.table, *branch.child.field, *link.field);
    for (const auto& amount : far.amounts) {
      if (!once || !amount.field->path.empty() || amount.minor) continue;
      const auto put = [&](const std::string& how, const std::string& expression, double rank) {
        auto query =
            reaching(expression + " AS " + sql.name(column_alias(how + " " + amount.title)), join_far, &far);
        query.where.push_back(far.has_value(amount, "f"));
        top(std::move(query), rank - lesser, how + " " + link.title + " " + amount.title,
            in_prose(how) + " " + in_prose(amount.title) + " of their " + in_prose(others), amount.unit,
            {branch.child.table, link.target});
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
            {branch.child.table, grandchild.table});
      };
      // What the rows earn in the end ranks before all that is counted on the way there.
      if (amount.adds) put("", far.sum_of(amount, "f"), amount.unit == Unit::currency ? 70 : 42);
      put("Average ", far.average_of(amount, "f"), 22);
      lesser += 3;
    }
    lesser += 4;
  }
}

}  // namespace

namespace {

/// Of a junction that points here, the key to what it joins us with; nullptr where the child is none.
const model::Field* beyond_junction(const Child& child) {
  if (child.table->role != model::Role::junction) return nullptr;
  const model::Field* found = nullptr;
  for (const auto& field : child.table->fields) {
    if (!field.references || &field == child.field) continue;
    if (found != nullptr) return nullptr;
    found = &field;
  }
  return found;
}

}  // namespace

void child_rules(const Facts& facts, Ideas& ideas) {
  double less = 0;
  for (const auto& child : facts.children) {
    Facts below = gather(*facts.task, *child.table, facts.today);
    std::string many = below.many;
    int pointers = 0;
    for (const auto& other : facts.children) pointers += other.table == child.table ? 1 : 0;
    std::string one = below.one;
    if (const auto* far = pointers == 1 ? beyond_junction(child) : nullptr; far != nullptr) {
      // A junction has no meaning of its own: playlists have tracks, not playlist tracks.
      one = key_title(*far);
      many = plural_title(one);
    }
    if (pointers > 1) many += " (" + key_title(*child.field) + ")";
    const bool single = is_unique(*child.table, *child.field);
    const bool whole = covers(*child.table, *child.field, *facts.table);
    const Branch branch{facts, child, std::move(below), many, in_prose(many), one, single, whole};
    // How often something was summed up is no count of anything.
    if (!branch.below.summary) counts(branch, ideas, less);
    sums(branch, ideas, less);
    if (!branch.below.summary) spread(branch, ideas, less);
    beyond(branch, ideas, less);
    less += less == 0 ? 8 : 6;
  }
}

}  // namespace kpi::llm
