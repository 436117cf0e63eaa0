#pragma once

#include "bind.hpp"
#include "tree.hpp"

#include <string_view>
#include <vector>

// Questions about expressions that several rules ask.
namespace kpi::sql {

/// Calls `visit(const Node&)` for `root` and all below it that are objects, parents first; what it returns
/// says whether to go on below that node. A work list: any depth.
template <class Visit>
void walk(const Node& root, const Visit& visit) {
  std::vector<const Node*> work{&root};
  while (!work.empty()) {
    const Node* node = work.back();
    work.pop_back();
    if (node->shape == Shape::object && !visit(*node)) continue;
    for (const Node* child = node->first; child != nullptr; child = child->next) {
      if (child->shape == Shape::object || child->shape == Shape::list) work.push_back(child);
    }
  }
}

/// The name of the function that a FuncCall calls; empty for any other node.
[[nodiscard]] std::string called(const Node& node);
/// The operator of a plain A_Expr (kind AEXPR_OP); empty for any other node.
[[nodiscard]] std::string operator_of(const Node& node);
/// True for a call of an aggregate without OVER; SQLite's min(a, b), of several arguments, is none.
[[nodiscard]] bool is_aggregation(const Node& node);
/// True if an aggregate without OVER stands in it, subqueries apart.
[[nodiscard]] bool holds_aggregate(const Node& root);
/// True if it reads no column, calls no function and asks no subquery: the same for every row.
[[nodiscard]] bool holds_no_data(const Node& root);
/// a / b, of two operands.
[[nodiscard]] bool is_division(const Node& node);
/// True if nothing about the form of a divisor keeps it from being 0.
[[nodiscard]] bool may_be_zero(const Node& divisor);
/// The SELECT that a node stands in; nullptr for none.
[[nodiscard]] const Node* select_above(const Node* node);
/// The parts of a condition that must all hold.
[[nodiscard]] std::vector<const Node*> conjuncts(const Node* condition);

}  // namespace kpi::sql
