// Shares by category.
#include <kpi/base/text.hpp>
#include <kpi/llm/rules_column.hpp>
#include <kpi/llm/rules_themes.hpp>

#include <fmt/format.h>

namespace kpi::llm {
namespace {

using model::Shape;

constexpr double least_for_months = 10;  ///< rows in an average month below which a mix by month is chance

void shares(const Facts& facts, Ideas& ideas, const Dimension& dimension, double less) {
  const auto& sql = facts.sql;
  const auto title = in_prose(dimension.title);
  const auto alias = sql.name(alias_of(dimension.title));
  const auto many = sql.name(facts.rows);
  auto query =
      facts.query(facts.group_of(dimension) + " AS " + alias + ",\n       COUNT(*) AS " + many +
                  ",\n       " + sql.percent("COUNT(*)", "SUM(COUNT(*)) OVER ()") + " AS share_percent");
  // A reason is there once it is over: those without one do not lack it.
  const bool told_late = is_told_by_outcome(*facts.table, *dimension.field);
  if (told_late) query.where.push_back(facts.column(*dimension.field) + " IS NOT NULL");
  query.group = "1";
  query.order = "2 DESC, 1";
  query.limit = 20;
  ideas.add(
      {.rank = 87 - less,
       .name = facts.many + " by " + dimension.title,
       .description = fmt::format("Number and share of {} by {}, most frequent first{}.",
                                  in_prose(facts.many), title, told_late ? ", of those that have one" : ""),
       .value =
           fmt::format("Shows what the mix of {} is made of, and where to look first.", in_prose(facts.many)),
       .sql = query.text(),
       .shape = Shape::breakdown,
       .display = "bar"});
  const auto month = facts.month_of();
  if (month.empty() || facts.time == nullptr || !facts.busy(least_for_months)) return;
  auto series = facts.query(month + " AS month,\n       " + facts.group_of(dimension) + " AS " + alias +
                            ",\n       COUNT(*) AS " + many);
  if (told_late) series.where.push_back(facts.column(*dimension.field) + " IS NOT NULL");
  series.where.push_back(facts.column(*facts.time) + " >= " + sql.months_before(facts.anchor, 11));
  series.group = "1, 2";
  series.order = "1, 2";
  ideas.add(
      {.rank = 58 - less,
       .name = facts.many + " by " + dimension.title + " and Month" + facts.by_time(),
       .description = fmt::format("Number of {} a month by {}, over the last twelve months{}.",
                                  in_prose(facts.many), title, told_late ? "; of those that have one" : ""),
       .value = fmt::format("Shows how the mix shifts over time, which the total hides."),
       .sql = series.text(),
       .shape = Shape::series,
       .display = "bar"});
}

void crossed(const Facts& facts, Ideas& ideas) {
  if (facts.dimensions.size() < 2) return;
  const auto& sql = facts.sql;
  const auto& first = facts.dimensions[0];
  const auto& second = facts.dimensions[1];
  auto query = facts.query(facts.group_of(first) + " AS " + sql.name(alias_of(first.title)) + ",\n       " +
                           facts.group_of(second) + " AS " + sql.name(alias_of(second.title)) +
                           ",\n       COUNT(*) AS " + sql.name(facts.rows));
  query.group = "1, 2";
  query.order = "3 DESC, 1, 2";
  query.limit = 50;
  ideas.add({.rank = 36,
             .name = facts.many + " by " + first.title + " and " + second.title,
             .description = fmt::format("Number of {} for each pair of {} and {}.", in_prose(facts.many),
                                        in_prose(first.title), in_prose(second.title)),
             .value = "Finds the combinations that stand out, good or bad.",
             .sql = query.text(),
             .shape = Shape::table,
             .display = "table"});
}

}  // namespace

void mix_rules(const Facts& facts, Ideas& ideas) {
  // Rows of a statistic are no things to count.
  if (facts.summary) return;
  double less = 0;
  for (const auto& dimension : facts.dimensions) {
    shares(facts, ideas, dimension, less + (dimension.field->path.empty() ? 0 : 20));
    less += less == 0 ? 9 : 12;
  }
  crossed(facts, ideas);
}

}  // namespace kpi::llm
