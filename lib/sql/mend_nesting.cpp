#include "mend.hpp"
#include "walk.hpp"

#include <kpi/base/text.hpp>

#include <algorithm>
#include <optional>
#include <set>

// AVG(COUNT(*)): an aggregate of what only a subquery can give. With GROUP BY the inner one folds each group
// and the outer one folds the groups, as Oracle reads it; of a window function, each row has its value.
namespace kpi::sql {
namespace {

enum class Inner : std::uint8_t { none, aggregate, window };

Inner inner_of(const Node& call) {
  Inner inner = Inner::none;
  const Node* arguments = call.at(Key::args);
  if (arguments == nullptr) return inner;
  walk(*arguments, [&](const Node& node) {
    if (node.tag == Tag::FuncCall) {
      if (node.at(Key::over) != nullptr) {
        inner = Inner::window;
      } else if (is_aggregation(node) && inner == Inner::none) {
        inner = Inner::aggregate;
      }
    }
    return node.tag != Tag::SelectStmt;
  });
  return inner;
}

bool is_nested(const Node& node) {
  return is_aggregation(node) && inner_of(node) != Inner::none && size_of(node.at(Key::args)) == 1 &&
         node.at(Key::agg_filter) == nullptr && node.at(Key::agg_order) == nullptr;
}

/// An output column of the SELECT that is taken apart.
struct Output {
  const Node* target = nullptr;
  const Node* key = nullptr;        ///< its expression, where it is one that is grouped by
  std::vector<const Node*> nested;  ///< aggregates of aggregates in it
};

/// The tokens of a SELECT: [select, from), [from, tail) and [tail, end), where the tail is ORDER BY and
/// LIMIT.
struct Clauses {
  std::size_t select = 0;
  std::size_t from = 0;
  std::size_t tail = 0;
  std::size_t end = 0;
};

std::optional<Clauses> clauses_around(const Draft& draft, std::size_t inside) {
  Clauses found;
  std::size_t depth = 0;
  found.select = draft.size();
  for (std::size_t i = inside; i-- > 0;) {
    if (draft.mark(i, ")")) ++depth;
    if (draft.mark(i, "(") && depth > 0) {
      --depth;
    } else if (depth == 0 && draft.is(i, "select")) {
      found.select = i;
      break;
    }
  }
  if (found.select == draft.size()) return std::nullopt;
  found.from = found.tail = found.end = draft.size();
  depth = 0;
  for (std::size_t i = found.select + 1; i < draft.size(); ++i) {
    if (draft.mark(i, "(")) ++depth;
    if (draft.mark(i, ")") && depth-- == 0) {
      found.end = i;
      break;
    }
    if (depth != 0) continue;
    if (draft.mark(i, ";") || draft.is(i, "union") || draft.is(i, "intersect") || draft.is(i, "except")) {
      found.end = i;
      break;
    }
    if (draft.is(i, "from") && found.from == draft.size()) found.from = i;
    const bool tail =
        draft.is(i, "order") || draft.is(i, "limit") || draft.is(i, "offset") || draft.is(i, "fetch");
    if (tail && found.from < i && found.tail == draft.size()) found.tail = i;
  }
  found.tail = std::min(found.tail, found.end);
  if (found.from >= found.tail) return std::nullopt;
  return found;
}

// The expression that an item of GROUP BY stands for: itself, or that of the output column it names.
const Node* meant_by(const Node& item, const Node& targets) {
  const Node* number = item.tag == Tag::A_Const ? item.at(Key::ival) : nullptr;
  std::int64_t ordinal = number_at(number, Key::ival);
  const Node* fields = item.tag == Tag::ColumnRef ? item.at(Key::fields) : nullptr;
  for (const Node& target : Members(&targets)) {
    if (number != nullptr && --ordinal == 0) return target.at(Key::val);
    if (size_of(fields) == 1 && !text_at(&target, Key::name).empty() &&
        text_at(&target, Key::name) == string_of(fields->first))
      return target.at(Key::val);
  }
  return &item;
}

/// The output columns, each either grouped by or made of nested aggregates alone; none where any is neither.
std::optional<std::vector<Output>> outputs_of(const Node& select, const Binding& binding, Inner kind) {
  const Node* targets = select.at(Key::targetList);
  if (targets == nullptr) return std::nullopt;
  std::vector<Output> outputs;
  for (const Node& target : Members(targets)) {
    const Node* value = target.at(Key::val);
    if (value == nullptr) return std::nullopt;
    Output output{&target, nullptr, {}};
    for (const Node& item : Members(select.at(Key::groupClause))) {
      const Node* meant = meant_by(item, *targets);
      if (meant != nullptr && same_expression(*meant, *value, binding)) output.key = value;
    }
    bool sound = true;
    if (output.key == nullptr) {
      walk(*value, [&](const Node& node) {
        if (is_nested(node)) {
          sound = sound && inner_of(node) == kind;
          output.nested.push_back(&node);
          return false;
        }
        sound = sound && node.tag != Tag::ColumnRef && node.tag != Tag::SubLink && node.tag != Tag::A_Star &&
                !is_aggregation(node) && node.at(Key::over) == nullptr;
        return sound;
      });
      sound = sound && !output.nested.empty();
    }
    if (!sound) return std::nullopt;
    outputs.push_back(std::move(output));
  }
  return outputs;
}

// ORDER BY that speaks of output columns only.
bool sorts_outputs(const Node& select) {
  for (const Node& item : Members(select.at(Key::sortClause))) {
    const Node* sorted = item.at(Key::node);
    if (sorted == nullptr) return false;
    if (sorted->tag == Tag::A_Const) continue;
    const Node* fields = sorted->tag == Tag::ColumnRef ? sorted->at(Key::fields) : nullptr;
    bool output = false;
    for (const Node& target : Members(select.at(Key::targetList))) {
      output = output || (size_of(fields) == 1 && text_at(&target, Key::name) == string_of(fields->first));
    }
    if (!output) return false;
  }
  return true;
}

bool keeps_a_row(const Node& select) {
  const Node* limit = select.at(Key::limitCount);
  if (select.at(Key::limitOffset) != nullptr) return false;
  return limit == nullptr || number_at(limit->at(Key::ival), Key::ival) > 0;
}

/// The new text of the SELECT; none where some piece cannot be found in the text.
std::optional<std::string> taken_apart(const Draft& draft, const std::vector<Output>& outputs,
                                       const Clauses& clauses, bool by_key) {
  std::vector<Edit> edits;
  std::string inner;
  std::string extra;
  std::string keys;
  std::size_t count = 0;
  const std::size_t base = draft.tokens()[clauses.select].begin;
  const auto add = [](std::string& list, const std::string& item) {
    list += (list.empty() ? "" : ", ") + item;
  };
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    const Output& output = outputs[i];
    if (output.key != nullptr) {
      // An item of a SELECT list ends where the next begins; its AS is taken over.
      const std::size_t first = draft.token_at(output.target->location);
      std::size_t last =
          i + 1 < outputs.size() ? draft.token_at(outputs[i + 1].target->location) : clauses.from;
      if (first >= last || last > clauses.from) return std::nullopt;
      if (i + 1 < outputs.size()) --last;
      const std::string name(text_at(output.target, Key::name));
      const bool plain = !name.empty() && std::all_of(name.begin(), name.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
      });
      const std::string own = plain ? name : "key_" + std::to_string(i + 1);
      std::string expression = draft.span(first, last);
      std::size_t end = last;
      if (!name.empty()) {
        --end;
        if (draft.is(end - 1, "as")) --end;
        expression = draft.span(first, end);
      }
      add(inner, expression + " AS " + own);
      add(keys, "per_group." + own);
      edits.push_back(
          {draft.tokens()[first].begin - base, draft.tokens()[end - 1].end - base, "per_group." + own});
      continue;
    }
    for (std::size_t k = 0; k < output.nested.size(); ++k) {
      const auto call = draft.call(draft.token_at(output.nested[k]->location));
      if (!call || call->arguments.size() != 1) return std::nullopt;
      auto [first, last] = call->arguments[0];
      if (draft.is(first, "distinct")) ++first;
      const std::string own = count == 0 ? "value" : "value_" + std::to_string(count + 1);
      ++count;
      add(k == 0 ? inner : extra, draft.span(first, last) + " AS " + own);
      edits.push_back(
          {draft.tokens()[first].begin - base, draft.tokens()[last - 1].end - base, "per_group." + own});
    }
  }
  if (!extra.empty()) add(inner, extra);
  const std::string head = draft.span(clauses.select, clauses.from);
  std::string text = apply_edits(head, edits) + " FROM (SELECT " + inner + " " +
                     draft.span(clauses.from, clauses.tail) + ") AS per_group";
  if (by_key) {
    text += " GROUP BY " + keys;
    if (clauses.tail < clauses.end) text += " " + draft.span(clauses.tail, clauses.end);
  }
  return text;
}

