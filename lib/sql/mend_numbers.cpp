#include "division.hpp"
#include "mend.hpp"
#include "mend_spans.hpp"
#include "walk.hpp"

// Arithmetic that runs and gives a wrong number, or fails on the first zero.
namespace kpi::sql {
namespace {

// Two whole numbers divided give a whole number: a rate of 0 and an average cut down. Certain where the
// quotient is taken over rows, or both sides are columns; x / 10 may be a bucket and stays.
bool is_ratio(const Draft& draft, const Node& node) {
  if (!cuts_fraction(*draft.binding(), node, draft.dialect())) return false;
  const Node* left = node.at(Key::lexpr);
  const Node* right = node.at(Key::rexpr);
  if (holds_aggregate(*left) || holds_aggregate(*right)) return true;
  return !holds_no_data(*left) && !holds_no_data(*right);
}

std::vector<Edit> integer_division(const Draft& draft) {
  const Binding* binding = draft.binding();
  if (binding == nullptr) return {};
  for (const Node& node : binding->tree.nodes()) {
    if (!is_division(node) || !is_ratio(draft, node)) continue;
    const std::size_t op = draft.token_at(node.location);
    if (op == draft.size()) continue;
    const std::size_t first = product_before(draft, op);
    if (first == op) continue;
    if (draft.dialect() == model::Dialect::postgres)
      return {draft.replace(first, op, draft.bracketed(first, op) + "::numeric")};
    return {draft.replace(first, op, "CAST(" + draft.unbracketed(first, op) + " AS REAL)")};
  }
  return {};
}

std::vector<Edit> division_by_zero(const Draft& draft) {
  const Tree* tree = draft.tree();
  const Binding* binding = draft.binding();
  if (tree == nullptr || binding == nullptr) return {};
  for (const Node& node : tree->nodes()) {
    if (!is_division(node)) continue;
    const Node& divisor = *node.at(Key::rexpr);
    const Type type = binding->type(&divisor);
    if (!may_be_zero(divisor) || !is_number(type)) continue;
    const std::size_t op = draft.token_at(node.location);
    if (op == draft.size()) continue;
    const std::size_t last = operand_after(draft, op);
    if (last <= op + 1) continue;
    return {draft.replace(op + 1, last, std::string("NULLIF(") + draft.unbracketed(op + 1, last) + ", 0)")};
  }
  return {};
}

// ROUND(double precision, n) does not exist; of numeric it does.
std::vector<Edit> round_double(const Draft& draft) {
  const Binding* binding = draft.binding();
  if (binding == nullptr) return {};
  for (const Node& node : binding->tree.nodes()) {
    if (node.tag != Tag::FuncCall) continue;
    const std::string name = dotted_name(node.at(Key::funcname));
    const Node* arguments = node.at(Key::args);
    if ((name != "round" && name != "trunc") || size_of(arguments) != 2 ||
        binding->type(arguments->first) != Type::real)
      continue;
    const auto call = draft.call(draft.token_at(node.location));
    if (!call || call->arguments.size() != 2) continue;
    const auto [first, last] = call->arguments[0];
    return {draft.replace(first, last, draft.bracketed(first, last) + "::numeric")};
  }
  return {};
}

}  // namespace

std::vector<MendRule> number_rules() {
  return {{"integer_division", MendFor::both, integer_division},
          {"division_by_zero", MendFor::postgres, division_by_zero},
          {"round_double", MendFor::postgres, round_double}};
}

}  // namespace kpi::sql
