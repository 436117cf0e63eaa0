#include "binder.hpp"
#include "walk.hpp"

#include <kpi/base/text.hpp>

#include <fmt/format.h>

#include <algorithm>

namespace kpi::sql {
namespace {

bool is_comparison(std::string_view op) {
  return op == "=" || op == "<>" || op == "!=" || op == "<" || op == ">" || op == "<=" || op == ">=";
}

// Of ASCII letters; other letters make the database's upper() and this differ, so they are let be.
std::string upper(std::string text) {
  for (char& c : text) {
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - ('a' - 'A'));
  }
  return text;
}

}  // namespace

void Binder::each(const Node* list, const Context& context) {
  for (const Node& member : Members(list)) expression(&member, context);
}

Type Binder::expression(const Node* node, const Context& context) {
  if (node == nullptr || node->empty) return Type::unknown;
  if (node->shape == Shape::list) {
    each(node, context);
    return Type::unknown;
  }
  const Type type = expression_of(*node, context);
  type_at(*node) = type;
  return type;
}

Type Binder::expression_of(const Node& node, const Context& context) {
  switch (node.tag) {
    case Tag::A_Const:
      if (node.at(Key::sval) != nullptr) return Type::literal;
      if (node.at(Key::ival) != nullptr) return Type::integer;
      if (const Node* number = node.at(Key::fval)) {
        const bool whole = text_at(number, Key::fval).find_first_of(".eE") == std::string_view::npos;
        return whole ? Type::bigint : Type::numeric;
      }
      if (node.at(Key::boolval) != nullptr) return Type::boolean;
      return node.at(Key::isnull) != nullptr ? Type::null : Type::unknown;
    case Tag::ColumnRef:
      return column(node, context);
    case Tag::A_Expr:
      return operation(node, context);
    case Tag::BoolExpr:
      for (const Node& part : Members(node.at(Key::args))) {
        truth(&part, context, text_at(&node, Key::boolop) == "NOT_EXPR" ? "NOT" : "AND and OR");
      }
      return Type::boolean;
    case Tag::NullTest:
    case Tag::BooleanTest:
      expression(node.at(Key::arg), context);
      return Type::boolean;
    case Tag::FuncCall:
      return call(node, context);
    case Tag::TypeCast: {
      const Type inner = expression(node.at(Key::arg), context);
      const Node* name = node.at(Key::typeName);
      const Type wanted =
          at(name, Key::arrayBounds) != nullptr ? Type::array : type_named(dotted_name(at(name, Key::names)));
      if (inner == Type::literal && cannot_read(string_of(node.at(Key::arg)), wanted)) {
        find("schema.type_mismatch",
             fmt::format("'{}' cannot be read as {}", shorten(string_of(node.at(Key::arg)), 40),
                         to_string(wanted)),
             node);
      } else if (cannot_cast(inner, wanted)) {
        find("schema.type_mismatch",
             fmt::format("{} cannot be cast to {}", to_string(inner), to_string(wanted)), node);
      }
      return wanted;
    }
    case Tag::CaseExpr:
      return choice(node, context);
    case Tag::CoalesceExpr:
      return alternatives(node.at(Key::args), context, "COALESCE");
    case Tag::MinMaxExpr:
      return alternatives(node.at(Key::args), context, "GREATEST and LEAST");
    case Tag::SubLink:
      return sublink(node, context);
    case Tag::SQLValueFunction: {
      const std::string_view op = text_at(&node, Key::op);
      if (op == "SVFOP_CURRENT_DATE") return Type::date;
      if (op.find("TIMESTAMP") == std::string_view::npos) return Type::time;
      return op.find("LOCAL") == std::string_view::npos ? Type::timestamptz : Type::timestamp;
    }
    case Tag::A_ArrayExpr:
      each(node.at(Key::elements), context);
      return Type::array;
    case Tag::GroupingFunc:
      each(node.at(Key::args), context);
      return Type::integer;
    case Tag::CollateClause:
    case Tag::NamedArgExpr:
      return expression(node.at(Key::arg), context);
    case Tag::SelectStmt:
      select(node, context.scope, context.scope->named);
      return Type::unknown;
    default:
      for (const Node& child : Members(&node)) {
        if (child.shape != Shape::text && child.shape != Shape::number) expression(&child, context);
      }
      return Type::unknown;
  }
}

void Binder::truth(const Node* node, const Context& context, std::string_view where) {
  const Type type = expression(node, context);
  if (is_known(type) && type != Type::boolean) {
    find("schema.type_mismatch", fmt::format("{} takes a condition and not {}", where, to_string(type)),
         *node);
  }
}

