#include "guard_bounds.hpp"

#include "catalogue.hpp"
#include "guard_extent.hpp"
#include "walk.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <numeric>
#include <string>

namespace kpi::sql {
namespace {

constexpr double most_sets = 128;        // ways to group at once
constexpr double most_exponent = 1'000;  // of ten: a double has 308

class Bounds {
public:
  Bounds(const Tree& tree, const Policy& policy, model::Dialect dialect)
      : tree_(tree),
        policy_(policy),
        limit_(static_cast<double>(policy.max_generated_rows)),
        extent_(tree, dialect) {}

  std::vector<model::Finding> run() {
    for (const Node& node : tree_.nodes()) {
      switch (node.tag) {
        case Tag::SelectStmt:
          from(node);
          grouping(node);
          break;
        case Tag::FuncCall:
        case Tag::A_Expr:
          length(node);
          power(node);
          break;
        case Tag::TypeCast:
          length(node);
          break;
        case Tag::A_Const:
          digits(node);
          break;
        case Tag::CommonTableExpr:
          recursion(node);
          break;
        case Tag::JoinExpr:
          ++joins_;
          break;
        default:
          break;
      }
    }
    if (joins_ > policy_.max_joins) {
      refuse("guard.joins", fmt::format("{} joins; at most {} are allowed", joins_, policy_.max_joins), -1);
    }
    return std::move(findings_);
  }

private:
  void refuse(Code code, std::string message, std::int64_t position) {
    findings_.push_back(finding(code, std::move(message), position));
  }

  static std::int64_t place_of(const Node& node) {
    for (const Node* one = &node; one != nullptr; one = one->first) {
      if (one->location >= 0) return one->location;
    }
    return -1;
  }

  void from(const Node& select) {
    const Node* list = select.at(Key::fromClause);
    if (const std::size_t items = size_of(list); items > 1) joins_ += items - 1;
    rows(select);
    if (list == nullptr || (size_of(list) == 1 && list->first->tag != Tag::JoinExpr)) return;
    const FromShape shape = extent_.shape_of(select);
    std::vector<std::size_t> group(shape.items.size());
    std::iota(group.begin(), group.end(), 0);
    for (const Node* condition : shape.conditions) {
      for (const Node* part : conjuncts(condition)) {
        const auto touched = Extent::touched_by(*part, shape.items);
        for (const std::size_t item : touched) {
          const std::size_t old = group[item];
          const std::size_t joint = group[*touched.begin()];
          std::replace(group.begin(), group.end(), old, joint);
        }
      }
    }
    const FromItem* first = nullptr;
    for (const FromItem& item : shape.items) {
      if (!item.table || item.bound) continue;
      const auto number = [&](const FromItem& of) {
        return group[static_cast<std::size_t>(&of - shape.items.data())];
      };
      if (first == nullptr) first = &item;
      if (number(item) == number(*first)) continue;
      return refuse("guard.product",
                    "joins tables without a condition between them: every row with every row",
                    place_of(*item.node));
    }
  }

  void rows(const Node& select) {
    const double made = extent_.rows_with_outer(select);
    if (made <= limit_ || rows_refused_) return;
    rows_refused_ = true;
    const Node* list = select.at(Key::fromClause);
    refuse("guard.generated_rows",
           made >= unbounded ? std::string("generates more rows than can be told; give plain bounds")
                             : fmt::format("generates {:.0f} rows; at most {:.0f} are allowed", made, limit_),
           list == nullptr ? place_of(select) : place_of(*list->first));
  }

  void recursion(const Node& query) {
    const auto self = extent_.recursion(query);
    if (!self || self->fault.empty()) return;
    refuse("guard.recursion", fmt::format("{} {}", self->name, self->fault), query.location);
  }

  void grouping(const Node& select) {
    const double sets = sets_of(select.at(Key::groupClause));
    if (sets <= most_sets) return;
    refuse("guard.generated_rows",
           fmt::format("groups in {:.0f} ways at once; at most {:.0f} are allowed", sets, most_sets),
           place_of(select));
  }

