#include "walk.hpp"

#include "functions.hpp"

namespace kpi::sql {

std::string called(const Node& node) {
  return node.tag == Tag::FuncCall ? dotted_name(node.at(Key::funcname)) : std::string();
}

std::string operator_of(const Node& node) {
  if (node.tag != Tag::A_Expr || text_at(&node, Key::kind) != "AEXPR_OP") return {};
  return dotted_name(node.at(Key::name));
}

bool is_aggregation(const Node& node) {
  if (node.tag != Tag::FuncCall || node.at(Key::over) != nullptr) return false;
  const std::string name = called(node);
  return is_aggregate(name) && ((name != "min" && name != "max") || size_of(node.at(Key::args)) < 2);
}

bool holds_aggregate(const Node& root) {
  bool found = false;
  walk(root, [&](const Node& node) {
    found = found || is_aggregation(node);
    return !found && node.tag != Tag::SelectStmt;
  });
  return found;
}

bool holds_no_data(const Node& root) {
  bool none = true;
  walk(root, [&](const Node& node) {
    none = none && node.tag != Tag::ColumnRef && node.tag != Tag::FuncCall && node.tag != Tag::SubLink;
    return none;
  });
  return none;
}

bool is_division(const Node& node) {
  return node.at(Key::lexpr) != nullptr && node.at(Key::rexpr) != nullptr && operator_of(node) == "/";
}

bool may_be_zero(const Node& divisor) {
  switch (divisor.tag) {
    case Tag::A_Expr:
      return !operator_of(divisor).empty() && !holds_no_data(divisor);
    case Tag::TypeCast:
      return divisor.at(Key::arg) != nullptr && may_be_zero(*divisor.at(Key::arg));
    case Tag::FuncCall:
    case Tag::ColumnRef:
    case Tag::CoalesceExpr:
    case Tag::SubLink:
      return true;
    default:
      return false;
  }
}

const Node* select_above(const Node* node) {
  while (node != nullptr && node->tag != Tag::SelectStmt) node = node->parent;
  return node;
}

std::vector<const Node*> conjuncts(const Node* condition) {
  std::vector<const Node*> parts;
  if (condition == nullptr) return parts;
  walk(*condition, [&](const Node& node) {
    if (node.tag == Tag::BoolExpr && text_at(&node, Key::boolop) == "AND_EXPR") return true;
    parts.push_back(&node);
    return false;
  });
  return parts;
}

}  // namespace kpi::sql
