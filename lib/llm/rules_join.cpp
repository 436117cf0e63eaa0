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

/// Of a junction, what the rows join `link` with: "Tracks" of a playlist; else the rows' own name.
std::string counted_title(const Facts& facts, const Link& link) {
  if (facts.role != model::Role::junction || facts.links.size() != 2) return facts.many;
  return plural_title((&link == &facts.links[0] ? facts.links[1] : facts.links[0]).title);
}

void top_rows(const Facts& facts, Ideas& ideas, const Link& link, const Metric& metric, double rank) {
  const auto& sql = facts.sql;
  const auto many = plural_title(link.title);
  // Single orders or visits are nobody to look after: which have the most rows is no question.
  const bool events = link.target != nullptr && !link.actor &&
                      (link.target->role == model::Role::fact || link.target->role == model::Role::event_log);
  if ((events && metric.amount == nullptr) || (many == facts.many && !facts.summary)) return;
  const bool named = link.target != nullptr && link.label != nullptr;
  const auto key = sql.name(link.field->name);
  const bool filtered = !named && link.target != nullptr && !rows_kept(*facts.task, *link.target).empty();
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
    if (filtered) join_to(facts, query, link);
  }
  if (metric.amount != nullptr) only_summed(facts, query, *metric.amount);
  query.order = "2 DESC, 1";
  query.limit = 10;
  const bool counts = metric.amount == nullptr;
  const auto measure = counts               ? counted_title(facts, link)
                       : many == facts.many ? metric.title  // "of partners" says it twice
                                            : metric.title + " of " + facts.many;
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
  if (filtered) idea.left_out.push_back(link.target);
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
               .value = fmt::format("Shows which kind of {} stands behind {}, and which brings little.",
                                    in_prose(link.title), in_prose(facts.many)),
               .sql = query.text(),
               .shape = Shape::breakdown,
               .unit = metric.unit,
               .display = "bar",
               .joined = {link.target}});
  };
  for (const auto& dimension : parent.dimensions) {
    if (!dimension.field->path.empty() || is_told_by_outcome(*link.target, *dimension.field)) continue;
    // Entries of a log go through the states; by the state of today they are nearly all of the last one.
    const double late = facts.role == model::Role::event_log && is_state_name(*dimension.field) ? 15 : 0;
    if (!facts.summary) put(dimension, row_count(facts), rank - less - late);
    for (const auto& amount : facts.amounts) {
      const auto metric = summed(facts, amount);
      if (!metric || amount.minor) continue;
      put(dimension, *metric, rank + 2 - less - late);
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

/// "with Orders"; of a statistic, which is no thing to have, "in Sales Statistics".
std::string having_rows(const Facts& facts) {
  return facts.summary ? "in " + table_title(facts.table->name) : "with " + facts.many;
}

/// The condition that a parent, called p, has rows here.
std::string has_rows(const Facts& facts, const Link& link) {
  auto used = facts.query("1", "t");
  used.where.push_back(
      fmt::format("t.{} = p.{}", facts.sql.name(link.field->name), facts.sql.name(link.key->name)));
  return "EXISTS (\n" + used.text() + "\n)";
}

/// Parents that never appear here, and what those that do are like beside them.
void unused_parents(const Facts& facts, Ideas& ideas, const Link& link, double rank) {
  const auto& sql = facts.sql;
  const Facts parent = gather(*facts.task, *link.target, facts.today);
  const auto many = plural_title(link.title);
  if ((many == facts.many && !facts.summary) || covers(*facts.table, *link.field, *link.target)) return;
  const auto having = having_rows(facts);
  const auto share =
      parent.query(sql.percent("COUNT(CASE WHEN " + has_rows(facts, link) + " THEN 1 END)", "COUNT(*)") +
                       " AS coverage_percent",
                   "p");
  ideas.add({.rank = rank,
             .name = "Share of " + many + " " + having,
             .description = fmt::format("Part of all {} {}, in percent.", in_prose(many), in_prose(having)),
             .value = fmt::format("Shows how far {} reach, and how many {} are still to be won.",
                                  in_prose(facts.many), in_prose(many)),
             .sql = share.text(),
             .unit = model::Unit::percent,
             .joined = {link.target}});
  for (const auto& amount : parent.amounts) {
    if (!amount.field->path.empty() || amount.minor) continue;
    auto query = parent.query(
        fmt::format(
            "CASE WHEN {} THEN 'with' ELSE 'without' END AS {},\n       {} AS {},\n       COUNT(*) AS {}",
            has_rows(facts, link), sql.name(facts.rows), parent.average_of(amount, "p"),
            sql.name("average_" + column_alias(amount.title)), sql.name(alias_of(many))),
        "p");
    query.where.push_back(parent.has_value(amount, "p"));
    query.group = "1";
    query.order = "1";
    ideas.add({.rank = rank - 22,
               .name = "Average " + amount.title + " of " + many + " " + having + " and Others",
               .description =
                   fmt::format("Mean {} of the {} {}, beside that of all others.{}", in_prose(amount.title),
                               in_prose(many), in_prose(having), unit_note(amount)),
               .value = fmt::format("Tells whether {} go with better {} or with worse ones.",
                                    in_prose(facts.many), in_prose(many)),
               .sql = query.text(),
               .shape = Shape::breakdown,
               .unit = amount.unit == model::Unit::count ? model::Unit::number : amount.unit,
               .display = "bar",
               .joined = {link.target}});
    break;
  }
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

/// How long after its parent began a row came: the steps of an order by its log, a refund after its payment.
void lead_time(const Facts& facts, Ideas& ideas, const Link& link, double rank) {
  const Facts parent = gather(*facts.task, *link.target, facts.today);
  if (facts.time == nullptr || !facts.creation || parent.time == nullptr || !parent.creation) return;
  if (!parent.happened() || parent.monthly) return;
  const auto& sql = facts.sql;
  const auto start = parent.column(*parent.time, "p");
  const auto end = facts.column(*facts.time, "t");
  const auto days = sql.rounded("AVG(" + sql.days_between(start, end) + ")", 2) + " AS average_days";
  const auto joined = [&](const std::string& select) {
    auto query = facts.query(select, "t");
    join_to(facts, query, link);
    // What came before its beginning is a mistake in the data.
    query.where.push_back(end + " >= " + start);
    return query;
  };
  const auto title = link.title + " " + mark_title(*parent.time) + " to " + facts.one;
  const auto note = fmt::format("Mean time from {} of the {} to {} of the {}, in days", parent.time->name,
                                in_prose(link.title), facts.time->name, in_prose(facts.one));
  const bool steps = facts.role == model::Role::event_log;
  // Of a log of steps the mean over all of them is the time of none.
  if (!steps)
    ideas.add({.rank = rank,
               .name = "Average Days from " + title,
               .description = note + ".",
               .value = fmt::format("Shows how soon {} follow, and what time there is to act.",
                                    in_prose(facts.many)),
               .sql = joined(days).text(),
               .unit = model::Unit::duration,
               .joined = {link.target}});
  for (const auto& dimension : facts.dimensions) {
    if (!dimension.field->path.empty()) continue;
    auto query = joined(facts.group_of(dimension, "t") + " AS " + sql.name(alias_of(dimension.title)) +
                        ",\n       " + days + ",\n       COUNT(*) AS " + sql.name(facts.rows));
    query.group = "1";
    query.order = "2, 1";
    query.limit = 20;
    ideas.add({.rank = rank + (steps ? 6 : -10),
               .name = "Average Days from " + title + " by " + dimension.title,
               .description = note + ", by " + in_prose(dimension.title) + ".",
               .value = "Shows when each step is reached, and so where the wait is.",
               .sql = query.text(),
               .shape = Shape::breakdown,
               .unit = model::Unit::duration,
               .display = "bar",
               .joined = {link.target}});
    break;
  }
}

/// What a parent measures, by the name of another parent: the length of the tracks of a playlist.
void across(const Facts& facts, Ideas& ideas, const Link& to, const Link& by, double rank) {
  const auto& sql = facts.sql;
  const Facts measured = gather(*facts.task, *to.target, facts.today);
  // What an order came to is no property of each product in it.
  if (measured.happened() || by.target->role == model::Role::fact ||
      by.target->role == model::Role::event_log)
    return;
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
      if (!link.actor) lead_time(facts, ideas, link, 66 - less);
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
    lead_time(facts, ideas, link, 62 - less);
    if (!link.declared) orphans(facts, ideas, link, 36 - less / 2);
    less += 9;
  }
}

}  // namespace kpi::llm
