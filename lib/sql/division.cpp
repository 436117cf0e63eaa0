#include "division.hpp"

#include "walk.hpp"

#include <algorithm>
#include <array>

namespace kpi::sql {
namespace {

template <std::size_t size>
bool has(const std::array<std::string_view, size>& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

constexpr std::array<std::string_view, 16> floating_calls{
    "avg",  "total", "round", "julianday", "sqrt", "exp",          "ln",        "log",
    "log2", "log10", "pow",   "power",     "pi",   "percent_rank", "cume_dist", "radians"};
// What gives one of its arguments' values, or a sum of them.
constexpr std::array<std::string_view, 9> passing_calls{"sum",    "min",  "max",         "abs",       "lag",
                                                        "ifnull", "lead", "first_value", "last_value"};

bool any_result_floats(const Binding& binding, const Node& choice) {
  for (const Node& when : Members(choice.at(Key::args))) {
    if (is_floating(binding, when.at(Key::result))) return true;
  }
  return is_floating(binding, choice.at(Key::defresult));
}

bool call_floats(const Binding& binding, const Node& call) {
  const std::string name = called(call);
  return has(floating_calls, name) ||
         (has(passing_calls, name) && is_floating(binding, first_of(call.at(Key::args))));
}

}  // namespace

bool is_floating(const Binding& binding, const Node* node) {
  if (node == nullptr) return false;
  switch (node->tag) {
    case Tag::A_Const:
      return text_at(node->at(Key::fval), Key::fval).find_first_of(".eE") != std::string_view::npos;
    case Tag::TypeCast:
      return type_named(dotted_name(at(node->at(Key::typeName), Key::names))) == Type::real;
    case Tag::ColumnRef: {
      const Column* column = binding.use(*node).column;
      if (column == nullptr) return false;
      return column->made_by != nullptr ? is_floating(binding, column->made_by) : column->type == Type::real;
    }
    case Tag::FuncCall:
      return call_floats(binding, *node);
    case Tag::CaseExpr:
      return any_result_floats(binding, *node);
    case Tag::CoalesceExpr:
    case Tag::MinMaxExpr:
      return is_floating(binding, first_of(node->at(Key::args)));
    case Tag::SubLink: {
      const Node* select = node->at(Key::subselect);
      const Query* query = select == nullptr ? nullptr : binding.query_of(*select);
      return query != nullptr && !query->output.empty() && is_floating(binding, query->output[0].made_by);
    }
    case Tag::A_Expr: {
      if (text_at(node, Key::kind) == "AEXPR_NULLIF") return is_floating(binding, node->at(Key::lexpr));
      const std::string op = operator_of(*node);
      const bool arithmetic = op == "+" || op == "-" || op == "*" || op == "/";
      return arithmetic &&
             (is_floating(binding, node->at(Key::lexpr)) || is_floating(binding, node->at(Key::rexpr)));
    }
    default:
      return false;
  }
}

bool cuts_fraction(const Binding& binding, const Node& node, model::Dialect dialect) {
  if (!is_division(node)) return false;
  const Node* left = node.at(Key::lexpr);
  const Node* right = node.at(Key::rexpr);
  if (dialect != model::Dialect::sqlite) return is_whole(binding.type(left)) && is_whole(binding.type(right));
  return is_number(binding.type(left)) && is_number(binding.type(right)) && !is_floating(binding, left) &&
         !is_floating(binding, right);
}

}  // namespace kpi::sql
