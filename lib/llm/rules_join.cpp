// By what a neighbour knows: rows grouped by the names and categories of the tables they point to.
#include <kpi/base/text.hpp>
#include <kpi/llm/rules_column.hpp>
#include <kpi/llm/rules_themes.hpp>

#include <fmt/format.h>

#include <optional>
#include <utility>

namespace kpi::llm {
namespace {

using model::Shape;

std::string join_clause(const Facts& facts, const Link& link, std::string_view kind, std::string_view alias) {
  return fmt::format("\n{} {} {} ON {}.{} = t.{}", kind, facts.sql.table(*link.target), alias, alias,
                     facts.sql.name(link.key->name), facts.sql.name(link.field->name));
}

/// Joins what `link` points to, without its test and deleted rows: they bring in no more than ours do.
void join_to(const Facts& facts, Select& query, const Link& link, std::string_view alias = "p") {
  query.from += join_clause(facts, link, "JOIN", alias);
  for (auto& condition : rows_kept(*facts.task, *link.target, alias))
    query.where.push_back(std::move(condition));
}

/// Leaves the rows that have the amount and whose amounts add up.
void only_summed(const Facts& facts, Select& query, const Amount& amount) {
  query.where.push_back(facts.has_value(amount, "t"));
  if (facts.sums_up_latest(amount)) query.where.push_back(facts.is_latest("t"));
}

/// sum_metric(), called the latest where it is of the newest rows only.
std::optional<Metric> summed(const Facts& facts, const Amount& amount) {
  auto metric = sum_metric(amount);
  if (facts.sums_up_latest(amount))
    metric.title = "Latest " + metric.title;
  else if (!facts.sums_up(amount))
    return std::nullopt;
  return metric;
}

std::string name_of(const Facts& facts, const Link& link) {
  return name_of_row(*facts.task, *link.target, *link.label, *link.key, "p");
}

void top_rows(const Facts& facts, Ideas& ideas, const Link& link, const Metric& metric, double rank) {
  const auto& sql = facts.sql;
  const auto many = plural_title(link.title);
  const bool named = link.target != nullptr && link.label != nullptr;
  const auto key = sql.name(link.field->name);
  auto query = facts.query("", "t");
  const auto amount = metric.expression(facts, "t") + " AS " + sql.name(metric.alias);
  if (named) {
    query.select = fmt::format("{} AS {},\n       {}", name_of(facts, link),
                               sql.name(label_alias(link.title, *link.label)), amount);
    join_to(facts, query, link);
    query.group = "p." + sql.name(link.key->name) + ", p." + sql.name(link.label->name);
  } else {
    query.select = fmt::format("t.{},\n       {}", key, amount);
    query.where.push_back("t." + key + " IS NOT NULL");
    query.group = "t." + key;
    if (link.target != nullptr && !rows_kept(*facts.task, *link.target).empty()) join_to(facts, query, link);
  }
  if (metric.amount != nullptr) only_summed(facts, query, *metric.amount);
  query.order = "2 DESC, 1";
  query.limit = 10;
  const bool counts = metric.amount == nullptr;
  const auto measure = counts ? metric.title : metric.title + " of " + facts.many;
  // Single orders or visits are nobody to look after.
  const bool events = link.target != nullptr && !link.actor &&
                      (link.target->role == model::Role::fact || link.target->role == model::Role::event_log);
  Idea idea{
      .rank = rank - (named ? 0 : 14) - (events ? 24 : 0),
      .name = "Top 10 " + many + " by " + measure,
      .description = fmt::format("The ten {} with the {} {}.{}", in_prose(many), counts ? "most" : "highest",
                                 in_prose(measure), counts ? "" : unit_note(*metric.amount)),
      .value = fmt::format("Names the {} to look after first, and those to learn from.", in_prose(many)),
      .sql = query.text(),
      .shape = Shape::breakdown,
      .unit = metric.unit,
      .display = "row"};
  if (named) idea.joined.push_back(link.target);
  ideas.add(std::move(idea));
}

void by_parent_dimension(const Facts& facts, Ideas& ideas, const Link& link, double rank) {
  const auto& sql = facts.sql;
  const Facts parent = gather(*facts.task, *link.target, facts.today);
  double less = 0;
  const auto put = [&](const Dimension& dimension, const Metric& metric, double at) {
    const bool says_so = dimension.title.starts_with(link.title + " ");  // the equipment's equipment type
    const auto title = says_so ? dimension.title : link.title + " " + dimension.title;
    auto query =
        facts.query(parent.group_of(dimension, "p") + " AS " + sql.name(alias_of(title)) + ",\n       " +
                        metric.expression(facts, "t") + " AS " + sql.name(metric.alias),
                    "t");
    if (metric.amount == nullptr)
      query.select += ",\n       " + sql.percent("COUNT(*)", "SUM(COUNT(*)) OVER ()") + " AS share_percent";
    join_to(facts, query, link);
    if (metric.amount != nullptr) only_summed(facts, query, *metric.amount);
    query.group = "1";
    query.order = "2 DESC, 1";
    query.limit = 20;
    ideas.add({.rank = at,
               .name = (metric.amount == nullptr ? facts.many : metric.title + " of " + facts.many) + " by " +
                       title,
               .description = fmt::format("{} by the {} of their {}.{}",
                                          metric.amount == nullptr ? facts.many : metric.title,
                                          in_prose(dimension.title), in_prose(link.title),
                                          metric.amount == nullptr ? "" : unit_note(*metric.amount)),
               .value = fmt::format("Shows which kind of {} drives {}, to aim offers and care.",
                                    in_prose(link.title), in_prose(facts.many)),
               .sql = query.text(),
               .shape = Shape::breakdown,
               .unit = metric.unit,
               .display = "bar",
               .joined = {link.target}});
  };
  for (const auto& dimension : parent.dimensions) {
    if (!dimension.field->path.empty() || is_told_by_outcome(*link.target, *dimension.field)) continue;
    if (!facts.summary) put(dimension, row_count(facts), rank - less);
    for (const auto& amount : facts.amounts) {
      const auto metric = summed(facts, amount);
      if (!metric || amount.minor) continue;
      put(dimension, *metric, rank + 2 - less);
      break;
    }
    less += 12;
  }
  for (const auto* flag : parent.flags) {
    if (!flag->path.empty() || facts.summary) continue;
    put({flag, mark_title(*flag), {}}, row_count(facts), rank - 8 - less);
    less += 12;
  }
}

/// A parent that never appears here.
void unused_parents(const Facts& facts, Ideas& ideas, const Link& link, double rank) {
  const auto& sql = facts.sql;
  const Facts parent = gather(*facts.task, *link.target, facts.today);
  const auto many = plural_title(link.title);
  if (many == facts.many || covers(*facts.table, *link.field, *link.target)) return;
  auto query = parent.query("", "p");
  auto used = facts.query("1", "t");
  used.where.push_back(fmt::format("t.{} = p.{}", sql.name(link.field->name), sql.name(link.key->name)));
  query.select = sql.percent("COUNT(CASE WHEN EXISTS (\n" + used.text() + "\n) THEN 1 END)", "COUNT(*)") +
                 " AS coverage_percent";
  ideas.add({.rank = rank,
             .name = "Share of " + many + " with " + facts.many,
             .description = fmt::format("Part of all {} that have at least one of the {}, in percent.",
                                        in_prose(many), in_prose(facts.many)),
             .value = fmt::format("Shows how far {} reach, and how many {} are still to be won.",
                                  in_prose(facts.many), in_prose(many)),
             .sql = query.text(),
             .unit = model::Unit::percent,
             .joined = {link.target}});
}

void orphans(const Facts& facts, Ideas& ideas, const Link& link, double rank) {
  const auto& sql = facts.sql;
  auto query = facts.query("", "t");
  const auto key = "t." + sql.name(link.field->name);
  query.from += join_clause(facts, link, "LEFT JOIN", "p");
  query.where.push_back(key + " IS NOT NULL");
  query.select = fmt::format(
      "COUNT(*) AS {},\n       COUNT(CASE WHEN p.{} IS NULL THEN 1 END) AS without_match,\n       {} AS "
      "orphan_percent",
      sql.name(facts.rows), sql.name(link.key->name),
      sql.percent("COUNT(CASE WHEN p." + sql.name(link.key->name) + " IS NULL THEN 1 END)", "COUNT(*)"));
  ideas.add({.rank = rank,
             .name = "Orphan Rate of " + facts.many + " (" + link.title + ")",
             .description = fmt::format("Share of {} whose {} is not found in {}.", in_prose(facts.many),
                                        link.field->name, link.target->name),
             .value = "Finds broken references, which make every joined figure too small.",
             .sql = query.text(),
             .shape = Shape::table,
             .unit = model::Unit::percent,
             .display = "table",
             .joined = {link.target}});
}

/// What a parent measures, by the name of another parent: the length of the tracks of a playlist.
void across(const Facts& facts, Ideas& ideas, const Link& to, const Link& by, double rank) {
  const auto& sql = facts.sql;
  const Facts measured = gather(*facts.task, *to.target, facts.today);
  double less = 0;
  for (const auto& amount : measured.amounts) {
    if (!amount.field->path.empty() || amount.minor) continue;
    auto query =
        facts.query(fmt::format("{} AS {},\n       {} AS {}", name_of(facts, by),
                                sql.name(label_alias(by.title, *by.label)), measured.average_of(amount, "m"),
                                sql.name("average_" + column_alias(amount.title))),
                    "t");
    join_to(facts, query, by);
    join_to(facts, query, to, "m");
    query.where.push_back(measured.has_value(amount, "m"));
    query.group = "p." + sql.name(by.key->name) + ", p." + sql.name(by.label->name);
    query.order = "2 DESC, 1";
    query.limit = 10;
    ideas.add({.rank = rank - less,
               .name = "Top 10 " + plural_title(by.title) + " by Average " + to.title + " " + amount.title,
               .description = fmt::format("The ten {} whose {} have the highest mean {}.{}",
                                          in_prose(plural_title(by.title)), in_prose(plural_title(to.title)),
                                          in_prose(amount.title), unit_note(amount)),
               .value = fmt::format("Compares {} by what they hold rather than by how much.",
                                    in_prose(plural_title(by.title))),
               .sql = query.text(),
               .shape = Shape::breakdown,
               .unit = amount.unit,
               .display = "row",
               .joined = {by.target, to.target}});
    less += 8;
  }
}

}  // namespace

void join_rules(const Facts& facts, Ideas& ideas) {
  double less = 0;
  for (const auto& link : facts.links) {
    if (link.target == facts.table) continue;
    // How often it was summed up says nothing of whom.
    if (!facts.summary) top_rows(facts, ideas, link, row_count(facts), 78 - less);
    for (const auto& amount : facts.amounts) {
      const auto metric = summed(facts, amount);
      if (!metric || amount.minor || !amount.field->path.empty()) continue;
      top_rows(facts, ideas, link, *metric, 82 - less);
      break;
    }
    if (link.target != nullptr) {
      by_parent_dimension(facts, ideas, link, 69 - less);
      unused_parents(facts, ideas, link, 56 - less);
      if (!link.declared) orphans(facts, ideas, link, 34 - less / 2);
      for (const auto& other : facts.links) {
        if (&other == &link || other.target == nullptr || other.target == link.target ||
            other.label == nullptr)
          continue;
        across(facts, ideas, link, other, 24 - less);
        break;
      }
    }
    less += less == 0 ? 9 : 7;
  }
  less = 0;
  for (const auto& link : facts.parents) {
    by_parent_dimension(facts, ideas, link, 64 - less);
    unused_parents(facts, ideas, link, 60 - less);
    if (!link.declared) orphans(facts, ideas, link, 36 - less / 2);
    less += 9;
  }
}

}  // namespace kpi::llm
