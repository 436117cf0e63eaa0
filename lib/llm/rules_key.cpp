// Who is active and who comes back: rows counted by a key.
#include <kpi/base/text.hpp>
#include <kpi/base/words.hpp>
#include <kpi/llm/rules_column.hpp>
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
// Subjects below which the ten largest of them are nearly all.
constexpr std::int64_t least_for_top_ten = 25;

struct Subject {
  const Link& link;
  std::string many;  ///< "Users"
  std::string lower_many;
  std::string alias;  ///< "users"
  std::string column;
  double less;
  std::vector<std::string> kept = {};              ///< conditions: test and deleted subjects are nobody
  std::vector<const model::Table*> left_out = {};  ///< the table that `kept` reads
  bool chosen = false;                             ///< having a row is a sign of life

  /// Rows that belong to subjects that count.
  [[nodiscard]] Select rows(const Facts& facts, std::string select) const {
    auto query = facts.query(std::move(select));
    query.where.insert(query.where.end(), kept.begin(), kept.end());
    return query;
  }
};

/// Subject `link`, without those that its own table marks as test or deleted.
Subject subject_of(const Facts& facts, const Link& link, double less) {
  const auto many = plural_title(link.title);
  Subject who{link, many, in_prose(many), alias_of(many), facts.column(*link.field), less};
  if (link.target == nullptr) return who;
  const auto conditions = rows_kept(*facts.task, *link.target);
  if (conditions.empty()) return who;
  const auto& sql = facts.sql;
  Select counted{.select = sql.name(link.key->name), .from = sql.table(*link.target), .where = conditions};
  who.kept.push_back(who.column + " IN (\n" + counted.text() + "\n)");
  who.left_out.push_back(link.target);
  return who;
}

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
             .sql = who.rows(facts, distinct + " AS " + sql.name(who.alias)).text(),
             .left_out = who.left_out});
  if (facts.time == nullptr) return;
  const auto time = facts.column(*facts.time);
  if (!facts.busy(least_for_months)) return;
  const auto with = who.many + " with " + facts.many;
  const auto suffix = facts.by_time();
  const auto counted = sql.name(who.chosen ? "active_" + who.alias : who.alias);
  auto recent = who.rows(facts, distinct + " AS " + counted);
  recent.where.push_back(time + " >= " + sql.days_before(facts.anchor, 29));
  if (!facts.monthly && !facts.looks_ahead())
    ideas.add({.rank = (who.chosen ? 82 : 64) - who.less,
               .name = who.chosen ? "Active " + who.many + " in the Last 30 Days (" + facts.many + ")"
                                  : with + " in the Last 30 Days" + suffix,
               .description =
                   fmt::format("Number of different {} with {} in the last 30 days.", who.lower_many, what),
               .value = who.chosen ? fmt::format("The size of the living base of {}, ahead of any total.",
                                                 who.lower_many)
                                   : reach_value(who, what),
               .sql = recent.text(),
               .left_out = who.left_out});
  auto monthly = who.rows(facts, sql.month(time) + " AS month,\n       " + distinct + " AS " + counted +
                                     ",\n       " + sql.ratio("COUNT(" + who.column + ")", distinct) +
                                     " AS " + sql.name(facts.rows + "_per_" + column_alias(who.link.title)));
  monthly.where.push_back(time + " >= " + sql.months_before(facts.anchor, 23));
  monthly.group = "1";
  monthly.order = "1";
  ideas.add(
      {.rank = (who.chosen ? 85 : 67) - who.less,
       .name =
           who.chosen ? "Monthly Active " + who.many + " (" + facts.many + ")" : with + " by Month" + suffix,
       .description = fmt::format("Number of different {} with {} each month, and how many {} each has.",
                                  who.lower_many, what, what),
       .value = who.chosen
                    ? fmt::format("Shows whether the base of {} widens or only works harder.", who.lower_many)
                    : reach_value(who, what),
       .sql = monthly.text(),
       .shape = Shape::series,
       .display = "line",
       .left_out = who.left_out});
}

/// One row a subject: `count`, called n.
Select counted_by(const Facts& facts, const Subject& who, const std::string& count = "COUNT(*)") {
  auto counted = who.rows(facts, who.column + " AS key_value, " + count + " AS n");
  counted.where.push_back(who.column + " IS NOT NULL");
  counted.group = who.column;
  Select query;
  query.with = "counted AS (\n" + counted.text() + "\n)";
  query.from = "counted";
  return query;
}

