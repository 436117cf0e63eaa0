#include "guard_bounds.hpp"

#include "catalogue.hpp"
#include "constant.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>
#include <set>
#include <string>

namespace kpi::sql {
namespace {

constexpr double unbounded = 1e300;  // rows: as far as the form shows, any number

/// What one FROM item is to the others: what it is called, and what it multiplies them by.
struct Item {
  std::set<std::string_view> names;
  const Node* node = nullptr;
  bool table = false;  ///< its rows are data: to be joined by a condition
  double rows = 1;     ///< rows that the statement itself generates
  bool bound = false;  ///< LATERAL or a function of a neighbour's columns
};

class Bounds {
public:
  Bounds(const Tree& tree, const Policy& policy)
      : tree_(tree),
        limit_(static_cast<double>(policy.max_generated_rows)) {}

  std::vector<model::Finding> run() {
    for (const Node& node : tree_.nodes()) {
      if (node.tag == Tag::CommonTableExpr) queries_[text_at(&node, Key::ctename)] = &node;
    }
    for (const Node& node : tree_.nodes()) {
      switch (node.tag) {
        case Tag::SelectStmt:
          from(node);
          break;
        case Tag::FuncCall:
          function(node);
          break;
        case Tag::WithClause:
          if (number_at(&node, Key::recursive) != 0) {
            for (const Node& query : Members(node.at(Key::ctes))) recursion(query);
          }
          break;
        default:
          break;
      }
    }
    return std::move(findings_);
  }

private:
  void refuse(Code code, std::string message, std::int64_t position) {
    findings_.push_back(finding(code, std::move(message), position));
  }

  // --- rows that a statement makes by itself

  double series(const Node& call) {
    const Node* arguments = call.at(Key::args);
    const Node* from = first_of(arguments);
    const Node* to = from == nullptr ? nullptr : from->next;
    if (to == nullptr) return 1;
    const Node* step = to->next;
    const auto first = constant_number(from);
    const auto last = constant_number(to);
    if (first && last) {
      const double width = step == nullptr ? 1 : std::abs(constant_number(step).value_or(0));
      return width == 0 ? 1 : std::max(0.0, std::floor(std::abs(*last - *first) / width) + 1);
    }
    const auto begin = constant_moment(from);
    const auto end = constant_moment(to);
    const auto span = constant_interval(step);
    if (begin && end && span && *span != 0) return std::floor(std::abs(*end - *begin) / std::abs(*span)) + 1;
    // A bound that is constant and still not plain may hide any number; one that is taken from the clock or
    // the data may not, as long as its step is no finer than a minute.
    if (step != nullptr && span) return std::abs(*span) < 60 ? unbounded : 1;
    return is_constant(from) && is_constant(to) && step == nullptr ? unbounded : 1;
  }

  double rows_of(const Node& item, std::size_t level) {
    if (level > 16) return 1;
    switch (item.tag) {
      case Tag::RangeFunction: {
        double rows = 1;
        for (const Node& list : Members(item.at(Key::functions))) {
          const Node* call = first_of(list.at(Key::items));
          if (call != nullptr && dotted_name(call->at(Key::funcname)) == "generate_series")
            rows = std::max(rows, series(*call));
        }
        return rows;
      }
      case Tag::RangeSubselect: {
        const Node* query = item.at(Key::subquery);
        return query == nullptr ? 1 : rows_of_select(*query, level + 1);
      }
      case Tag::RangeVar: {
        // Counted once a WITH query: ten that each name the one before twice would else take 2^10 looks.
        const Node* query = query_named(item);
        const Node* select = at(query, Key::ctequery);
        if (select == nullptr) return 1;
        const bool fresh = rows_.emplace(query, 1).second;
        if (fresh) rows_[query] = rows_of_select(*select, level + 1);
        return rows_[query];
      }
      case Tag::JoinExpr: {
        double rows = 1;
        for (const Key side : {Key::larg, Key::rarg}) {
          if (const Node* part = item.at(side)) rows *= rows_of(*part, level + 1);
        }
        return std::min(rows, unbounded);
      }
      default:
        return 1;
    }
  }

  double rows_of_select(const Node& select, std::size_t level) {
    if (level > 16) return 1;
    if (const Node* limit = select.at(Key::limitCount)) {
      if (const auto count = constant_number(limit)) return std::max(1.0, *count);
    }
    const Node* left = select.at(Key::larg);
    const Node* right = select.at(Key::rarg);
    if (left != nullptr && right != nullptr)
      return rows_of_select(*left, level + 1) + rows_of_select(*right, level + 1);
    double rows = 1;
    for (const Node& item : Members(select.at(Key::fromClause))) rows *= rows_of(item, level + 1);
    for (const Node& target : Members(select.at(Key::targetList))) {
      const Node* value = target.at(Key::val);
      if (value != nullptr && dotted_name(value->at(Key::funcname)) == "generate_series")
        rows *= series(*value);
    }
    return std::min(rows, unbounded);
  }

