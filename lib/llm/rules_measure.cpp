// Sums, averages and the spread of amounts.
#include <kpi/base/text.hpp>
#include <kpi/llm/rules_column.hpp>
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
constexpr double least_for_growth = 10;  // from one to two is no growth
// Rows that a spread needs: a fifth of four rows is one of them.
constexpr std::int64_t least_for_spread = 20;

/// "Total Amount" without the total, which an average is none of.
std::string without_total(const std::string& title) {
  return title.starts_with("Total ") ? title.substr(6) : title;
}

Unit shown_unit(const Amount& amount) { return amount.unit == Unit::count ? Unit::number : amount.unit; }

/// A stock month by month: as it was on the last day of each that has figures.
void levels(const Facts& facts, Ideas& ideas, const Amount& amount, double less) {
  const auto& sql = facts.sql;
  const auto time = facts.column(*facts.time);
  const auto month = sql.month(time);
  auto lasts = facts.query("MAX(" + time + ")");
  lasts.where.push_back(time + " >= " + sql.months_before(facts.anchor, 23));
  lasts.group = month;
  auto series = facts.query(month + " AS month,\n       " + sum_metric(amount).expression(facts) + " AS " +
                            sql.name(total_alias(amount.title)));
  series.where.push_back(time + " IN (\n" + lasts.text() + "\n)");
  series.group = "1";
  series.order = "1";
  ideas.add(
      {.rank = 90 - less,
       .name = amount.title + " of " + facts.many + " at Month End",
       .description = fmt::format("Sum of {} on the last day with figures of each month, over the last 24 "
                                  "months; days are not added up.{}",
                                  in_prose(amount.title), unit_note(amount)),
       .value = fmt::format("Shows whether {} piles up or runs down.", in_prose(amount.title)),
       .sql = series.text(),
       .shape = Shape::series,
       .unit = amount.unit,
       .display = "line"});
  const auto total = sql.name(total_alias(amount.title));
  const auto change = sql.against_month_before(series, total, total, "change_percent");
  ideas.add(
      {.rank = 72 - less,
       .name = amount.title + " of " + facts.many + " at Month End: Change against the Month Before",
       .description = fmt::format("Sum of {} on the last day with figures of each month, and its change "
                                  "against that of the month before, in percent.{}",
                                  in_prose(amount.title), unit_note(amount)),
       .value = "Tells when money or room was tied up, and when it came free.",
       .sql = change.text(),
       .shape = Shape::series,
       .unit = Unit::percent,
       .display = "line"});
}

void sums(const Facts& facts, Ideas& ideas, const Amount& amount, double less) {
  if (amount.level && facts.role == model::Role::event_log) return;
  const auto& sql = facts.sql;
  const auto metric = sum_metric(amount);
  const auto alias = sql.name(total_alias(amount.title));
  const auto title = in_prose(amount.title);
  const auto what = in_prose(facts.many);
  const bool has_total = title.find("total") != std::string::npos;
  const std::string sum_title = (has_total ? "" : "Total ") + amount.title + " of " + facts.many;
  auto total = facts.query("COALESCE(" + metric.expression(facts) + ", 0) AS " + alias);
  const bool level = facts.sums_up_latest(amount);
  if (level) total.where.push_back(facts.is_latest());
  ideas.add(
      {.rank = 92 - less,
       .name = (level ? "Latest " : "") + sum_title,
       .description = fmt::format("Sum of {} over {}{}.{}", title, level ? "the newest " : "all ", what,
                                  unit_note(amount)),
       .value = fmt::format("The volume behind {}, to weigh them against each other and against plan.", what),
       .sql = total.text(),
       .unit = amount.unit});
  if (level) levels(facts, ideas, amount, less);
  const auto month = facts.month_of();
  const auto suffix = facts.monthly || facts.summary ? std::string() : facts.by_time();
  // What things are like does not flow: the floor area of last month's factories is no trend.
  if (month.empty() || amount.level || facts.role == model::Role::dimension || !facts.busy(least_for_months))
    return;
  auto series = facts.query(month + " AS month,\n       " + metric.expression(facts) + " AS " + alias);
  if (facts.time != nullptr) {
    series.where.push_back(facts.column(*facts.time) + " >= " + sql.months_before(facts.anchor, 23));
  } else {
    series.where.push_back(facts.column(*facts.year) + " IS NOT NULL");
    series.where.push_back(facts.column(*facts.month) + " IS NOT NULL");
  }
  series.group = "1";
  series.order = "1";
  ideas.add(
      {.rank = 90 - less,
       .name = amount.title + " of " + facts.many + " by Month" + suffix,
       .description =
           fmt::format("Sum of {} of {} a month{}.{}", title, what,
                       facts.time != nullptr ? " over the last 24 months" : "; 202601 is January 2026",
                       unit_note(amount)),
       .value = fmt::format("Shows the trend and season of {}, the ground for budget and forecast.", title),
       .sql = series.text(),
       .shape = Shape::series,
       .unit = amount.unit,
       .display = "line"});
  if (facts.time == nullptr) return;
  const auto time = facts.column(*facts.time);
  auto recent = facts.query("COALESCE(" + metric.expression(facts) + ", 0) AS " + alias);
  recent.where.push_back(time + " >= " + sql.days_before(facts.anchor, 29));
  if (facts.busy(least_for_windows) && !facts.monthly && !facts.looks_ahead())
    ideas.add({.rank = (facts.summary ? 50 : 86) - less,
               .name = amount.title + " of " + facts.many + " in the Last 30 Days" + suffix,
               .description =
                   fmt::format("Sum of {} of the {} of the last 30 days.{}", title, what, unit_note(amount)),
               .value = fmt::format("The present run rate of {}, to compare with target.", title),
               .sql = recent.text(),
               .unit = amount.unit});
  if (!facts.busy(least_for_growth) || facts.looks_ahead()) return;
  auto inner = facts.query(month + " AS month, " + metric.expression(facts) + " AS total");
  inner.where.push_back(time + " >= " + sql.months_before(facts.anchor, 23));
  inner.where.push_back(time + " < " + sql.months_before(facts.anchor, 0));
  inner.group = "1";
  const auto growth = sql.against_month_before(inner, "total", alias, "growth_percent");
  ideas.add({.rank = 78 - less,
             .name = amount.title + " of " + facts.many + ": Month over Month Growth" + suffix,
             .description =
                 fmt::format("Change of the monthly sum of {} against the month before, in percent; full "
                             "months only.{}",
                             title, unit_note(amount)),
             .value = fmt::format("Shows when {} turns up or down, and how fast.", title),
             .sql = growth.text(),
             .shape = Shape::series,
             .unit = Unit::percent,
             .display = "line"});
}

