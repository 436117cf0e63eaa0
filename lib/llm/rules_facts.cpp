#include <kpi/base/text.hpp>
#include <kpi/base/words.hpp>
#include <kpi/llm/rules_facts.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>

namespace kpi::llm {
namespace {

using model::Field;
using model::Table;

constexpr int silent_days = 45;  ///< data whose latest row is older has stopped

bool contains(const std::vector<std::string>& list, std::string_view name) {
  return std::find(list.begin(), list.end(), name) != list.end();
}

bool matches(const std::vector<std::string>& globs, const Field& field) {
  return std::any_of(globs.begin(), globs.end(), [&](const auto& glob) {
    return glob_match(glob, field.name) || glob_match(glob, plain_name(field));
  });
}

/// One value in every row, or none in any: nothing to tell.
bool is_flat(const Field& field) {
  if (!field.stats) return false;
  const bool one_value = field.stats->distinct && *field.stats->distinct <= 1;
  return one_value || field.stats->null_fraction.value_or(0) >= 1.0;
}

bool may_be_empty(const Field& field) {
  if (field.stats && field.stats->null_fraction) return *field.stats->null_fraction > 0;
  return field.nullable.value_or(true);
}

std::string_view bare_semantic(const Field& field) {
  std::string_view type = field.semantic_type;
  if (type.substr(0, 5) == "type/") type.remove_prefix(5);
  return type;
}

std::vector<std::string> words_of(const Field& field) { return identifier_words(plain_name(field)); }

bool is_due(const Field& field) {
  return has_word(words_of(field), {"due", "end", "expires", "expiration", "expected", "until", "next",
                                    "promised", "deadline", "valid"});
}

bool is_update(const Field& field) {
  return has_word(words_of(field), {"update", "updated", "modified", "synced"}) ||
         bare_semantic(field).substr(0, 6) == "Update";
}

bool is_key_like(const Table& table, const Field& field) {
  const auto semantic = bare_semantic(field);
  if (field.references || contains(table.primary_key, field.name) || semantic == "PK" || semantic == "FK")
    return true;
  const auto words = words_of(field);
  return words.size() > 1 && (words.back() == "id" || words.back() == "ids" || words.back() == "uuid");
}

/// True if hardly two rows share a value: a group a row is no grouping.
bool is_near_unique(const Table& table, const Field& field) {
  const auto words = words_of(field);
  if (!words.empty() && (words.back() == "number" || words.back() == "no" || words.back() == "slug" ||
                         words.back() == "date" || words.back() == "code"))
    return model::is_text(field) && !field.values;
  return field.stats && field.stats->distinct && table.row_count && *table.row_count > 4 &&
         *field.stats->distinct * 10 >= *table.row_count * 8;
}

/// A status or type column, whatever its semantic type says of it.
bool is_code_name(const Field& field) {
  const auto words = words_of(field);
  return !words.empty() && (words.back() == "status" || words.back() == "type" || words.back() == "state" ||
                            words.back() == "stage" || words.back() == "grade" || words.back() == "level");
}

bool names_url(const Field& field) {
  const auto semantic = bare_semantic(field);
  return semantic == "URL" || semantic == "ImageURL" || semantic == "AvatarURL" ||
         has_word(words_of(field),
                  {"url", "urls", "img", "image", "thumbnail", "path", "uid", "hash", "token"});
}

std::optional<std::chrono::sys_days> day_of(std::string_view iso) {
  if (iso.size() < 10) return std::nullopt;
  const std::string text(iso.substr(0, 10));
  const std::chrono::year_month_day day{
      std::chrono::year{std::atoi(text.c_str())},
      std::chrono::month{static_cast<unsigned>(std::atoi(text.c_str() + 5))},
      std::chrono::day{static_cast<unsigned>(std::atoi(text.c_str() + 8))}};
  if (!day.ok()) return std::nullopt;
  return std::chrono::sys_days{day};
}

/// True if windows that end today would be full: the newest row is recent and not from the future.
bool is_live(const Field& time, std::string_view today) {
  if (!time.stats || !time.stats->latest) return false;
  const auto latest = day_of(*time.stats->latest);
  const auto now = day_of(today);
  return latest && now && *latest > *now - std::chrono::days{silent_days} &&
         *latest <= *now + std::chrono::days{1};
}

Amount amount_of(const TableTask& task, const model::Measure& measure, const Field& field) {
  Amount amount{.field = &field, .title = field_title(field)};
  const auto words = words_of(field);
  const std::string note = lower(field.description);
  const auto says = [&](std::string_view text) { return note.find(text) != std::string::npos; };
  amount.unit = model::unit_named(measure.unit).value_or(model::Unit::number);
  amount.adds = contains(measure.aggregations, "sum");
  const bool minor = matches(task.domain.minor_unit_columns, field) || says(" cents") || says("minor unit");
  if (minor && model::is_integer(field)) {
    amount.scale = 100;
    amount.unit = model::Unit::currency;
  }
  if (has_word(words, {"bp", "bps"}) || says("basis point")) {
    amount.scale = 100;
    amount.unit = model::Unit::percent;
  }
  if (has_word(words, {"avg", "average", "rate", "ratio", "percent", "score", "rating", "unit", "max", "min",
                       "hourly", "depth", "priority", "rank", "moq", "minimum", "maximum", "age", "days"}) &&
      !has_word(words, {"total"})) {
    amount.adds = false;
  }
  if (amount.unit == model::Unit::percent) amount.adds = false;
  amount.level = has_word(words, {"stock", "balance", "inventory"});
  return amount;
}

/// One column in two units has no sum.
bool mixes_units(const Field& field) {
  const std::string note = lower(field.description);
  return note.find("percent") != std::string::npos && note.find("cents") != std::string::npos;
}

std::vector<model::Measure> measures_of(const Table& table) {
  if (!table.measures.empty()) return table.measures;
  std::vector<model::Measure> found;
  for (const auto& field : table.fields) {
    if (!model::is_number(field) || field.pii || is_key_like(table, field) || is_code_name(field)) continue;
    if (has_word(words_of(field), {"year", "month", "sort", "order", "lat", "lng", "latitude", "longitude",
                                   "no", "seq", "version", "zip"}))
      continue;
    found.push_back({field.name, {"sum", "avg"}, "number"});
  }
  return found;
}

const Field* label_of(const Table& table) {
  const Field* best = nullptr;
  int best_rank = 99;
  for (const auto& field : table.fields) {
    if (!model::is_text(field) || field.pii || !field.path.empty() || is_key_like(table, field)) continue;
    const auto words = words_of(field);
    int rank = 99;
    if (words.back() == "name" || bare_semantic(field) == "Name") rank = words.size() == 1 ? 0 : 1;
    if (words.back() == "title" || bare_semantic(field) == "Title") rank = std::min(rank, 2);
    if (words.back() == "code" || words.back() == "no" || words.back() == "number") rank = std::min(rank, 4);
    if (bare_semantic(field) == "Company") rank = std::min(rank, 3);
    if (rank < best_rank) {
      best_rank = rank;
      best = &field;
    }
  }
  return best;
}

/// True if values of `mark` begin before those of `start`: it cannot be what comes after.
bool begins_before(const Field& mark, const Field& start) {
  if (!mark.stats || !start.stats || !mark.stats->earliest || !start.stats->earliest) return false;
  return mark.stats->earliest->substr(0, 10) < start.stats->earliest->substr(0, 10);
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

void note_filter(Facts& facts, const Table& table, const model::Domain& domain) {
  const auto any = [&](const std::vector<std::string>& globs) {
    return std::any_of(table.fields.begin(), table.fields.end(),
                       [&](const Field& field) { return field.path.empty() && matches(globs, field); });
  };
  const bool test = any(domain.test_row_columns);
  const bool deleted = any(domain.deleted_row_columns);
  if (facts.filter().empty()) return;
  facts.filter_note = test && deleted ? " Test rows and deleted rows are left out."
                      : test          ? " Test rows are left out."
                                      : " Deleted rows are left out.";
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
    } else if (is_due(*field)) {
      facts.dues.push_back(field);
    } else if (begins_before(*field, *facts.time)) {
      if (may_be_empty(*field)) facts.gaps.push_back(field);
    } else if (!is_update(*field) && may_be_empty(*field)) {
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
  facts.creation = !is_due(*facts.time) && !is_update(*facts.time);
  facts.anchor.today = is_live(*facts.time, facts.today);
  facts.anchor.time = facts.column(*facts.time);
  facts.anchor.from = "FROM " + facts.from;
  const auto filter = facts.filter();
  if (!filter.empty()) facts.anchor.from += " WHERE " + join(filter, " AND ");
}

void find_columns(Facts& facts, const TableTask& task, const Table& table) {
  const auto measures = measures_of(table);
  for (const auto& field : table.fields) {
    if (field.pii || is_flat(field) || matches(task.domain.test_row_columns, field) ||
        matches(task.domain.deleted_row_columns, field))
      continue;
    const bool key = is_key_like(table, field) && !is_code_name(field);
    const auto measure = std::find_if(measures.begin(), measures.end(),
                                      [&](const auto& candidate) { return candidate.field == field.name; });
    const bool number = !key && measure != measures.end() && !is_code_name(field);
    if (model::is_boolean(field)) {
      facts.flags.push_back(&field);
    } else if (number && !mixes_units(field)) {
      facts.amounts.push_back(amount_of(task, *measure, field));
    } else if (!key && !names_url(field) && (contains(table.dimensions, field.name) || is_code_name(field)) &&
               !is_near_unique(table, field) && (model::is_text(field) || model::is_integer(field))) {
      facts.dimensions.push_back({&field, field_title(field), meanings_of(task.database, field)});
    } else if (model::is_text(field) && !key && !names_url(field)) {
      facts.texts.push_back(&field);
    }
    const bool is_time = model::is_temporal(field);
    if (!is_time && field.path.empty() && may_be_empty(field) && !model::is_boolean(field) &&
        !contains(table.primary_key, field.name))
      facts.gaps.push_back(&field);
  }
  std::stable_sort(facts.amounts.begin(), facts.amounts.end(),
                   [](const Amount& a, const Amount& b) { return importance(a) > importance(b); });
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
    if (field.references) {
      link.target = task.database.table(field.references->table);
      if (link.target != nullptr) link.key = link.target->field(field.references->field);
      if (link.key == nullptr) link.target = nullptr;
    }
    if (link.target != nullptr) {
      link.label = label_of(*link.target);
      link.declared = std::any_of(task.database.relationships.begin(), task.database.relationships.end(),
                                  [&](const auto& relation) {
                                    return relation.kind == "declared" && relation.from.table == table.name &&
                                           relation.from.field == field.name;
                                  });
    }
    const bool unique = own_key || (field.stats && field.stats->distinct && table.row_count &&
                                    *table.row_count > 1 && *field.stats->distinct >= *table.row_count);
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
  for (const auto& other : task.database.tables) {
    for (const auto& field : other.fields) {
      if (&other == &table || !field.references || field.pii || !field.path.empty()) continue;
      if (task.database.table(field.references->table) != &table) continue;
      if (const auto* key = table.field(field.references->field))
        facts.children.push_back({&other, &field, key});
    }
  }
}

}  // namespace

std::vector<std::string> Facts::filter(std::string_view alias) const {
  std::vector<std::string> conditions;
  for (const auto& field : table->fields) {
    const bool test = matches(task->domain.test_row_columns, field);
    if ((!test && !matches(task->domain.deleted_row_columns, field)) || !field.path.empty()) continue;
    const auto name = column(field, alias);
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

Query Facts::query(std::string select, std::string_view alias) const {
  Query query;
  query.select = std::move(select);
  query.from = alias.empty() ? from : from + " " + std::string(alias);
  query.where = filter(alias);
  return query;
}

std::string Facts::month_of(std::string_view alias) const {
  if (time != nullptr) return sql.month(column(*time, alias));
  if (year == nullptr) return {};
  return fmt::format("{} * 100 + {}", column(*year, alias), column(*month, alias));
}

std::string Facts::group_of(const Dimension& dimension, std::string_view alias) const {
  const auto name = column(*dimension.field, alias);
  const bool numbered =
      std::any_of(dimension.meanings.begin(), dimension.meanings.end(),
                  [](const auto& meaning) { return meaning.number && meaning.label != meaning.value; });
  if (numbered) {
    std::string text = "CASE " + name;
    for (const auto& meaning : dimension.meanings)
      text += " WHEN " + meaning.value + " THEN " + SqlWriter::literal(meaning.label);
    return text + " ELSE 'other or unknown' END";
  }
  if (model::is_text(*dimension.field)) return fmt::format("COALESCE({}, 'unknown')", name);
  return name;
}

std::string Facts::value_of(const Amount& amount, std::string_view alias) const {
  const auto name = column(*amount.field, alias);
  return amount.scale == 1 ? name : fmt::format("{} / {}.0", name, amount.scale);
}

std::string Facts::sum_of(const Amount& amount, std::string_view alias) const {
  const auto sum = "SUM(" + column(*amount.field, alias) + ")";
  if (amount.scale == 1) return model::is_integer(*amount.field) ? sum : sql.rounded(sum, 2);
  return sql.rounded(fmt::format("{} / {}.0", sum, amount.scale), 2);
}

std::string Facts::average_of(const Amount& amount, std::string_view alias) const {
  return sql.rounded("AVG(" + value_of(amount, alias) + ")", 2);
}

Facts gather(const TableTask& task, const model::Table& table, std::string_view today) {
  Facts facts;
  facts.task = &task;
  facts.table = &table;
  facts.sql = SqlWriter(task.database.dialect);
  facts.today = today;
  facts.one = table_title(table.name);
  facts.many = table_titles(table.name);
  facts.from = facts.sql.table(table);
  facts.label = label_of(table);
  if (table.primary_key.size() == 1) facts.key = table.field(table.primary_key.front());
  facts.summary = has_word(table_words(table.name),
                           {"statistics", "statistic", "stats", "snapshot", "summary", "daily", "monthly"});
  note_filter(facts, table, task.domain);
  find_times(facts, table, task.domain);
  find_columns(facts, task, table);
  find_links(facts, task, table);
  return facts;
}

}  // namespace kpi::llm
