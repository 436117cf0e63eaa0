// Who is active and who comes back: rows counted by a key.
#include <kpi/base/text.hpp>
#include <kpi/base/words.hpp>
#include <kpi/llm/rules_themes.hpp>

#include <fmt/format.h>

#include <algorithm>

namespace kpi::llm {
namespace {

using model::Shape;
using model::Unit;

// Rows in an average month below which a figure by the month would mostly stand empty.
constexpr double least_for_months = 3;
constexpr double least_for_cohorts = 20;

struct Subject {
  const Link& link;
  std::string many;  ///< "Users"
  std::string lower_many;
  std::string alias;  ///< "users"
  std::string column;
  double less;
};

/// False where rows are what nobody does by choice, or has rather than does: a complaint is no sign of life,
/// and a second address no coming back.
bool is_chosen(const Facts& facts, const Subject& who) {
  const auto words = table_words(facts.table->name);
  // A partner review is written of the partner.
  if (has_word(words, {"review", "reviews", "rating", "ratings"}) && words.front() == lower(who.link.title))
    return false;
  // What somebody offers stands there: each has many from the first day on.
  if (has_word({words.back()}, {"product", "products"})) return false;
  return facts.role != model::Role::dimension &&
         !has_word(words, {"ticket",      "tickets",      "complaint",     "complaints",   "claim",
                           "claims",      "dispute",      "disputes",      "issue",        "issues",
                           "inquiry",     "inquiries",    "refund",        "refunds",      "return",
                           "returns",     "cancellation", "cancellations", "subscription", "subscriptions",
                           "membership",  "memberships",  "address",       "addresses",    "settlement",
                           "settlements", "payout",       "payouts",       "notification", "notifications",
                           "penalty",     "penalties",    "incident",      "incidents",    "factory",
                           "factories",   "equipment",    "device",        "devices",      "contact",
                           "contacts",    "support",      "invitation",    "invitations"});
}

std::string reach_value(const Subject& who, const std::string& what) {
  return fmt::format("Shows how widely {} reach among {}: one more for many is not many more for one.", what,
                     who.lower_many);
}

void activity(const Facts& facts, Ideas& ideas, const Subject& who) {
  const auto& sql = facts.sql;
  const auto distinct = "COUNT(DISTINCT " + who.column + ")";
  const auto what = in_prose(facts.many);
  ideas.add({.rank = 52 - who.less,
             .name = who.many + " with " + facts.many,
             .description = fmt::format("Number of different {} that have {}.", who.lower_many, what),
             .value = fmt::format("Shows how many {} stand behind {}: many, or a few that carry all.",
                                  who.lower_many, what),
             .sql = facts.query(distinct + " AS " + sql.name(who.alias)).text()});
  if (facts.time == nullptr) return;
  const auto time = facts.column(*facts.time);
  if (!facts.busy(least_for_months)) return;
  const bool chosen = is_chosen(facts, who);
  const auto with = who.many + " with " + facts.many;
  const auto counted = sql.name(chosen ? "active_" + who.alias : who.alias);
  auto recent = facts.query(distinct + " AS " + counted);
  recent.where.push_back(time + " >= " + sql.days_before(facts.anchor, 29));
  if (!facts.monthly)
    ideas.add({.rank = (chosen ? 82 : 64) - who.less,
               .name = chosen ? "Active " + who.many + " in the Last 30 Days (" + facts.many + ")"
                              : with + " in the Last 30 Days",
               .description =
                   fmt::format("Number of different {} with {} in the last 30 days.", who.lower_many, what),
               .value = chosen ? fmt::format("The size of the living base of {}, ahead of any total.",
                                             who.lower_many)
                               : reach_value(who, what),
               .sql = recent.text()});
  auto monthly = facts.query(sql.month(time) + " AS month,\n       " + distinct + " AS " + counted +
                             ",\n       " + sql.ratio("COUNT(*)", distinct) + " AS " +
                             sql.name(facts.rows + "_per_" + column_alias(who.link.title)));
  monthly.where.push_back(time + " >= " + sql.months_before(facts.anchor, 23));
  monthly.group = "1";
  monthly.order = "1";
  ideas.add(
      {.rank = (chosen ? 85 : 67) - who.less,
       .name = chosen ? "Monthly Active " + who.many + " (" + facts.many + ")" : with + " by Month",
       .description = fmt::format("Number of different {} with {} each month, and how many {} each has.",
                                  who.lower_many, what, what),
       .value = chosen
                    ? fmt::format("Shows whether the base of {} widens or only works harder.", who.lower_many)
                    : reach_value(who, what),
       .sql = monthly.text(),
       .shape = Shape::series,
       .display = "line"});
}

/// One row a subject: how many rows it has.
Select counted_by(const Facts& facts, const Subject& who) {
  auto counted = facts.query(who.column + " AS key_value, COUNT(*) AS n");
  counted.where.push_back(who.column + " IS NOT NULL");
  counted.group = who.column;
  Select query;
  query.with = "counted AS (\n" + counted.text() + "\n)";
  query.from = "counted";
  return query;
}

void loyalty(const Facts& facts, Ideas& ideas, const Subject& who) {
  const auto& sql = facts.sql;
  Select repeat = counted_by(facts, who);
  repeat.select = sql.percent("COUNT(CASE WHEN n >= 2 THEN 1 END)", "COUNT(*)") + " AS repeat_percent";
  const bool chosen = is_chosen(facts, who);
  ideas.add(
      {.rank = (chosen ? 73 : 60) - who.less,
       .name = chosen ? "Repeat Rate of " + who.many + " (" + facts.many + ")"
                      : "Share of " + who.many + " with Two or More " + facts.many,
       .description = fmt::format("Share of {} with at least two {}, of those with one or more.",
                                  who.lower_many, in_prose(facts.many)),
       .value = chosen ? fmt::format("Shows how many {} come back, which is cheaper than winning new ones.",
                                     who.lower_many)
                       : fmt::format("Tells one for each from many for a few of the {}.", who.lower_many),
       .sql = repeat.text(),
       .unit = Unit::percent});
}

/// How the rows are spread over the subjects.
void spread(const Facts& facts, Ideas& ideas, const Subject& who) {
  const auto& sql = facts.sql;
  const auto what = in_prose(facts.many);
  Select average = counted_by(facts, who);
  Select classes = average;
  Select share = average;
  average.select =
      "ROUND(AVG(n), 2) AS average_per_" + column_alias(who.link.title) + ",\n       MAX(n) AS most";
  ideas.add(
      {.rank = 61 - who.less,
       .name = facts.many + " per " + who.link.title,
       .description = fmt::format("Mean number of {} of one of the {} that have any, and the most of one.",
                                  what, who.lower_many),
       .value = fmt::format("Shows the usual number of {} behind one of the {}, and the outlier.", what,
                            who.lower_many),
       .sql = average.text(),
       .shape = Shape::table,
       .unit = Unit::number,
       .display = "table"});
  classes.select =
      "CASE WHEN n = 1 THEN '1' WHEN n = 2 THEN '2' WHEN n <= 5 THEN '3 to 5' WHEN n <= 10 THEN '6 to 10' "
      "ELSE '11 and more' END AS " +
      sql.name(facts.rows) + ",\n       COUNT(*) AS " + sql.name(who.alias);
  classes.group = "1";
  classes.order = "MIN(n)";
  ideas.add(
      {.rank = 46 - who.less,
       .name = who.many + " by Number of " + facts.many,
       .description = fmt::format("Number of {} in classes by how many {} they have.", who.lower_many, what),
       .value = "Shows the shape of the base: one-time, occasional and heavy.",
       .sql = classes.text(),
       .shape = Shape::breakdown,
       .display = "bar"});
  share.with += ",\nranked AS (\nSELECT n, ROW_NUMBER() OVER (ORDER BY n DESC) AS place\nFROM counted\n)";
  share.select = sql.percent("SUM(CASE WHEN place <= 10 THEN n ELSE 0 END)", "SUM(n)") + " AS share_percent";
  share.from = "ranked";
  ideas.add({.rank = (who.link.actor ? 59 : 44) - who.less,
             .name = "Share of " + facts.many + " from the Top Ten " + who.many,
             .description = fmt::format("Part of all {} that the ten largest {} bring, in percent.", what,
                                        who.lower_many),
             .value = fmt::format("Measures how much depends on a few {}, a risk to know before they leave.",
                                  who.lower_many),
             .sql = share.text(),
             .unit = Unit::percent});
}

void cohorts(const Facts& facts, Ideas& ideas, const Subject& who) {
  const auto& sql = facts.sql;
  const bool dated = sql.dialect() != model::Dialect::generic;  // months are dates, as windows are
  if (facts.time == nullptr || !facts.creation || !dated || !facts.busy(least_for_cohorts)) return;
  const auto what = in_prose(facts.many);
  const auto time = facts.column(*facts.time);
  auto active = facts.query("DISTINCT " + who.column + " AS key_value, " + sql.month(time) + " AS month");
  active.where.push_back(who.column + " IS NOT NULL");
  active.where.push_back(time + " IS NOT NULL");
  const auto with =
      "active AS (\n" + active.text() +
      "\n),\ncohort AS (\nSELECT key_value, MIN(month) AS first_month\nFROM active\nGROUP BY key_value\n)";
  Select fresh;
  fresh.with = with;
  fresh.select = fmt::format(
      "active.month,\n       COUNT(CASE WHEN active.month = cohort.first_month THEN 1 END) AS new_{0},\n     "
      "  COUNT(CASE "
      "WHEN active.month > cohort.first_month THEN 1 END) AS returning_{0}",
      who.alias);
  fresh.from = "active\nJOIN cohort ON cohort.key_value = active.key_value";
  fresh.group = "active.month";
  fresh.order = "active.month";
  ideas.add({.rank = 72 - who.less,
             .name = "New and Returning " + who.many + " by Month (" + facts.many + ")",
             .description = fmt::format(
                 "{} whose first {} falls in the month, beside those who had some before.", who.many, what),
             .value = "Tells growth by winning from growth by keeping; they need different work.",
             .sql = fresh.text(),
             .shape = Shape::series,
             .display = "bar"});
  Select back;
  back.with = with;
  back.select = fmt::format(
      "cohort.first_month AS month,\n       COUNT(*) AS new_{},\n       COUNT(later.key_value) AS "
      "came_back,\n       {} AS "
      "came_back_percent",
      who.alias, sql.percent("COUNT(later.key_value)", "COUNT(*)"));
  back.from = "cohort\nLEFT JOIN active later ON later.key_value = cohort.key_value\n  AND " +
              sql.month_before("later.month", 1) + " = cohort.first_month";
  back.where.push_back("cohort.first_month < " + sql.months_before(facts.anchor, 1));
  back.group = "cohort.first_month";
  back.order = "cohort.first_month";
  ideas.add({.rank = 77 - who.less,
             .name = "Next Month Retention of New " + who.many + " (" + facts.many + ")",
             .description =
                 fmt::format("Of the {} with their first {} in a month, the share that had some again in the "
                             "month after.",
                             who.lower_many, what),
             .value = "Shows how many of those who begin come again at once, cohort by cohort.",
             .sql = back.text(),
             .shape = Shape::series,
             .unit = Unit::percent,
             .display = "line"});
}

}  // namespace

void key_rules(const Facts& facts, Ideas& ideas) {
  // Every subject has its row in every month of a statistic: that says nothing of its activity.
  if (facts.summary) return;
  double less = 0;
  for (const auto& link : facts.links) {
    // A row that points to its own kind is a tree, not an activity.
    if (link.target == facts.table) continue;
    const auto many = plural_title(link.title);
    if (many == facts.many) continue;
    const Subject who{link, many, in_prose(many), alias_of(many), facts.column(*link.field), less};
    if (!link.actor) {
      // An order does not come back: how many items it has is all there is to say.
      spread(facts, ideas, who);
      continue;
    }
    activity(facts, ideas, who);
    loyalty(facts, ideas, who);
    spread(facts, ideas, who);
    if (less == 0 && is_chosen(facts, who)) cohorts(facts, ideas, who);
    less += less == 0 ? 18 : 8;
  }
}

}  // namespace kpi::llm
