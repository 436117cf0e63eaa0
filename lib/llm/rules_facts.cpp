#include <kpi/base/text.hpp>
#include <kpi/base/words.hpp>
#include <kpi/llm/rules_column.hpp>
#include <kpi/llm/rules_facts.hpp>
#include <kpi/model/measures.hpp>

#include <fmt/format.h>

#include <algorithm>

namespace kpi::llm {
namespace {

using model::Field;
using model::Table;

bool contains(const std::vector<std::string>& list, std::string_view name) {
  return std::find(list.begin(), list.end(), name) != list.end();
}

/// What people call the column: as the domain has it, else out of its name.
std::string title_for(const TableTask& task, const Table& table, const Field& field) {
  const auto* told = model::display_name(task.domain, table.name, plain_name(field));
  return told != nullptr ? told->name : field_title(field);
}

/// So much a month is what one of them is like: the prices of all plans have no sum.
bool is_per_period(const std::vector<std::string>& words) {
  return has_word(words,
                  {"monthly", "yearly", "annual", "annually", "weekly", "daily", "hourly", "quarterly"});
}

Amount amount_of(const TableTask& task, const Table& table, const model::Measure& measure,
                 const Field& field) {
  Amount amount{.field = &field, .title = title_for(task, table, field)};
  if (amount.title == "Total") amount.title = "Total Amount";
  const auto words = words_of(field);
  const auto stored = model::stored_unit(measure.unit);
  amount.unit = model::unit_named(stored.unit).value_or(model::Unit::number);
  amount.scale = stored.scale;
  amount.adds = contains(measure.aggregations, "sum") && amount.unit != model::Unit::percent &&
                !(table.role == model::Role::dimension && is_per_period(words));
  amount.level = has_word(words, {"stock", "balance", "inventory"});
  if (words.back() == "milliseconds" || words.back() == "ms") {
    amount.scale = 60'000;
    amount.unit = model::Unit::duration;
    amount.title = words.size() == 1 ? "Minutes" : title_of({words.begin(), words.end() - 1}) + " (Minutes)";
  }
  amount.minor = has_word(words, {"bytes", "byte", "size", "length", "width", "height", "weight", "g"});
  return amount;
}

/// Those that matter to a business first.
int importance(const Amount& amount) {
  const auto words = identifier_words(amount.title);
  int points = 0;
  if (amount.unit == model::Unit::currency) points += 4;
  if (has_word(words, {"total"})) points += 3;
  if (has_word(words, {"amount", "payment"})) points += 1;
  if (has_word(words, {"discount", "tax", "shipping", "fee", "deduction"})) points -= 2;
  if (amount.adds) points += 1;
  if (amount.field->path.size() > 1) points -= 5;
  return points;
}

void find_times(Facts& facts, const Table& table, const model::Domain& domain) {
  std::vector<const Field*> times;
  for (const auto& name : table.time_columns) {
    if (const auto* field = table.field(name)) times.push_back(field);
  }
  if (times.empty()) {
    for (const auto& field : table.fields) {
      if (model::is_temporal(field) && field.path.empty()) times.push_back(&field);
    }
  }
  times.erase(std::remove_if(times.begin(), times.end(),
                             [&](const Field* field) {
                               return field->pii || is_flat(*field) ||
                                      matches(domain.deleted_row_columns, *field);
                             }),
              times.end());
  for (const auto* field : times) {
    if (facts.time == nullptr) {
      facts.time = field;
    } else if (is_touch(*field)) {
      facts.touches.push_back(field);
    } else if (is_due(*field)) {
      facts.dues.push_back(field);
    } else if (begins_before(*field, *facts.time)) {
      if (may_be_empty(table, *field)) facts.gaps.push_back(field);
    } else if (!is_update(*field) && may_be_empty(table, *field)) {
      facts.marks.push_back(field);
    }
  }
  if (facts.time == nullptr) {
    for (const auto& field : table.fields) {
      if (!model::is_integer(field)) continue;
      if (lower(field.name) == "year") facts.year = &field;
      if (lower(field.name) == "month") facts.month = &field;
    }
    if (facts.year == nullptr || facts.month == nullptr) facts.year = facts.month = nullptr;
    return;
  }
  facts.monthly = is_monthly(*facts.time);
  facts.creation =
      !is_due(*facts.time) && !is_update(*facts.time) && !is_touch(*facts.time) && !facts.monthly;
  facts.per_month = rows_a_month(table, *facts.time);
  facts.anchor.today = is_live(*facts.time, facts.today);
  facts.anchor.time = facts.column(*facts.time);
  facts.anchor.from = "FROM " + facts.from;
  const auto filter = facts.filter();
  if (!filter.empty()) facts.anchor.from += " WHERE " + join(filter, " AND ");
}

bool is_quantity(const Amount& amount) {
  return amount.adds && amount.field->path.empty() &&
         has_word(words_of(*amount.field), {"quantity", "qty", "cnt"});
}

/// A line of a price and a quantity, and no amount of its own, is worth their product. `flat` are amounts
/// that are the same in every row: one piece a line is a quantity, too.
void add_line_value(Facts& facts, const std::vector<Amount>& flat) {
  const Amount* price = nullptr;
  const auto same = std::find_if(flat.begin(), flat.end(), is_quantity);
  const Amount* quantity = same == flat.end() ? nullptr : &*same;
  for (const auto& amount : facts.amounts) {
    if (!amount.field->path.empty()) continue;
    const auto words = words_of(*amount.field);
    if (amount.unit == model::Unit::currency && has_word(words, {"price"})) {
      price = &amount;
    } else if (is_quantity(amount)) {
      quantity = &amount;
    } else if (amount.adds && amount.unit == model::Unit::currency) {
      return;
    }
  }
  if (price == nullptr || quantity == nullptr) return;
  Amount value = *price;
  value.times = quantity->field;
  value.level = quantity->level;  // what lies in stock does not flow, whatever it is worth
  value.title = value.level ? "Stock Value" : "Value";
  value.adds = true;
  facts.amounts.push_back(std::move(value));
}

void find_columns(Facts& facts, const TableTask& task, const Table& table) {
  const auto measures = measures_of(table, task.domain);
  std::vector<Amount> flat;
  for (const auto& field : table.fields) {
    if (field.pii || matches(task.domain.test_row_columns, field) ||
        matches(task.domain.deleted_row_columns, field))
      continue;
    const bool key = is_key_like(table, field) && !is_code_name(field);
    const auto measure = std::find_if(measures.begin(), measures.end(),
                                      [&](const auto& candidate) { return candidate.field == field.name; });
    const bool number = !key && measure != measures.end() && !is_code_name(field) && !is_order(field);
    if (is_flat(field)) {
      const bool empty = field.stats->null_fraction.value_or(0) >= 1;
      if (number && !empty) flat.push_back(amount_of(task, table, *measure, field));
      continue;
    }
    if (model::is_boolean(field)) {
      facts.flags.push_back(&field);
    } else if (number && !model::mixes_units(table, field)) {
      facts.amounts.push_back(amount_of(task, table, *measure, field));
    } else if (!key && !names_url(field) && (contains(table.dimensions, field.name) || is_code_name(field)) &&
               !is_near_unique(table, field) && !is_prose(field) && !names_identifier(field) &&
               !(words_of(field).back() == "name" && is_own_name(table, field)) &&
               (model::is_text(field) || model::is_integer(field))) {
      facts.dimensions.push_back(
          {&field, title_for(task, table, field), meanings_of(task.database, task.domain, table, field)});
    } else if (model::is_text(field) && !key && !names_url(field)) {
      facts.texts.push_back(&field);
    }
    const bool is_time = model::is_temporal(field);
    if (!is_time && field.path.empty() && may_be_empty(table, field) && !model::is_boolean(field) &&
        !contains(table.primary_key, field.name))
      facts.gaps.push_back(&field);
  }
  add_line_value(facts, flat);
  std::stable_sort(facts.amounts.begin(), facts.amounts.end(),
                   [](const Amount& a, const Amount& b) { return importance(a) > importance(b); });
  // Where half of the rows are silent, a grouping says little: those that speak come first.
  std::stable_sort(facts.dimensions.begin(), facts.dimensions.end(),
                   [](const Dimension& a, const Dimension& b) {
                     return !mostly_empty(*a.field) && mostly_empty(*b.field);
                   });
}

void find_links(Facts& facts, const TableTask& task, const Table& table) {
  for (const auto& field : table.fields) {
    if (field.pii || !field.path.empty() || is_flat(field) || is_code_name(field)) continue;
    const bool own_key = table.primary_key.size() == 1 && table.primary_key.front() == field.name;
    const auto words = words_of(field);
    if (!field.references &&
        (own_key || !is_key_like(table, field) || words.size() < 2 || words.back() != "id"))
      continue;
    Link link{.field = &field, .title = key_title(field)};
    link.actor = names_actor(identifier_words(link.title));
    if (field.references) {
      link.target = task.database.table(field.references->table);
      if (link.target != nullptr) link.key = link.target->field(field.references->field);
      if (link.key == nullptr) link.target = nullptr;
    }
    if (link.target != nullptr) {
      link.label = label_of(*link.target);
      link.actor = link.actor || names_actor(table_words(link.target->name));
      link.declared = std::any_of(task.database.relationships.begin(), task.database.relationships.end(),
                                  [&](const auto& relation) {
                                    return relation.kind == "declared" && relation.from.table == table.name &&
                                           relation.from.field == field.name;
                                  });
    }
    const bool unique = is_unique(table, field);
    if (unique && link.target != nullptr) {
      facts.parents.push_back(std::move(link));
    } else if (!unique) {
      facts.links.push_back(std::move(link));
    }
  }
  // A table that is known and named says more than a bare number.
  std::stable_sort(facts.links.begin(), facts.links.end(), [](const Link& a, const Link& b) {
    return (a.target != nullptr) > (b.target != nullptr);
  });
  const auto qualified = table.qualified_name();
  for (const auto& other : task.database.tables) {
    for (const auto& field : other.fields) {
      if (!field.references || &other == &table || field.pii || !field.path.empty()) continue;
      // Compared before it is looked up: a database may have thousands of tables.
      const auto& target = field.references->table;
      if (target.size() != qualified.size() && target.size() != table.name.size()) continue;
      if (task.database.table(target) != &table) continue;
      if (const auto* key = table.field(field.references->field))
        facts.children.push_back({&other, &field, key});
    }
  }
}

}  // namespace

std::vector<std::string> rows_kept(const TableTask& task, const Table& table, std::string_view alias) {
  const DialectWriter sql(task.database.dialect);
  std::vector<std::string> conditions;
  for (const auto& field : table.fields) {
    const bool test = matches(task.domain.test_row_columns, field);
    if ((!test && !matches(task.domain.deleted_row_columns, field)) || !field.path.empty()) continue;
    const auto name = sql.column(field, alias);
    if (model::is_boolean(field)) {
      conditions.push_back(name + " IS NOT TRUE");
    } else if (model::is_integer(field)) {
      conditions.push_back(fmt::format("COALESCE({}, 0) = 0", name));
    } else if (model::is_temporal(field)) {
      conditions.push_back(name + " IS NULL");
    }
  }
  return conditions;
}

std::string name_of_row(const TableTask& task, const Table& table, const Field& label, const Field& key,
                        std::string_view alias) {
  const DialectWriter sql(task.database.dialect);
  auto name = sql.column(label, alias);
  if (&label == &key) return name;
  const auto id = sql.as_text(sql.column(key, alias));
  const bool known = table.row_count && label.stats && label.stats->distinct;
  // Two of one name are two: "Sales Support Agent (3)".
  if (known && !is_unique(table, label)) {
    name = sql.dialect() == model::Dialect::mysql ? fmt::format("CONCAT({}, ' (', {}, ')')", name, id)
                                                  : fmt::format("{} || ' (' || {} || ')'", name, id);
  }
  return may_be_empty(table, label) ? fmt::format("COALESCE({}, {})", name, id) : name;
}

Select Facts::query(std::string select, std::string_view alias) const {
  Select query;
  query.select = std::move(select);
  query.from = alias.empty() ? from : from + " " + std::string(alias);
  query.where = filter(alias);
  return query;
}

std::string Facts::by_time() const {
  return time == nullptr || creation ? "" : " (by " + field_title(*time) + ")";
}

bool Facts::looks_ahead() const { return time != nullptr && is_due(*time); }

bool Facts::ends_badly(const Field& mark) const {
  return is_loss(mark) || (role == model::Role::dimension && has_word(words_of(mark), {"closed"}));
}

bool Facts::tells_hour() const {
  if (time == nullptr || model::is_date_only(*time)) return false;
  if (!time->stats || !time->stats->earliest || !time->stats->latest) return true;
  const auto at_midnight = [](const std::string& moment) {
    return moment.size() <= 10 || moment.compare(11, 5, "00:00") == 0;
  };
  return !at_midnight(*time->stats->earliest) || !at_midnight(*time->stats->latest);
}

std::string Facts::month_of(std::string_view alias) const {
  if (time != nullptr) return sql.month(column(*time, alias));
  if (year == nullptr) return {};
  return fmt::format("{} * 100 + {}", column(*year, alias), column(*month, alias));
}

std::string Facts::group_of(const Dimension& dimension, std::string_view alias) const {
  const auto name = column(*dimension.field, alias);
  const bool told = std::any_of(dimension.meanings.begin(), dimension.meanings.end(),
                                [](const auto& meaning) { return meaning.told; });
  if (told) {
    // Nothing is no code that nobody knows: a first status has none before it.
    const bool empty = may_be_empty(*table, *dimension.field);
    std::string text = empty ? "CASE WHEN " + name + " IS NULL THEN 'none'" : "CASE " + name;
    for (const auto& meaning : dimension.meanings) {
      const auto value = meaning.number ? meaning.value : DialectWriter::literal(meaning.value);
      text += (empty ? " WHEN " + name + " = " : " WHEN ") + value + " THEN " +
              DialectWriter::literal(meaning.label);
    }
    return text + " ELSE 'other or unknown' END";
  }
  if (model::is_text(*dimension.field)) return fmt::format("COALESCE({}, 'unknown')", name);
  if (model::is_boolean(*dimension.field))
    return fmt::format("CASE WHEN {0} IS TRUE THEN 'yes' WHEN {0} IS FALSE THEN 'no' ELSE 'unknown' END",
                       name);
  return may_be_empty(*table, *dimension.field) ? fmt::format("COALESCE({}, 'unknown')", sql.as_text(name))
                                                : name;
}

std::string Facts::has_value(const Amount& amount, std::string_view alias) const {
  const auto present = column(*amount.field, alias) + " IS NOT NULL";
  return amount.times == nullptr ? present
                                 : present + " AND " + column(*amount.times, alias) + " IS NOT NULL";
}

std::string Facts::value_of(const Amount& amount, std::string_view alias) const {
  const auto name = held(amount, alias);
  return amount.scale == 1 ? name : fmt::format("{} / {}.0", name, amount.scale);
}

std::string Facts::held(const Amount& amount, std::string_view alias) const {
  const auto name = column(*amount.field, alias);
  return amount.times == nullptr ? name : name + " * " + column(*amount.times, alias);
}

std::string Facts::sum_of(const Amount& amount, std::string_view alias) const {
  const auto sum = "SUM(" + held(amount, alias) + ")";
  if (amount.scale == 1) return model::is_integer(*amount.field) ? sum : sql.rounded(sum, 2);
  return sql.rounded(fmt::format("{} / {}.0", sum, amount.scale), 2);
}

std::string Facts::average_of(const Amount& amount, std::string_view alias) const {
  return sql.rounded("AVG(" + value_of(amount, alias) + ")", 2);
}

namespace {

/// What a row is called. A row of a statistic is called after what it is a statistic of, a row of a log an
/// entry.
void name_rows(Facts& facts, const Table& table) {
  auto words = table_words(table.name);
  const std::initializer_list<std::string_view> figures{"statistics", "statistic", "stats",   "snapshot",
                                                        "summary",    "daily",     "monthly", "weekly"};
  facts.one = table_title(table.name);
  facts.many = table_titles(table.name);
  facts.summary = table.role == model::Role::snapshot || has_word(words, figures);
  if (facts.summary) {
    const char* span = has_word(words, {"monthly"}) ? " and Month"
                       : has_word(words, {"daily"}) ? " and Day"
                                                    : " Record";
    std::erase_if(words, [&](const std::string& word) {
      return std::find(figures.begin(), figures.end(), word) != figures.end();
    });
    if (!words.empty()) {
      facts.many = plural_title(title_of(words));
      // Where a row is of nothing but its day, "Sales and Day" are one thing too many.
      facts.one = facts.links.empty() && std::string_view(span).starts_with(" and ")
                      ? std::string(span + std::string_view(" and ").size())
                      : title_of(words) + span;
    }
    facts.rows = "records";
  } else if (words.size() > 1 && words.back() == "log") {
    facts.one += " Entry";
    facts.many = facts.one.substr(0, facts.one.size() - 1) + "ies";
  }
  if (facts.one.empty()) facts.one = facts.many = table.name;  // a name of signs alone
  if (facts.rows.empty()) facts.rows = alias_of(facts.many);
}

}  // namespace

Facts gather(const TableTask& task, const model::Table& table, std::string_view today) {
  Facts facts;
  facts.task = &task;
  facts.table = &table;
  facts.sql = DialectWriter(task.database.dialect);
  facts.today = today;
  facts.role = table.role;
  facts.from = facts.sql.table(table);
  facts.label = label_of(table);
  if (table.primary_key.size() == 1) facts.key = table.field(table.primary_key.front());
  find_times(facts, table, task.domain);
  find_columns(facts, task, table);
  find_links(facts, task, table);
  name_rows(facts, table);
  return facts;
}

}  // namespace kpi::llm
