#include "lint.hpp"
#include "walk.hpp"

#include <algorithm>

namespace kpi::sql {
namespace {

bool is_grouped_by(const Node& node) {
  for (const Node* above = &node; above != nullptr && above->tag != Tag::SelectStmt; above = above->parent) {
    if (above->key == Key::groupClause) return true;
  }
  return false;
}

void integer_division(const LintInput& input) {
  for (const Node& node : input.binding.tree.nodes()) {
    if (!is_division(node)) continue;
    const Node& left = *node.at(Key::lexpr);
    const Node& right = *node.at(Key::rexpr);
    if (!is_whole(input.binding.type(&left)) || !is_whole(input.binding.type(&right)) || is_grouped_by(node))
      continue;
    if (holds_no_data(left) && holds_no_data(right)) continue;
    // A column by a constant makes buckets; what is summed up is meant exactly.
    if (holds_no_data(right) && !holds_aggregate(left)) continue;
    input.say("lint.integer_division", "two whole numbers divide to a whole number; cast one to numeric",
              node);
  }
}

void division_by_zero(const LintInput& input) {
  for (const Node& node : input.binding.tree.nodes()) {
    if (!is_division(node) || !may_be_zero(*node.at(Key::rexpr))) continue;
    if (!is_number(input.binding.type(node.at(Key::rexpr)))) continue;
    input.say("lint.division_by_zero", "fails as soon as the divisor is 0; divide by NULLIF(divisor, 0)",
              node);
  }
}

// round(x * 100) / 100 and the like apart, a rate times 100 twice is out of any range.
void twice_percent(const LintInput& input) {
  const auto by_hundred = [](const Node& node) {
    if (operator_of(node) != "*") return false;
    for (const Key side : {Key::lexpr, Key::rexpr}) {
      const Node* operand = node.at(side);
      if (operand == nullptr || operand->tag != Tag::A_Const) continue;
      const std::string_view text = text_at(operand->at(Key::fval), Key::fval);
      if (number_at(operand->at(Key::ival), Key::ival) == 100 || text == "100.0" || text == "100.00")
        return true;
    }
    return false;
  };
  for (const Node& node : input.binding.tree.nodes()) {
    if (!by_hundred(node)) continue;
    int times = 0;
    walk(node, [&](const Node& inner) {
      if (by_hundred(inner)) ++times;
      return inner.tag != Tag::SelectStmt && !(is_division(inner) && holds_no_data(*inner.at(Key::rexpr)));
    });
    if (times > 1) input.say("lint.rate_range", "multiplied by 100 twice: no rate lies beyond 100", node);
  }
}

}  // namespace

std::vector<Lint> ratio_lints() { return {integer_division, division_by_zero, twice_percent}; }

}  // namespace kpi::sql
