#include "binder.hpp"

#include <fmt/format.h>

#include <algorithm>

// GROUP BY, ORDER BY and DISTINCT ON, whose items may be places and names of output columns.
namespace kpi::sql {

void Binder::group_clause(const Node* list, Scope& scope) {
  for (const Node& item : Members(list)) {
    if (item.tag == Tag::GroupingSet) {
      group_clause(item.at(Key::content), scope);
      continue;
    }
    if (item.tag == Tag::A_Const) {
      const Node* number = item.at(Key::ival);
      const std::int64_t ordinal = number_at(number, Key::ival);
      if (number != nullptr && !scope.query->open &&
          (ordinal < 1 || ordinal > static_cast<std::int64_t>(scope.query->output.size()))) {
        find("schema.unknown_column", fmt::format("GROUP BY {}: there is no such output column", ordinal),
             item);
      }
      continue;
    }
    const Node* fields = item.at(Key::fields);
    if (item.tag == Tag::ColumnRef && size_of(fields) == 1) {
      // An input column of that name comes first, then an output name.
      const std::string_view name = string_of(fields->first);
      bool input = false;
      for (const Source* source : scope.visible) {
        input = input || std::any_of(source->columns.begin(), source->columns.end(),
                                     [&](const Column& column) { return column.name == name; });
      }
      const bool output = std::any_of(scope.query->output.begin(), scope.query->output.end(),
                                      [&](const Column& column) { return column.name == name; });
      if (!input && output) continue;
    }
    if (item.tag == Tag::RowExpr) {
      group_clause(item.at(Key::args), scope);
      continue;
    }
    expression(&item, {&scope, Clause::group, false});
  }
}

void Binder::order_clause(const Node* list, const Scope& scope) {
  for (const Node& item : Members(list)) {
    if (const Node* sorted = item.at(Key::node)) sort_item(*sorted, scope);
  }
}

void Binder::sort_item(const Node& item, const Scope& scope) {
  if (item.tag == Tag::A_Const) {
    const Node* number = item.at(Key::ival);
    const std::int64_t ordinal = number_at(number, Key::ival);
    if (number != nullptr && !scope.query->open &&
        (ordinal < 1 || ordinal > static_cast<std::int64_t>(scope.query->output.size()))) {
      find("schema.unknown_column", fmt::format("ORDER BY {}: there is no such output column", ordinal),
           item);
    }
    return;
  }
  const Node* fields = item.at(Key::fields);
  if (item.tag == Tag::ColumnRef && size_of(fields) == 1) {
    // An output name comes first, then an input column.
    for (const Column& column : scope.query->output) {
      if (column.name == string_of(fields->first)) {
        type_at(item) = column.type;
        return;
      }
    }
  }
  expression(&item, {&scope, Clause::order, false});
}

// SELECT DISTINCT has no other columns left to order by; DISTINCT ON (a) orders by a first.
void Binder::distinct_order(const Node& node, const Query& query) {
  const Node* distinct = node.at(Key::distinctClause);
  const Node* first = first_of(node.at(Key::sortClause));
  if (distinct == nullptr || first == nullptr || query.open) return;
  // An output column's place or name stands for its expression; nullptr where the list has a star.
  const auto meant = [&](const Node& item) -> const Node* {
    const Node* fields = item.at(Key::fields);
    const bool named = item.tag == Tag::ColumnRef && size_of(fields) == 1 && out_.use(item).column == nullptr;
    if (!named && item.tag != Tag::A_Const) return &item;
    std::int64_t place = number_at(item.at(Key::ival), Key::ival);
    for (const Node& target : Members(node.at(Key::targetList))) {
      if (named ? output_name(target) == string_of(fields->first) : --place == 0) return target.at(Key::val);
    }
    return nullptr;
  };
  const auto holds = [&](const Node* list, const Node& wanted) {
    for (const Node& item : Members(list)) {
      const Node* value = item.tag == Tag::ResTarget ? item.at(Key::val) : meant(item);
      const Node* fields = at(value, Key::fields);
      const bool star = fields != nullptr && fields->last != nullptr && fields->last->tag == Tag::A_Star;
      if (value == nullptr || star || same_expression(wanted, *value, out_)) return true;
    }
    return false;
  };
  const bool plain = distinct->first == nullptr || distinct->first->empty;
  for (const Node& item : Members(node.at(Key::sortClause))) {
    const Node* sorted = item.at(Key::node);
    const Node* value = sorted == nullptr ? nullptr : meant(*sorted);
    if (value != nullptr && !holds(plain ? node.at(Key::targetList) : distinct, *value)) {
      find("schema.unknown_column",
           plain ? "ORDER BY of a SELECT DISTINCT may only name what is selected"
                 : "ORDER BY must begin with the expressions of DISTINCT ON",
           *sorted);
    }
    if (!plain) return;
  }
}

}  // namespace kpi::sql