void loyalty(const Facts& facts, Ideas& ideas, const Subject& who) {
  const auto& sql = facts.sql;
  // Two of one day are one visit: who comes back comes on another day.
  const bool dated = who.chosen && facts.time != nullptr && !facts.monthly;
  auto repeat = dated ? counted_by(facts, who, "COUNT(DISTINCT " + sql.day(facts.column(*facts.time)) + ")")
                      : counted_by(facts, who);
  repeat.select = sql.percent("COUNT(CASE WHEN n >= 2 THEN 1 END)", "COUNT(*)") + " AS repeat_percent";
  const auto what = in_prose(facts.many);
  ideas.add(
      {.rank = (dated ? 73 : 60) - who.less,
       .name = dated ? "Repeat Rate of " + who.many + " (" + facts.many + ")"
                     : "Share of " + who.many + " with Two or More " + facts.many,
       .description =
           dated ? fmt::format("Share of {} with {} on at least two different days, of those with any.",
                               who.lower_many, what)
                 : fmt::format("Share of {} with at least two {}, of those with one or more.", who.lower_many,
                               what),
       .value = dated ? fmt::format("Shows how many {} come back, which is cheaper than winning new ones.",
                                    who.lower_many)
                      : fmt::format("Tells one for each from many for a few of the {}.", who.lower_many),
       .sql = repeat.text(),
       .unit = Unit::percent,
       .left_out = who.left_out});
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
       .display = "table",
       .left_out = who.left_out});
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
       .display = "bar",
       .left_out = who.left_out});
  // Single orders are nobody to depend on, and ten of ten are all by construction.
  const bool events =
      who.link.target != nullptr && !who.link.actor && who.link.target->role == model::Role::fact;
  const auto& stats = who.link.field->stats;
  const bool few = stats && stats->distinct && *stats->distinct < least_for_top_ten;
  if (events || few) return;
  share.with += ",\nranked AS (\nSELECT n, ROW_NUMBER() OVER (ORDER BY n DESC) AS place\nFROM counted\n)";
  share.select = sql.percent("SUM(CASE WHEN place <= 10 THEN n ELSE 0 END)", "SUM(n)") + " AS share_percent";
  share.from = "ranked";
  ideas.add(
      {.rank = (who.link.actor ? 59 : 44) - who.less,
       .name = "Share of " + facts.many + " from the Top Ten " + who.many,
       .description = fmt::format("Part of all {} that the ten {} with the most bring, in percent.", what,
                                  who.lower_many),
       .value = who.link.actor
                    ? fmt::format("Measures how much depends on a few {}, a risk to know before they leave.",
                                  who.lower_many)
                    : fmt::format("Measures how far a few {} carry the rest.", who.lower_many),
       .sql = share.text(),
       .unit = Unit::percent,
       .left_out = who.left_out});
}

void cohorts(const Facts& facts, Ideas& ideas, const Subject& who) {
  const auto& sql = facts.sql;
  const bool dated = sql.dialect() != model::Dialect::generic;  // months are dates, as windows are
  if (facts.time == nullptr || !facts.creation || !dated || !facts.busy(least_for_cohorts)) return;
  const auto what = in_prose(facts.many);
  const auto time = facts.column(*facts.time);
  auto active = who.rows(facts, "DISTINCT " + who.column + " AS key_value, " + sql.month(time) + " AS month");
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
             .display = "bar",
             .left_out = who.left_out});
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
             .display = "line",
             .left_out = who.left_out});
}

}  // namespace

void key_rules(const Facts& facts, Ideas& ideas) {
  // Every subject has its row in every month of a statistic: that says nothing of its activity.
  if (facts.summary) return;
  double less = 0;
  for (const auto& link : facts.links) {
    // A row that points to its own kind is a tree, not an activity.
    if (link.target == facts.table) continue;
    Subject who = subject_of(facts, link, less);
    if (who.many == facts.many) continue;
    who.chosen = is_chosen(facts, who) && (facts.creation || facts.monthly);
    if (!link.actor) {
      // An order does not come back: how many items it has is all there is to say.
      spread(facts, ideas, who);
      continue;
    }
    activity(facts, ideas, who);
    loyalty(facts, ideas, who);
    spread(facts, ideas, who);
    if (less == 0 && who.chosen) cohorts(facts, ideas, who);
    less += less == 0 ? 18 : 8;
  }
}

}  // namespace kpi::llm
