#include "mend.hpp"
#include "walk.hpp"

#include <kpi/base/text.hpp>

#include <algorithm>

// Arithmetic that runs and gives a wrong number, or fails on the first zero.
namespace kpi::sql {
namespace {

// Tokens [first, last) of what stands to the left of the operator at `op`: down to an operator that binds
// less tightly than * and /, or the bracket or comma that opens it.
std::size_t left_of(const Draft& draft, std::size_t op) {
  std::size_t depth = 0;
  std::size_t first = op;
  while (first > 0) {
    const std::size_t i = first - 1;
    if (draft.mark(i, ")") || draft.mark(i, "]")) ++depth;
    if (draft.mark(i, "(") || draft.mark(i, "[")) {
      if (depth == 0) break;
      --depth;
    } else if (depth == 0) {
      static constexpr std::array<std::string_view, 24> stops{
          "select", "distinct", "all",    "when",   "then",      "else",    "and", "or",
          "not",    "where",    "having", "on",     "by",        "between", "in",  "like",
          "is",     "case",     "limit",  "offset", "returning", "from",    "as",  "values"};
      const bool word_stop =
          std::any_of(stops.begin(), stops.end(), [&](std::string_view stop) { return draft.is(i, stop); });
      const bool operator_stop = draft.kind(i) == TokenKind::op && !draft.mark(i, "*") &&
                                 !draft.mark(i, "/") && !draft.mark(i, "::");
      if (draft.mark(i, ",") || word_stop || operator_stop) break;
    }
    first = i;
  }
  return first;
}

// And to the right: one operand, which ends before the next operator but a cast.
std::size_t right_of(const Draft& draft, std::size_t op) {
  std::size_t i = op + 1;
  if (draft.mark(i, "-") || draft.mark(i, "+")) ++i;
  std::size_t depth = 0;
  bool first = true;
  for (; i < draft.size(); ++i) {
    if (draft.mark(i, "(") || draft.mark(i, "[")) {
      ++depth;
    } else if (draft.mark(i, ")") || draft.mark(i, "]")) {
      if (depth == 0) break;
      --depth;
    } else if (depth == 0 && !first) {
      if (draft.mark(i, "::")) {
        ++i;
        continue;
      }
      const bool goes_on = draft.mark(i, ".") || draft.mark(i - 1, ".") || draft.is(i, "filter") ||
                           draft.is(i, "over") || draft.is(i, "within") || draft.is(i, "group");
      if (!goes_on) break;
    } else if (depth == 0 && draft.is(i, "case")) {
      std::size_t cases = 1;
      while (++i < draft.size() && cases > 0) {
        if (draft.is(i, "case")) ++cases;
        if (draft.is(i, "end")) --cases;
      }
      break;
    }
    first = false;
  }
  return i;
}

// Two whole numbers divided give a whole number: a rate of 0 and an average cut down. Certain where the
// quotient is taken over rows, or both sides are columns; x / 10 may be a bucket and stays.
bool is_ratio(const Binding& binding, const Node& node) {
  const Node* left = node.at(Key::lexpr);
  const Node* right = node.at(Key::rexpr);
  if (!is_whole(binding.type(left)) || !is_whole(binding.type(right))) return false;
  if (holds_aggregate(*left) || holds_aggregate(*right)) return true;
  return !holds_no_data(*left) && !holds_no_data(*right);
}

std::vector<Edit> integer_division(const Draft& draft) {
  const Binding* binding = draft.binding();
  if (binding == nullptr) return {};
  for (const Node& node : binding->tree.nodes()) {
    if (!is_division(node) || !is_ratio(*binding, node)) continue;
    const std::size_t op = draft.token_at(node.location);
    if (op == draft.size()) continue;
    const std::size_t first = left_of(draft, op);
    if (first == op) continue;
    return {draft.replace(first, op, draft.bracketed(first, op) + "::numeric")};
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
    const std::size_t last = right_of(draft, op);
    if (last <= op + 1) continue;
    std::string inner = draft.span(op + 1, last);
    if (draft.mark(op + 1, "(") && draft.closing(op + 1) + 1 == last) inner = draft.span(op + 2, last - 1);
    return {draft.replace(op + 1, last, std::string("NULLIF(") + inner + ", 0)")};
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

// SELECT AVG(COUNT(*)) FROM t GROUP BY k: the inner aggregate a group, the outer over the groups.
std::vector<Edit> nested_aggregate(const Draft& draft) {
  const Tree* tree = draft.tree();
  if (tree == nullptr || !draft.is(0, "select")) return {};
  const Node* select = at(first_of(tree->root().at(Key::stmts)), Key::stmt);
  const Node* target = first_of(at(select, Key::targetList));
  const Node* outer = at(target, Key::val);
  if (outer == nullptr || target->next != nullptr || outer->tag != Tag::FuncCall ||
      outer->at(Key::over) != nullptr)
    return {};
  const Node* inner = first_of(outer->at(Key::args));
  if (inner == nullptr || inner->next != nullptr || inner->tag != Tag::FuncCall ||
      inner->at(Key::over) != nullptr)
    return {};
  if (!is_aggregate(dotted_name(outer->at(Key::funcname))) ||
      !is_aggregate(dotted_name(inner->at(Key::funcname))))
    return {};
  if (select->at(Key::groupClause) == nullptr || select->at(Key::sortClause) != nullptr ||
      select->at(Key::limitCount) != nullptr)
    return {};
  const auto call = draft.call(draft.token_at(outer->location));
  if (!call || call->name != 1 || call->arguments.size() != 1) return {};
  std::size_t from = call->close + 1;
  while (from < draft.size() && !draft.is(from, "from")) ++from;
  if (from == draft.size() || from > call->close + 3) return {};
  const std::string text = std::string("SELECT ") + std::string(draft.word(call->name)) +
                           "(per_group.value) " + draft.span(call->close + 1, from) +
                           (from > call->close + 1 ? " " : "") + "FROM (SELECT " + draft.argument(*call, 0) +
                           " AS value " + draft.span(from, draft.size()) + ") AS per_group";
  return {draft.replace(0, draft.size(), text)};
}

}  // namespace

std::vector<MendRule> number_rules() {
  return {{"nested_aggregate", true, false, nested_aggregate},
          {"integer_division", true, false, integer_division},
          {"division_by_zero", true, false, division_by_zero},
          {"round_double", true, false, round_double}};
}

}  // namespace kpi::sql
