#include "constant.hpp"
#include "lint.hpp"
#include "walk.hpp"

#include <fmt/format.h>

#include <optional>

// Conditions that decide nothing.
namespace kpi::sql {
namespace {

std::optional<bool> compared(std::string_view op, double left, double right) {
  if (op == "=") return left == right;
  if (op == "<>" || op == "!=") return left != right;
  if (op == "<") return left < right;
  if (op == ">") return left > right;
  if (op == "<=") return left <= right;
  if (op == ">=") return left >= right;
  return std::nullopt;
}

bool is_count(const Node& node) { return called(node) == "count" && node.at(Key::over) == nullptr; }

bool always_holds(const Node& part, const Binding& binding) {
  if (part.tag == Tag::A_Const) return number_at(part.at(Key::boolval), Key::boolval) != 0;
  if (part.tag == Tag::BoolExpr && text_at(&part, Key::boolop) == "OR_EXPR") {
    for (const Node& either : Members(part.at(Key::args))) {
      if (either.tag != Tag::BoolExpr && always_holds(either, binding)) return true;
    }
    return false;
  }
  const Node* left = part.at(Key::lexpr);
  const Node* right = part.at(Key::rexpr);
  if (left == nullptr || right == nullptr) return false;
  if (text_at(&part, Key::kind) == "AEXPR_LIKE" || text_at(&part, Key::kind) == "AEXPR_ILIKE")
    return string_of(right) == "%" && dotted_name(part.at(Key::name)).front() != '!';
  const std::string op = operator_of(part);
  if (op == "=" && same_expression(*left, *right, binding)) return true;
  if (op == ">=" && is_count(*left) && constant_number(right) == 0.0) return true;
  if (left->tag == Tag::A_Const && right->tag == Tag::A_Const && string_of(left).empty() &&
      string_of(right).empty()) {
    const auto one = constant_number(left);
    const auto two = constant_number(right);
    return one && two && compared(op, *one, *two).value_or(false);
  }
  return false;
}

void always_true(const LintInput& input) {
  for (const Query& query : input.binding.queries) {
    for (const Key clause : {Key::whereClause, Key::havingClause}) {
      for (const Node* part : conjuncts(query.select->at(clause))) {
        if (always_holds(*part, input.binding))
          input.say("lint.always_true", "a condition that is always true", *part);
      }
    }
  }
}

}  // namespace

std::vector<Lint> condition_lints() { return {always_true}; }

}  // namespace kpi::sql
