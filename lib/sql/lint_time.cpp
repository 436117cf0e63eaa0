#include "lint.hpp"
#include "walk.hpp"

#include <fmt/format.h>

#include <utility>

namespace kpi::sql {
namespace {

// A day and no moment: 'YYYY-MM-DD', cast or not, or an expression of type date. It is midnight when it meets
// a time.
bool is_day(const Binding& binding, const Node* node) {
  const Type type = binding.type(node);
  if (type == Type::date) return true;
  if (type != Type::literal && type != Type::timestamp && type != Type::timestamptz) return false;
  while (node != nullptr && node->tag == Tag::TypeCast) node = node->at(Key::arg);
  const std::string_view text = string_of(node);
  return text.size() == 10 && text[4] == '-' && text[7] == '-';
}

bool has_time(const Binding& binding, const Node* node) {
  const Type type = node == nullptr || node->tag != Tag::ColumnRef ? Type::unknown : binding.type(node);
  return type == Type::timestamp || type == Type::timestamptz;
}

// `op` as it reads with its sides changed.
std::string_view turned(std::string_view op) { return op == ">=" ? "<=" : op == "<=" ? ">=" : op; }

void compared_with_a_day(const LintInput& input) {
  for (const Node& node : input.binding.tree.nodes()) {
    if (node.tag != Tag::A_Expr) continue;
    const Node* left = node.at(Key::lexpr);
    const Node* right = node.at(Key::rexpr);
    if (left == nullptr || right == nullptr) continue;
    if (text_at(&node, Key::kind) == "AEXPR_BETWEEN") {
      const Node* bounds = has_time(input.binding, left) ? right->at(Key::items) : nullptr;
      if (bounds != nullptr && is_day(input.binding, bounds->last)) {
        input.say("lint.between_timestamps",
                  "BETWEEN ends at midnight before the last day; write >= first AND < the day after", node);
      }
      continue;
    }
    const std::string written = operator_of(node);
    std::string_view op = written;
    if (!has_time(input.binding, left)) {
      std::swap(left, right);
      op = turned(op);
    }
    if (!has_time(input.binding, left) || right->tag == Tag::ColumnRef || !is_day(input.binding, right))
      continue;
    if (op == "<=" || op == "=") {
      input.say("lint.timestamp_bound",
                op == "=" ? "a time equals a day only at midnight; compare its date, or use a range"
                          : "<= a day leaves out all of that day but midnight; write < the day after",
                node);
    }
  }
}

// Text less text, to SQLite: '2024-05-01' - '2023-05-01' is 1.
void text_arithmetic(const LintInput& input) {
  if (input.dialect != model::Dialect::sqlite) return;
  for (const Node& node : input.binding.tree.nodes()) {
    const std::string op = operator_of(node);
    if (op != "-" && op != "+") continue;
    const Type left = input.binding.type(node.at(Key::lexpr));
    const Type right = input.binding.type(node.at(Key::rexpr));
    if (!is_instant(left) || !(is_instant(right) || is_number(right))) continue;
    input.say(
        "lint.date_arithmetic",
        "SQLite keeps dates as text, and counts with their years alone; write julianday(a) - julianday(b), "
        "or date(a, '-7 days')",
        node);
  }
}

// A table that grows, summed up over all time. No mistake by itself, but the number only ever rises.
void no_time_window(const LintInput& input) {
  if (input.binding.queries.empty()) return;
  for (const Use& use : input.binding.uses) {
    if (use.column != nullptr && is_instant(use.column->type)) return;
  }
  const Query& outermost = input.binding.queries.front();
  if (!outermost.aggregates) return;
  for (const Source* source : outermost.sources) {
    if (source->table == nullptr || source->table->time_columns.empty()) continue;
    input.say("lint.no_time_window",
              fmt::format("counts all of {} since it began; bound it by {}", source->table->name,
                          source->table->time_columns.front()),
              *source->node);
    return;
  }
}

bool is_moment(const Binding& binding, const Node& key) {
  if (is_instant(binding.type(&key))) return true;
  const std::string name = called(key);
  return name == "date_trunc" || name == "to_char" || name == "date_part" || name == "extract" ||
         name == "strftime";
}

void unordered_series(const LintInput& input) {
  if (input.binding.queries.empty()) return;
  const Query& outermost = input.binding.queries.front();
  const Node* keys = outermost.select->at(Key::groupClause);
  if (keys == nullptr || outermost.select->at(Key::sortClause) != nullptr) return;
  for (const Node& key : Members(keys)) {
    const Node* meant = &key;
    const Node* fields = key.at(Key::fields);
    const Node* number = key.tag == Tag::A_Const ? key.at(Key::ival) : nullptr;
    std::int64_t ordinal = number_at(number, Key::ival);
    for (const Node& target : Members(outermost.select->at(Key::targetList))) {
      const bool by_name = fields != nullptr && input.binding.use(key).column == nullptr &&
                           text_at(&target, Key::name) == string_of(fields->last);
      if ((number != nullptr && --ordinal == 0) || by_name) meant = target.at(Key::val);
    }
    if (meant == nullptr || !is_moment(input.binding, *meant)) continue;
    input.say("lint.unordered_series", "a series over time without ORDER BY comes in any order", key);
    return;
  }
}

}  // namespace

std::vector<Lint> time_lints() {
  return {compared_with_a_day, text_arithmetic, no_time_window, unordered_series};
}

}  // namespace kpi::sql
