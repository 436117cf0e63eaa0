#include "mend.hpp"
#include "walk.hpp"

#include <algorithm>
#include <optional>
#include <utility>

// A condition on an aggregate stands in HAVING and not in WHERE.
namespace kpi::sql {
namespace {

/// Tokens [first, last).
struct Span {
  std::size_t first = 0;
  std::size_t last = 0;
};

bool ends_clause(const Draft& draft, std::size_t i) {
  for (const std::string_view word :
       {"group", "having", "window", "order", "limit", "offset", "fetch", "union", "intersect", "except"}) {
    if (draft.is(i, word)) return true;
  }
  return draft.mark(i, ";");
}

// From `first` to the next clause of the same SELECT.
std::size_t clause_end(const Draft& draft, std::size_t first) {
  std::size_t depth = 0;
  std::size_t i = first;
  for (; i < draft.size(); ++i) {
    if (draft.mark(i, "(")) ++depth;
    if (draft.mark(i, ")") && depth-- == 0) break;
    if (depth == 0 && ends_clause(draft, i)) break;
  }
  return i;
}

// The parts of a condition between its ANDs; none where something else than AND joins them.
std::optional<std::vector<Span>> parts_of(const Draft& draft, Span where) {
  std::vector<Span> parts;
  std::size_t depth = 0;
  std::size_t first = where.first;
  bool between = false;
  for (std::size_t i = where.first; i < where.last; ++i) {
    if (draft.mark(i, "(") || draft.is(i, "case")) ++depth;
    if (draft.mark(i, ")") || draft.is(i, "end")) --depth;
    if (depth != 0) continue;
    if (draft.is(i, "or")) return std::nullopt;
    if (draft.is(i, "between")) between = true;
    if (!draft.is(i, "and") || std::exchange(between, false)) continue;
    parts.push_back({first, i});
    first = i + 1;
  }
  parts.push_back({first, where.last});
  return parts;
}

// The WHERE that the token at `inside` stands in.
std::optional<std::size_t> where_of(const Draft& draft, std::size_t inside) {
  std::size_t depth = 0;
  for (std::size_t i = inside; i-- > 0;) {
    if (draft.mark(i, ")")) ++depth;
    if (draft.mark(i, "(") && depth > 0) {
      --depth;
    } else if (depth == 0 && draft.is(i, "where")) {
      return i;
    } else if (depth == 0 && draft.is(i, "select")) {
      return std::nullopt;
    }
  }
  return std::nullopt;
}

bool is_aggregated(const Node& node, const Node& select) {
  if (node.tag == Tag::FuncCall) return is_aggregation(node);
  const Node* fields = node.tag == Tag::ColumnRef ? node.at(Key::fields) : nullptr;
  if (size_of(fields) != 1) return false;
  for (const Node& target : Members(select.at(Key::targetList))) {
    if (text_at(&target, Key::name) == string_of(fields->first) && target.at(Key::val) != nullptr)
      return holds_aggregate(*target.at(Key::val));
  }
  return false;
}

// The aggregates in WHERE, by name or by that of an output column.
std::vector<const Node*> misplaced(const Binding& binding, const Query& query) {
  std::vector<const Node*> found;
  const Node& select = *query.select;
  const Node* where = select.at(Key::whereClause);
  if (where == nullptr) return found;
  // A table that is not known may have a column of that name, which comes first.
  const bool open = std::any_of(query.sources.begin(), query.sources.end(),
                                [](const Source* source) { return source->open; });
  walk(*where, [&](const Node& node) {
    const bool column = node.tag == Tag::ColumnRef && (open || binding.use(node).column != nullptr);
    if (!column && is_aggregated(node, select)) found.push_back(&node);
    return node.tag != Tag::SelectStmt;
  });
  return found;
}

std::string joined(const Draft& draft, const std::vector<Span>& parts) {
  std::string text;
  for (const Span& part : parts) text += (text.empty() ? "" : " AND ") + draft.span(part.first, part.last);
  return text;
}

std::vector<Edit> moved(const Draft& draft, const std::vector<const Node*>& aggregates) {
  const auto where = where_of(draft, draft.token_at(aggregates.front()->location));
  if (!where) return {};
  const Span condition{*where + 1, clause_end(draft, *where + 1)};
  const auto parts = parts_of(draft, condition);
  if (!parts) return {};
  std::vector<Span> stays;
  std::vector<Span> goes;
  for (const Span& part : *parts) {
    bool aggregated = false;
    for (const Node* node : aggregates) {
      const std::size_t at = draft.token_at(node->location);
      aggregated = aggregated || (at >= part.first && at < part.last);
    }
    (aggregated ? goes : stays).push_back(part);
  }
  if (goes.empty()) return {};
  std::size_t end = condition.last;
  if (draft.is(end, "group")) end = clause_end(draft, end + 1);
  const bool having = draft.is(end, "having");
  std::vector<Edit> edits;
  edits.push_back(stays.empty() ? Edit{draft.tokens()[*where].begin,
                                       condition.last < draft.size() ? draft.tokens()[condition.last].begin
                                                                     : draft.text().size(),
                                       ""}
                                : draft.replace(condition.first, condition.last, joined(draft, stays)));
  if (having) {
    edits.push_back({draft.tokens()[end].end, draft.tokens()[end].end, " " + joined(draft, goes) + " AND"});
  } else {
    const std::size_t at = end < draft.size() ? draft.tokens()[end].begin : draft.text().size();
    edits.push_back({at, at,
                     (at == draft.text().size() ? " HAVING " : "HAVING ") + joined(draft, goes) +
                         (at == draft.text().size() ? "" : " ")});
  }
  return edits;
}

std::vector<Edit> where_to_having(const Draft& draft) {
  const Binding* binding = draft.binding();
  if (binding == nullptr) return {};
  for (const Query& query : binding->queries) {
    const auto aggregates = misplaced(*binding, query);
    if (aggregates.empty()) continue;
    if (auto edits = moved(draft, aggregates); !edits.empty()) return edits;
  }
  return {};
}

}  // namespace

std::vector<MendRule> having_rules() { return {{"where_to_having", MendFor::both, where_to_having}}; }

}  // namespace kpi::sql
