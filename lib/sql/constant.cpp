#include "constant.hpp"

#include <kpi/base/text.hpp>

#include <array>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <string>
#include <vector>

namespace kpi::sql {
namespace {

constexpr double day = 86'400;

std::optional<double> number_of(std::string_view text) {
  const std::string copy(trim(text));
  char* end = nullptr;
  const double value = std::strtod(copy.c_str(), &end);
  if (copy.empty() || end != copy.c_str() + copy.size() || !std::isfinite(value)) return std::nullopt;
  return value;
}

const Node* without_cast(const Node* node) {
  while (node != nullptr && node->tag == Tag::TypeCast) node = node->at(Key::arg);
  return node;
}

std::optional<double> computed(std::string_view op, double left, double right) {
  if (op == "+") return left + right;
  if (op == "-") return left - right;
  if (op == "*") return left * right;
  if (op == "/" && right != 0) return left / right;
  if (op == "%" && right != 0) return std::fmod(left, right);
  if (op == "^") return std::pow(left, right);
  return std::nullopt;
}

struct Unit {
  std::string_view name;
  double seconds;
};
constexpr std::array units{Unit{"microsecond", 1e-6},
                           Unit{"us", 1e-6},
                           Unit{"usec", 1e-6},
                           Unit{"millisecond", 1e-3},
                           Unit{"ms", 1e-3},
                           Unit{"msec", 1e-3},
                           Unit{"second", 1},
                           Unit{"sec", 1},
                           Unit{"s", 1},
                           Unit{"minute", 60},
                           Unit{"min", 60},
                           Unit{"m", 60},
                           Unit{"hour", 3'600},
                           Unit{"hr", 3'600},
                           Unit{"h", 3'600},
                           Unit{"day", day},
                           Unit{"d", day},
                           Unit{"week", 7 * day},
                           Unit{"month", 28 * day},
                           Unit{"mon", 28 * day},
                           Unit{"quarter", 84 * day},
                           Unit{"year", 365 * day},
                           Unit{"decade", 3650 * day},
                           Unit{"century", 36'500 * day},
                           Unit{"millennium", 365'000 * day}};

// The unit of INTERVAL '1' DAY; 1 where the text has its own. Source: PostgreSQL 15's timestamp.h.
double unit_of_type(const Node* node) {
  const Node* type = node != nullptr && node->tag == Tag::TypeCast ? node->at(Key::typeName) : nullptr;
  const auto mask = constant_number(first_of(at(type, Key::typmods)));
  if (!mask) return 1;
  constexpr std::array<std::pair<int, double>, 5> fields{
      {{1 << 1, 28 * day}, {1 << 2, 365 * day}, {1 << 3, day}, {1 << 10, 3'600}, {1 << 11, 60}}};
  for (const auto& [field, seconds] : fields) {
    if (*mask == field) return seconds;
  }
  return 1;
}

}  // namespace

std::optional<double> constant_number(const Node* node) {
  node = without_cast(node);
  if (node == nullptr) return std::nullopt;
  if (node->tag == Tag::A_Const) {
    if (const Node* whole = node->at(Key::ival)) return static_cast<double>(number_at(whole, Key::ival));
    if (const Node* fraction = node->at(Key::fval)) return number_of(text_at(fraction, Key::fval));
    return number_of(string_of(node));
  }
  if (node->tag != Tag::A_Expr || text_at(node, Key::kind) != "AEXPR_OP") return std::nullopt;
  const auto right = constant_number(node->at(Key::rexpr));
  if (!right) return std::nullopt;
  const std::string op = dotted_name(node->at(Key::name));
  if (node->at(Key::lexpr) == nullptr)
    return op == "-" ? std::optional(-*right) : op == "+" ? right : std::nullopt;
  const auto left = constant_number(node->at(Key::lexpr));
  return left ? computed(op, *left, *right) : std::nullopt;
}

std::optional<double> constant_moment(const Node* node) {
  node = without_cast(node);
  const std::string text(trim(string_of(node)));
  std::array<int, 6> parts{0, 1, 1, 0, 0, 0};
  std::size_t at = 0;
  for (std::size_t i = 0; i < parts.size() && at < text.size(); ++i) {
    const auto [rest, fault] = std::from_chars(text.data() + at, text.data() + text.size(), parts.at(i));
    if (fault != std::errc{}) break;
    at = static_cast<std::size_t>(rest - text.data());
    if (i == 0 && at < 4) return std::nullopt;
    if (i < 2 && at == text.size()) return std::nullopt;
    if (i < 2 && text[at] != '-') return std::nullopt;
    ++at;
  }
  if (at == 0) return std::nullopt;
  // Days from civil, after H. Hinnant's algorithm for the proleptic Gregorian calendar.
  const double month = parts[1];
  const double year = parts[0] - (month <= 2 ? 1 : 0);
  const double days = std::floor(365.25 * year) - std::floor(year / 100) + std::floor(year / 400) +
                      std::floor((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5) + parts[2] - 719'469;
  return days * day + parts[3] * 3'600 + parts[4] * 60 + parts[5];
}

std::optional<double> constant_interval(const Node* node) {
  const double own_unit = unit_of_type(node);
  node = without_cast(node);
  const std::string text = lower(trim(string_of(node)));
  if (text.empty()) return std::nullopt;
  double seconds = 0;
  std::size_t at = 0;
  while (at < text.size()) {
    char* end = nullptr;
    const double count = std::strtod(text.c_str() + at, &end);
    const auto next = static_cast<std::size_t>(end - text.c_str());
    if (next == at) return std::nullopt;
    at = next;
    if (at < text.size() && text[at] == ':') {  // 12:30 or 12:30:15.5
      seconds += count * 3'600;
      for (double unit = 60; at < text.size() && text[at] == ':'; unit /= 60) {
        seconds += unit * std::strtod(text.c_str() + at + 1, &end);
        at = static_cast<std::size_t>(end - text.c_str());
      }
      continue;
    }
    while (at < text.size() && text[at] == ' ') ++at;
    if (at == text.size()) return seconds + count * own_unit;
    std::size_t stop = at;
    while (stop < text.size() && text[stop] >= 'a' && text[stop] <= 'z') ++stop;
    std::string_view word = std::string_view(text).substr(at, stop - at);
    if (word.size() > 3 && word.back() == 's') word.remove_suffix(1);
    bool known = false;
    for (const Unit& unit : units) {
      if (unit.name != word) continue;
      seconds += count * unit.seconds;
      known = true;
    }
    if (!known) return std::nullopt;
    at = stop;
    while (at < text.size() && text[at] == ' ') ++at;
  }
  return seconds;
}

bool is_constant(const Node* node) {
  if (node == nullptr) return true;
  std::vector<const Node*> work{node};
  while (!work.empty()) {
    const Node* one = work.back();
    work.pop_back();
    if (one->tag == Tag::ColumnRef || one->tag == Tag::SubLink) return false;
    for (const Node& child : Members(one)) {
      if (child.shape == Shape::object || child.shape == Shape::list) work.push_back(&child);
    }
  }
  return true;
}

}  // namespace kpi::sql
