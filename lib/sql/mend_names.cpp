#include "mend.hpp"
#include "quote.hpp"
#include "walk.hpp"

#include <kpi/base/text.hpp>

#include <algorithm>
#include <set>

// Names that PostgreSQL does not find where the writer meant them.
namespace kpi::sql {
namespace {

std::string quoted_name(std::string_view name) { return quote(name, '\"'); }

// The expression of an item of a SELECT list, without its AS: tokens [first, last).
std::optional<std::pair<std::size_t, std::size_t>> target_span(const Draft& draft, const Node& target) {
  const std::size_t first = draft.token_at(target.location);
  std::size_t depth = 0;
  std::size_t last = first;
  for (; last < draft.size(); ++last) {
    if (draft.mark(last, "(") || draft.mark(last, "[")) ++depth;
    if (draft.mark(last, ")") || draft.mark(last, "]")) {
      if (depth == 0) break;
      --depth;
    }
    if (depth == 0 && (draft.mark(last, ",") || draft.is(last, "from") || draft.mark(last, ";"))) break;
  }
  if (text_at(&target, Key::name).empty() || last < first + 2) return std::nullopt;
  --last;
  if (draft.is(last - 1, "as")) --last;
  if (last <= first) return std::nullopt;
  return std::pair(first, last);
}

// "createdAt" written bare reads createdat, which is no column.
std::vector<Edit> letter_case(const Draft& draft) {
  const Binding* binding = draft.binding();
  if (binding == nullptr) return {};
  std::vector<Edit> edits;
  for (const Node& node : binding->tree.nodes()) {
    if (node.tag == Tag::RangeVar) {
      const std::string_view name = text_at(&node, Key::relname);
      const model::Table* like = nullptr;
      bool exact = false;
      for (const auto& table : draft.schema()->tables) {
        exact = exact || table.name == name;
        if (lower(table.name) == lower(name)) like = like == nullptr ? &table : nullptr;
      }
      if (exact || like == nullptr) continue;
      std::size_t i = draft.token_at(node.location);
      while (draft.mark(i + 1, ".")) i += 2;
      if (i < draft.size() && like->name != name)
        edits.push_back(draft.replace(i, i + 1, quoted_name(like->name)));
      continue;
    }
    if (node.tag != Tag::ColumnRef || node.location < 0 || binding->use(node).column != nullptr) continue;
    const Node* fields = node.at(Key::fields);
    if (fields == nullptr || fields->last == nullptr || fields->last->tag != Tag::String) continue;
    const std::string_view name = string_of(fields->last);
    const bool unknown =
        std::any_of(binding->findings.begin(), binding->findings.end(), [&](const model::Finding& found) {
          return found.code == "schema.unknown_column" && found.position == node.location;
        });
    if (!unknown) continue;
    std::set<std::string> likes;
    for (const Source& source : binding->sources) {
      for (const Column& column : source.columns) {
        if (column.name != name && lower(column.name) == lower(name)) likes.emplace(column.name);
      }
    }
    if (likes.size() != 1) continue;
    std::size_t i = draft.token_at(node.location);
    while (draft.mark(i + 1, ".")) i += 2;
    const bool plain = lower(*likes.begin()) == *likes.begin();
    if (i < draft.size())
      edits.push_back(draft.replace(i, i + 1, plain ? *likes.begin() : quoted_name(*likes.begin())));
  }
  return edits;
}

// An output name in a window, in HAVING, in WHERE or inside an expression: its expression is put there.
std::vector<Edit> output_name(const Draft& draft) {
  const Binding* binding = draft.binding();
  if (binding == nullptr) return {};
  for (const auto& found : binding->findings) {
    if (found.code != "schema.unknown_column" || !found.position) continue;
    for (const Node& node : binding->tree.nodes()) {
      if (node.tag != Tag::ColumnRef || node.location != *found.position ||
          size_of(node.at(Key::fields)) != 1)
        continue;
      const Node* select = select_above(&node);
      const std::string_view name = string_of(node.at(Key::fields)->first);
      const Node* meant = nullptr;
      for (const Node& target : Members(at(select, Key::targetList))) {
        if (text_at(&target, Key::name) == name) meant = meant == nullptr ? &target : nullptr;
      }
      const std::size_t i = draft.token_at(node.location);
      if (meant == nullptr || i == draft.size()) continue;
      const auto span = target_span(draft, *meant);
      if (!span || (i >= span->first && i < span->second)) continue;
      return {draft.replace(i, i + 1, draft.bracketed(span->first, span->second))};
    }
  }
  return {};
}

// Where a clause of the SELECT that holds token `inside` begins: at its own depth.
std::size_t end_of_group(const Draft& draft, std::size_t group) {
  std::size_t depth = 0;
  std::size_t i = group + 2;
  for (; i < draft.size(); ++i) {
    if (draft.mark(i, "(")) ++depth;
    if (draft.mark(i, ")") && depth-- == 0) break;
    if (depth != 0) continue;
    if (draft.is(i, "having") || draft.is(i, "order") || draft.is(i, "limit") || draft.is(i, "window") ||
        draft.is(i, "union") || draft.is(i, "intersect") || draft.is(i, "except") || draft.is(i, "offset") ||
        draft.is(i, "fetch") || draft.mark(i, ";")) {
      break;
    }
  }
  return i;
}

std::optional<std::size_t> group_token(const Draft& draft, const Node& select) {
  const Node* first = first_of(select.at(Key::groupClause));
  if (first == nullptr || first->location < 0) return std::nullopt;
  for (std::size_t i = draft.token_at(first->location); i > 0 && i < draft.size(); --i) {
    if (draft.is(i, "by") && draft.is(i - 1, "group")) return i - 1;
  }
  return std::nullopt;
}

// True if all rows of one group hold one value of the column: its table has one row, or is joined by its
// whole primary key to something that is grouped by.
bool depends_on_group(const Binding& binding, const Node& select, const Use& meaning) {
  if (meaning.source == nullptr) return false;
  if (meaning.source->query != nullptr && meaning.source->query->single_row) return true;
  const model::Table* table = meaning.source->table;
  if (table == nullptr || table->primary_key.size() != 1) return false;
  const auto grouped = [&](const Node& column) {
    const Use& use = binding.use(column);
    for (const Node& key : Members(select.at(Key::groupClause))) {
      if (key.tag == Tag::ColumnRef && use.column != nullptr && binding.use(key).column == use.column)
        return true;
    }
    return false;
  };
  for (const Node& node : binding.tree.nodes()) {
    if (node.tag != Tag::A_Expr || text_at(&node, Key::kind) != "AEXPR_OP" ||
        dotted_name(node.at(Key::name)) != "=")
      continue;
    const Node* left = node.at(Key::lexpr);
    const Node* right = node.at(Key::rexpr);
    if (left == nullptr || right == nullptr || left->tag != Tag::ColumnRef || right->tag != Tag::ColumnRef)
      continue;
    if (node.parent == nullptr || node.key != Key::quals) continue;
    for (const auto& [one, other] : {std::pair(left, right), std::pair(right, left)}) {
      const Use& use = binding.use(*one);
      if (use.source == meaning.source && use.column != nullptr &&
          use.column->name == table->primary_key.front() && grouped(*other)) {
        return true;
      }
    }
  }
  return false;
}

std::vector<Edit> group_by(const Draft& draft) {
  const Binding* binding = draft.binding();
  if (binding == nullptr) return {};
  for (const auto& found : binding->findings) {
    if (found.code != "lint.missing_group_by" || !found.position) continue;
    for (const Node& node : binding->tree.nodes()) {
      if (node.tag != Tag::ColumnRef || node.location != *found.position) continue;
      const Node* select = select_above(&node);
      const Use& meaning = binding->use(node);
      if (select == nullptr || !depends_on_group(*binding, *select, meaning)) continue;
      std::size_t first = draft.token_at(node.location);
      if (first == draft.size()) continue;
      std::size_t last = first + 1;
      while (draft.mark(last, ".")) last += 2;
      const auto group = group_token(draft, *select);
      if (!group) return {draft.replace(first, last, std::string("MAX(") + draft.span(first, last) + ")")};
      const std::size_t end = end_of_group(draft, *group);
      const std::size_t at = draft.tokens()[end - 1].end;
      return {{at, at, std::string(", ") + draft.span(first, last)}};
    }
  }
  return {};
}

// status = "done": a name in PostgreSQL, and no column is called so.
std::vector<Edit> double_quotes(const Draft& draft) {
  const Binding* binding = draft.binding();
  if (binding == nullptr) return {};
  std::vector<Edit> edits;
  for (const auto& found : binding->findings) {
    if (found.code != "schema.unknown_column" || !found.position) continue;
    const std::size_t i = draft.token_at(*found.position);
    if (draft.kind(i) != TokenKind::quoted || i == 0 || draft.mark(i + 1, ".")) continue;
    const bool compared =
        draft.mark(i - 1, "=") || draft.mark(i - 1, "<>") || draft.mark(i - 1, "!=") ||
        draft.is(i - 1, "like") ||
        ((draft.mark(i - 1, "(") || draft.mark(i - 1, ",")) && draft.kind(i + 1) == TokenKind::punctuation);
    if (!compared) continue;
    const std::string_view word = draft.word(i);
    edits.push_back(draft.replace(i, i + 1, quote(word.substr(1, word.size() - 2), '\'')));
  }
  return edits;
}

}  // namespace

std::vector<MendRule> name_rules() {
  return {{"letter_case", true, false, letter_case},
          {"output_name", true, false, output_name},
          {"group_by", true, false, group_by},
          {"double_quotes", true, false, double_quotes}};
}

}  // namespace kpi::sql
