// What hangs on a row: counts and sums of the tables that point here.
#include <kpi/base/text.hpp>
#include <kpi/llm/rules_branch.hpp>
#include <kpi/llm/rules_column.hpp>
#include <kpi/llm/rules_ended.hpp>
#include <kpi/llm/rules_themes.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace kpi::llm {
namespace {

using model::Shape;
using model::Unit;

constexpr double least_for_months = 3;  ///< rows in an average month below which a month would stand empty
constexpr double said_twice = 18;       ///< less for what the child's own KPIs say, too
constexpr double single_event = 24;     ///< less for a list of things that happened: nobody to look after

void counts(const Branch& branch, Ideas& ideas, double less) {
  const auto& facts = branch.facts;
  const auto& sql = facts.sql;
  const auto what = in_prose(facts.many);
  auto average = facts.query(sql.ratio("SUM(COALESCE(c.n, 0))", "COUNT(*)") + " AS average_" +
                                 column_alias(branch.many) + ",\n       MAX(COALESCE(c.n, 0)) AS most",
                             "t");
  average.from += grouped(branch, "COUNT(*) AS n");
  if (!branch.single)
    ideas.add(
        {.rank = 63 - less,
         .name = "Average " + branch.many + " per " + facts.one,
         .description =
             fmt::format("Mean number of {} of one {}, those without any included, and the most of one.",
                         branch.lower_many, in_prose(facts.one)),
         .value = fmt::format("Shows how many {} one {} carries on the whole, to tell more of them from more "
                              "for each.",
                              branch.lower_many, in_prose(facts.one)),
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
    ideas.add({.rank = 67 - less,
               .name = facts.many + " without " + branch.many,
               .description =
                   fmt::format("Number and share of {} that have none of the {}.", what, branch.lower_many),
               .value = facts.happened()
                            ? fmt::format("Shows for how many {} none ever followed.", what)
                            : fmt::format(
                                  "Finds {} that lie idle or are stuck, for a reminder or a clean-up.", what),
               .sql = none.text(),
               .shape = Shape::table,
               .unit = Unit::percent,
               .display = "table",
               .joined = {branch.child.table}});

  if (branch.single) return;  // one is one: nothing to rank, nothing to class
  // Which single order has the most entries is no question.
  if (!facts.happened() && (facts.label != nullptr || facts.key != nullptr)) {
    const auto& shown = facts.label != nullptr ? *facts.label : *facts.key;
    auto top =
        facts.query(fmt::format("{} AS {},\n       c.n AS {}", branch.shown(),
                                sql.name(label_alias(facts.one, shown)), sql.name(alias_of(branch.many))),
                    "t");
    top.from += replace_all(grouped(branch, "COUNT(*) AS n"), "LEFT JOIN", "JOIN");
    top.order = "2 DESC, 1";
    top.limit = 10;
    ideas.add({.rank = 71 - less - (facts.label != nullptr ? 0 : 12) - (branch.listed ? said_twice : 0),
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
  if (facts.happened() || (facts.label == nullptr && facts.key == nullptr)) return;
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
  double twice = branch.listed ? said_twice : 0;
  for (const auto& amount : branch.below.amounts) {
    if ((amount.adds && !branch.below.sums_up(amount)) || amount.minor || !amount.field->path.empty())
      continue;
    const auto metric = amount.adds ? branch.below.sum_of(amount) : branch.below.average_of(amount);
    const auto title = (amount.adds ? "" : "Average ") + amount.title +
                       (branch.many == facts.many ? "" : " of " + branch.many);  // it would say that twice
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
      ideas.add(
          {.rank = (amount.adds ? 74 - twice : 44) - less - lesser - (facts.label != nullptr ? 0 : 12) -
                   (facts.happened() ? single_event : 0),
           .name = "Top 10 " + facts.many + " by " + title,
           .description =
               fmt::format("The ten {} with the highest {}.{}", in_prose(facts.many), in_prose(title), note),
           .value = amount.adds
                        ? fmt::format("Ranks {} by what they bring, not by how many there are.",
                                      in_prose(facts.many))
                        : fmt::format("Compares {} by what their {} are like, not by how many they have.",
                                      in_prose(facts.many), branch.lower_many),
           .sql = top.text(),
           .shape = Shape::breakdown,
           .unit = amount.unit,
           .display = "row",
           .joined = {branch.child.table}});
    }
    if (amount.adds && !branch.single) averages(branch, ideas, amount, less + lesser);
    for (const auto& dimension : facts.dimensions) {
      if (!amount.adds || !dimension.field->path.empty()) break;
      const bool whole = model::is_integer(*amount.field) && amount.scale == 1;
      const auto total = whole ? "SUM(c.total)" : sql.rounded("SUM(c.total)", 2);
      auto query = facts.query(facts.group_of(dimension, "t") + " AS " + sql.name(alias_of(dimension.title)) +
                                   ",\n       " + total + " AS " + sql.name(alias_of(amount.title)),
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
    if (amount.adds) twice = 0;
  }
}

/// Of whose children most end badly, and whose come to the end that is wanted.
void outcomes(const Branch& branch, Ideas& ideas, double less) {
  const auto& facts = branch.facts;
  const auto* shown = facts.label != nullptr ? facts.label : facts.key;
  if (branch.single || facts.happened() || shown == nullptr) return;
  const auto& sql = facts.sql;
  constexpr int least = 10;  // one of two is no rate of half
  for (const auto& dimension : branch.below.dimensions) {
    bool any = false;
    for (const auto outcome : {Outcome::bad, Outcome::good}) {
      const auto rows = ended(branch.below, dimension, outcome);
      if (!rows) continue;
      any = true;
      const bool bad = outcome == Outcome::bad;
      const auto rate = sql.percent("COUNT(CASE WHEN " + rows->condition + " THEN 1 END)", "COUNT(*)");
      auto top = facts.query(
          fmt::format("{} AS {},\n       c.rate AS {},\n       c.n AS {}", branch.shown(),
                      sql.name(label_alias(facts.one, *shown)),
                      sql.name(column_alias(rows->label) + "_rate_percent"), sql.name(alias_of(branch.many))),
          "t");
      top.from +=
          replace_all(grouped(branch, rate + " AS rate, COUNT(*) AS n", fmt::format("COUNT(*) >= {}", least)),
                      "LEFT JOIN", "JOIN");
      top.order = "2 DESC, 3 DESC, 1";
      top.limit = 10;
      ideas.add(
          {.rank = (bad ? 58 : 41) - less - (facts.label != nullptr ? 0 : 12),
           .name = "Top 10 " + facts.many + " by " + rows->label + " Rate of " + branch.many,
           .description = fmt::format("The ten {} with the highest share of {} whose {} is {}, of those "
                                      "with {} {} or more.",
                                      in_prose(facts.many), branch.lower_many, in_prose(dimension.title),
                                      join(rows->labels, " or "), least, branch.lower_many),
           .value = bad ? fmt::format("Names the {} where most is lost, to look for the cause there.",
                                      in_prose(facts.many))
                        : fmt::format("Names the {} that the others can learn from.", in_prose(facts.many)),
           .sql = top.text(),
           .shape = Shape::breakdown,
           .unit = Unit::percent,
           .display = "row",
           .joined = {branch.child.table}});
    }
    if (any) return;
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
  if (!branch.single && !branch.few())
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
  const bool used =
      !facts.happened() && below.role != model::Role::dimension && below.time != nullptr && below.creation;
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
             .joined = {branch.child.table},
             .timed = &below});
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
             .joined = {branch.child.table},
             .timed = &below});
}

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

std::string grouped(const Branch& branch, const std::string& select, const std::string& having) {
  const auto& sql = branch.facts.sql;
  const auto key = sql.name(branch.child.field->name);
  auto inner = branch.below.query(key + " AS key_value, " + select);
  inner.where.push_back(key + " IS NOT NULL");
  inner.group = key;
  inner.having = having;
  return fmt::format("\nLEFT JOIN (\n{}\n) c ON c.key_value = t.{}", inner.text(),
                     sql.name(branch.child.key->name));
}

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
    // A table of two keys has little else to tell: its lists may stand on either side.
    const bool listed = !below.links.empty() && below.links.front().field == child.field && !below.summary &&
                        below.role != model::Role::junction;
    const Branch branch{facts, child, std::move(below), many, in_prose(many), one, single, whole, listed};
    // How often something was summed up is no count of anything.
    if (!branch.below.summary) counts(branch, ideas, less);
    sums(branch, ideas, less);
    outcomes(branch, ideas, less);
    if (!branch.below.summary) spread(branch, ideas, less);
    beyond(branch, ideas, less);
    less += less == 0 ? 8 : 6;
  }
}

}  // namespace kpi::llm
