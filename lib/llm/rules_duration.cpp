// How long something takes, and whether it was done by when it was promised.
#include <kpi/base/text.hpp>
#include <kpi/base/words.hpp>
#include <kpi/llm/rules_column.hpp>
#include <kpi/llm/rules_themes.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <vector>

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
  const auto what = in_prose(facts.many);
  const bool bad = facts.ends_badly(to);
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
       .value =
           bad ? fmt::format("How long {} last that end this way: how much time there is to keep them.", what)
               : fmt::format("The speed of handling {}: what takes long costs money and patience.", what),
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
             .description = "Mean time by month of " + from.name + ", " + note +
                            " The youngest months hold only what was over soon.",
             .value = bad ? "Shows whether those that are lost are lost earlier or later than before."
                          : "Shows whether the process gets faster, and when it began to slow down.",
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

/// The time of the column that says that a row was done; the last step of several, nullptr where none says
/// so.
const model::Field* done_mark(const Facts& facts) {
  // From the most final to the least: what is shipped is not there yet.
  for (const std::string_view word : {"delivered", "arrived", "received", "completed", "complete", "finished",
                                      "done", "resolved", "paid", "delivery", "shipped", "ship"}) {
    for (const auto* mark : facts.marks) {
      if (mark->path.empty() && has_word(identifier_words(mark->name), {word})) return mark;
    }
  }
  return nullptr;
}

/// What makes a row still open: no time of an end, and no status that is one. Empty where nothing tells.
std::vector<std::string> open_conditions(const Facts& facts) {
  std::vector<std::string> conditions;
  const auto* done = done_mark(facts);
  for (const auto* mark : facts.marks) {
    const bool ends = mark == done || is_loss(*mark) ||
                      has_word(identifier_words(mark->name), {"decided", "ended", "closed"});
    if (ends && mark->path.empty()) conditions.push_back(facts.column(*mark) + " IS NULL");
  }
  for (const auto& dimension : facts.dimensions) {
    if (!is_state_name(*dimension.field) || !dimension.field->path.empty()) continue;
    std::string list;
    for (const auto& meaning : closed_by(dimension.meanings)) {
      if (!list.empty()) list += ", ";
      list += meaning.number ? meaning.value : DialectWriter::literal(meaning.value);
    }
    const auto column = facts.column(*dimension.field);
    if (!list.empty()) conditions.push_back(fmt::format("({0} IS NULL OR {0} NOT IN ({1}))", column, list));
    break;
  }
  return conditions;
}

/// Up to which day the data goes, for people.
std::string until_when(const Facts& facts) {
  return facts.anchor.today ? "today" : "the latest " + facts.time->name;
}

/// Not done though the promised day has passed.
void lateness(const Facts& facts, Ideas& ideas, const model::Field& due, double less) {
  const auto& sql = facts.sql;
  const auto promised = facts.column(due);
  const auto what = in_prose(facts.many);
  const auto passed = sql.day(promised) + " < " + sql.last_day(facts.anchor);
  const auto open = open_conditions(facts);
  const auto count = "COUNT(CASE WHEN " + passed + " THEN 1 END)";
  // That a trial has ended long ago is no delay.
  if (has_word(identifier_words(due.name), {"trial"})) return;
  if (!open.empty()) {
    auto late = facts.query("COUNT(*) AS " + sql.name("open_" + facts.rows) + ",\n       " + count +
                            " AS past_date,\n       " + sql.percent(count, "COUNT(*)") + " AS past_percent");
    late.where.push_back(promised + " IS NOT NULL");
    for (const auto& condition : open) late.where.push_back(condition);
    ideas.add({.rank = 79 - less,
               .name = "Open " + facts.many + " past Their " + due_title(due),
               .description = fmt::format("Number of {} with {} that are neither done nor given up, and the "
                                          "number and share of them whose {} lies before {}.",
                                          what, due.name, due.name, until_when(facts)),
               .value = "Shows how much is behind its date and needs to be followed up or closed.",
               .sql = late.text(),
               .shape = Shape::table,
               .unit = Unit::percent,
               .display = "table"});
  } else if (!is_promise(due)) {
    auto past = facts.query(sql.percent(count, "COUNT(*)") + " AS past_percent");
    past.where.push_back(promised + " IS NOT NULL");
    ideas.add({.rank = 53 - less,
               .name = "Share of " + facts.many + " past Their " + due_title(due),
               .description = fmt::format("Share of {} whose {} lies before {}, of those that have one.",
                                          what, due.name, until_when(facts)),
               .value = fmt::format("Shows how many {} have run out, beside those that still hold.", what),
               .sql = past.text(),
               .unit = Unit::percent});
  }
  auto coming = facts.query(sql.day(promised) + " AS day,\n       COUNT(*) AS " + sql.name(facts.rows));
  coming.where.push_back(sql.day(promised) + " >= " + sql.last_day(facts.anchor));
  for (const auto& condition : open) coming.where.push_back(condition);
  coming.group = "1";
  coming.order = "1";
  coming.limit = 60;
  if (facts.anchor.today) {
    ideas.add({.rank = 48 - less,
               .name = (open.empty() ? "" : "Open ") + facts.many + " Coming Up by " + due_title(due),
               .description = fmt::format("Number of {} by {}, from today on{}.", what, due.name,
                                          open.empty() ? "" : "; without those done or given up"),
               .value = "Shows the load that the next weeks bring, in time to plan for it.",
               .sql = coming.text(),
               .shape = Shape::series,
               .display = "bar"});
  }
}

/// Done by the time that was promised, of all that were done or should have been: what is overdue and still
/// open is as late as what came too late.
void on_time(const Facts& facts, Ideas& ideas, const model::Field& due) {
  const auto* done = done_mark(facts);
  if (done == nullptr || !is_promise(due)) return;
  const auto& sql = facts.sql;
  const auto end = facts.column(*done);
  const auto promised = facts.column(due);
  const auto met = sql.day(end) + " <= " + sql.day(promised);
  const auto what = in_prose(facts.many);
  auto query =
      facts.query("COUNT(*) AS " + sql.name(facts.rows) + ",\n       " +
                  sql.percent("COUNT(CASE WHEN " + met + " THEN 1 END)", "COUNT(*)") + " AS on_time_percent");
  query.where.push_back(promised + " IS NOT NULL");
  std::string overdue = sql.day(promised) + " < " + sql.last_day(facts.anchor);
  for (const auto& condition : open_conditions(facts)) overdue += " AND " + condition;
  query.where.push_back("(" + end + " IS NOT NULL OR (" + overdue + "))");
  ideas.add(
      {.rank = 82,
       .name = "On-Time Rate of " + facts.many + " (" + mark_title(*done) + " by " + due_title(due) + ")",
       .description =
           fmt::format("Of the {} that have {} or whose {} lies before {} while they are open, the "
                       "share where {} is not later than {}: what is overdue counts as late.",
                       what, done->name, due.name, until_when(facts), done->name, due.name),
       .value = fmt::format("Measures how far promises about {} are kept, which customers remember.", what),
       .sql = query.text(),
       .shape = Shape::table,
       .unit = Unit::percent,
       .display = "table"});
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
    if (less == 0) on_time(facts, ideas, *due);
    less += 12;
  }
  std::vector<const model::Field*> steps;
  std::copy_if(facts.marks.begin(), facts.marks.end(), std::back_inserter(steps),
               [&](const auto* mark) { return !facts.ends_badly(*mark); });
  if (steps.size() >= 2) between(facts, ideas, *steps[0], *steps[1], 15);
}

}  // namespace kpi::llm