Type Binder::operation(const Node& node, const Context& context) {
  const Node* left = node.at(Key::lexpr);
  const Node* right = node.at(Key::rexpr);
  const Type left_type = expression(left, context);
  // The members of an IN list hang in a List; each is compared by itself.
  const Node* list = right != nullptr && right->tag == Tag::List ? right->at(Key::items) : right;
  const Type right_type = right != nullptr && right->tag == Tag::List ? (each(list, context), Type::unknown)
                                                                      : expression(right, context);
  const std::string op = dotted_name(node.at(Key::name));
  const std::string_view kind = text_at(&node, Key::kind);

  if (kind == "AEXPR_IN" || kind.rfind("AEXPR_BETWEEN", 0) == 0 || kind.rfind("AEXPR_NOT_BETWEEN", 0) == 0) {
    if (left != nullptr) {
      const Node* members = list != nullptr && list->shape == Shape::list ? list : nullptr;
      for (const Node& member : Members(members)) {
        compare(*left, member, member);
        if (kind == "AEXPR_IN") known_value(*left, member);
      }
    }
    return Type::boolean;
  }
  if (kind == "AEXPR_DISTINCT" || kind == "AEXPR_NOT_DISTINCT" || kind == "AEXPR_NULLIF") {
    if (left != nullptr && right != nullptr) compare(*left, *right, node);
    return kind == "AEXPR_NULLIF" ? left_type : Type::boolean;
  }
  if (kind == "AEXPR_LIKE" || kind == "AEXPR_ILIKE" || kind == "AEXPR_SIMILAR") {
    if (is_known(left_type) && left_type != Type::text && left_type != Type::array) {
      find("schema.type_mismatch", fmt::format("LIKE compares text and not {}", to_string(left_type)), node);
    }
    // A pattern without a wildcard is a comparison.
    if (kind == "AEXPR_LIKE" && left != nullptr && right != nullptr && right->tag == Tag::A_Const &&
        string_of(right).find_first_of("%_\\") == std::string_view::npos)
      known_value(*left, *right);
    return Type::boolean;
  }
  if (kind == "AEXPR_OP_ANY" || kind == "AEXPR_OP_ALL") {
    const Node* elements =
        right != nullptr && right->tag == Tag::A_ArrayExpr ? right->at(Key::elements) : nullptr;
    for (const Node& element : Members(left == nullptr ? nullptr : elements)) {
      compare(*left, element, element);
      if (op == "=") known_value(*left, element);
    }
    return Type::boolean;
  }
  if (is_comparison(op)) {
    if (left != nullptr && right != nullptr) {
      compare(*left, *right, node);
      // CASE WHEN status = 9 THEN 'cancelled', as in choice().
      const bool label = node.key == Key::expr && !string_of(at(node.parent, Key::result)).empty();
      if (!label && (op == "=" || op == "<>" || op == "!=")) {
        known_value(*left, *right);
        known_value(*right, *left);
      }
    }
    return Type::boolean;
  }
  if (left == nullptr) return op == "-" || op == "+" || op == "@" || op == "|/" ? right_type : Type::unknown;
  if (cannot_compute(op, left_type, right_type)) {
    find("schema.type_mismatch",
         fmt::format("{} {} {} does not exist", to_string(left_type), op, to_string(right_type)), node);
    return Type::unknown;
  }
  for (const auto& [literal, literal_type, other] :
       {std::tuple(left, left_type, right_type), std::tuple(right, right_type, left_type)}) {
    if (op != "||" && literal_type == Type::literal && is_number(other) &&
        cannot_read(string_of(literal), other)) {
      find("schema.type_mismatch",
           fmt::format("'{}' is no {}", shorten(string_of(literal), 40), to_string(other)), node);
    }
  }
  if ((op == "->" || op == "->>" || op == "#>" || op == "#>>") && is_known(left_type) &&
      left_type != Type::json) {
    find("schema.type_mismatch", fmt::format("{} takes JSON and not {}", op, to_string(left_type)), node);
  }
  static constexpr std::array<std::string_view, 18> tests{"~",  "~*", "!~",  "!~*", "@>", "<@",
                                                          "?",  "?|", "?&",  "&&",  "@@", "@?",
                                                          "^@", "~~", "!~~", "<<",  ">>", "~~*"};
  if (std::find(tests.begin(), tests.end(), op) != tests.end()) return Type::boolean;
  return type_of_arithmetic(op, left_type, right_type);
}

void Binder::compare(const Node& left, const Node& right, const Node& place) {
  const Type one = type_at(left);
  const Type two = type_at(right);
  for (const auto& [literal, type, other] : {std::tuple(&left, one, two), std::tuple(&right, two, one)}) {
    if (type != Type::literal || !cannot_read(string_of(literal), other)) continue;
    find("schema.type_mismatch",
         fmt::format("'{}' cannot be read as {}", shorten(string_of(literal), 40), to_string(other)), place);
    return;
  }
  if (cannot_compare(one, two)) {
    find("schema.type_mismatch", fmt::format("compares {} with {}", to_string(one), to_string(two)), place);
  }
}

