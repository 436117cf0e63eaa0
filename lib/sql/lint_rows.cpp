#include "lint.hpp"
#include "unique.hpp"
#include "walk.hpp"

#include <kpi/base/text.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>

// What columns mean to the business: rows that are none of it, money in hundredths, codes that are no
// quantity.
namespace kpi::sql {
namespace {

bool matches(const std::vector<std::string>& globs, std::string_view name) {
  const std::string plain = lower(name);
  return std::any_of(globs.begin(), globs.end(),
                     [&](const std::string& glob) { return glob_match(lower(glob), plain); });
}

// The field itself, so that a name given to it in a subquery does not hide it.
std::string_view field_name(const Column& column) {
  return column.field != nullptr ? std::string_view(column.field->name) : column.name;
}

const model::Field* first_of(const model::Table& table, const std::vector<std::string>& globs) {
  for (const auto& field : table.fields) {
    if (matches(globs, field.name)) return &field;
  }
  return nullptr;
}

bool may_be_left_in(const model::Table& table, const model::BusinessColumns& business) {
  return first_of(table, business.deleted_rows) != nullptr || first_of(table, business.test_rows) != nullptr;
}

bool is_only_looked_up(const Binding& binding, const Source& source) {
  return std::any_of(binding.queries.begin(), binding.queries.end(), [&](const Query& query) {
    return std::find(query.sources.begin(), query.sources.end(), &source) != query.sources.end() &&
           is_looked_up(binding, query, source);
  });
}

// Rows that are no business: deleted ones and those of tests, where a column tells them and nobody looked at
// it.
void rows_left_in(const LintInput& input) {
  const model::BusinessColumns& business = input.policy.columns;
  if (business.deleted_rows.empty() && business.test_rows.empty()) return;
  std::set<const model::Field*> used;
  for (const Use& use : input.binding.uses) {
    if (use.column != nullptr) used.insert(use.column->field);
  }
  std::set<const model::Table*> seen;
  for (const Source& source : input.binding.sources) {
    if (source.table == nullptr || seen.contains(source.table)) continue;
    if (!may_be_left_in(*source.table, business)) continue;
    // What is looked up by its key names the rows of others and is not counted itself.
    if (is_only_looked_up(input.binding, source)) continue;
    seen.insert(source.table);
    const auto say = [&](Code code, const std::vector<std::string>& globs, std::string_view kind) {
      const model::Field* field = first_of(*source.table, globs);
      if (field == nullptr || used.contains(field)) return;
      input.say(code,
                fmt::format("{} marks {} rows of {}, and they are counted here", field->name, kind,
                            source.table->name),
                *source.node);
    };
    say("lint.deleted_rows", business.deleted_rows, "deleted");
    say("lint.test_rows", business.test_rows, "test");
  }
}

// What it gives is money no more, whatever it reads: a count, a rank, a relation of two figures.
bool leaves_money(const Node& node) {
  static constexpr std::array<std::string_view, 11> functions{
      "count",      "corr",  "regr_r2",      "regr_slope", "regr_count", "rank",
      "dense_rank", "ntile", "percent_rank", "cume_dist",  "row_number"};
  static constexpr std::array<std::string_view, 7> comparisons{"=", "<>", "!=", "<", ">", "<=", ">="};
  const auto is_in = [](const auto& names, std::string_view name) {
    return std::find(names.begin(), names.end(), name) != names.end();
  };
  return node.tag == Tag::SelectStmt || node.tag == Tag::NullTest || is_in(functions, called(node)) ||
         is_in(comparisons, operator_of(node));
}

void minor_units(const LintInput& input) {
  if (input.binding.queries.empty() || input.policy.columns.minor_units.empty()) return;
  for (const Node& target : Members(input.binding.queries.front().select->at(Key::targetList))) {
    const Node* value = target.at(Key::val);
    if (value == nullptr) continue;
    bool divided = false;
    const Node* money = nullptr;
    walk(*value, [&](const Node& node) {
      divided = divided || is_division(node) || operator_of(node) == "*";
      if (node.tag == Tag::ColumnRef && input.binding.use(node).column != nullptr &&
          matches(input.policy.columns.minor_units, field_name(*input.binding.use(node).column))) {
        const Node* made_by = input.binding.use(node).column->made_by;
        divided = divided || (made_by != nullptr && made_by->tag != Tag::ColumnRef);
        money = &node;
      }
      return !leaves_money(node);
    });
    if (money != nullptr && !divided)
      input.say("lint.minor_units", "money in hundredths, shown as it is; divide by 100.0", *money);
  }
}

// A key, a reference or a code: numbers that name something.
bool names_something(const Column& column) {
  if (column.field == nullptr || !is_whole(column.type)) return false;
  const model::Field& field = *column.field;
  const std::string_view semantic = field.semantic_type;
  if (field.references || semantic == "type/PK" || semantic == "type/FK" || semantic == "type/ZipCode")
    return true;
  const std::string name = lower(field.name);
  static constexpr std::array<std::string_view, 9> globs{"id",  "*_id",      "status", "*_status", "*_code",
                                                         "zip", "*zip_code", "*_type", "type"};
  return std::any_of(globs.begin(), globs.end(),
                     [&](std::string_view glob) { return glob_match(glob, name); });
}

void code_aggregated(const LintInput& input) {
  static constexpr std::array<std::string_view, 5> folds{"sum", "avg", "stddev", "stddev_samp", "stddev_pop"};
  for (const Node& node : input.binding.tree.nodes()) {
    if (node.tag != Tag::FuncCall) continue;
    const std::string name = called(node);
    if (std::find(folds.begin(), folds.end(), name) == folds.end()) continue;
    const Node* argument = sql::first_of(node.at(Key::args));
    const Column* column = argument != nullptr && argument->tag == Tag::ColumnRef
                               ? input.binding.use(*argument).column
                               : nullptr;
    if (column == nullptr || !names_something(*column)) continue;
    input.say("lint.code_aggregated",
              fmt::format("{} names something and measures nothing; count it, or group by it", column->name),
              node);
  }
}

}  // namespace

std::vector<Lint> row_lints() { return {rows_left_in, minor_units, code_aggregated}; }

}  // namespace kpi::sql
