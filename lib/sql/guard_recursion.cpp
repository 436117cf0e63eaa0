#include "constant.hpp"
#include "guard_extent.hpp"
#include "walk.hpp"

#include <algorithm>
#include <cmath>

namespace kpi::sql {
namespace {

constexpr double most_grown = 1e9;  // bytes of all rounds together
constexpr double day = 86'400;
constexpr double fine_step = 60;           // seconds
constexpr double most_doublings = 10'000;  // rounds until a number of any size is reached by factors of 1.1

constexpr std::string_view endless =
    "need not end: its recursive part must join a table by a condition, or count up to a bound (SELECT n + 1 "
    "... WHERE n < 100)";
constexpr std::string_view multiplies = "multiplies its rows in every round";
constexpr std::string_view swells = "makes its texts longer in every round";

/// What a column becomes from round to round.
struct Step {
  std::string way;               ///< + - * or /; empty where it is none of these
  const Node* by = nullptr;      ///< what is added, taken away, ...
  std::optional<double> span;    ///< seconds, of an interval
  std::optional<double> number;  ///< of a plain number
};

bool is_order(std::string_view op) { return op == "<" || op == "<=" || op == ">" || op == ">="; }

// The SELECTs that a UNION of any shape joins.
void arms_of(const Node& select, std::vector<const Node*>& arms) {
  std::vector<const Node*> work{&select};
  while (!work.empty()) {
    const Node* one = work.back();
    work.pop_back();
    const Node* left = one->at(Key::larg);
    const Node* right = one->at(Key::rarg);
    if (left == nullptr || right == nullptr) {
      arms.push_back(one);
      continue;
    }
    work.push_back(right);
    work.push_back(left);
  }
}

}  // namespace

/// The part of a recursive WITH query that reads the query itself.
struct Extent::RecursiveArm {
  std::string_view name;
  const Node* select = nullptr;
  std::vector<std::string_view> columns;  ///< of the query
  std::vector<const Node*> starts;        ///< what the first arm gives for each
  std::vector<const Node*> targets;       ///< what this arm gives for each
  std::set<std::string_view> aliases;     ///< by which this arm calls the query
  FromShape shape;

