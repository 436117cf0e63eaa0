#include "constant.hpp"
#include "division.hpp"
#include "lint.hpp"
#include "walk.hpp"

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
    if (!cuts_fraction(input.binding, node, input.dialect) || is_grouped_by(node)) continue;
    const Node& left = *node.at(Key::lexpr);
    const Node& right = *node.at(Key::rexpr);
    if (holds_no_data(left) && holds_no_data(right)) continue;
    // A column by a constant makes buckets; what is summed up is meant exactly.
    if (holds_no_data(right) && !holds_aggregate(left)) continue;
    input.say("lint.integer_division", "two whole numbers divide to a whole number; cast one to numeric",
              node);
  }
}

// Of SQLite a division by 0 gives null.
void division_by_zero(const LintInput& input) {
  if (input.dialect == model::Dialect::sqlite) return;
  for (const Node& node : input.binding.tree.nodes()) {
    if (!is_division(node) || !may_be_zero(*node.at(Key::rexpr))) continue;
    if (!is_number(input.binding.type(node.at(Key::rexpr)))) continue;
    input.say("lint.division_by_zero", "fails as soon as the divisor is 0; divide by NULLIF(divisor, 0)",
              node);
  }
}

bool is_hundred(const Node* node) { return node != nullptr && constant_number(node) == 100.0; }

bool by_hundred(const Node& node) {
  return operator_of(node) == "*" && (is_hundred(node.at(Key::lexpr)) || is_hundred(node.at(Key::rexpr)));
}

// How often the expression is multiplied by 100, what is divided by a constant apart.
int hundreds_in(const Node& root) {
  int times = 0;
  walk(root, [&](const Node& node) {
    if (by_hundred(node)) ++times;
    return node.tag != Tag::SelectStmt && !(is_division(node) && holds_no_data(*node.at(Key::rexpr)));
  });
  return times;
}

// round(x * 100) / 100 and the like apart, a rate times 100 twice is out of any range.
void twice_percent(const LintInput& input) {
  for (const Node& node : input.binding.tree.nodes()) {
    if (by_hundred(node) && hundreds_in(node) > 1)
      input.say("lint.rate_range", "multiplied by 100 twice: no rate lies beyond 100", node);
  }
}

// 1 - a percentage, and 100 - a ratio of counts.
void complement(const LintInput& input) {
  for (const Node& node : input.binding.tree.nodes()) {
    if (operator_of(node) != "-") continue;
    const Node* left = node.at(Key::lexpr);
    const Node* right = node.at(Key::rexpr);
    if (left == nullptr || right == nullptr || !holds_aggregate(*right)) continue;
    bool ratio = false;
    walk(*right, [&](const Node& inner) {
      ratio = ratio || (is_division(inner) && holds_aggregate(*inner.at(Key::rexpr)));
      return inner.tag != Tag::SelectStmt;
    });
    if (!ratio || constant_number(left) != 1.0 || hundreds_in(*right) == 0) continue;
    input.say("lint.rate_range", "1 less a percentage is no rate; write 100 - it, or leave out the 100",
              node);
  }
}

enum class Counted : std::uint8_t { no, all, part };

// What an expression counts: all rows of the query, or those that meet some condition.
Counted counted_by(const Node* node) {
  while (node != nullptr &&
         (node->tag == Tag::TypeCast || text_at(node, Key::kind) == "AEXPR_NULLIF" || by_hundred(*node))) {
    if (node->tag == Tag::TypeCast) {
      node = node->at(Key::arg);
    } else if (by_hundred(*node) && is_hundred(node->at(Key::lexpr))) {
      node = node->at(Key::rexpr);
    } else {
      node = node->at(Key::lexpr);
    }
  }
  if (node == nullptr || called(*node) != "count" || node->at(Key::over) != nullptr) return Counted::no;
  if (node->at(Key::agg_filter) != nullptr) return Counted::part;
  if (node->at(Key::agg_star) != nullptr) return Counted::all;
  const Node* argument = first_of(node->at(Key::args));
  return argument != nullptr && argument->tag == Tag::CaseExpr && node->at(Key::agg_distinct) == nullptr
             ? Counted::part
             : Counted::no;
}

// 100 * all / part: upside down, and never below 100.
void inverted_rate(const LintInput& input) {
  for (const Node& node : input.binding.tree.nodes()) {
    if (!is_division(node)) continue;
    const Node* left = node.at(Key::lexpr);
    const bool percent = hundreds_in(*left) > 0 || (node.parent != nullptr && by_hundred(*node.parent));
    if (!percent || counted_by(left) != Counted::all || counted_by(node.at(Key::rexpr)) != Counted::part)
      continue;
    input.say("lint.rate_range", "all rows over some of them is never below 100 percent; turn it round",
              node);
  }
}

}  // namespace

std::vector<Lint> ratio_lints() {
  return {integer_division, division_by_zero, twice_percent, complement, inverted_rate};
}

}  // namespace kpi::sql