  // CUBE (a, b) groups in 4 ways, ROLLUP (a, b) in 3; what stands beside each other multiplies.
  static double sets_of(const Node* list) {
    double product = 1;
    for (const Node& item : Members(list)) {
      if (item.tag != Tag::GroupingSet) continue;
      const std::string_view kind = text_at(&item, Key::kind);
      const Node* content = item.at(Key::content);
      const auto size = static_cast<double>(size_of(content));
      if (kind == "GROUPING_SET_CUBE") product *= std::pow(2, std::min(size, 64.0));
      if (kind == "GROUPING_SET_ROLLUP") product *= size + 1;
      if (kind != "GROUPING_SET_SETS") continue;
      double sum = 0;
      for (const Node& one : Members(content)) {
        double inner = 1;
        if (one.tag == Tag::GroupingSet && text_at(&one, Key::kind) == "GROUPING_SET_CUBE")
          inner = std::pow(2, std::min(static_cast<double>(size_of(one.at(Key::content))), 64.0));
        if (one.tag == Tag::GroupingSet && text_at(&one, Key::kind) == "GROUPING_SET_ROLLUP")
          inner = static_cast<double>(size_of(one.at(Key::content))) + 1;
        sum += inner;
      }
      product *= std::max(1.0, sum);
    }
    return product;
  }

  // Numbers of a hundred thousand digits cost seconds each.
  void digits(const Node& constant) {
    const Node* number = constant.at(Key::fval);
    const Node* type =
        at(constant.parent, Key::typeName);  // '1e99999'::numeric, but not a code such as '7e12345'
    if (number == nullptr && (type == nullptr || dotted_name(type->at(Key::names)) != "numeric")) return;
    const std::string_view text = number != nullptr ? text_at(number, Key::fval) : string_of(&constant);
    if (text.find_first_not_of("0123456789.+-eE ") != std::string_view::npos) return;
    const std::size_t e = text.find_first_of("eE");
    if (e == std::string_view::npos) return;
    if (std::abs(std::strtod(std::string(text.substr(e + 1)).c_str(), nullptr)) <= most_exponent) return;
    refuse("guard.generated_rows", "a number of more digits than any data has", constant.location);
  }

  void power(const Node& node) {
    const std::string name = called(node);
    const Node* first = name.empty() ? nullptr : first_of(node.at(Key::args));
    const Node* exponent = nullptr;
    if (name == "power" || name == "pow") exponent = first == nullptr ? nullptr : first->next;
    if (name == "exp") exponent = first;
    if (name.empty() && operator_of(node) == "^") exponent = node.at(Key::rexpr);
    if (exponent != nullptr && extent_.number_of(exponent).value_or(0) > most_exponent)
      return refuse("guard.generated_rows", "a number of more digits than any data has", node.location);
    if (name == "factorial" && extent_.number_of(first).value_or(unbounded) > most_exponent)
      return refuse("guard.generated_rows", "factorial() of a number that cannot be told, or too great a one",
                    node.location);
  }

  void length(const Node& node) {
    if (!Extent::builds(node)) return;
    const std::string name = called(node);
    if (name == "format" || name == "printf") pattern(name, node);
    const double bytes = extent_.bytes_of(&node);
    if (bytes <= limit_ || length_refused_) return;
    length_refused_ = true;
    const std::string how = !name.empty() ? name : node.tag == Tag::TypeCast ? "a cast" : "||";
    refuse("guard.generated_rows",
           bytes >= unbounded
               ? fmt::format("{} of a length that cannot be told; write a number, or LEAST(length, 100)", how)
               : fmt::format("{} builds a value of {:.0f} bytes; at most {:.0f} are allowed", how, bytes,
                             limit_),
           node.location);
  }

  void pattern(const std::string& name, const Node& call) {
    const Node* first = first_of(call.at(Key::args));
    if (first == nullptr) return;
    if (first->tag == Tag::A_Const && has_plain_widths(string_of(first), limit_)) return;
    refuse("guard.generated_rows",
           fmt::format("{} takes a plain pattern, without * and without widths above {:.0f}", name, limit_),
           call.location);
  }

  const Tree& tree_;
  const Policy& policy_;
  double limit_;
  Extent extent_;
  std::size_t joins_ = 0;
  bool rows_refused_ = false;
  bool length_refused_ = false;
  std::vector<model::Finding> findings_;
};

}  // namespace

bool has_plain_widths(std::string_view pattern, double most) {
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    if (pattern[i] != '%') continue;
    double width = 0;
    for (++i; i < pattern.size(); ++i) {
      const char c = pattern[i];
      if (c == '*') return false;
      if (c >= '0' && c <= '9') {
        width = width * 10 + (c - '0');
        if (width > most) return false;
      } else if (c == '.' || c == '$') {
        width = 0;
      } else if (std::string_view("-+ #,!l").find(c) == std::string_view::npos) {
        break;
      }
    }
  }
  return true;
}

std::vector<model::Finding> check_bounds(const Tree& tree, const Policy& policy, model::Dialect dialect) {
  return Bounds(tree, policy, dialect).run();
}

}  // namespace kpi::sql
