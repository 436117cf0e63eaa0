#include "mend.hpp"
#include "quote.hpp"

#include <kpi/base/text.hpp>

#include <algorithm>
#include <array>

// What is written for other databases and has nothing to do with functions.
namespace kpi::sql {
namespace {

bool is_plain_name(std::string_view name) {
  const auto plain = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
  };
  return !name.empty() && !(name[0] >= '0' && name[0] <= '9') && std::all_of(name.begin(), name.end(), plain);
}

// Reserved in PostgreSQL and likely as a name of a table or column. Source: PostgreSQL 15 manual, appendix C.
bool is_reserved(std::string_view name) {
  static constexpr std::array<std::string_view, 30> words{
      "all", "and",  "any",   "array",   "as",         "asc",    "case",  "check", "column", "desc",
      "end", "from", "grant", "group",   "having",     "in",     "limit", "not",   "null",   "offset",
      "on",  "or",   "order", "primary", "references", "select", "table", "then",  "user",   "where"};
  return std::find(words.begin(), words.end(), lower(name)) != words.end();
}

std::string as_name(std::string_view name) {
  if (is_plain_name(name) && !is_reserved(name)) return std::string(name);
  return quote(name, '\"');
}

std::vector<Edit> comments(const Draft& draft) {
  std::vector<Edit> edits;
  for (const Token& comment : draft.comments()) {
    if (!comment.closed) return {};
    std::size_t begin = comment.begin;
    std::size_t end = comment.end;
    const std::string_view text = draft.text();
    const auto blank = [&](std::size_t i) {
      return text[i] == ' ' || text[i] == '\t' || text[i] == '\n' || text[i] == '\r';
    };
    while (begin > 0 && blank(begin - 1)) --begin;
    const bool between = begin > 0 && end < text.size();
    const bool blank_after = end < text.size() && blank(end);
    edits.push_back({begin, end, between && !blank_after ? " " : ""});
  }
  return edits;
}

std::vector<Edit> semicolons(const Draft& draft) {
  std::size_t last = draft.size();
  while (last > 0 && draft.mark(last - 1, ";")) --last;
  if (last == draft.size() || last == 0) return {};
  return {{draft.tokens()[last - 1].end, draft.text().size(), ""}};
}

std::vector<Edit> backticks(const Draft& draft) {
  std::vector<Edit> edits;
  for (std::size_t i = 0; i < draft.size(); ++i) {
    if (draft.kind(i) != TokenKind::backtick) continue;
    const std::string_view quoted = draft.word(i);
    if (quoted.size() < 3 || !draft.tokens()[i].closed) return {};
    edits.push_back(draft.replace(i, i + 1, as_name(quoted.substr(1, quoted.size() - 2))));
  }
  return edits;
}

// [name], where no subscript can stand.
std::vector<Edit> brackets(const Draft& draft) {
  std::vector<Edit> edits;
  for (std::size_t i = 0; i + 2 < draft.size(); ++i) {
    if (!draft.mark(i, "[") || draft.kind(i + 1) != TokenKind::word || !draft.mark(i + 2, "]")) continue;
    const bool subscript = i > 0 && (draft.mark(i - 1, ")") || draft.mark(i - 1, "]") ||
                                     draft.kind(i - 1) == TokenKind::quoted || draft.is(i - 1, "array"));
    if (subscript) return {};
    edits.push_back(draft.replace(i, i + 3, as_name(draft.word(i + 1))));
  }
  return draft.tree() == nullptr ? edits : std::vector<Edit>{};
}

std::vector<Edit> limit_with_offset(const Draft& draft) {
  std::vector<Edit> edits;
  for (std::size_t i = 0; i + 3 < draft.size(); ++i) {
    if (!draft.is(i, "limit") || draft.kind(i + 1) != TokenKind::number || !draft.mark(i + 2, ",") ||
        draft.kind(i + 3) != TokenKind::number) {
      continue;
    }
    edits.push_back(draft.replace(
        i + 1, i + 4, std::string(draft.word(i + 3)) + " OFFSET " + std::string(draft.word(i + 1))));
  }
  return edits;
}

// SELECT TOP n ... -> SELECT ... LIMIT n, at the end of the same SELECT.
std::vector<Edit> top(const Draft& draft) {
  for (std::size_t i = 0; i + 2 < draft.size(); ++i) {
    if (!draft.is(i, "select")) continue;
    std::size_t at = i + 1;
    if (draft.is(at, "distinct")) ++at;
    if (!draft.is(at, "top")) continue;
    const bool in_brackets = draft.mark(at + 1, "(");
    const std::size_t number = in_brackets ? at + 2 : at + 1;
    const std::size_t after = number + (in_brackets ? 2 : 1);
    if (draft.kind(number) != TokenKind::number || after >= draft.size()) continue;
    if (draft.is(after, "percent") || draft.is(after, "with")) continue;
    std::size_t end = after;
    for (std::size_t depth = 0; end < draft.size(); ++end) {
      if (draft.mark(end, "(")) ++depth;
      if (draft.mark(end, ")") && depth-- == 0) break;
      if (draft.mark(end, ";")) break;
      if (depth == 0 && (draft.is(end, "limit") || draft.is(end, "union") || draft.is(end, "offset")))
        return {};
    }
    return {{draft.tokens()[at].begin, draft.tokens()[after].begin, ""},
            {draft.tokens()[end - 1].end, draft.tokens()[end - 1].end,
             " LIMIT " + std::string(draft.word(number))}};
  }
  return {};
}

// a == b, which parses in PostgreSQL as an operator that does not exist.
std::vector<Edit> double_equals(const Draft& draft) {
  std::vector<Edit> edits;
  for (std::size_t i = 0; i < draft.size(); ++i) {
    if (draft.mark(i, "==")) edits.push_back(draft.replace(i, i + 1, "="));
  }
  return edits;
}

}  // namespace

std::vector<MendRule> text_rules() {
  return {{"comment", MendFor::both, comments},
          {"semicolon", MendFor::both, semicolons},
          {"backticks", MendFor::postgres, backticks},
          {"brackets", MendFor::postgres, brackets},
          {"limit_offset", MendFor::postgres, limit_with_offset},
          {"top", MendFor::both, top},
          {"double_equals", MendFor::postgres, double_equals}};
}

}  // namespace kpi::sql
