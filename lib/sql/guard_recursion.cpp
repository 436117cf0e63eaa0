#include "constant.hpp"
#include "guard_extent.hpp"
#include "walk.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <string>
#include <utility>

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

struct Grain {
  std::string_view name;
  double seconds;
};
// What date_trunc() and SQLite's "start of" round down to; months count as constant_interval() counts them.
constexpr std::array grains{Grain{"minute", 60},
                            Grain{"hour", 3'600},
                            Grain{"day", day},
                            Grain{"week", 7 * day},
                            Grain{"month", 28 * day},
                            Grain{"quarter", 84 * day},
                            Grain{"year", 365 * day},
                            Grain{"decade", 3650 * day},
                            Grain{"century", 36'500 * day},
                            Grain{"millennium", 365'000 * day}};

/// What is rounded away on the way from a column's last value to its next.
struct Rounding {
  double grain = 0;       ///< seconds
  bool whole = false;     ///< to whole numbers, or to a number of digits
  bool known = true;      ///< false: by a function that this does not know
  std::string_view text;  ///< of the step

  void to(std::string_view unit) {
    const auto* found =
        std::find_if(grains.begin(), grains.end(), [&](const Grain& one) { return one.name == unit; });
    if (found != grains.end()) grain = std::max(grain, found->seconds);
  }

  // SQLite's modifiers: '+1 month', 'start of month'.
  void modify(std::string_view modifier, const Node& node, Step& step) {
    constexpr std::string_view start = "start of ";
    if (modifier.substr(0, start.size()) == start) return to(modifier.substr(start.size()));
    if (modifier.substr(0, 7) == "weekday") return to("week");
    if (modifier.empty() || (modifier.front() != '+' && modifier.front() != '-')) return;
    const auto span = constant_interval(&node);
    known = known && span && (step.way.empty() || step.span);
    step.span = step.span.value_or(0) + span.value_or(0);
    step.way = "+";
    text = modifier;
  }

  // strftime() gives what its format names.
  void format(std::string_view pattern) {
    const auto has = [&](std::string_view mark) { return pattern.find(mark) != std::string_view::npos; };
    if (has("%S") || has("%s") || has("%J") || has("%f")) return;
    to(has("%M")                ? "minute"
       : has("%H")              ? "hour"
       : has("%d") || has("%j") ? "day"
       : has("%m")              ? "month"
                                : "year");
  }

  /// What `node` rounds or changes the type of; nullptr where it does neither.
  const Node* inside(const Node& node, Step& step) {
    if (node.tag == Tag::TypeCast) {
      const Node* type = node.at(Key::typeName);
      const std::string name = type == nullptr ? std::string() : dotted_name(type->at(Key::names));
      if (name == "date") to("day");
      whole = whole || name.rfind("int", 0) == 0 || (type != nullptr && type->at(Key::typmods) != nullptr);
      return node.at(Key::arg);
    }
    // '2024-01' || '-01' is a day of that month to SQLite.
    const Node* right = node.at(Key::rexpr);
    if (right != nullptr && right->tag == Tag::A_Const && operator_of(node) == "||")
      return node.at(Key::lexpr);
    const Node* first = first_of(node.at(Key::args));
    if (node.tag != Tag::FuncCall || first == nullptr) return nullptr;
    const std::string name = called(node);
    if (name == "date_trunc") {
      to(string_of(first));
      if (string_of(first).empty()) known = false;
      return first->next;
    }
    const bool formats = name == "strftime";
    if (name != "date" && name != "datetime" && !formats) return nullptr;
    if (name == "date") to("day");
    if (formats) format(string_of(first));
    const Node* value = formats ? first->next : first;
    for (const Node* one = value == nullptr ? nullptr : value->next; one != nullptr; one = one->next)
      modify(string_of(one), *one, step);
    return value;
  }

  [[nodiscard]] bool swallows(const Step& step) const {
    if (!known) return true;
    if (step.span && *step.span == 0) return true;
    if (step.span && std::abs(*step.span) < grain) return true;
    // 30 days on from the first of January is January still.
    const auto has = [&](std::string_view word) { return text.find(word) != std::string_view::npos; };
    if (step.span && grain >= 28 * day && !has("mon") && !has("quarter") && !has("year") &&
        std::abs(*step.span) < grain * 1.2)
      return true;
    return step.number && std::abs(*step.number) < 1 && (whole || grain > 0);
  }
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

bool is_same_column(const Node& one, const Node& other) {
  if (one.tag != Tag::ColumnRef || other.tag != Tag::ColumnRef) return false;
  return dotted_name(one.at(Key::fields)) == dotted_name(other.at(Key::fields));
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

// True if what ties the arm to its table is what it gives on: each round finds the rows of the last again,
// which UNION ALL does not leave out.
bool Extent::stays(const RecursiveArm& arm) {
  const Node* above = arm.select->parent;
  if (above == nullptr || above->tag != Tag::SelectStmt || number_at(above, Key::all) == 0) return false;
  bool tied = false;
  for (const Node* condition : arm.shape.conditions) {
    for (const Node* part : conjuncts(condition)) {
      if (operator_of(*part) != "=") continue;
      for (const auto& [mine, other] : {std::pair(part->at(Key::lexpr), part->at(Key::rexpr)),
                                        std::pair(part->at(Key::rexpr), part->at(Key::lexpr))}) {
        const std::size_t column = mine == nullptr ? arm.columns.size() : arm.column_of(*mine);
        if (other == nullptr || column >= std::min(arm.columns.size(), arm.targets.size())) continue;
        const Node* target = arm.targets[column];
        if (target == nullptr || (arm.column_of(*target) != column && !is_same_column(*target, *other)))
          return false;
        tied = true;
      }
    }
  }
  return tied;
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
  if (!counted && (!by_data || stays(arm))) return endless;
  rounds = counted.value_or(1);
  return grows(arm, rounds) ? swells : std::string_view();
}

// How the arm makes the column's next value of its last; `way` is empty where it does not, or where it rounds
// what is added away again: date_trunc('month', day + 1) stays where it is.
Step step_of(const Extent::RecursiveArm& arm, std::size_t column) {
  Step step;
  Rounding rounding;
  const auto takes = [&](const Node* node) {
    if (node == nullptr) return false;
    const auto used = arm.columns_in(*node);
    return std::find(used.begin(), used.end(), column) != used.end();
  };
  const Node* target = column < arm.targets.size() ? arm.targets[column] : nullptr;
  while (target != nullptr && takes(target)) {
    if (const Node* inner = rounding.inside(*target, step)) {
      target = inner;
      continue;
    }
    if (target->tag == Tag::ColumnRef) break;
    const Node* left = target->at(Key::lexpr);
    const Node* right = target->at(Key::rexpr);
    const std::string op = operator_of(*target);
    const bool commutes = op == "+" || op == "*";
    const Node* kept = takes(left) ? left : right;
    step.by = takes(left) ? right : commutes ? left : nullptr;
    if (!step.way.empty() || step.by == nullptr || !arm.columns_in(*step.by).empty()) return {};
    step.way = op;
    if (step.by->tag == Tag::A_Const) step.number = constant_number(step.by);
    if (!step.number) step.span = constant_interval(step.by);
    if (!step.number && !step.span) step.number = constant_number(step.by);
    rounding.text = string_of(step.by->tag == Tag::TypeCast ? step.by->at(Key::arg) : step.by);
    target = kept;
  }
  if (target == nullptr || target->tag != Tag::ColumnRef || step.way.empty()) return {};
  return rounding.swallows(step) ? Step{} : step;
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