  [[nodiscard]] const Node* query_named(const Node& range) const {
    if (range.at(Key::schemaname) != nullptr) return nullptr;
    const auto found = queries_.find(text_at(&range, Key::relname));
    return found == queries_.end() ? nullptr : found->second;
  }

  // --- FROM items and what connects them

  // True if the query's rows are no data: one row, VALUES or generated.
  bool is_small(const Node& select, std::size_t level) {
    if (level > 16) return false;
    if (const Node* limit = select.at(Key::limitCount);
        limit != nullptr && constant_number(limit).value_or(2) <= 1)
      return true;
    if (select.at(Key::valuesLists) != nullptr) return true;
    const Node* left = select.at(Key::larg);
    const Node* right = select.at(Key::rarg);
    if (left != nullptr && right != nullptr) return is_small(*left, level + 1) && is_small(*right, level + 1);
    if (select.at(Key::groupClause) == nullptr && holds_aggregate(select.at(Key::targetList))) return true;
    for (const Node& item : Members(select.at(Key::fromClause))) {
      if (!is_small_item(item, level + 1)) return false;
    }
    return true;
  }

  bool is_small_item(const Node& item, std::size_t level) {
    switch (item.tag) {
      case Tag::RangeFunction:
        return true;
      case Tag::RangeSubselect:
        return item.at(Key::subquery) != nullptr && is_small(*item.at(Key::subquery), level + 1);
      case Tag::RangeVar: {
        const Node* query = query_named(item);
        const Node* select = at(query, Key::ctequery);
        if (select == nullptr) return false;
        const bool fresh = small_.emplace(query, false).second;
        if (fresh) small_[query] = is_small(*select, level + 1);
        return small_[query];
      }
      case Tag::JoinExpr:
        return item.at(Key::larg) != nullptr && item.at(Key::rarg) != nullptr &&
               is_small_item(*item.at(Key::larg), level + 1) && is_small_item(*item.at(Key::rarg), level + 1);
      default:
        return false;
    }
  }

  static bool holds_aggregate(const Node* list) {
    static const std::set<std::string_view> folds{
        "count",           "sum",      "avg",       "min",        "max",
        "bool_or",         "bool_and", "array_agg", "string_agg", "percentile_cont",
        "percentile_disc", "stddev",   "every"};
    std::vector<const Node*> work;
    if (list != nullptr) work.push_back(list);
    while (!work.empty()) {
      const Node* node = work.back();
      work.pop_back();
      if (node->tag == Tag::SelectStmt) continue;
      if (node->tag == Tag::FuncCall && node->at(Key::over) == nullptr &&
          folds.contains(dotted_name(node->at(Key::funcname))))
        return true;
      for (const Node& child : Members(node)) {
        if (child.shape == Shape::object || child.shape == Shape::list) work.push_back(&child);
      }
    }
    return false;
  }

  void leaves(const Node& item, std::vector<Item>& items, std::vector<const Node*>& conditions) {
    if (item.tag == Tag::JoinExpr) {
      const std::size_t before = items.size();
      const Node* left = item.at(Key::larg);
      const Node* right = item.at(Key::rarg);
      if (left != nullptr) leaves(*left, items, conditions);
      const std::size_t middle = items.size();
      if (right != nullptr) leaves(*right, items, conditions);
      if (const Node* condition = item.at(Key::quals)) conditions.push_back(condition);
      if ((item.at(Key::usingClause) != nullptr || number_at(&item, Key::isNatural) != 0) &&
          middle > before && items.size() > middle) {
        items[middle].bound = true;
      }
      if (const Node* alias = item.at(Key::alias)) {
        for (std::size_t i = before; i < items.size(); ++i)
          items[i].names.insert(text_at(alias, Key::aliasname));
      }
      return;
    }
    if (item.tag == Tag::RangeTableSample) {
      if (const Node* relation = item.at(Key::relation)) leaves(*relation, items, conditions);
      return;
    }
    Item& made = items.emplace_back();
    made.node = &item;
    const Node* alias = item.at(Key::alias);
    made.names.insert(alias != nullptr ? text_at(alias, Key::aliasname) : text_at(&item, Key::relname));
    made.table = !is_small_item(item, 0);
    made.rows = rows_of(item, 0);
    made.bound = number_at(&item, Key::lateral) != 0 ||
                 (item.tag == Tag::RangeFunction && !is_constant(item.at(Key::functions)));
  }

