#include "mend.hpp"
#include "quote.hpp"

#include <kpi/base/text.hpp>

#include <fmt/format.h>

#include <algorithm>

// Metabase shows a key inside a JSON column as a field of its own, called "parent → child". Models take it
// for a column.
namespace kpi::sql {
namespace {

constexpr std::string_view arrow = "\xE2\x86\x92";  // U+2192

std::string literal(std::string_view text) { return quote(text, '\''); }

std::string name(std::string_view column) {
  const bool plain = std::all_of(column.begin(), column.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
  });
  return plain ? std::string(column) : quote(column, '\"');
}

// The tables that the text names at all; few, so that a field of another table is not taken.
std::vector<const model::Table*> tables_named(const Draft& draft) {
  std::vector<const model::Table*> tables;
  if (draft.schema() == nullptr) return tables;
  for (const auto& table : draft.schema()->tables) {
    for (std::size_t i = 0; i < draft.size(); ++i) {
      const std::string_view word = draft.word(i);
      const bool same = (draft.kind(i) == TokenKind::word && lower(word) == lower(table.name)) ||
                        (draft.kind(i) == TokenKind::quoted && word.size() > 2 &&
                         word.substr(1, word.size() - 2) == table.name);
      if (!same) continue;
      tables.push_back(&table);
      break;
    }
  }
  return tables;
}

const model::Field* field_of(const Draft& draft, const std::vector<std::string>& path) {
  for (const model::Table* table : tables_named(draft)) {
    for (const auto& field : table->fields) {
      if (field.path.size() != path.size() || path.empty()) continue;
      if (std::equal(path.begin(), path.end(), field.path.begin(),
                     [](const std::string& a, const std::string& b) { return lower(a) == lower(b); })) {
        return &field;
      }
    }
  }
  return nullptr;
}

std::string_view cast_of(const model::Field& field) {
  if (model::is_number(field)) return "::numeric";
  if (model::is_boolean(field)) return "::boolean";
  if (model::is_temporal(field)) return model::is_date_only(field) ? "::date" : "::timestamptz";
  return "";
}

// True where the value is only counted or looked for: any type will do, and a cast could fail on odd rows.
bool type_is_free(const Draft& draft, std::size_t first, std::size_t last) {
  if (draft.is(last, "is")) return true;
  std::size_t before = first;
  if (before > 0 && draft.is(before - 1, "distinct")) --before;
  return before > 1 && draft.mark(before - 1, "(") && draft.is(before - 2, "count") && draft.mark(last, ")");
}

std::string extraction(const Draft& draft, const model::Field& field, std::size_t first, std::size_t last) {
  std::string text(1, '(');
  text += name(field.path.front());
  for (std::size_t i = 1; i < field.path.size(); ++i) {
    text += i + 1 == field.path.size() ? " ->> " : " -> ";
    text += literal(field.path[i]);
  }
  text += ')';
  if (!type_is_free(draft, first, last)) text += cast_of(field);
  return text;
}

// parent → child and parent -> child, unquoted, to any depth; the qualifier before it stays.
std::vector<Edit> unquoted(const Draft& draft) {
  std::vector<Edit> edits;
  const auto is_arrow = [&](std::size_t i) {
    return draft.word(i) == arrow ||
           ((draft.mark(i, "->") || draft.mark(i, "->>")) && draft.kind(i + 1) == TokenKind::word);
  };
  for (std::size_t i = 0; i + 2 < draft.size(); ++i) {
    if (draft.kind(i) != TokenKind::word || !is_arrow(i + 1) || draft.word(i) == arrow) continue;
    std::vector<std::string> path{std::string(draft.word(i))};
    std::size_t last = i + 1;
    while (is_arrow(last) && draft.kind(last + 1) == TokenKind::word) {
      path.emplace_back(draft.word(last + 1));
      last += 2;
    }
    const std::size_t first = i;
    i = last - 1;
    const model::Field* field = field_of(draft, path);
    if (field == nullptr) continue;
    std::size_t qualifier = first;
    if (first > 1 && draft.mark(first - 1, ".")) qualifier = first - 2;
    std::string text = extraction(draft, *field, qualifier, last);
    if (qualifier != first) text.insert(1, draft.span(qualifier, first));
    edits.push_back(draft.replace(qualifier, last, std::move(text)));
  }
  return edits;
}

// "parent → child", quoted, and parent→child written in one.
std::vector<Edit> quoted(const Draft& draft) {
  std::vector<Edit> edits;
  for (std::size_t i = 0; i < draft.size(); ++i) {
    std::string_view word = draft.word(i);
    const bool in_quotes = draft.kind(i) == TokenKind::quoted && word.size() > 2;
    if (in_quotes) word = word.substr(1, word.size() - 2);
    if (!in_quotes && draft.kind(i) != TokenKind::word) continue;
    std::string plain = replace_all(replace_all(word, arrow, "\x1f"), "->", "\x1f");
    if (plain.find('\x1f') == std::string::npos || plain == "\x1f") continue;
    std::vector<std::string> path;
    for (const std::string& part : split(plain, '\x1f')) path.emplace_back(trim(part));
    const model::Field* field = field_of(draft, path);
    if (field == nullptr) continue;
    const std::size_t qualifier = i > 1 && draft.mark(i - 1, ".") ? i - 2 : i;
    std::string text = extraction(draft, *field, qualifier, i + 1);
    if (qualifier != i) text.insert(1, draft.span(qualifier, i));
    edits.push_back(draft.replace(qualifier, i + 1, std::move(text)));
  }
  return edits;
}

// column ->> 'key' is text; where a number is needed and the field is known to be one, it is cast.
std::vector<Edit> json_text(const Draft& draft) {
  std::vector<Edit> edits;
  for (std::size_t i = 0; i + 2 < draft.size(); ++i) {
    if (draft.kind(i) != TokenKind::word || !(draft.mark(i + 1, "->") || draft.mark(i + 1, "->>"))) continue;
    std::vector<std::string> path{std::string(draft.word(i))};
    std::size_t last = i + 1;
    bool text = false;
    while (!text && (draft.mark(last, "->") || draft.mark(last, "->>")) &&
           draft.kind(last + 1) == TokenKind::text) {
      text = draft.mark(last, "->>");
      const std::string_view key = draft.word(last + 1);
      if (key.size() < 2 || key.front() != '\'') return {};
      path.push_back(replace_all(key.substr(1, key.size() - 2), "''", "'"));
      last += 2;
    }
    const std::size_t first = i > 1 && draft.mark(i - 1, ".") ? i - 2 : i;
    i = last - 1;
    const model::Field* field = text ? field_of(draft, path) : nullptr;
    if (field == nullptr || cast_of(*field) != "::numeric") continue;
    static constexpr std::array<std::string_view, 7> folds{"sum",   "avg", "stddev",         "variance",
                                                           "round", "abs", "percentile_cont"};
    const auto folds_numbers = [&](std::size_t at) {
      return std::any_of(folds.begin(), folds.end(),
                         [&](std::string_view fold) { return draft.is(at, fold); });
    };
    const bool summed = first > 1 && draft.mark(first - 1, "(") && folds_numbers(first - 2) &&
                        (draft.mark(last, ")") || draft.mark(last, ","));
    const bool compared = draft.kind(last) == TokenKind::op && draft.kind(last + 1) == TokenKind::number &&
                          !draft.mark(last, "->");
    if (summed || compared)
      edits.push_back(draft.replace(first, last, fmt::format("({})::numeric", draft.span(first, last))));
  }
  return edits;
}

}  // namespace

std::vector<MendRule> json_rules() {
  return {{"json_path", MendFor::postgres, quoted},
          {"json_path", MendFor::postgres, unquoted},
          {"json_number", MendFor::postgres, json_text}};
}

}  // namespace kpi::sql