  /// The number of the column that `reference` takes from the query; columns.size() if it takes none.
  [[nodiscard]] std::size_t column_of(const Node& reference) const {
    const Node* fields = reference.at(Key::fields);
    if (reference.tag != Tag::ColumnRef || fields == nullptr || fields->last == nullptr)
      return columns.size();
    if (size_of(fields) > 1 && !aliases.contains(string_of(fields->first))) return columns.size();
    return static_cast<std::size_t>(std::find(columns.begin(), columns.end(), string_of(fields->last)) -
                                    columns.begin());
  }
  /// The columns of the query that `root` takes, each as often as it does.
  [[nodiscard]] std::vector<std::size_t> columns_in(const Node& root) const {
    std::vector<std::size_t> found;
    walk(root, [&](const Node& node) {
      if (const std::size_t column = column_of(node); column < columns.size()) found.push_back(column);
      return true;
    });
    return found;
  }
};

std::optional<Extent::Recursion> Extent::recursion(const Node& query) {
  const std::string_view name = text_at(&query, Key::ctename);
  const Node* select = query.at(Key::ctequery);
  const bool marked = query.parent != nullptr && query.parent->parent != nullptr &&
                      number_at(query.parent->parent, Key::recursive) != 0;
  // SQLite takes a query that names itself for recursive without the word.
  if (select == nullptr || (!marked && dialect_ != model::Dialect::sqlite) || !reads_query(*select, name))
    return std::nullopt;
  Recursion found{name, {}, 1};
  std::vector<const Node*> arms;
  arms_of(*select, arms);
  std::vector<std::string_view> columns;
  for (const Node& column : Members(query.at(Key::aliascolnames))) columns.push_back(string_of(&column));
  std::vector<const Node*> starts;
  for (const Node& target : Members(arms.front()->at(Key::targetList))) {
    const Node* value = target.at(Key::val);
    starts.push_back(value);
    if (starts.size() <= columns.size()) continue;
    const Node* fields = at(value, Key::fields);
    const std::string_view given = text_at(&target, Key::name);
    columns.push_back(!given.empty() || fields == nullptr ? given : string_of(fields->last));
  }
  if (const Node* row = first_of(arms.front()->at(Key::valuesLists))) {
    for (const Node& value : Members(row->at(Key::items))) starts.push_back(&value);
  }
  std::size_t recursive = 0;
  for (const Node* arm_select : arms) {
    if (!reads_query(*arm_select, name)) continue;
    if (++recursive > 1 || arm_select == arms.front()) {
      found.fault = recursive > 1 ? multiplies : endless;
      return found;
    }
    RecursiveArm arm{name, arm_select, columns, starts, {}, {}, shape_of(*arm_select)};
    for (const Node& target : Members(arm_select->at(Key::targetList)))
      arm.targets.push_back(target.at(Key::val));
    for (const FromItem& item : arm.shape.items) {
      if (item.node->tag == Tag::RangeVar && text_at(item.node, Key::relname) == name)
        arm.aliases.insert(item.names.begin(), item.names.end());
    }
    found.fault = fault_of(arm, found.rounds);
    if (!found.fault.empty()) return found;
  }
  return found;
}

std::string_view Extent::fault_of(const RecursiveArm& arm, double& rounds) {
  const auto& items = arm.shape.items;
  const auto is_self = [&](const FromItem& item) {
    return item.node->tag == Tag::RangeVar && text_at(item.node, Key::relname) == arm.name;
  };
  std::set<std::size_t> joined;  // tables that an equality ties to something
  std::optional<double> counted;
  for (const Node* condition : arm.shape.conditions) {
    for (const Node* part : conjuncts(condition)) {
      if (part->tag != Tag::A_Expr) continue;
      const bool between = text_at(part, Key::kind) == "AEXPR_BETWEEN";
      const std::string op = operator_of(*part);
      if (op == "=" || text_at(part, Key::kind) == "AEXPR_OP_ANY") {
        const auto touched = touched_by(*part, items);
        joined.insert(touched.begin(), touched.end());
      }
      if (!between && !is_order(op)) continue;
      if (const auto rounds_here = rounds_of(*part, arm))
        counted = counted ? std::min(*counted, *rounds_here) : *rounds_here;
    }
  }
  bool by_data = false;
  const bool self_bound =  // r USING (id)
      std::any_of(items.begin(), items.end(),
                  [&](const FromItem& item) { return is_self(item) && item.bound; });
  for (std::size_t i = 0; i < items.size(); ++i) {
    if (is_self(items[i])) continue;
    const bool tied = items[i].bound || self_bound || joined.contains(i);
    if (items[i].rows > 1 || (items[i].table && !tied)) return multiplies;
    by_data = by_data || (items[i].node->tag == Tag::RangeVar && tied);
  }
  if (rows_of_list(arm.select->at(Key::targetList)) > 1) return multiplies;
  if (!by_data && !counted) return endless;
  rounds = counted.value_or(1);
  return grows(arm, rounds) ? swells : std::string_view();
}

// How the arm makes the column's next value of its last; `way` is empty where it does not.
Step step_of(const Extent::RecursiveArm& arm, std::size_t column) {
  Step step;
  const auto takes = [&](const Node* node) {
    if (node == nullptr) return false;
    const auto used = arm.columns_in(*node);
    return std::find(used.begin(), used.end(), column) != used.end();
  };
  const Node* target = column < arm.targets.size() ? arm.targets[column] : nullptr;
  while (target != nullptr && takes(target)) {
    if (target->tag == Tag::TypeCast) {
      target = target->at(Key::arg);
    } else if (target->tag == Tag::FuncCall) {
      const Node* inner = nullptr;
      for (const Node& argument : Members(target->at(Key::args))) {
        const std::string_view text = string_of(&argument);
        // SQLite: date(day, '+1 day').
        if (!text.empty() && (text.front() == '+' || text.front() == '-')) {
          step.span = constant_interval(&argument);
          step.way = step.span ? "+" : "";
          return step;
        }
        if (takes(&argument)) inner = &argument;
      }
      target = inner;
    } else {
      const Node* left = target->at(Key::lexpr);
      const Node* right = target->at(Key::rexpr);
      const std::string op = operator_of(*target);
      const bool commutes = op == "+" || op == "*";
      step.by = takes(left) ? right : commutes ? left : nullptr;
      if (step.by == nullptr || !arm.columns_in(*step.by).empty()) return step;
      step.way = op;
      step.span = constant_interval(step.by);
      if (!step.span) step.number = constant_number(step.by);
      return step;
    }
  }
  return step;
}

// How many rounds a comparison allows: the column that it bounds must move towards the bound in every round.
// None if it does not. A bound that is data or the clock's counts as near, unless the step is a fine one.
std::optional<double> Extent::rounds_of(const Node& comparison, const RecursiveArm& arm) {
  const Node* left = comparison.at(Key::lexpr);
  const Node* right = comparison.at(Key::rexpr);
  if (left == nullptr || right == nullptr) return std::nullopt;
  std::string op = operator_of(comparison);
  const bool between = op.empty();
  if (between) {
    op = "<";
    if (right->tag == Tag::List) right = right->at(Key::items);
    right = right == nullptr ? nullptr : right->last;
    if (right == nullptr) return std::nullopt;
  }
  auto moving = arm.columns_in(*left);
  const Node* bound = right;
  if (moving.empty()) {
    if (between) return std::nullopt;
    moving = arm.columns_in(*right);
    bound = left;
    op[0] = op[0] == '<' ? '>' : '<';
  }
  if (moving.size() != 1 || moving.front() >= arm.targets.size() || !arm.columns_in(*bound).empty())
    return std::nullopt;
  const Step step = step_of(arm, moving.front());
  const auto amount = step.span ? step.span : step.number;
  const Node* start = moving.front() < arm.starts.size() ? arm.starts[moving.front()] : nullptr;
  if (step.way == "+" || step.way == "-") {
    if (amount && (*amount == 0 || ((step.way == "+") == (*amount > 0)) != (op[0] == '<')))
      return std::nullopt;
    if (!amount && (step.way == "+") != (op[0] == '<')) return std::nullopt;
    const double width = std::abs(amount.value_or(1));
    const auto end = number_of(bound);
    if (!step.span && end) return std::abs(*end - number_of(start).value_or(0)) / width + 1;
    const auto last = moment_of(bound);
    if (!step.span && !last && is_constant(bound)) return std::nullopt;
    const double seconds = step.span ? width : width * day;  // date + 1 is a day
    const auto first = moment_of(start);
    if (first && last) return std::abs(*last - *first) / seconds + 1;
    return seconds < fine_step ? std::nullopt : std::optional(1.0);
  }
  // n * 2 reaches any bound soon, from 1 on, and n / 2 any that is not 0.
  const bool quick = amount && std::abs(*amount) >= 1.1;
  if (step.way == "*" && quick && op[0] == '<' && number_of(start).value_or(0) >= 1) return most_doublings;
  if (step.way == "/" && quick && op[0] == '>') return most_doublings;
  return std::nullopt;
}

// True if texts grow too much: twice in one round, or by much in many rounds.
bool Extent::grows(const RecursiveArm& arm, double rounds) {
  const std::size_t count = std::min(arm.columns.size(), arm.targets.size());
  std::vector<bool> growing(count, false);
  for (std::size_t i = 0; i < count; ++i) {
    if (arm.targets[i] == nullptr || arm.columns_in(*arm.targets[i]).empty()) continue;
    walk(*arm.targets[i], [&](const Node& node) {
      growing[i] = growing[i] || builds(node);
      return !growing[i];
    });
  }
  for (std::size_t i = 0; i < count; ++i) {
    if (!growing[i]) continue;
    const auto used = arm.columns_in(*arm.targets[i]);
    const auto more = std::count_if(used.begin(), used.end(),
                                    [&](std::size_t column) { return column < count && growing[column]; });
    if (more > 1) return true;
    bool by_factor = false;
    walk(*arm.targets[i], [&](const Node& node) {
      // One that joins nothing and still builds, such as repeat(), multiplies.
      by_factor = by_factor || (node.tag == Tag::FuncCall && builds(node) && more > 0 &&
                                !arm.columns_in(node).empty() && called(node).rfind("concat", 0) != 0 &&
                                called(node).rfind("array_", 0) != 0 && called(node) != "format" &&
                                called(node) != "printf" && called(node).rfind("json", 0) != 0);
      return !by_factor;
    });
    if (by_factor) return true;
    if (more > 0 && rounds * bytes_of(arm.targets[i]) > most_grown) return true;
  }
  return false;
}

}  // namespace kpi::sql
