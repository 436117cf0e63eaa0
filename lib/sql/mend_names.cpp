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

bool stands_in_where(const Node& node) {
  for (const Node* above = &node; above != nullptr && above->tag != Tag::SelectStmt; above = above->parent) {
    if (above->key == Key::whereClause) return true;
  }
  return false;
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
      // A condition on an aggregate has no place in WHERE, whatever its name.
      if (stands_in_where(node) && meant->at(Key::val) != nullptr && holds_aggregate(*meant->at(Key::val)))
        continue;
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

// What an item of GROUP BY stands for: itself, or the expression of the output column it names.
const Node* grouped_expression(const Binding& binding, const Node& select, const Node& key) {
  const Node* number = key.tag == Tag::A_Const ? key.at(Key::ival) : nullptr;
  std::int64_t ordinal = number_at(number, Key::ival);
  const bool unbound = key.tag == Tag::ColumnRef && binding.use(key).column == nullptr;
  const Node* fields = unbound ? key.at(Key::fields) : nullptr;
  for (const Node& target : Members(select.at(Key::targetList))) {
    if (number != nullptr && --ordinal == 0) return target.at(Key::val);
    if (size_of(fields) == 1 && text_at(&target, Key::name) == string_of(fields->first))
      return target.at(Key::val);
  }
  return &key;
}

// True if the column that `wanted` means is grouped by.
bool is_grouped(const Binding& binding, const Node& select, const Use& wanted) {
  for (const Node& key : Members(select.at(Key::groupClause))) {
    const Node* meant = grouped_expression(binding, select, key);
    if (meant != nullptr && meant->tag == Tag::ColumnRef && wanted.column != nullptr &&
        binding.use(*meant).column == wanted.column)
      return true;
  }
  return false;
}

// The equalities of two columns that every row of the SELECT fulfils, or lacks the other table.
std::vector<std::pair<Use, Use>> equalities(const Binding& binding, const Node& select) {
  std::vector<const Node*> parts = conjuncts(select.at(Key::whereClause));
  walk(select, [&](const Node& node) {
    if (node.tag == Tag::JoinExpr) {
      for (const Node* part : conjuncts(node.at(Key::quals))) parts.push_back(part);
    }
    return &node == &select || node.tag != Tag::SelectStmt;
  });
  std::vector<std::pair<Use, Use>> found;
  for (const Node* part : parts) {
    const Node* left = part->at(Key::lexpr);
    const Node* right = part->at(Key::rexpr);
    if (operator_of(*part) != "=" || left == nullptr || right == nullptr || left->tag != Tag::ColumnRef ||
        right->tag != Tag::ColumnRef)
      continue;
    found.emplace_back(binding.use(*left), binding.use(*right));
    found.emplace_back(binding.use(*right), binding.use(*left));
  }
  return found;
}

// True if all rows of one group hold one value of the column: its table has one row, or its whole primary key
// is grouped by or joined to what is, or the column itself equals what is grouped by.
bool depends_on_group(const Binding& binding, const Node& select, const Use& meaning) {
  if (meaning.source == nullptr) return false;
  if (meaning.source->query != nullptr && meaning.source->query->single_row) return true;
  const auto pairs = equalities(binding, select);
  const auto fixed = [&](const auto& is_wanted) {
    return std::any_of(pairs.begin(), pairs.end(), [&](const std::pair<Use, Use>& pair) {
      return is_wanted(pair.first) && pair.second.source != meaning.source &&
             is_grouped(binding, select, pair.second);
    });
  };
  // A key that an outer join may lack stands for many rows as a null.
  const bool kept = std::none_of(binding.sources.begin(), binding.sources.end(),
                                 [](const Source& source) { return source.optional; });
  if (kept && fixed([&](const Use& use) { return use.column == meaning.column && use.column != nullptr; }))
    return true;
  const model::Table* table = meaning.source->table;
  if (table == nullptr || table->primary_key.empty()) return false;
  return std::all_of(table->primary_key.begin(), table->primary_key.end(), [&](const std::string& part) {
    const auto of_key = [&](const Use& use) {
      return use.source == meaning.source && use.column != nullptr && use.column->name == part;
    };
    return fixed(of_key);
  });
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
  return {{"letter_case", MendFor::postgres, letter_case},
          {"output_name", MendFor::postgres, output_name},
          {"group_by", MendFor::postgres, group_by},
          {"double_quotes", MendFor::postgres, double_quotes}};
}

}  // namespace kpi::sql
