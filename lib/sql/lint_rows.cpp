#include "lint.hpp"
#include "walk.hpp"

#include <kpi/base/text.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>

namespace kpi::sql {
namespace {

constexpr std::array<std::string_view, 5> deleted_columns{"deleted_at", "is_deleted", "deleted",
                                                          "deleted_date", "delete_date"};
constexpr std::array<std::string_view, 3> test_columns{"is_test", "test_account", "is_internal_test"};
constexpr std::array<std::string_view, 4> minor_endings{"_cents", "_minor", "_in_cents", "_minor_units"};

template <std::size_t size>
const model::Field* named(const model::Table& table, const std::array<std::string_view, size>& names) {
  for (const auto& field : table.fields) {
    if (std::find(names.begin(), names.end(), lower(field.name)) != names.end()) return &field;
  }
  return nullptr;
}

// Rows that are no business: deleted ones and those of tests, where a column tells them and nobody looked at
// it.
void rows_left_in(const LintInput& input) {
  std::set<const model::Field*> used;
  for (const Use& use : input.binding.uses) {
    if (use.column != nullptr) used.insert(use.column->field);
  }
  std::set<const model::Table*> seen;
  for (const Source& source : input.binding.sources) {
    if (source.table == nullptr || !seen.insert(source.table).second) continue;
    if (const model::Field* field = named(*source.table, deleted_columns);
        field != nullptr && !used.contains(field)) {
      input.say("lint.deleted_rows",
                fmt::format("{} marks deleted rows of {}, and they are counted here", field->name,
                            source.table->name),
                *source.node);
    }
    if (const model::Field* field = named(*source.table, test_columns);
        field != nullptr && !used.contains(field)) {
      input.say(
          "lint.test_rows",
          fmt::format("{} marks test rows of {}, and they are counted here", field->name, source.table->name),
          *source.node);
    }
  }
}

void minor_units(const LintInput& input) {
  if (input.binding.queries.empty()) return;
  for (const Node& target : Members(input.binding.queries.front().select->at(Key::targetList))) {
    const Node* value = target.at(Key::val);
    if (value == nullptr) continue;
    bool divided = false;
    const Node* money = nullptr;
    walk(*value, [&](const Node& node) {
      divided = divided || is_division(node) || operator_of(node) == "*";
      if (node.tag == Tag::ColumnRef && input.binding.use(node).column != nullptr) {
        const std::string name = lower(input.binding.use(node).column->name);
        const bool minor =
            std::any_of(minor_endings.begin(), minor_endings.end(), [&](std::string_view ending) {
              return name.size() > ending.size() &&
                     name.compare(name.size() - ending.size(), ending.size(), ending) == 0;
            });
        if (minor) money = &node;
      }
      return node.tag != Tag::SelectStmt && called(node) != "count";
    });
    if (money != nullptr && !divided)
      input.say("lint.minor_units", "money in hundredths, shown as it is; divide by 100.0", *money);
  }
}

}  // namespace

std::vector<Lint> row_lints() { return {rows_left_in, minor_units}; }

}  // namespace kpi::sql