std::vector<Edit> nested_aggregate(const Draft& draft) {
  const Binding* binding = draft.binding();
  if (binding == nullptr) return {};
  for (const Node& node : binding->tree.nodes()) {
    if (!is_nested(node)) continue;
    const Node* select = select_above(&node);
    if (select == nullptr || select->at(Key::fromClause) == nullptr ||
        select->at(Key::distinctClause) != nullptr || select->at(Key::windowClause) != nullptr ||
        select->at(Key::larg) != nullptr)
      continue;
    const Inner kind = inner_of(node);
    const bool grouped = select->at(Key::groupClause) != nullptr;
    if (grouped != (kind == Inner::aggregate)) continue;
    if (kind == Inner::window && select->at(Key::havingClause) != nullptr) continue;
    if (!sorts_outputs(*select) || !keeps_a_row(*select)) continue;
    const auto outputs = outputs_of(*select, *binding, kind);
    if (!outputs) continue;
    const auto keys = static_cast<std::size_t>(std::count_if(
        outputs->begin(), outputs->end(), [](const Output& one) { return one.key != nullptr; }));
    // With every key kept, the outer aggregate would fold one group each.
    if (keys > 0 && keys >= size_of(select->at(Key::groupClause))) continue;
    const auto clauses = clauses_around(draft, draft.token_at(node.location));
    if (!clauses) continue;
    auto text = taken_apart(draft, *outputs, *clauses, keys > 0);
    if (text) return {draft.replace(clauses->select, clauses->end, std::move(*text))};
  }
  return {};
}

}  // namespace

std::vector<MendRule> nesting_rules() { return {{"nested_aggregate", MendFor::both, nested_aggregate}}; }

}  // namespace kpi::sql
