#include "constant.hpp"
#include "guard_extent.hpp"
#include "walk.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>
#include <string>
#include <utility>

// How many rows a generate_series() gives, as far as its text tells.
namespace kpi::sql {
namespace {

constexpr double clock_reading = 1.9e9;  // seconds since 1970: about 2030
constexpr double day = 86'400;
constexpr double year = 365 * day;
constexpr double fine_step = 60;       // seconds: between times that are not plain, no finer step is taken
constexpr double far_years = 2'100;    // a number above it is no year that a KPI looks at
constexpr double endless_time = 1e12;  // years that 'infinity' counts for

bool is_one_of(std::string_view name, std::initializer_list<std::string_view> names) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

const Node* argument(const Node& call, std::size_t wanted) {
  const Node* one = first_of(call.at(Key::args));
  while (one != nullptr && wanted-- > 0) one = one->next;
  return one;
}

// '20240131', also cast to a date.
bool is_compact_date(std::string_view digits) {
  return digits.size() == 8 && (digits[0] == '1' || digits[0] == '2');
}
bool is_compact_date(const Node* expression) {
  while (expression->tag == Tag::TypeCast && expression->at(Key::arg) != nullptr)
    expression = expression->at(Key::arg);
  return is_compact_date(string_of(expression));
}

// A text by the greatest number that stands in it; an interval by its years, a date by 1.
double scale_of_text(const Node& constant) {
  const std::string_view text = string_of(&constant);
  if (text.find("inf") != std::string_view::npos || text.find("Inf") != std::string_view::npos)
    return endless_time;
  if (const auto span = constant_interval(&constant)) return std::max(1.0, std::abs(*span) / year);
  double most = 1;
  for (std::size_t at = 0; at < text.size();) {
    std::size_t end = at;
    while (end < text.size() && text[end] >= '0' && text[end] <= '9') ++end;
    const std::string run(text.substr(at, end - at));
    if (!run.empty() && !is_compact_date(run)) most = std::max(most, std::strtod(run.c_str(), nullptr));
    at = std::max(end, at + 1);
  }
  return most;
}

// Seconds of a step, as far as its text tells.
std::optional<double> span_of(const Node* step) {
  if (step == nullptr) return std::nullopt;
  if (const auto plain = constant_interval(step)) return plain;
  if (step->tag == Tag::TypeCast) return span_of(step->at(Key::arg));
  if (called(*step) == "make_interval") {
    constexpr std::array<std::pair<std::string_view, double>, 7> parts{{{"years", year},
                                                                        {"months", 28 * day},
                                                                        {"weeks", 7 * day},
                                                                        {"days", day},
                                                                        {"hours", 3'600},
                                                                        {"mins", 60},
                                                                        {"secs", 1}}};
    double seconds = 0;
    std::size_t place = 0;
    for (const Node& one : Members(step->at(Key::args))) {
      const bool named = one.tag == Tag::NamedArgExpr;
      const auto count = constant_number(named ? one.at(Key::arg) : &one);
      const auto* part =
          named ? std::find_if(parts.begin(), parts.end(),
                               [&](const auto& row) { return row.first == text_at(&one, Key::name); })
                : parts.begin() + std::min(place++, parts.size());
      if (!count || part == parts.end()) return std::nullopt;
      seconds += *count * part->second;
    }
    return seconds;
  }
  const std::string op = operator_of(*step);
  const Node* left = step->at(Key::lexpr);
  const Node* right = step->at(Key::rexpr);
  if (left == nullptr || right == nullptr || (op != "*" && op != "/")) return std::nullopt;
  auto span = span_of(left);
  auto number = constant_number(right);
  if (op == "*" && !span) {
    span = span_of(right);
    number = constant_number(left);
  }
  if (!span || !number || *number == 0) return std::nullopt;
  return op == "*" ? *span * *number : *span / *number;
}

// Seconds since 1970 of make_date(y, m, d), make_timestamp(..) and to_timestamp(seconds).
std::optional<double> made_moment(const Node& call) {
  const std::string name = called(call);
  const auto first = constant_number(argument(call, 0));
  if (!first) return std::nullopt;
  if (name == "to_timestamp" && argument(call, 1) == nullptr) return first;
  if (!is_one_of(name, {"make_date", "make_timestamp", "make_timestamptz"})) return std::nullopt;
  const auto month = constant_number(argument(call, 1));
  const auto day_of_month = constant_number(argument(call, 2));
  if (!month || !day_of_month) return std::nullopt;
  return (*first - 1970) * 365.2425 * day + (*month - 1) * 30.4 * day + *day_of_month * day;
}

}  // namespace

double Extent::scale_of_select(const Node* select) {
  if (select == nullptr) return 1;
  double scale = std::max(scale_of_select(select->at(Key::larg)), scale_of_select(select->at(Key::rarg)));
  for (const Node& target : Members(select->at(Key::targetList)))
    scale = std::max(scale, scale_of(target.at(Key::val)));
  for (const Node& row : Members(select->at(Key::valuesLists))) {
    for (const Node& value : Members(row.at(Key::items))) scale = std::max(scale, scale_of(&value));
  }
  return scale;
}

double Extent::scale_of(const Node* expression) {
  if (expression == nullptr) return 1;
  if (const auto plain = constant_number(expression); plain && !is_compact_date(expression))
    return std::abs(*plain);
  if (expression->tag == Tag::A_Const) return scale_of_text(*expression);
  // While an expression is being followed it counts 1, so that a column that is made of itself ends.
  const auto [known, fresh] = scales_.emplace(expression, 1);
  if (!fresh) return known->second;
  double scale = 1;
  const auto take = [&](double other) { scale = std::min(unbounded, std::max(scale, other)); };
  switch (expression->tag) {
    case Tag::ColumnRef:
      // A table's column, called by its table, is nothing that the statement makes.
      if (const Node* fields = expression->at(Key::fields);
          fields != nullptr && fields->last != nullptr &&
          !(size_of(fields) > 1 && may_be_data(*expression))) {
        for (const Node* maker : makers_of(string_of(fields->last))) take(scale_of(maker));
      }
      break;
    case Tag::SubLink:
      take(scale_of_select(expression->at(Key::subselect)));
      break;
    case Tag::A_Expr: {
      const std::string op = operator_of(*expression);
      const double left = std::max(1.0, scale_of(expression->at(Key::lexpr)));
      const double right = std::max(1.0, scale_of(expression->at(Key::rexpr)));
      if (op == "*") take(left * right);
      if (op == "^" || op == "<<")
        take(right > 1 ? std::pow(std::max(left, 2.0), std::min(right, 1'000.0)) : left);
      if (op == "+" || op == "-") take(left + right - 1);
      if (op == "/" || op == "%") take(left);
      if (scale == 1 && op != "/" && op != "%") take(std::max(left, right));
      break;
    }
    case Tag::FuncCall: {
      const std::string name = called(*expression);
      const bool power = name == "power" || name == "pow";
      if (power)
        take(std::pow(std::max(2.0, scale_of(argument(*expression, 0))),
                      std::min(1'000.0, scale_of(argument(*expression, 1)))));
      for (const Node& one : Members(expression->at(Key::args))) take(scale_of(&one));
      break;
    }
    default:
      for (const Node& child : Members(expression)) {
        // Neither a cast's type nor a condition is a value.
        if (child.key == Key::typeName || child.key == Key::expr || child.shape == Shape::text) continue;
        if (child.shape == Shape::object) take(scale_of(&child));
        for (const Node& member : Members(child.shape == Shape::list ? &child : nullptr))
          take(scale_of(&member));
      }
      break;
  }
  scales_[expression] = scale;
  return scale;
}

double Extent::series(const Node& call) {
  const Node* from = argument(call, 0);
  const Node* to = argument(call, 1);
  const Node* step = argument(call, 2);
  if (to == nullptr) return 1;
  const auto number = step == nullptr ? std::optional(1.0) : constant_number(step);
  const auto first = number_of(from);
  const auto last = number_of(to);
  const auto span = span_of(step);
  if (first && last && !span) {
    if (!number) return unbounded;
    return *number == 0 ? 1 : std::max(0.0, std::floor(std::abs(*last - *first) / std::abs(*number)) + 1);
  }
  const auto begin = moment_of(from);
  const auto end = moment_of(to);
  const bool counted = !span && number;
  if (begin && end && span && *span != 0) return std::floor(std::abs(*end - *begin) / std::abs(*span)) + 1;
  const double scale = std::max(scale_of(from), scale_of(to));
  if (step == nullptr || counted) {
    // A number that is constant and still not plain may be any; one that is taken from the data counts what
    // the statement makes of it.
    if (is_constant(from) && is_constant(to) && !(begin && end)) return unbounded;
    return counted && *number != 0 ? std::max(1.0, scale / std::min(1.0, std::abs(*number))) : scale;
  }
  if (!span || std::abs(*span) < fine_step) return unbounded;
  return scale > far_years ? scale * year / std::abs(*span) : 1;
}

std::optional<double> Extent::moment_of(const Node* expression) {
  if (expression == nullptr) return std::nullopt;
  if (const auto plain = constant_moment(expression)) return plain;
  switch (expression->tag) {
    case Tag::SQLValueFunction:
      return clock_reading;
    case Tag::TypeCast:
      return moment_of(expression->at(Key::arg));
    case Tag::FuncCall: {
      const std::string name = called(*expression);
      if (is_one_of(name, {"now", "clock_timestamp", "statement_timestamp", "transaction_timestamp"}))
        return clock_reading;
      if (is_one_of(name, {"date_trunc", "timezone"})) return moment_of(argument(*expression, 1));
      return made_moment(*expression);
    }
    case Tag::A_Expr: {
      const std::string op = operator_of(*expression);
      const auto moment = moment_of(expression->at(Key::lexpr));
      if (!moment || (op != "+" && op != "-")) return std::nullopt;
      auto span = span_of(expression->at(Key::rexpr));
      // A date and a number are a date so many days on.
      if (const auto days = span ? std::nullopt : number_of(expression->at(Key::rexpr))) span = *days * day;
      if (!span) return std::nullopt;
      return op == "+" ? *moment + *span : *moment - *span;
    }
    default:
      return std::nullopt;
  }
}

}  // namespace kpi::sql
