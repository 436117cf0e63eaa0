// What a prompt says of one table: its columns, its neighbours, and worked examples for its like.
#include <kpi/base/text.hpp>
#include <kpi/base/words.hpp>
#include <kpi/llm/chat.hpp>
#include <kpi/llm/prompt_data.hpp>
#include <kpi/llm/prompt_table.hpp>
#include <kpi/llm/prompt_template.hpp>
#include <kpi/model/domain.hpp>
#include <kpi/model/sample.hpp>
#include <kpi/sql/dialect.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

namespace kpi::llm {
namespace {

constexpr std::size_t most_name_bytes = 120;
constexpr std::size_t most_examples = 3;

/// How much is said of each column and neighbour.
struct Detail {
  std::size_t comment_bytes;
  std::size_t values;
  std::size_t neighbours;
  std::size_t neighbour_columns;
  bool stats;
};

constexpr std::array details{Detail{300, 20, 12, 30, true}, Detail{160, 12, 10, 12, true},
                             Detail{80, 6, 8, 0, true}, Detail{0, 0, 6, 0, false}};

std::string name_of(std::string_view name) { return as_data(name, most_name_bytes); }

bool matches(const std::vector<std::string>& globs, const model::Field& field) {
  return std::any_of(globs.begin(), globs.end(),
                     [&](const auto& glob) { return glob_match(glob, field.name); });
}

std::string short_type(const model::Field& field) {
  auto type = lower(field.type.substr(0, 5) == "type/" ? field.type.substr(5) : field.type);
  return as_data(field.database_type.empty() ? type : type + " (" + lower(field.database_type) + ")", 60);
}

/// The name as people say it: of a document's field the last key.
std::string_view last_name(const model::Field& field) {
  return field.path.empty() ? std::string_view(field.name) : std::string_view(field.path.back());
}

/// Years are told as they are: 2019 to 2026, rounded to two digits, is 2000 to 2000.
bool holds_years(const model::Field& field) {
  constexpr double first_year = 1900;
  constexpr double last_year = 2100;
  return model::is_integer(field) && field.stats && field.stats->min && field.stats->max &&
         *field.stats->min >= first_year && *field.stats->max <= last_year;
}

std::string stats_of(const model::Table& table, const model::Field& field) {
  if (field.pii || !field.stats) return {};
  const auto& stats = *field.stats;
  std::vector<std::string> parts;
  if (stats.distinct) parts.push_back(two_digits(static_cast<double>(*stats.distinct)) + " distinct");
  if (stats.null_fraction && *stats.null_fraction > 0)
    parts.push_back(two_digits(*stats.null_fraction * 100) + "% empty");
  const bool years = holds_years(field);
  const auto number = [years](double value) {
    return years ? fmt::format("{:.0f}", value) : two_digits(value);
  };
  if (model::is_number(field) && stats.min && stats.max)
    parts.push_back(number(*stats.min) + " to " + number(*stats.max));
  if (model::is_number(field) && stats.avg) parts.push_back("average " + number(*stats.avg));
  // A month is as fine as it may be: a day would make every day's prompt a new one.
  if (stats.earliest && stats.latest)
    parts.push_back(as_data(stats.earliest->substr(0, 7), 10) +
                    (model::is_sampled(table) ? " to at least " : " to ") +
                    as_data(stats.latest->substr(0, 7), 10));
  return join(parts, ", ");
}

/// What people call `value` (as the column holds it), as " = \"paid\""; "" where the domain does not say.
std::string meaning_of(const model::ValueMeanings* told, std::string_view value) {
  if (told == nullptr) return {};
  for (const auto& [known, label] : told->values) {
    if (known == value) return " = \"" + as_data(label, 40) + "\"";
  }
  return {};
}

/// The known values, each with what the domain says that it stands for; without known values those that the
/// domain names.
std::string values_of(const TableTask& task, const model::Field& field, std::size_t most) {
  const auto* told = model::value_meanings(task.domain, task.table.name, last_name(field));
  if (field.pii || most == 0 || (!field.values && told == nullptr)) return {};
  const bool quoted = !model::is_number(field) && !model::is_boolean(field);
  std::vector<std::string> shown;
  const auto show = [&](const std::string& value, bool text) {
    shown.push_back((text ? "\"" + as_data(value, 40) + "\"" : as_data(value, 40)) + meaning_of(told, value));
  };
  if (field.values) {
    for (const auto& value : *field.values) {
      if (shown.size() > most) break;
      if (value.is_primitive())
        show(value.is_string() ? value.get<std::string>() : dump_json(value), value.is_string());
    }
  } else {
    for (const auto& [value, label] : told->values) {
      if (shown.size() > most) break;
      show(value, quoted);
    }
  }
  if (shown.size() > most) shown.back() = "...";
  return join(shown, ", ");
}

/// " (true for test rows)" and the like: what a KPI has to leave out, in a neighbour too.
std::string rows_marked_by(const model::Domain& domain, const model::Field& field) {
  if (matches(domain.test_row_columns, field)) return " (true for test rows)";
  if (matches(domain.deleted_row_columns, field)) return " (set for deleted rows)";
  return {};
}

void put(mustache::data& data, const char* name, const std::string& text) {
  if (!text.empty()) data.set(name, text);
}

/// Columns that a KPI is likely to need come first.
std::vector<const model::Field*> by_importance(const model::Table& table) {
  std::vector<const model::Field*> fields;
  for (const auto& field : table.fields) fields.push_back(&field);
  const auto rank = [&](const model::Field* field) {
    const auto is_in = [&](const std::vector<std::string>& list) {
      return std::find(list.begin(), list.end(), field->name) != list.end();
    };
    if (is_in(table.primary_key)) return 0;
    if (is_in(table.time_columns)) return 1;
    if (field->references) return 2;
    if (is_in(table.dimensions)) return 3;
    if (model::is_number(*field)) return 4;
    return field->pii ? 6 : 5;
  };
  std::stable_sort(fields.begin(), fields.end(),
                   [&](const auto* a, const auto* b) { return rank(a) < rank(b); });
  return fields;
}

mustache::data field_data(const TableTask& task, const sql::DialectWriter& sql, const model::Field& field,
                          const Detail& detail) {
  mustache::data data;
  data.set("sql", name_of(sql.column(field)));
  data.set("type", short_type(field));
  if (const auto* called = model::display_name(task.domain, task.table.name, last_name(field)))
    put(data, "called", as_data(called->name, most_name_bytes));
  if (field.pii) data.set("personal", true);
  if (field.references)
    data.set("references", name_of(field.references->table) + "." + name_of(field.references->field));
  if (matches(task.domain.test_row_columns, field)) data.set("test_rows", true);
  if (matches(task.domain.deleted_row_columns, field)) data.set("deleted_rows", true);
  if (matches(task.domain.minor_unit_columns, field) && model::is_integer(field)) data.set("minor", true);
  if (detail.comment_bytes > 0 && !field.pii)
    put(data, "comment", as_data(field.description, detail.comment_bytes));
  if (detail.stats) put(data, "stats", stats_of(task.table, field));
  put(data, "values", values_of(task, field, detail.values));
  return data;
}

/// The tables next to the task's, with the condition to join them on.
std::vector<mustache::data> neighbour_data(const TableTask& task, const sql::DialectWriter& sql,
                                           const Detail& detail) {
  std::vector<mustache::data> neighbours;
  const auto add = [&](const model::Table& from, const model::Field& field, const model::Table& other) {
    if (neighbours.size() == detail.neighbours || !field.references) return;
    const auto* to = task.database.table(field.references->table);
    const auto* key = to == nullptr ? nullptr : to->field(field.references->field);
    if (key == nullptr) return;
    mustache::data data;
    data.set("name", name_of(sql.table(other)));
    data.set("join", name_of(sql.table(from)) + "." + name_of(sql.column(field)) + " = " +
                         name_of(sql.table(*to)) + "." + name_of(sql.column(*key)));
    data.set("how", &other == &from ? std::string("many rows of it for one of this table")
                                    : std::string("one row of it for each of this table"));
    put(data, "comment", as_data(other.description, detail.comment_bytes));
    std::vector<std::string> columns;
    std::size_t unmarked = 0;
    for (const auto* column : by_importance(other)) {
      if (column->pii || detail.neighbour_columns == 0) continue;
      // Rows that do not count are to be left out even where there is no room for every column.
      const auto marked = rows_marked_by(task.domain, *column);
      if (marked.empty() && ++unmarked > detail.neighbour_columns) continue;
      columns.push_back(name_of(sql.column(*column)) + " " + short_type(*column) + marked);
    }
    put(data, "columns", join(columns, ", "));
    neighbours.push_back(std::move(data));
  };
  for (const auto& field : task.table.fields) {
    const auto* target = field.references ? task.database.table(field.references->table) : nullptr;
    if (target != nullptr && target != &task.table) add(task.table, field, *target);
  }
  for (const auto& other : task.database.tables) {
    for (const auto& field : other.fields) {
      if (&other != &task.table && field.references &&
          task.database.table(field.references->table) == &task.table)
        add(other, field, other);
    }
  }
  return neighbours;
}

/// True for "order" and "orders", "pay" and "payment" apart: one begins with the other and is hardly longer.
bool is_like(std::string_view one, std::string_view other) {
  const auto& longer = one.size() < other.size() ? other : one;
  const auto& shorter = one.size() < other.size() ? one : other;
  return longer.starts_with(shorter) && longer.size() - shorter.size() <= (shorter.size() < 3 ? 0 : 2);
}

bool any_like(const std::vector<std::string>& words, std::string_view word) {
  return std::any_of(words.begin(), words.end(), [&](const auto& other) { return is_like(other, word); });
}

/// How alike an example's kind of table ("payment, refund, invoice") and this one are: by the table's name
/// first, then by its business function and its columns.
int likeness(const model::Example& example, const model::Table& table) {
  const auto in_name = identifier_words(table.name);
  const auto in_category = identifier_words(table.category);
  std::vector<std::string> in_columns;
  for (const auto& field : table.fields) {
    for (auto& word : identifier_words(field.name)) in_columns.push_back(std::move(word));
  }
  constexpr int by_name = 100, by_category = 10, by_column = 1;
  int points = 0;
  for (const auto& word : identifier_words(example.table)) {
    if (any_like(in_name, word)) points += by_name;
    if (any_like(in_category, word)) points += by_category;
    if (any_like(in_columns, word)) points += by_column;
  }
  return points;
}

/// The domain's examples that suit this table best, in the domain's order where they suit alike.
std::vector<mustache::data> example_data(const TableTask& task) {
  std::vector<std::pair<int, const model::Example*>> ranked;
  for (const auto& example : task.domain.examples)
    ranked.emplace_back(likeness(example, task.table), &example);
  std::stable_sort(ranked.begin(), ranked.end(),
                   [](const auto& a, const auto& b) { return a.first > b.first; });
  std::vector<mustache::data> examples;
  for (const auto& [points, example] : ranked) {
    if (examples.size() == most_examples) break;
    mustache::data data;
    data.set("name", single_line(example->name));
    data.set("value", single_line(example->business_value));
    data.set("sql", single_line(example->sql));
    examples.push_back(std::move(data));
  }
  return examples;
}

std::string render_table(const std::string& shape, const TableTask& task, const Detail& detail) {
  const sql::DialectWriter sql(task.database.dialect);
  const auto& table = task.table;
  mustache::data data;
  data.set("min", std::to_string(task.min_kpis));
  data.set("max", std::to_string(task.max_kpis));
  data.set("table", name_of(sql.table(table)));
  put(data, "category", name_of(table.category));
  put(data, "description", as_data(table.description, std::max<std::size_t>(detail.comment_bytes, 80)));
  if (table.grain) put(data, "grain", as_data(*table.grain, 200));
  if (table.row_count) data.set("rows", two_digits(static_cast<double>(*table.row_count)));
  const auto names = [&](const std::vector<std::string>& list) {
    std::vector<std::string> quoted;
    for (const auto& name : list) quoted.push_back(name_of(sql.name(name)));
    return join(quoted, ", ");
  };
  put(data, "primary_key", names(table.primary_key));
  put(data, "times", names(table.time_columns));
  mustache::data fields{mustache::data::type::list};
  for (const auto* field : by_importance(table)) fields << field_data(task, sql, *field, detail);
  data.set("fields", fields);
  put_list(data, "has_neighbours", "neighbours", neighbour_data(task, sql, detail));
  put_list(data, "has_examples", "examples", example_data(task));
  if (task.database.dialect != model::Dialect::postgres) data.set("other_dialect", true);
  return fill(shape, data);
}
}  // namespace

std::string table_prompt(const std::string& shape, const TableTask& task, std::int64_t max_tokens) {
  std::string text;
  for (const auto& detail : details) {
    text = render_table(shape, task, detail);
    if (estimated_tokens(text) <= max_tokens) break;
  }
  return text;
}

}  // namespace kpi::llm
