// How complete and how fresh the data is, and the plain questions that any table can answer.
#include <kpi/base/text.hpp>
#include <kpi/llm/rules_themes.hpp>

#include <fmt/format.h>

namespace kpi::llm {
namespace {

using model::Shape;
using model::Unit;

constexpr std::size_t most_columns = 8;  ///< of one table of completeness

void completeness(const Facts& facts, Ideas& ideas) {
  const auto& sql = facts.sql;
  const auto what = in_prose(facts.many);
  if (facts.gaps.size() >= 2) {
    std::string select = "COUNT(*) AS " + sql.name(facts.rows);
    for (std::size_t i = 0; i < facts.gaps.size() && i < most_columns; ++i) {
      const auto* gap = facts.gaps[i];
      select += ",\n       " + sql.percent("COUNT(" + facts.column(*gap) + ")", "COUNT(*)") + " AS " +
                sql.name(column_alias(gap->name) + "_filled_percent");
    }
    ideas.add({.rank = 56,
               .name = "Completeness of " + facts.many,
               .description =
                   fmt::format("Share of {} that have a value, for each column that may be empty.", what),
               .value = "Shows which figures can be trusted, and which entries to ask for.",
               .sql = facts.query(select).text(),
               .shape = Shape::table,
               .unit = Unit::percent,
               .display = "table"});
  }
  double less = 0;
  for (const auto* gap : facts.gaps) {
    if (key_title(*gap) == facts.one) continue;  // "users without user" tells nobody anything
    const auto count = "COUNT(CASE WHEN " + facts.column(*gap) + " IS NULL THEN 1 END)";
    ideas.add({.rank = 29 - less,
               .name = "Share of " + facts.many + " without " + key_title(*gap),
               .description = fmt::format("Part of all {} that have no {}, in percent.", what, gap->name),
               .value = "Shows a gap in the records that hides in every figure built on the column.",
               .sql = facts.query(sql.percent(count, "COUNT(*)") + " AS missing_percent").text(),
               .unit = Unit::percent});
    less += 2;
  }
}

void freshness(const Facts& facts, Ideas& ideas) {
  if (facts.time == nullptr || facts.looks_ahead()) return;
  const auto& sql = facts.sql;
  const auto time = facts.column(*facts.time);
  // In whole days on both sides: a row of this morning is no age below 0.
  auto query = facts.query("MIN(" + time + ") AS earliest,\n       MAX(" + time + ") AS latest,\n       " +
                           sql.rounded(sql.days_between(sql.day("MAX(" + time + ")"), sql.today()), 0) +
                           " AS days_since_latest");
  const auto what = facts.summary ? table_title(facts.table->name) : facts.many;
  ideas.add({.rank = 55,
             .name = "Freshness of " + what,
             .description = fmt::format("First and last {} of {}, and the days since the last.",
                                        facts.time->name, in_prose(what)),
             .value = "Warns when a feed has stopped, before anyone trusts figures that no longer move.",
             .sql = query.text(),
             .shape = Shape::table,
             .unit = Unit::duration,
             .display = "table"});
}

/// Values that many rows share though each row should have its own.
void repeated(const Facts& facts, Ideas& ideas) {
  const auto& sql = facts.sql;
  double less = 0;
  for (const auto* text : facts.texts) {
    // Where statistics do not say that a value comes twice, the answer may well be empty.
    const auto& stats = text->stats;
    if (!stats || !stats->distinct || !facts.table->row_count) continue;
    const double filled =
        static_cast<double>(*facts.table->row_count) * (1 - stats->null_fraction.value_or(0));
    if (static_cast<double>(*stats->distinct) >= filled - 1) continue;
    const auto column = facts.column(*text);
    const auto title = field_title(*text);
    auto top = facts.query(column + " AS " + sql.name(alias_of(title)) + ",\n       COUNT(*) AS " +
                           sql.name(facts.rows));
    top.where.push_back(column + " IS NOT NULL");
    top.group = "1";
    top.having = "COUNT(*) > 1";
    top.order = "2 DESC, 1";
    top.limit = 10;
    ideas.add({.rank = 30 - less - (text->path.empty() ? 0 : 6),
               .name = "Most Frequent " + title + " of " + facts.many,
               .description = fmt::format("The ten values of {} that most {} share, with how many.",
                                          plain_name(*text), in_prose(facts.many)),
               .value = "Shows what comes again and again, and what may have been entered twice.",
               .sql = top.text(),
               .shape = Shape::breakdown,
               .display = "row"});
    less += 3;
  }
}

/// The largest rows by each amount, named by what a person calls them.
void largest(const Facts& facts, Ideas& ideas) {
  const auto* shown = facts.label != nullptr ? facts.label : facts.key;
  if (shown == nullptr) return;
  const auto& sql = facts.sql;
  const auto name = facts.key == nullptr ? facts.column(*shown)
                                         : name_of_row(*facts.task, *facts.table, *shown, *facts.key, "");
  double less = 0;
  for (const auto& amount : facts.amounts) {
    if (!amount.field->path.empty() || amount.minor) continue;
    auto query =
        facts.query(name + " AS " + sql.name(label_alias(facts.one, *shown)) + ",\n       " +
                    sql.rounded(facts.value_of(amount), 2) + " AS " + sql.name(alias_of(amount.title)));
    query.where.push_back(facts.has_value(amount));
    query.order = "2 DESC, 1";
    query.limit = 10;
    ideas.add({.rank = 35 - less,
               .name = "Ten " + facts.many + " with the Highest " + amount.title,
               .description = fmt::format("The ten {} with the highest {}.{}", in_prose(facts.many),
                                          in_prose(amount.title), unit_note(amount)),
               .value = "Lists the cases that deserve a look of their own.",
               .sql = query.text(),
               .shape = Shape::breakdown,
               .unit = amount.unit,
               .display = "row"});
    less += 4;
  }
}

}  // namespace

void quality_rules(const Facts& facts, Ideas& ideas) {
  completeness(facts, ideas);
  freshness(facts, ideas);
  repeated(facts, ideas);
  largest(facts, ideas);
}

}  // namespace kpi::llm
