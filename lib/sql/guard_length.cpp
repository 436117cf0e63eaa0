#include "constant.hpp"
#include "guard_extent.hpp"
#include "walk.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

namespace kpi::sql {
namespace {

constexpr double number_bytes = 8;
constexpr double table_rows = 100;         // that what folds a table's rows counts at the least
constexpr std::size_t max_steps = 20'000;  // columns that name each other have more ways than one can go

/// How long a function's value is, by how long its arguments are.
enum class Growth : std::uint8_t {
  sum,      ///< joins them
  joined,   ///< joins them, with the first between each two
  doubled,  ///< of one argument; every byte may become two
  product,  ///< puts the last into the first, once for each of its bytes
  times,    ///< the first, as often as the second says
  padded,   ///< as long as the second says
  blanks,   ///< as long as the only one says
  filled,   ///< the first, as often as the numbers of the array say
  folded,   ///< joins its argument over all rows
};
struct Builder {
  std::string_view name;
  Growth growth;
};
// In byte order. Source: PostgreSQL 15 manual, chapter 9; SQLite, lang_corefunc, lang_aggfunc and json1.
constexpr std::array builders{Builder{"array_agg", Growth::folded},
                              Builder{"array_append", Growth::sum},
                              Builder{"array_cat", Growth::sum},
                              Builder{"array_fill", Growth::filled},
                              Builder{"array_prepend", Growth::sum},
                              Builder{"array_replace", Growth::product},
                              Builder{"array_to_json", Growth::doubled},
                              Builder{"array_to_string", Growth::product},
                              Builder{"concat", Growth::sum},
                              Builder{"concat_ws", Growth::joined},
                              Builder{"convert_to", Growth::doubled},
                              Builder{"encode", Growth::doubled},
                              Builder{"format", Growth::sum},
                              Builder{"group_concat", Growth::folded},
                              Builder{"hex", Growth::doubled},
                              Builder{"json_agg", Growth::folded},
                              Builder{"json_array", Growth::sum},
                              Builder{"json_build_array", Growth::sum},
                              Builder{"json_build_object", Growth::sum},
                              Builder{"json_group_array", Growth::folded},
                              Builder{"json_group_object", Growth::folded},
                              Builder{"json_insert", Growth::sum},
                              Builder{"json_object", Growth::sum},
                              Builder{"json_object_agg", Growth::folded},
                              Builder{"json_patch", Growth::sum},
                              Builder{"json_quote", Growth::doubled},
                              Builder{"json_replace", Growth::sum},
                              Builder{"json_set", Growth::sum},
                              Builder{"jsonb_agg", Growth::folded},
                              Builder{"jsonb_build_array", Growth::sum},
                              Builder{"jsonb_build_object", Growth::sum},
                              Builder{"jsonb_insert", Growth::sum},
                              Builder{"jsonb_object", Growth::sum},
                              Builder{"jsonb_object_agg", Growth::folded},
                              Builder{"jsonb_pretty", Growth::doubled},
                              Builder{"jsonb_set", Growth::sum},
                              Builder{"jsonb_set_lax", Growth::sum},
                              Builder{"lpad", Growth::padded},
                              Builder{"overlay", Growth::sum},
                              Builder{"printf", Growth::sum},
                              Builder{"quote", Growth::doubled},
                              Builder{"quote_ident", Growth::doubled},
                              Builder{"quote_literal", Growth::doubled},
                              Builder{"quote_nullable", Growth::doubled},
                              Builder{"regexp_replace", Growth::product},
                              Builder{"repeat", Growth::times},
                              Builder{"replace", Growth::product},
                              Builder{"row_to_json", Growth::doubled},
                              Builder{"rpad", Growth::padded},
                              Builder{"space", Growth::blanks},
                              Builder{"string_agg", Growth::folded},
                              Builder{"to_json", Growth::doubled},
                              Builder{"to_jsonb", Growth::doubled}};

const Builder* builder_of(const Node& node) {
  if (node.tag != Tag::FuncCall) return nullptr;
  const std::string name = called(node);
  const auto* found = std::lower_bound(
      builders.begin(), builders.end(), name,
      [](const Builder& builder, const std::string& wanted) { return builder.name < wanted; });
  return found != builders.end() && found->name == name ? found : nullptr;
}

bool is_one_of(std::string_view name, std::initializer_list<std::string_view> names) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

// char(n) and bit(n) are n long whatever they are made of; 0 for any other type.
double padded_length(const Node& cast) {
  const Node* type = cast.tag == Tag::TypeCast ? cast.at(Key::typeName) : nullptr;
  const std::string name = type == nullptr ? std::string() : dotted_name(type->at(Key::names));
  if (name != "bpchar" && name != "bit") return 0;
  return constant_number(first_of(type->at(Key::typmods))).value_or(0);
}

// array_to_string(array, separator), but replace(text, from, to): what is looked for is not put in.
const Node* put_in(const Builder& builder, const Node* second) {
  return second == nullptr || builder.name == "array_to_string" ? second : second->next;
}

// EXTRACT(YEAR FROM ..) and its like, for the times that a KPI looks at.
std::optional<double> most_of_field(std::string_view field) {
  if (!field.empty() && field.back() == 's') field.remove_suffix(1);
  constexpr std::array<std::pair<std::string_view, double>, 14> most{{{"year", 2100},
                                                                      {"isoyear", 2100},
                                                                      {"quarter", 4},
                                                                      {"month", 12},
                                                                      {"week", 53},
                                                                      {"doy", 366},
                                                                      {"day", 31},
                                                                      {"dow", 7},
                                                                      {"isodow", 7},
                                                                      {"hour", 24},
                                                                      {"minute", 60},
                                                                      {"second", 60},
                                                                      {"century", 21},
                                                                      {"decade", 210}}};
  for (const auto& [name, number] : most) {
    if (name == field) return number;
  }
  return std::nullopt;
}

std::optional<double> larger(std::optional<double> left, std::optional<double> right) {
  if (!left || !right) return left ? left : right;
  return std::max(*left, *right);
}

}  // namespace

bool Extent::builds(const Node& node) {
  return builder_of(node) != nullptr || operator_of(node) == "||" || padded_length(node) > 0;
}

const std::vector<const Node*>& Extent::makers_of(std::string_view column) const {
  if (renamed_.contains(column)) return everything_;
  const auto found = makers_.find(column);
  return found == makers_.end() ? nameless_ : found->second;
}

double Extent::bytes_of(const Node* expression) {
  if (expression == nullptr) return 0;
  // While a column is being followed it counts 1, so that one that is made of itself comes to an end.
  const auto [known, fresh] = bytes_.emplace(expression, 1);
  if (!fresh) return known->second;
  const double bytes = std::min(unbounded, bytes_uncached(*expression));
  bytes_[expression] = bytes;
  return bytes;
}

double Extent::bytes_uncached(const Node& node) {
  const auto most = [&](const Node* list) {
    double bytes = 1;
    for (const Node& member : Members(list)) bytes = std::max(bytes, bytes_of(&member));
    return bytes;
  };
  const auto all = [&](const Node* list) {
    double bytes = 0;
    for (const Node& member : Members(list)) bytes += bytes_of(&member) + 1;
    return bytes;
  };
  switch (node.tag) {
    case Tag::A_Const:
      return node.at(Key::sval) == nullptr ? number_bytes : static_cast<double>(string_of(&node).size());
    case Tag::ColumnRef: {
      const Node* fields = node.at(Key::fields);
      double bytes = 1;
      if (fields == nullptr || fields->last == nullptr || fields->last->tag != Tag::String) return bytes;
      for (const Node* maker : makers_of(string_of(fields->last))) bytes = std::max(bytes, bytes_of(maker));
      return bytes;
    }
    case Tag::A_Expr: {
      const double left = bytes_of(node.at(Key::lexpr));
      const double right = bytes_of(node.at(Key::rexpr));
      return operator_of(node) == "||" ? left + right : std::max(left, right);
    }
    case Tag::FuncCall:
      return bytes_of_call(node);
    case Tag::TypeCast:
      return std::max({1.0, bytes_of(node.at(Key::arg)), padded_length(node)});
    case Tag::RowExpr:
      return all(node.at(Key::args));
    case Tag::A_ArrayExpr:
      return all(node.at(Key::elements));
    case Tag::BoolExpr:
    case Tag::NullTest:
    case Tag::BooleanTest:
      return 1;
    case Tag::CaseExpr: {
      double bytes = bytes_of(node.at(Key::defresult));
      for (const Node& when : Members(node.at(Key::args)))
        bytes = std::max(bytes, bytes_of(when.at(Key::result)));
      return bytes;
    }
    case Tag::CoalesceExpr:
    case Tag::MinMaxExpr:
      return most(node.at(Key::args));
    case Tag::SubLink: {
      const Node* select = node.at(Key::subselect);
      const Node* arm = select;
      while (arm != nullptr && arm->at(Key::larg) != nullptr) arm = arm->at(Key::larg);
      const double value = bytes_of(at(first_of(at(arm, Key::targetList)), Key::val));
      return text_at(&node, Key::subLinkType) == "ARRAY_SUBLINK" && select != nullptr
                 ? value * rows_of_select(*select)
                 : std::max(1.0, value);
    }
    default:
      return std::max({1.0, bytes_of(node.at(Key::arg)), node.shape == Shape::list ? most(&node) : 1.0});
  }
}

double Extent::bytes_of_call(const Node& call) {
  const Builder* builder = builder_of(call);
  const Node* first = first_of(call.at(Key::args));
  const Node* second = first == nullptr ? nullptr : first->next;
  double sum = 0;
  double most = 1;
  for (const Node& argument : Members(call.at(Key::args))) {
    const double bytes = std::max(1.0, bytes_of(&argument));
    sum += bytes;
    most = std::max(most, bytes);
  }
  if (builder == nullptr) return most;
  switch (builder->growth) {
    case Growth::sum:
      return sum;
    case Growth::doubled:
      return 2 * most;
    case Growth::joined:
      return sum + bytes_of(first) * static_cast<double>(size_of(call.at(Key::args)));
    case Growth::product:
      return std::max(1.0, bytes_of(first)) * std::max(1.0, bytes_of(put_in(*builder, second)));
    case Growth::times:
      return std::max(1.0, bytes_of(first)) * number_of(second).value_or(unbounded);
    case Growth::padded:
      return std::max(most, number_of(second).value_or(unbounded));
    case Growth::blanks:
      return number_of(first).value_or(unbounded);
    case Growth::filled: {
      const Node* sizes = second == nullptr ? nullptr : second->at(Key::elements);
      double bytes = std::max(1.0, bytes_of(first)) * (sizes == nullptr ? unbounded : 1);
      for (const Node& size : Members(sizes))
        bytes = std::min(unbounded, bytes * number_of(&size).value_or(unbounded));
      return bytes;
    }
    case Growth::folded: {
      double rows = 1;
      for (const Node& item : Members(at(select_above(&call), Key::fromClause)))
        rows = std::min(unbounded, rows * rows_of_item(item) * (is_small_item(item) ? 1 : table_rows));
      return sum * rows;
    }
  }
  return sum;
}

std::optional<double> Extent::number_of(const Node* expression) {
  if (expression == nullptr) return std::nullopt;
  if (const auto plain = constant_number(expression)) return plain;
  if (!open_.insert(expression).second) return std::nullopt;
  if (++steps_ > max_steps) return unbounded;
  std::optional<double> number;
  switch (expression->tag) {
    case Tag::TypeCast:
      number = number_of(expression->at(Key::arg));
      break;
    case Tag::ColumnRef: {
      const Node* fields = expression->at(Key::fields);
      if (fields == nullptr || fields->last == nullptr || fields->last->tag != Tag::String) break;
      if (may_be_data(*expression)) break;
      for (const Node* maker : makers_of(string_of(fields->last))) number = larger(number, number_of(maker));
      break;
    }
    case Tag::SubLink: {
      const Node* select = expression->at(Key::subselect);
      while (select != nullptr && select->at(Key::larg) != nullptr) select = select->at(Key::larg);
      number = number_of(at(first_of(at(select, Key::targetList)), Key::val));
      break;
    }
    case Tag::MinMaxExpr: {
      const bool least = text_at(expression, Key::op) == "IS_LEAST";
      for (const Node& one : Members(expression->at(Key::args))) {
        const auto next = number_of(&one);
        if (least && number && next) {
          number = std::min(*number, *next);
        } else {
          number = larger(number, next);
        }
      }
      break;
    }
    case Tag::CoalesceExpr:
      for (const Node& one : Members(expression->at(Key::args))) number = larger(number, number_of(&one));
      break;
    case Tag::CaseExpr:
      number = number_of(expression->at(Key::defresult));
      for (const Node& when : Members(expression->at(Key::args)))
        number = larger(number, number_of(when.at(Key::result)));
      break;
    case Tag::FuncCall: {
      const std::string name = called(*expression);
      const Node* first = first_of(expression->at(Key::args));
      if (is_one_of(name, {"round", "floor", "ceil", "ceiling", "trunc", "abs", "max", "min", "avg"}))
        number = number_of(first);
      if (is_one_of(name, {"extract", "date_part"})) number = most_of_field(string_of(first));
      break;
    }
    case Tag::A_Expr: {
      const std::string op = operator_of(*expression);
      const auto left = number_of(expression->at(Key::lexpr));
      const auto right = number_of(expression->at(Key::rexpr));
      if (op == "-" && !left && !right) {  // a date less a date is days
        const auto end = moment_of(expression->at(Key::lexpr));
        const auto begin = moment_of(expression->at(Key::rexpr));
        if (begin && end) number = std::abs(*end - *begin) / 86'400;
      }
      if (op == "%" && right) number = std::abs(*right);
      if (op == "/" && left && right) number = std::abs(*left) / std::max(1e-300, std::abs(*right));
      if (op == "+" && left && right) number = *left + *right;
      if (op == "-" && left && right) number = std::abs(*left) + std::abs(*right);
      if (op == "*" && left && right) number = std::abs(*left) * std::abs(*right);
      break;
    }
    default:
      break;
  }
  open_.erase(expression);
  return number;
}

}  // namespace kpi::sql
