#include "unique.hpp"

#include "walk.hpp"

#include <algorithm>
#include <functional>

namespace kpi::sql {
namespace {

// As many different values as rows, by Metabase's statistics of a table small enough for them to be whole.
bool holds_each_once(const model::Table& table, const model::Field* field) {
  constexpr std::int64_t sampled = 10'000;
  return field != nullptr && field->stats && field->stats->distinct && table.row_count &&
         *table.row_count > 1 && *table.row_count <= sampled && *field->stats->distinct >= *table.row_count;
}

Unique unique_by_table(const model::Table& table, const Columns& fixed) {
  const bool single = std::any_of(fixed.begin(), fixed.end(), [&](const Column* column) {
    return holds_each_once(table, column->field);
  });
  if (single) return Unique::yes;
  if (table.primary_key.empty()) return Unique::unknown;
  const bool whole =
      std::all_of(table.primary_key.begin(), table.primary_key.end(), [&](const std::string& part) {
        return std::any_of(fixed.begin(), fixed.end(), [&](const Column* column) {
          return column->field != nullptr && column->field->name == part;
        });
      });
  return whole ? Unique::yes : Unique::no;
}

bool is_grouped_by(const Binding& binding, const Query& query, const Column& output) {
  std::int64_t ordinal = 0;
  for (const Column& column : query.output) {
    ++ordinal;
    if (&column == &output) break;
  }
  for (const Node& key : Members(query.select->at(Key::groupClause))) {
    if (const Node* number = key.tag == Tag::A_Const ? key.at(Key::ival) : nullptr) {
      if (number_at(number, Key::ival) == ordinal) return true;
      continue;
    }
    const Node* fields = key.at(Key::fields);
    const bool by_name = key.tag == Tag::ColumnRef && binding.use(key).column == nullptr &&
                         size_of(fields) == 1 && string_of(fields->first) == output.name;
    if (by_name || (output.made_by != nullptr && same_expression(key, *output.made_by, binding))) return true;
  }
  return false;
}

// The output columns of `query` that `fixed`, copies of them in a FROM, stand for.
bool covers(const Query& query, const Source& source, const Columns& fixed,
            const std::function<bool(const Column&)>& wanted) {
  for (std::size_t i = 0; i < query.output.size() && i < source.columns.size(); ++i) {
    if (wanted(query.output[i]) && !fixed.contains(&source.columns[i])) return false;
  }
  return true;
}

Unique unique_by_query(const Binding& binding, const Source& source, const Columns& fixed) {
  const Query& query = *source.query;
  if (query.single_row) return Unique::yes;
  if (!query.arms.empty() || query.open || query.output.size() != source.columns.size())
    return Unique::unknown;
  if (query.select->at(Key::distinctClause) != nullptr)
    return covers(query, source, fixed, [](const Column&) { return true; }) ? Unique::yes : Unique::unknown;
  if (const Node* keys = query.select->at(Key::groupClause)) {
    const auto grouped = [&](const Column& column) { return is_grouped_by(binding, query, column); };
    const auto shown =
        static_cast<std::size_t>(std::count_if(query.output.begin(), query.output.end(), grouped));
    if (shown < size_of(keys)) return Unique::unknown;
    return covers(query, source, fixed, grouped) ? Unique::yes : Unique::no;
  }
  if (query.sources.size() != 1 || query.aggregates) return Unique::unknown;
  Columns inner;
  for (std::size_t i = 0; i < source.columns.size(); ++i) {
    const Node* made_by = query.output[i].made_by;
    if (!fixed.contains(&source.columns[i]) || made_by == nullptr || made_by->tag != Tag::ColumnRef) continue;
    if (const Column* column = binding.use(*made_by).column) inner.insert(column);
  }
  return unique_by(binding, *query.sources.front(), inner);
}

}  // namespace

Unique unique_by(const Binding& binding, const Source& source, const Columns& fixed) {
  if (source.table != nullptr) return unique_by_table(*source.table, fixed);
  return source.query != nullptr ? unique_by_query(binding, source, fixed) : Unique::unknown;
}

std::vector<Equality> equalities(const Binding& binding, const Query& query) {
  std::vector<const Node*> parts = conjuncts(query.select->at(Key::whereClause));
  std::vector<Equality> found;
  walk(*query.select, [&](const Node& node) {
    if (node.tag == Tag::JoinExpr) {
      for (const Node* part : conjuncts(node.at(Key::quals))) parts.push_back(part);
    }
    return &node == query.select || node.tag != Tag::SelectStmt;
  });
  for (const Node* part : parts) {
    const Node* left = part->at(Key::lexpr);
    const Node* right = part->at(Key::rexpr);
    if (operator_of(*part) != "=" || left == nullptr || right == nullptr) continue;
    const Use one = left->tag == Tag::ColumnRef ? binding.use(*left) : Use{};
    const Use two = right->tag == Tag::ColumnRef ? binding.use(*right) : Use{};
    if (one.source != nullptr && (two.source != nullptr || holds_no_data(*right)))
      found.push_back({one, two});
    if (two.source != nullptr && (one.source != nullptr || holds_no_data(*left))) found.push_back({two, one});
  }
  // USING (a, b): the same names on both sides.
  walk(*query.select, [&](const Node& node) {
    for (const Node& name : Members(node.tag == Tag::JoinExpr ? node.at(Key::usingClause) : nullptr)) {
      std::vector<Use> uses;
      for (const Source* source : query.sources) {
        for (const Column& column : source->columns) {
          if (column.name == string_of(&name)) uses.push_back({source, &column, &query});
        }
      }
      for (std::size_t i = 1; i < uses.size(); ++i) {
        found.push_back({uses[0], uses[i]});
        found.push_back({uses[i], uses[0]});
      }
    }
    return &node == query.select || node.tag != Tag::SelectStmt;
  });
  return found;
}

bool is_looked_up(const Binding& binding, const Query& query, const Source& source) {
  Columns fixed;
  for (const Equality& one : equalities(binding, query)) {
    if (one.one.source == &source && one.other.source != &source && one.one.column != nullptr)
      fixed.insert(one.one.column);
  }
  return !fixed.empty() && unique_by(binding, source, fixed) == Unique::yes;
}

}  // namespace kpi::sql