  // Joins what a condition connects. A column without a qualifier may be anyone's, so its condition connects
  // all.
  static void connect(const Node& condition, const std::vector<Item>& items,
                      std::vector<std::size_t>& group) {
    std::vector<const Node*> conjuncts{&condition};
    while (!conjuncts.empty()) {
      const Node* one = conjuncts.back();
      conjuncts.pop_back();
      if (one->tag == Tag::BoolExpr && text_at(one, Key::boolop) == "AND_EXPR") {
        for (const Node& part : Members(one->at(Key::args))) conjuncts.push_back(&part);
        continue;
      }
      std::set<std::size_t> touched;
      std::size_t bare = 0;
      std::vector<const Node*> work{one};
      while (!work.empty()) {
        const Node* node = work.back();
        work.pop_back();
        if (node->tag == Tag::ColumnRef) {
          const Node* fields = node->at(Key::fields);
          std::string_view qualifier;
          for (const Node& field : Members(fields)) {
            if (&field != fields->last) qualifier = string_of(&field);
          }
          if (qualifier.empty()) ++bare;
          for (std::size_t i = 0; i < items.size(); ++i) {
            if (items[i].names.contains(qualifier)) touched.insert(i);
          }
          continue;
        }
        for (const Node& child : Members(node)) {
          if (child.shape == Shape::object || child.shape == Shape::list) work.push_back(&child);
        }
      }
      if (bare + touched.size() < 2) continue;
      if (bare > 0) {
        for (std::size_t i = 0; i < items.size(); ++i) touched.insert(i);
      }
      const std::size_t root = group[*touched.begin()];
      for (const std::size_t i : touched) {
        const std::size_t old = group[i];
        std::replace(group.begin(), group.end(), old, root);
      }
    }
  }

  void from(const Node& select) {
    std::vector<Item> items;
    std::vector<const Node*> conditions;
    for (const Node& item : Members(select.at(Key::fromClause))) leaves(item, items, conditions);
    if (const Node* where = select.at(Key::whereClause)) conditions.push_back(where);

    double rows = 1;
    for (const Item& item : items) rows = std::min(unbounded, rows * item.rows);
    for (const Node& target : Members(select.at(Key::targetList))) {
      const Node* value = target.at(Key::val);
      if (value != nullptr && dotted_name(value->at(Key::funcname)) == "generate_series")
        rows = std::min(unbounded, rows * series(*value));
    }
    if (rows > limit_) {
      const std::int64_t place = items.empty() ? -1 : place_of(*items.front().node);
      refuse("guard.generated_rows",
             rows >= unbounded
                 ? std::string("generates more rows than can be told; give plain bounds")
                 : fmt::format("generates {:.0f} rows; at most {:.0f} are allowed", rows, limit_),
             place);
    }
    if (std::count_if(items.begin(), items.end(),
                      [](const Item& item) { return item.table && !item.bound; }) < 2)
      return;
    std::vector<std::size_t> group(items.size());
    std::iota(group.begin(), group.end(), 0);
    for (const Node* condition : conditions) connect(*condition, items, group);
    std::size_t first = items.size();
    for (std::size_t i = 0; i < items.size(); ++i) {
      if (!items[i].table || items[i].bound) continue;
      if (first == items.size()) first = i;
      if (group[i] == group[first]) continue;
      refuse("guard.product", "joins tables without a condition between them: every row with every row",
             place_of(*items[i].node));
      return;
    }
  }

  static std::int64_t place_of(const Node& node) {
    for (const Node* one = &node; one != nullptr; one = one->first) {
      if (one->location >= 0) return one->location;
    }
    return -1;
  }

  // --- recursion

  void recursion(const Node& query) {
    const std::string_view name = text_at(&query, Key::ctename);
    const Node* select = query.at(Key::ctequery);
    const Node* arm = at(select, Key::rarg);
    if (arm == nullptr || !reads(*select, name)) return;
    if (ends(*arm, name)) return;
    refuse(
        "guard.recursion",
        fmt::format("{} need not end: its recursive part must join a table or compare with a bound (n < 100)",
                    name),
        query.location);
  }

  static bool reads(const Node& root, std::string_view name) {
    std::vector<const Node*> work{&root};
    while (!work.empty()) {
      const Node* node = work.back();
      work.pop_back();
      if (node->tag == Tag::RangeVar && text_at(node, Key::relname) == name &&
          node->at(Key::schemaname) == nullptr)
        return true;
      for (const Node& child : Members(node)) {
        if (child.shape == Shape::object || child.shape == Shape::list) work.push_back(&child);
      }
    }
    return false;
  }