void averages(const Facts& facts, Ideas& ideas, const Amount& amount, double less) {
  const auto& sql = facts.sql;
  const auto title = in_prose(amount.title);
  const auto one = in_prose(facts.one);
  const auto alias = sql.name("average_" + column_alias(amount.title));
  // An average says whom it leaves out.
  const auto averaged = [&](const std::string& select) {
    auto query = facts.query(select + facts.average_of(amount) + " AS " + alias);
    if (may_be_empty(*facts.table, *amount.field)) query.where.push_back(facts.has_value(amount));
    return query;
  };
  const auto average_title = (title.find("average") != std::string::npos ? "Mean " : "Average ") +
                             without_total(amount.title) + " per " + facts.one;
  ideas.add({.rank = (amount.adds ? 80 : 88) - less,
             .name = average_title,
             .description = fmt::format("Mean {} of one {}; rows without a value are left out.{}", title, one,
                                        unit_note(amount)),
             .value = amount.unit == Unit::currency
                          ? fmt::format("The usual size of one {}, the first number to move when pricing or "
                                        "terms change.",
                                        one)
                          : fmt::format("What is usual for one {}, to tell the unusual by.", one),
             .sql = averaged("").text(),
             .unit = shown_unit(amount)});
  const auto month = facts.month_of();
  // The mean stock of things by the month they were made in is no trend.
  const bool flows = !amount.level || facts.summary;
  if (!month.empty() && flows && facts.role != model::Role::dimension && facts.busy(least_for_windows)) {
    auto series = averaged(month + " AS month,\n       ");
    series.where.push_back(facts.time != nullptr
                               ? facts.column(*facts.time) + " >= " + sql.months_before(facts.anchor, 23)
                               : facts.column(*facts.year) + " IS NOT NULL");
    series.group = "1";
    series.order = "1";
    ideas.add(
        {.rank = (amount.adds ? 62 : 74) - less,
         .name = average_title + " by Month" + (facts.monthly || facts.summary ? "" : facts.by_time()),
         .description = fmt::format("Mean {} of one {}, month by month.{}", title, one, unit_note(amount)),
         .value = fmt::format("Tells whether volume changes because there are more {}, or larger ones.",
                              in_prose(facts.many)),
         .sql = series.text(),
         .shape = Shape::series,
         .unit = shown_unit(amount),
         .display = "line"});
  }
}

void median(const Facts& facts, Ideas& ideas, const Amount& amount, double less) {
  const auto& sql = facts.sql;
  const auto title = in_prose(amount.title);
  const auto value = facts.value_of(amount);
  const auto present = facts.has_value(amount);
  Select query;
  if (sql.has_percentiles()) {
    const auto at = [&](const char* share) {
      return sql.rounded(fmt::format("percentile_cont({}) WITHIN GROUP (ORDER BY {})", share, value), 2);
    };
    query = facts.query(at("0.5") + " AS median,\n       " + at("0.9") + " AS percentile_90");
    query.where.push_back(present);
  } else {
    // No percentile function: the middle one or two of the rows in order.
    auto inner = facts.query(value + " AS amount, ROW_NUMBER() OVER (ORDER BY " + value +
                             ") AS place, COUNT(*) OVER () AS places");
    inner.where.push_back(present);
    query.with = "ordered AS (\n" + inner.text() + "\n)";
    query.select =
        "ROUND(AVG(CASE WHEN place * 2 BETWEEN places AND places + 2 THEN amount END), 2) AS median,\n       "
        "ROUND(MIN(CASE WHEN place * 10 >= places * 9 THEN amount END), 2) AS percentile_90";
    query.from = "ordered";
  }
  ideas.add({.rank = 66 - less,
             .name = "Median and 90th Percentile of " + amount.title + " per " + facts.one,
             .description = fmt::format(
                 "The {} that half of the {} stay within, and the one that nine of ten stay within.{}", title,
                 in_prose(facts.many), unit_note(amount)),
             .value = "Shows the typical case and the large one, which an average hides.",
             .sql = query.text(),
             .shape = Shape::table,
             .unit = shown_unit(amount),
             .display = "table"});
}

