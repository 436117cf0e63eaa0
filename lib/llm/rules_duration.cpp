// How long something takes: the time between two columns of a row.
#include <kpi/base/text.hpp>
#include <kpi/llm/rules_themes.hpp>

#include <fmt/format.h>

namespace kpi::llm {
namespace {

using model::Shape;
using model::Unit;

void between(const Facts& facts, Ideas& ideas, const model::Field& from, const model::Field& to,
             double less) {
  const auto& sql = facts.sql;
  const auto start = facts.column(from);
  const auto end = facts.column(to);
  const auto days = "(" + sql.days_between(start, end) + ")";
  // A row whose end lies before its start is a mistake in the data, not a short time.
  const auto valid = end + " >= " + start;
  const auto title = mark_title(from) + " to " + mark_title(to);
  const auto what = lower(facts.many);
  const auto note = fmt::format(
      "from {} to {}, in days; rows without both, or with the second before the first, are "
      "left out.",
      from.name, to.name);
  auto average = facts.query(sql.rounded("AVG" + days, 2) + " AS average_days");
  average.where.push_back(valid);
  ideas.add(
      {.rank = 77 - less,
       .name = "Average Days from " + title + " per " + facts.one,
       .description = "Mean time " + note,
       .value = fmt::format("The speed of handling {}: what takes long costs money and patience.", what),
       .sql = average.text(),
       .unit = Unit::duration});
  auto series = facts.query(sql.month(start) + " AS month,\n       " + sql.rounded("AVG" + days, 2) +
                            " AS average_days,\n       COUNT(*) AS " + sql.name(facts.rows));
  series.where.push_back(valid);
  if (&from == facts.time) series.where.push_back(start + " >= " + sql.months_before(facts.anchor, 23));
  series.group = "1";
  series.order = "1";
  ideas.add({.rank = 59 - less,
             .name = "Average Days from " + title + " per " + facts.one + " by Month",
             .description = "Mean time by month, " + note,
             .value = "Shows whether the process gets faster, and when it began to slow down.",
             .sql = series.text(),
             .shape = Shape::series,
             .unit = Unit::duration,
             .display = "line"});
  auto inner = facts.query(
      fmt::format("CASE WHEN {0} < 1 THEN 1 WHEN {0} < 3 THEN 2 WHEN {0} < 7 THEN 3 WHEN {0} < 30 "
                  "THEN 4 ELSE 5 END AS step",
                  days));
  inner.where.push_back(valid);
  Select buckets;
  buckets.with = "steps AS (\n" + inner.text() + "\n)";
  buckets.select =
      "step,\n       CASE step WHEN 1 THEN 'under 1 day' WHEN 2 THEN '1 to 3 days' WHEN 3 THEN '3 to 7 days' "
      "WHEN 4 THEN "
      "'7 to 30 days' ELSE '30 days and more' END AS time_taken,\n       COUNT(*) AS " +
      sql.name(facts.rows) + ",\n       " + sql.percent("COUNT(*)", "SUM(COUNT(*)) OVER ()") +
      " AS share_percent";
  buckets.from = "steps";
  buckets.group = "1, 2";
  buckets.order = "1";
  ideas.add({.rank = 51 - less,
             .name = facts.many + " by Time from " + title,
             .description = facts.many + " by the time " + note,
             .value = "Shows how many wait far too long, which an average does not.",
             .sql = buckets.text(),
             .shape = Shape::breakdown,
             .display = "bar"});
}

/// Promised and not yet done, or done too late.
void lateness(const Facts& facts, Ideas& ideas, const model::Field& due, double less) {
  const auto& sql = facts.sql;
  const auto promised = facts.column(due);
  const auto what = lower(facts.many);
  const auto today = sql.day(promised) + " < " + sql.today();
  auto past =
      facts.query(sql.percent("COUNT(CASE WHEN " + today + " THEN 1 END)", "COUNT(*)") + " AS past_percent");
  past.where.push_back(promised + " IS NOT NULL");
  ideas.add(
      {.rank = 53 - less,
       .name = "Share of " + facts.many + " past Their " + field_title(due),
       .description = fmt::format("Share of {} whose {} has passed, of those that have one.", what, due.name),
       .value = "Shows how much is behind its date and needs to be followed up or closed.",
       .sql = past.text(),
       .unit = Unit::percent});
  auto coming = facts.query(sql.day(promised) + " AS day,\n       COUNT(*) AS " + sql.name(facts.rows));
  coming.where.push_back(sql.day(promised) + " >= " + sql.today());
  coming.group = "1";
  coming.order = "1";
  coming.limit = 60;
  if (facts.anchor.today) {
    ideas.add({.rank = 48 - less,
               .name = facts.many + " Coming Up by " + field_title(due),
               .description = fmt::format("Number of {} by {}, from today on.", what, due.name),
               .value = "Shows the load that the next weeks bring, in time to plan for it.",
               .sql = coming.text(),
               .shape = Shape::series,
               .display = "bar"});
  }
}

}  // namespace

void duration_rules(const Facts& facts, Ideas& ideas) {
  if (facts.time == nullptr) return;
  double less = 0;
  for (const auto* mark : facts.marks) {
    if (facts.creation) between(facts, ideas, *facts.time, *mark, less);
    less += 9;
  }
  less = 0;
  for (const auto* due : facts.dues) {
    lateness(facts, ideas, *due, less);
    less += 12;
  }
  if (facts.marks.size() >= 2) between(facts, ideas, *facts.marks[0], *facts.marks[1], 15);
}

}  // namespace kpi::llm
