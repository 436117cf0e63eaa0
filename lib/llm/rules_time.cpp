// How many rows, when, and whether there are more of them than before.
#include <kpi/base/text.hpp>
#include <kpi/llm/rules_themes.hpp>

#include <fmt/format.h>

#include <algorithm>

namespace kpi::llm {
namespace {

using model::Shape;
using model::Unit;

// Rows in an average month below which a window of the kind would mostly stand empty.
constexpr double least_for_windows = 6;
constexpr double least_for_months = 2;
constexpr double least_for_days = 30;
constexpr double least_for_growth = 10;  // from one to two is no growth

/// Growth of what it brings says more than growth of how many there are.
bool has_money(const Facts& facts) {
  return std::any_of(facts.amounts.begin(), facts.amounts.end(), [](const Amount& amount) {
    return amount.adds && !amount.level && amount.unit == Unit::currency;
  });
}

/// Of what comes a few times a year, the year is the span to look at.
void yearly(const Facts& facts, Ideas& ideas) {
  const auto& sql = facts.sql;
  const auto time = facts.column(*facts.time);
  auto trend = facts.query(sql.year(time) + " AS year,\n       COUNT(*) AS " + sql.name(facts.rows));
  trend.where.push_back(time + " IS NOT NULL");
  trend.group = "1";
  trend.order = "1";
  ideas.add(
      {.rank = 90,
       .name = facts.many + " by Year" + facts.by_time(),
       .description = fmt::format("Number of {} by the year of {}.", in_prose(facts.many), facts.time->name),
       .value = fmt::format("Shows how {} came to be as many as they are, and when.", in_prose(facts.many)),
       .sql = trend.text(),
       .shape = Shape::series,
       .display = "bar"});
}

void windows(const Facts& facts, Ideas& ideas) {
  const auto& sql = facts.sql;
  const auto time = facts.column(*facts.time);
  const auto what = in_prose(facts.many);
  const auto suffix = facts.by_time();

  auto recent = facts.query("COUNT(*) AS " + sql.name(facts.rows));
  recent.where.push_back(time + " >= " + sql.days_before(facts.anchor, 29));
  ideas.add({.rank = 94,
             .name = (facts.creation ? "New " : "") + facts.many + " in the Last 30 Days" + suffix,
             .description = fmt::format("Number of {} with {} in the last 30 days.", what, facts.time->name),
             .value = fmt::format("Shows the present pace of {}, to react while it still matters.", what),
             .sql = recent.text()});

  if (!facts.busy(least_for_growth)) return;
  const auto since = [&](int days) { return time + " >= " + sql.days_before(facts.anchor, days); };
  const auto last = "COUNT(CASE WHEN " + since(29) + " THEN 1 END)";
  const auto before = "COUNT(CASE WHEN " + time + " < " + sql.days_before(facts.anchor, 29) + " THEN 1 END)";
  auto change = facts.query(
      fmt::format("{0} AS last_30_days,\n       {1} AS previous_30_days,\n       {2} AS change_percent", last,
                  before, sql.percent("(" + last + " - " + before + ")", before)));
  change.where.push_back(since(59));
  ideas.add(
      {.rank = 76,
       .name = facts.many + ": Last 30 Days against the 30 Days Before" + suffix,
       .description = fmt::format("{} of the last 30 days, of the 30 days before, and the change in percent.",
                                  facts.many),
       .value = fmt::format("Tells early whether {} come faster or slower, before the month is over.", what),
       .sql = change.text(),
       .shape = Shape::table,
       .display = "table"});
}

/// How much more came than in the month, and in the year, before.
void growth(const Facts& facts, Ideas& ideas) {
  const auto& sql = facts.sql;
  const auto time = facts.column(*facts.time);
  const auto what = in_prose(facts.many);
  const auto alias = sql.name(facts.rows);
  const auto suffix = facts.by_time();
  const auto month = sql.month(time);
  const auto from_month = [&](int months) { return time + " >= " + sql.months_before(facts.anchor, months); };
  const auto full_months = time + " < " + sql.months_before(facts.anchor, 0);
  auto counted = facts.query(month + " AS month, COUNT(*) AS n");
  counted.where.push_back(from_month(23));
  counted.where.push_back(full_months);
  counted.group = "1";
  const auto rate = sql.against_month_before(counted, "n", alias, "growth_percent");
  ideas.add(
      {.rank = has_money(facts) ? 73.0 : 84.0,
       .name = facts.many + ": Month over Month Growth" + suffix,
       .description = fmt::format("Change of the monthly number of {} against the month before, in percent; "
                                  "full months only.",
                                  what),
       .value = fmt::format("Separates growth of {} from mere size, and shows when it turns.", what),
       .sql = rate.text(),
       .shape = Shape::series,
       .unit = Unit::percent,
       .display = "line"});

  Select year;
  auto two_years = counted;
  two_years.where[two_years.where.size() - 2] = from_month(35);
  year.with = "monthly AS (\n" + two_years.text() + "\n)";
  year.select = fmt::format(
      "now.month,\n       now.n AS {},\n       past.n AS year_before,\n       {} AS growth_percent", alias,
      sql.percent("(now.n - past.n)", "past.n"));
  // The first month is seldom whole: whatever follows would have grown.
  year.from = "monthly now\nJOIN monthly past ON past.month = " + sql.month_before("now.month", 12) +
              "\n  AND past.month > (SELECT MIN(month) FROM monthly)";
  year.order = "now.month";
  ideas.add(
      {.rank = 47,
       .name = facts.many + ": Growth against the Same Month a Year Before" + suffix,
       .description = fmt::format("Monthly number of {} beside that of the same month a year earlier; full "
                                  "months only, the first of them left out.",
                                  what),
       .value = "Takes the season out of growth, so that a strong month is told from a usual one.",
       .sql = year.text(),
       .shape = Shape::series,
       .unit = Unit::percent,
       .display = "line"});
}

void monthly(const Facts& facts, Ideas& ideas) {
  const auto& sql = facts.sql;
  const auto time = facts.column(*facts.time);
  const auto what = in_prose(facts.many);
  const auto alias = sql.name(facts.rows);
  const auto suffix = facts.by_time();
  const auto month = sql.month(time);
  const auto from_month = [&](int months) { return time + " >= " + sql.months_before(facts.anchor, months); };

  auto trend = facts.query(month + " AS month,\n       COUNT(*) AS " + alias);
  trend.where.push_back(from_month(23));
  trend.group = "1";
  trend.order = "1";
  ideas.add({.rank = 93,
             .name = facts.many + " by Month" + suffix,
             .description =
                 fmt::format("Number of {} a month over the last 24 months, the running one included.", what),
             .value = fmt::format("Shows trend and season of {}, the basis for plans and targets.", what),
             .sql = trend.text(),
             .shape = Shape::series,
             .display = "line"});

  // Of what is still to come the last months hold a part only: that is no fall.
  if (facts.looks_ahead()) return;
  if (facts.busy(least_for_growth)) growth(facts, ideas);
  Select total;
  total.from = "monthly";
  total.order = "month";
  total.select =
      fmt::format("month,\n       SUM(n) OVER (ORDER BY month) AS {}", sql.name("total_" + facts.rows));
  auto all = facts.query(month + " AS month, COUNT(*) AS n");
  all.where.push_back(time + " IS NOT NULL");
  all.group = "1";
  total.with = "monthly AS (\n" + all.text() + "\n)";
  ideas.add({.rank = 40,
             .name = "Cumulative " + facts.many + " by Month" + suffix,
             .description = fmt::format("Running total of {} at the end of each month.", what),
             .value = fmt::format("Shows how large the stock of {} has grown, and how steadily.", what),
             .sql = total.text(),
             .shape = Shape::series,
             .display = "area"});
}

/// Rows that are figures of a day or month are no things to count: whom they are of is.
void of_whom(const Facts& facts, Ideas& ideas) {
  const auto& sql = facts.sql;
  if (facts.links.empty()) return;
  const auto& link = facts.links.front();
  const auto many = plural_title(link.title);
  const auto distinct = "COUNT(DISTINCT " + facts.column(*link.field) + ") AS " + sql.name(alias_of(many));
  const auto title = table_title(facts.table->name);
  ideas.add({.rank = 45,
             .name = many + " in " + title,
             .description = fmt::format("Number of different {} that have a row in {}.", in_prose(many),
                                        facts.table->name),
             .value = "Shows how many the figures are of: a sum over fewer is no fall.",
             .sql = facts.query(distinct).text()});
  const auto month = facts.month_of();
  if (month.empty()) return;
  auto series = facts.query(month + " AS month,\n       " + distinct);
  if (facts.time != nullptr) {
    series.where.push_back(facts.column(*facts.time) + " >= " + sql.months_before(facts.anchor, 23));
  } else {
    series.where.push_back(facts.column(*facts.year) + " IS NOT NULL");
    series.where.push_back(facts.column(*facts.month) + " IS NOT NULL");
  }
  series.group = "1";
  series.order = "1";
  ideas.add({.rank = 54,
             .name = many + " in " + title + " by Month",
             .description = fmt::format("Number of different {} with a row in {}, month by month.",
                                        in_prose(many), facts.table->name),
             .value = "Tells a month with fewer in it from one in which the same brought less.",
             .sql = series.text(),
             .shape = Shape::series,
             .display = "line"});
}

void rhythm(const Facts& facts, Ideas& ideas) {
  const auto& sql = facts.sql;
  const auto time = facts.column(*facts.time);
  const auto what = in_prose(facts.many);
  const auto alias = sql.name(facts.rows);
  const auto suffix = facts.by_time();
  const auto last_90 = time + " >= " + sql.days_before(facts.anchor, 89);

  auto week = facts.query(fmt::format("{} AS weekday_number,\n       {} AS weekday,\n       COUNT(*) AS {}",
                                      sql.weekday(time), sql.weekday_name(time), alias));
  week.where.push_back(last_90);
  week.group = "1, 2";
  week.order = "1";
  ideas.add({.rank = 50,
             .name = facts.many + " by Weekday" + suffix,
             .description = fmt::format("Number of {} by day of the week over the last 90 days.", what),
             .value = "Helps to staff support and to time campaigns and maintenance by the week's rhythm.",
             .sql = week.text(),
             .shape = Shape::breakdown,
             .display = "bar"});

  if (facts.tells_hour()) {
    auto hours = facts.query(fmt::format("{} AS hour,\n       COUNT(*) AS {}", sql.hour(time), alias));
    hours.select = fmt::format("{} AS hour_of_day,\n       COUNT(*) AS {}", sql.hour(time), alias);
    hours.where.push_back(last_90);
    hours.group = "1";
    hours.order = "1";
    ideas.add({.rank = 42,
               .name = facts.many + " by Hour of Day" + suffix,
               .description = fmt::format("Number of {} by hour of the day over the last 90 days.", what),
               .value = "Shows the busy hours, for opening times and for capacity.",
               .sql = hours.text(),
               .shape = Shape::breakdown,
               .display = "bar"});
  }

  auto days = facts.query(sql.day(time) + " AS day, COUNT(*) AS n");
  days.where.push_back(last_90);
  days.group = "1";
  Select daily;
  daily.with = "daily AS (\n" + days.text() + "\n)";
  daily.select = fmt::format(
      "day,\n       n AS {},\n       ROUND(AVG(n) OVER (ORDER BY day ROWS BETWEEN 6 PRECEDING AND CURRENT "
      "ROW), 1) AS "
      "seven_day_average",
      alias);
  daily.from = "daily";
  daily.order = "day";
  ideas.add(
      {.rank = 60,
       .name = facts.many + " by Day with Seven Day Average" + suffix,
       .description = fmt::format("Number of {} a day over the last 90 days, smoothed over seven days with "
                                  "entries.",
                                  what),
       .value = "Shows breaks and bursts from one day to the next without the noise of the week.",
       .sql = daily.text(),
       .shape = Shape::series,
       .display = "line"});

  auto top = facts.query(sql.day(time) + " AS day,\n       COUNT(*) AS " + alias);
  top.where.push_back(time + " IS NOT NULL");
  top.group = "1";
  top.order = "2 DESC, 1";
  top.limit = 10;
  ideas.add({.rank = 26,
             .name = "Ten Busiest Days for " + facts.many + suffix,
             .description = fmt::format("The ten days with the most {}.", what),
             .value = "Points at the days whose cause is worth knowing and repeating, or preparing for.",
             .sql = top.text(),
             .shape = Shape::breakdown,
             .display = "row"});
}

}  // namespace

void time_rules(const Facts& facts, Ideas& ideas) {
  const auto what = in_prose(facts.many);
  if (facts.summary) {
    of_whom(facts, ideas);
    return;
  }
  ideas.add({.rank = 96,
             .name = "Total " + facts.many,
             .description = fmt::format("Number of {} in all.", what),
             .value = fmt::format("How many {} there are at all: the base of every rate of them.", what),
             .sql = facts.query("COUNT(*) AS " + facts.sql.name(alias_of("total " + facts.many))).text()});
  if (facts.time != nullptr) {
    if (facts.busy(least_for_windows) && !facts.monthly && !facts.looks_ahead()) windows(facts, ideas);
    if (facts.busy(least_for_months)) {
      monthly(facts, ideas);
    } else {
      yearly(facts, ideas);
    }
    if (facts.busy(least_for_days) && !facts.monthly && !facts.looks_ahead()) rhythm(facts, ideas);
  } else if (facts.year != nullptr) {
    auto trend =
        facts.query(facts.month_of() + " AS month,\n       COUNT(*) AS " + facts.sql.name(facts.rows));
    trend.where.push_back(facts.column(*facts.year) + " IS NOT NULL");
    trend.where.push_back(facts.column(*facts.month) + " IS NOT NULL");
    trend.group = "1";
    trend.order = "1";
    ideas.add({.rank = 80,
               .name = facts.many + " by Month",
               .description =
                   fmt::format("Number of {} a month; the month is written as year and month, 202601.", what),
               .value = fmt::format("Shows whether {} are recorded in full, month by month.", what),
               .sql = trend.text(),
               .shape = Shape::series,
               .display = "line"});
  }
}

}  // namespace kpi::llm