void spread(const Facts& facts, Ideas& ideas, const Amount& amount, double less) {
  const auto& sql = facts.sql;
  const auto title = in_prose(amount.title);
  const auto value = facts.value_of(amount);
  const auto present = facts.has_value(amount);
  auto inner = facts.query(value + " AS amount, NTILE(5) OVER (ORDER BY " + value + ") AS fifth");
  inner.where.push_back(present);
  Select buckets;
  buckets.with = "ranked AS (\n" + inner.text() + "\n)";
  buckets.select = fmt::format(
      "fifth,\n       COUNT(*) AS {},\n       {} AS lowest,\n       {} AS average,\n       {} AS highest",
      sql.name(facts.rows), sql.rounded("MIN(amount)", 2), sql.rounded("AVG(amount)", 2),
      sql.rounded("MAX(amount)", 2));
  buckets.from = "ranked";
  buckets.group = "fifth";
  buckets.order = "fifth";
  ideas.add(
      {.rank = 45 - less,
       .name = amount.title + " of " + facts.many + " by Fifths",
       .description = fmt::format("{} in five groups of equal size, from the smallest {} to the largest.{}",
                                  facts.many, title, unit_note(amount)),
       .value = "Shows where the classes lie, for price bands, limits and segments.",
       .sql = buckets.text(),
       .shape = Shape::breakdown,
       .unit = shown_unit(amount),
       .display = "table"});
  if (!amount.adds || amount.level) return;
  auto tenths = facts.query(facts.held(amount) + " AS amount, NTILE(10) OVER (ORDER BY " +
                            facts.held(amount) + " DESC) AS tenth");
  tenths.where.push_back(present);
  Select share;
  share.with = "ranked AS (\n" + tenths.text() + "\n)";
  share.select =
      sql.percent("SUM(CASE WHEN tenth = 1 THEN amount ELSE 0 END)", "SUM(amount)") + " AS share_percent";
  share.from = "ranked";
  ideas.add(
      {.rank = 44 - less,
       .name = "Share of " + amount.title + " from the Largest Tenth of " + facts.many,
       .description = fmt::format("Part of the sum of {} that the largest tenth of {} brings, in percent.",
                                  title, in_prose(facts.many)),
       .value = "Measures how much depends on a few large ones.",
       .sql = share.text(),
       .unit = Unit::percent});
}

void by_dimension(const Facts& facts, Ideas& ideas, const Amount& amount, double less) {
  const auto& sql = facts.sql;
  double lesser = 0;
  for (const auto& dimension : facts.dimensions) {
    const auto metric = facts.sums_up(amount) ? facts.sum_of(amount) : facts.average_of(amount);
    const std::string how = facts.sums_up(amount) ? "" : "Average ";
    auto query = facts.query(facts.group_of(dimension) + " AS " + sql.name(alias_of(dimension.title)) +
                             ",\n       " + metric + " AS " + sql.name(alias_of(how + amount.title)) +
                             ",\n       COUNT(*) AS " + sql.name(facts.rows));
    query.where.push_back(facts.has_value(amount));
    query.group = "1";
    query.order = "2 DESC, 1";
    query.limit = 20;
    ideas.add(
        {.rank = 79 - less - lesser,
         .name = how + amount.title + " of " + facts.many + " by " + dimension.title,
         .description = fmt::format("{} {} by {}, largest first.{}", how.empty() ? "Sum of" : "Mean",
                                    in_prose(amount.title), in_prose(dimension.title), unit_note(amount)),
         .value = fmt::format("Shows which {} carries the {}, and where effort pays.",
                              in_prose(dimension.title), in_prose(amount.title)),
         .sql = query.text(),
         .shape = Shape::breakdown,
         .unit = shown_unit(amount),
         .display = "bar"});
    lesser += 16;
  }
}

}  // namespace

void measure_rules(const Facts& facts, Ideas& ideas) {
  double less = 0;
  for (const auto& amount : facts.amounts) {
    const double drop = less + (amount.minor ? 16 : 0);
    if (amount.adds) sums(facts, ideas, amount, drop);
    averages(facts, ideas, amount, drop);
    if (facts.table->row_count.value_or(least_for_spread) >= least_for_spread) {
      median(facts, ideas, amount, drop);
      spread(facts, ideas, amount, drop);
    }
    by_dimension(facts, ideas, amount, drop);
    // A second amount is worth its total and its average, no more than a first look.
    less += less == 0 ? 20 : 9;
  }
}

}  // namespace kpi::llm