void Binder::known_value(const Node& subject, const Node& value) {
  // lower(status) = 'Paid' never holds, either.
  const Node* first = first_of(subject.at(Key::args));
  const std::string folding = called(subject);
  const bool folds = first != nullptr && (folding == "lower" || folding == "upper");
  const Node& column = folds ? *first : subject;
  if (column.tag != Tag::ColumnRef || value.tag != Tag::A_Const) return;
  const Column* meant = out_.use(column).column;
  if (meant == nullptr || meant->field == nullptr || !meant->field->values || meant->field->values->empty())
    return;
  std::string wanted(string_of(&value));
  if (const Node* number = value.at(Key::ival)) {
    if (meant->type == Type::text) return;  // said as a type mismatch
    wanted = std::to_string(number_at(number, Key::ival));
  } else if (value.at(Key::sval) == nullptr) {
    return;
  }
  std::vector<std::string> known;
  for (const Json& one : *meant->field->values)
    known.push_back(!one.is_string()     ? dump_json(one)
                    : folding == "lower" ? lower(one.get<std::string>())
                    : folding == "upper" ? upper(one.get<std::string>())
                                         : one.get<std::string>());
  if (std::find(known.begin(), known.end(), wanted) != known.end()) return;
  if (is_number(meant->type) && cannot_read(wanted, meant->type)) return;  // said as a type mismatch
  const auto like = nearest(wanted, known);
  if (known.size() > 8) known.resize(8);
  find("lint.unknown_value",
       fmt::format("{} is not known to hold '{}'{}", meant->name, shorten(wanted, 40),
                   meant->field->pii ? std::string()
                   : like            ? fmt::format("; did you mean '{}'?", *like)
                                     : fmt::format("; it holds {}", shorten(join(known, ", "), 120))),
       value);
}

Type Binder::choice(const Node& node, const Context& context) {
  const Node* subject = node.at(Key::arg);
  if (subject != nullptr) expression(subject, context);
  Type type = Type::null;
  std::vector<const Node*> literals;  // whose type is that of the others
  const auto take = [&](const Node* result) {
    if (result == nullptr) return;
    const Type one = expression(result, context);
    if (cannot_compare(type, one)) {
      find("schema.type_mismatch", fmt::format("CASE gives {} or {}", to_string(type), to_string(one)),
           *result);
    }
    if (one == Type::literal) literals.push_back(result);
    type = common_type(type, one);
  };
  for (const Node& when : Members(node.at(Key::args))) {
    const Node* condition = when.at(Key::expr);
    if (condition == nullptr) continue;
    if (subject == nullptr) {
      truth(condition, context, "CASE WHEN");
    } else {
      expression(condition, context);
      compare(*subject, *condition, *condition);
      // CASE status WHEN 9 THEN 'cancelled': a label waits for what may come.
      if (string_of(when.at(Key::result)).empty()) known_value(*subject, *condition);
    }
    take(when.at(Key::result));
  }
  take(node.at(Key::defresult));
  readable(literals, type, "CASE gives");
  return type == Type::literal ? Type::text : type;
}

// Quoted literals take the type of what stands beside them, before or after.
void Binder::readable(const std::vector<const Node*>& literals, Type type, std::string_view what) {
  for (const Node* literal : literals) {
    if (!cannot_read(string_of(literal), type)) continue;
    find("schema.type_mismatch",
         fmt::format("{} {} and '{}'", what, to_string(type), shorten(string_of(literal), 40)), *literal);
  }
}

Type Binder::alternatives(const Node* list, const Context& context, std::string_view what) {
  Type type = Type::null;
  std::vector<const Node*> literals;
  for (const Node& one : Members(list)) {
    const Type next = expression(&one, context);
    if (cannot_compare(type, next)) {
      find("schema.type_mismatch", fmt::format("{} of {} and {}", what, to_string(type), to_string(next)),
           one);
    }
    if (next == Type::literal) literals.push_back(&one);
    type = common_type(type, next);
  }
  readable(literals, type, fmt::format("{} of", what));
  return type == Type::literal ? Type::text : type;
}

Type Binder::sublink(const Node& node, const Context& context) {
  const Type tested = expression(node.at(Key::testexpr), context);
  const Node* inner = node.at(Key::subselect);
  if (inner == nullptr) return Type::unknown;
  const Query& query = select(*inner, context.scope, context.scope->named);
  const Type first = query.output.empty() ? Type::unknown : query.output.front().type;
  const std::string_view kind = text_at(&node, Key::subLinkType);
  if (kind == "EXISTS_SUBLINK") return Type::boolean;
  if (kind == "ARRAY_SUBLINK") return Type::array;
  const bool row = node.at(Key::testexpr) != nullptr && node.at(Key::testexpr)->tag == Tag::RowExpr;
  if (!query.open && query.output.size() != 1 && !row) {
    find("schema.type_mismatch",
         fmt::format("a subquery used as a value gives {} columns and not one", query.output.size()), node);
    return Type::unknown;
  }
  if (kind == "EXPR_SUBLINK") return first;
  if (!row && cannot_compare(tested, first)) {
    find("schema.type_mismatch", fmt::format("compares {} with {}", to_string(tested), to_string(first)),
         node);
  }
  return Type::boolean;
}

}  // namespace kpi::sql