  bool ends(const Node& arm, std::string_view name) {
    std::vector<Item> items;
    std::vector<const Node*> conditions;
    for (const Node& item : Members(arm.at(Key::fromClause))) leaves(item, items, conditions);
    if (const Node* where = arm.at(Key::whereClause)) conditions.push_back(where);
    const bool joins = std::any_of(items.begin(), items.end(), [&](const Item& item) {
      return item.node->tag == Tag::RangeVar && text_at(item.node, Key::relname) != name;
    });
    std::vector<const Node*> work(conditions);
    while (!work.empty()) {
      const Node* node = work.back();
      work.pop_back();
      if (node->tag == Tag::BoolExpr) {
        if (text_at(node, Key::boolop) != "AND_EXPR") continue;
        for (const Node& part : Members(node->at(Key::args))) work.push_back(&part);
        continue;
      }
      if (node->tag != Tag::A_Expr || is_constant(node)) continue;
      const std::string op = dotted_name(node->at(Key::name));
      if (joins && op == "=") return true;
      if (op == "<" || op == "<=" || op == ">" || op == ">=") return true;
      if (text_at(node, Key::kind).substr(0, 13) == "AEXPR_BETWEEN") return true;
    }
    for (const Node& item : Members(arm.at(Key::fromClause))) {
      if (joins && item.tag == Tag::JoinExpr && item.at(Key::usingClause) != nullptr) return true;
    }
    return false;
  }

  // --- functions that build much of little

  void function(const Node& call) {
    const std::string name = dotted_name(call.at(Key::funcname));
    const Node* arguments = call.at(Key::args);
    const Node* first = first_of(arguments);
    if (first == nullptr) return;
    if (name == "repeat" || name == "lpad" || name == "rpad") return length(name, call, first->next);
    if (name == "array_fill") {
      if (const Node* sizes = first->next; sizes != nullptr && sizes->tag == Tag::A_ArrayExpr) {
        double all = 1;
        for (const Node& size : Members(sizes->at(Key::elements)))
          all *= constant_number(&size).value_or(unbounded);
        if (all > limit_)
          refuse("guard.generated_rows", "array_fill builds too large an array", call.location);
      } else {
        refuse("guard.generated_rows", "array_fill of a size that cannot be told", call.location);
      }
      return;
    }
    if (name == "format") return format(call, *first);
    if (name == "generate_series" && call.parent != nullptr && call.parent->tag != Tag::ResTarget &&
        call.parent->key != Key::items && series(call) > limit_) {
      refuse("guard.generated_rows", fmt::format("generates more than {:.0f} rows", limit_), call.location);
    }
  }

  void length(const std::string& name, const Node& call, const Node* size) {
    const auto count = constant_number(size);
    double total = count.value_or(is_constant(size) ? unbounded : 1);
    // repeat(repeat('x', 1000), 1000) is a million.
    const Node* inner = first_of(call.at(Key::args));
    while (name == "repeat" && inner != nullptr && inner->tag == Tag::FuncCall) {
      const std::string inner_name = dotted_name(inner->at(Key::funcname));
      const Node* of = first_of(inner->at(Key::args));
      if (of == nullptr) break;
      if (inner_name == "repeat" || inner_name == "lpad" || inner_name == "rpad") {
        total *= std::max(1.0, constant_number(of->next).value_or(unbounded));
      }
      inner = of;
    }
    if (total > limit_)
      refuse("guard.generated_rows", fmt::format("{} builds too long a text", name), call.location);
  }

  void format(const Node& call, const Node& pattern) {
    const std::string_view text = string_of(&pattern);
    if (pattern.tag != Tag::A_Const) return;
    for (std::size_t i = 0; i < text.size(); ++i) {
      if (text[i] != '%') continue;
      std::size_t digits = 0;
      for (++i; i < text.size() &&
                (text[i] == '-' || text[i] == '$' || text[i] == '*' || (text[i] >= '0' && text[i] <= '9'));
           ++i) {
        if (text[i] == '*') digits = 99;
        if (text[i] >= '0' && text[i] <= '9') ++digits;
      }
      if (digits > 5) return refuse("guard.generated_rows", "format builds too long a text", call.location);
    }
  }

  const Tree& tree_;
  double limit_;
  std::map<std::string_view, const Node*> queries_;
  std::map<const Node*, double> rows_;
  std::map<const Node*, bool> small_;
  std::vector<model::Finding> findings_;
};

}  // namespace

std::vector<model::Finding> check_bounds(const Tree& tree, const Policy& policy) {
  return Bounds(tree, policy).run();
}

}  // namespace kpi::sql
