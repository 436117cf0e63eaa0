// How often something happens: rates from status columns, flags, and times that are set once it has.
#include <kpi/base/text.hpp>
#include <kpi/base/words.hpp>
#include <kpi/llm/rules_column.hpp>
#include <kpi/llm/rules_ended.hpp>
#include <kpi/llm/rules_themes.hpp>

#include <fmt/format.h>

#include <algorithm>

namespace kpi::llm {
namespace {

using model::Shape;
using model::Unit;

constexpr double least_for_months = 5;  ///< rows in an average month below which its rate is chance

/// A share of rows: what makes a row count.
struct Rate {
  std::string name;   ///< "Cancelled Rate of Orders"
  std::string alias;  ///< "cancelled_rate_percent"
  std::string says;   ///< "orders whose status is cancelled"
  std::string value;
  std::string condition;  ///< true, false or NULL
};

/// "Month Created": the month that rows are grouped by when what is counted of them came later.
std::string cohort_title(const Facts& facts) {
  return facts.monthly ? field_title(*facts.time) : "Month " + mark_title(*facts.time);
}

void put(const Facts& facts, Ideas& ideas, const Rate& rate, double rank, const Dimension* by) {
  const auto& sql = facts.sql;
  const auto count = "COUNT(CASE WHEN " + rate.condition + " THEN 1 END)";
  const auto share = sql.percent(count, "COUNT(*)") + " AS " + sql.name(rate.alias);
  ideas.add({.rank = rank,
             .name = rate.name,
             .description = fmt::format("Share of {}, in percent of all.", rate.says),
             .value = rate.value,
             .sql = facts.query(share).text(),
             .unit = Unit::percent});
  const auto month = facts.month_of();
  if (!month.empty() && facts.time != nullptr && facts.busy(least_for_months)) {
    auto series =
        facts.query(month + " AS month,\n       " + share + ",\n       COUNT(*) AS " + sql.name(facts.rows));
    series.where.push_back(facts.column(*facts.time) + " >= " + sql.months_before(facts.anchor, 23));
    series.group = "1";
    series.order = "1";
    ideas.add(
        {.rank = rank - 17,
         .name = rate.name + " by " + cohort_title(facts),
         .description = fmt::format("Of what the month of {} brought, the share of {} as things stand "
                                    "today: the youngest months may still change.",
                                    facts.time->name, rate.says),
         .value = rate.value + " Months compare what came in with each; they do not say when it happened.",
         .sql = series.text(),
         .shape = Shape::series,
         .unit = Unit::percent,
         .display = "line"});
  }
  if (by == nullptr) return;
  auto groups = facts.query(facts.group_of(*by) + " AS " + sql.name(alias_of(by->title)) + ",\n       " +
                            share + ",\n       COUNT(*) AS " + sql.name(facts.rows));
  groups.group = "1";
  groups.order = "2 DESC, 1";
  groups.limit = 20;
  ideas.add({.rank = rank - 24,
             .name = rate.name + " by " + by->title,
             .description = fmt::format("Share of {}, by {}.", rate.says, in_prose(by->title)),
             .value = rate.value + " The comparison shows where.",
             .sql = groups.text(),
             .shape = Shape::breakdown,
             .unit = Unit::percent,
             .display = "bar"});
}

/// The first dimension that stands before the outcome does: a rate by a status or a reason is 0 or 100 by
/// construction.
const Dimension* settled_before(const Facts& facts) {
  for (const auto& dimension : facts.dimensions) {
    const auto& field = *dimension.field;
    if (field.path.empty() && !is_state_name(field) && !is_told_by_outcome(*facts.table, field))
      return &dimension;
  }
  return nullptr;
}

/// What the rows that ended badly were worth.
void lost_value(const Facts& facts, Ideas& ideas, const Dimension& dimension, const std::string& label,
                const std::string& condition) {
  const auto amount = std::find_if(facts.amounts.begin(), facts.amounts.end(), [](const Amount& candidate) {
    return candidate.adds && !candidate.level && candidate.unit == Unit::currency &&
           candidate.field->path.empty();
  });
  if (amount == facts.amounts.end()) return;
  const auto& sql = facts.sql;
  const auto value = facts.value_of(*amount);
  const auto lost = "SUM(CASE WHEN " + condition + " THEN " + value + " ELSE 0 END)";
  ideas.add(
      {.rank = 74,
       .name = amount->title + " of " + label + " " + facts.many,
       .description = fmt::format("Sum of {} of the {} whose {} is {}, and its share of the whole.{}",
                                  in_prose(amount->title), in_prose(facts.many), in_prose(dimension.title),
                                  in_prose(label), unit_note(*amount)),
       .value = fmt::format("Puts a price on {} {}, to decide what preventing them may cost.",
                            in_prose(label), in_prose(facts.many)),
       .sql = facts
                  .query(sql.rounded(lost, 2) + " AS " + sql.name(alias_of(label + " " + amount->title)) +
                         ",\n       " + sql.percent(lost, "SUM(" + value + ")") + " AS share_percent")
                  .text(),
       .shape = Shape::table,
       .unit = amount->unit,
       .display = "table"});
}

void endings(const Facts& facts, Ideas& ideas, std::vector<std::string>& told) {
  double less = 0;
  for (const auto& dimension : facts.dimensions) {
    bool any = false;
    for (const auto outcome : {Outcome::good, Outcome::bad}) {
      const auto rows = ended(facts, dimension, outcome);
      if (!rows) continue;
      any = true;
      for (const auto& label : rows->labels) {
        for (const auto& word : identifier_words(label)) told.push_back(word);
      }
      const auto what = in_prose(facts.many);
      const bool lasts = has_word({rows->word}, {"active", "running", "published"});  // a state and no end
      if (outcome == Outcome::bad && less == 0)
        lost_value(facts, ideas, dimension, rows->label, rows->condition);
      put(facts, ideas,
          {.name = rows->label + " Rate of " + facts.many,
           .alias = column_alias(rows->label) + "_rate_percent",
           .says =
               fmt::format("{} whose {} is {}", what, in_prose(dimension.title), join(rows->labels, " or ")),
           .value =
               lasts ? fmt::format("Shows how many {} are in use at present, which a total hides.", what)
               : outcome == Outcome::good
                   ? fmt::format("Measures how many {} come to the end that is wanted.", what)
                   : fmt::format("Measures how many {} are lost, each of which has a cause to find.", what),
           .condition = rows->condition},
          (outcome == Outcome::good ? 89 : 83) - less, settled_before(facts));
    }
    if (any) less += 22;
  }
}

void flags(const Facts& facts, Ideas& ideas) {
  double less = 0;
  for (const auto* flag : facts.flags) {
    const auto mark = mark_title(*flag);
    const auto drop = less + (flag->path.empty() ? 0 : 18);
    put(facts, ideas,
        {.name = mark + " Share of " + facts.many,
         .alias = column_alias(mark) + "_percent",
         .says = fmt::format("{} where {} is true", in_prose(facts.many), plain_name(*flag)),
         .value = fmt::format("Shows how common {} is among {}, and so how far it can be relied on.",
                              in_prose(mark), in_prose(facts.many)),
         .condition = facts.column(*flag) + " IS TRUE"},
        75 - drop, drop < 20 ? settled_before(facts) : nullptr);
    less += 9;
  }
}

/// "Paid Rate of Orders" where the column is named after what happened, else "Share of Orders with Ship
/// Date".
std::string rate_name(const Facts& facts, const model::Field& mark, const std::string& title) {
  auto words = identifier_words(title);
  if (words.empty()) words.emplace_back(title);
  const auto& word = words.back();
  const bool happened = (word.size() > 3 && word.compare(word.size() - 2, 2, "ed") == 0) || word == "paid" ||
                        word == "sent" || word == "won" || word == "read";
  if (happened) return title + " Rate of " + facts.many;
  const bool vowel = !words.front().empty() &&
                     std::string_view("aeiou").find(words.front().front()) != std::string_view::npos;
  const bool dated = has_word(identifier_words(mark.name), {"date"});
  return "Share of " + facts.many + " with " + (vowel ? "an " : "a ") + title + (dated ? " Date" : "");
}

void marks(const Facts& facts, Ideas& ideas, const std::vector<std::string>& told) {
  double less = 0;
  for (const auto* mark : facts.marks) {
    const auto title = mark_title(*mark);
    const auto words = identifier_words(title);
    // The status column has said it already.
    const bool repeats = std::any_of(words.begin(), words.end(), [&](const std::string& word) {
      return std::find(told.begin(), told.end(), word) != told.end();
    });
    if (repeats) continue;
    put(facts, ideas,
        {.name = rate_name(facts, *mark, title),
         .alias = column_alias(title) + "_percent",
         .says = fmt::format("{} with {} set", in_prose(facts.many), mark->name),
         .value = facts.ends_badly(*mark)
                      ? fmt::format("Measures how many {} end this way, each of which has a cause to find.",
                                    in_prose(facts.many))
                      : fmt::format("The conversion from {} to {}: each point lost here is lost further on.",
                                    in_prose(facts.one), in_prose(title)),
         .condition = facts.column(*mark) + " IS NOT NULL"},
        81 - less, settled_before(facts));
    less += 10;
  }
}

/// Who was there lately, by a column that says when they were there last.
void lately(const Facts& facts, Ideas& ideas) {
  const auto& sql = facts.sql;
  double less = 0;
  for (const auto* touch : facts.touches) {
    const auto column = facts.column(*touch);
    const auto title = mark_title(*touch);
    Anchor anchor{false, column, "FROM " + facts.from};
    if (const auto filter = facts.filter(); !filter.empty()) anchor.from += " WHERE " + join(filter, " AND ");
    const auto recent = column + " >= " + sql.days_before(anchor, 29);
    auto query = facts.query(
        "COUNT(CASE WHEN " + recent + " THEN 1 END) AS " + sql.name("active_" + facts.rows) + ",\n       " +
        sql.percent("COUNT(CASE WHEN " + recent + " THEN 1 END)", "COUNT(*)") + " AS active_percent");
    ideas.add(
        {.rank = 84 - less,
         .name = facts.many + " Active in the Last 30 Days (by " + title + ")",
         .description =
             fmt::format("Number and share of {} whose {} lies in the 30 days before the latest {}.",
                         in_prose(facts.many), touch->name, touch->name),
         .value = fmt::format("The part of {} that is alive, which a total hides.", in_prose(facts.many)),
         .sql = query.text(),
         .shape = Shape::table,
         .unit = Unit::percent,
         .display = "table"});
    less += 12;
  }
}

/// How many of those that began came how far, in one row.
void funnel(const Facts& facts, Ideas& ideas) {
  if (!facts.creation) return;
  std::vector<const model::Field*> steps;
  for (const auto* mark : facts.marks) {
    if (!facts.ends_badly(*mark) && mark->path.empty()) steps.push_back(mark);
  }
  constexpr std::size_t most_steps = 5;
  if (steps.size() < 2) return;
  if (steps.size() > most_steps) steps.resize(most_steps);
  const auto& sql = facts.sql;
  std::string select = "COUNT(*) AS " + sql.name(facts.rows);
  std::vector<std::string> names;
  for (const auto* step : steps) {
    const auto title = mark_title(*step);
    const auto count = "COUNT(" + facts.column(*step) + ")";
    names.push_back(in_prose(title));
    select += ",\n       " + count + " AS " + sql.name(column_alias(title) + "_count") + ",\n       " +
              sql.percent(count, "COUNT(*)") + " AS " + sql.name(column_alias(title) + "_percent");
  }
  ideas.add({.rank = 80,
             .name = "Funnel of " + facts.many,
             .description =
                 fmt::format("Number and share of {} that were {}.", in_prose(facts.many), join(names, ", ")),
             .value = "Shows at which step most are lost, and so where work pays most.",
             .sql = facts.query(select).text(),
             .shape = Shape::table,
             .unit = Unit::percent,
             .display = "table"});
}

/// What is neither done nor given up, where times alone tell.
void open_ones(const Facts& facts, Ideas& ideas) {
  const bool has_state = std::any_of(facts.dimensions.begin(), facts.dimensions.end(),
                                     [](const auto& dimension) { return is_state_name(*dimension.field); });
  const bool has_removal = std::any_of(facts.marks.begin(), facts.marks.end(), [](const auto* mark) {
    return has_word(identifier_words(mark->name), {"removed"});
  });
  if (has_state || !has_removal) return;
  const auto& sql = facts.sql;
  std::string open;
  std::vector<std::string> names;
  for (const auto* mark : facts.marks) {
    if (!mark->path.empty()) continue;
    open += (open.empty() ? "" : " AND ") + facts.column(*mark) + " IS NULL";
    names.push_back(in_prose(mark_title(*mark)));
  }
  const auto count = "COUNT(CASE WHEN " + open + " THEN 1 END)";
  ideas.add({.rank = 83,
             .name = "Open " + facts.many,
             .description = fmt::format("Number and share of {} that are not {}.", in_prose(facts.many),
                                        join(names, " and not ")),
             .value = fmt::format("The {} that are still there, which a total of all that ever were hides.",
                                  in_prose(facts.many)),
             .sql = facts
                        .query(count + " AS " + sql.name("open_" + facts.rows) + ",\n       " +
                               sql.percent(count, "COUNT(*)") + " AS open_percent")
                        .text(),
             .shape = Shape::table,
             .unit = Unit::percent,
             .display = "table"});
}

}  // namespace

void rate_rules(const Facts& facts, Ideas& ideas) {
  std::vector<std::string> told;
  endings(facts, ideas, told);
  flags(facts, ideas);
  marks(facts, ideas, told);
  lately(facts, ideas);
  funnel(facts, ideas);
  open_ones(facts, ideas);
}

}  // namespace kpi::llm
