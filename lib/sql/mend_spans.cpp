#include "mend_spans.hpp"

#include <algorithm>
#include <array>

namespace kpi::sql {
namespace {

// Words before an operand that belong to no operand.
bool is_stop_word(const Draft& draft, std::size_t i) {
  static constexpr std::array<std::string_view, 30> stops{
      "select", "distinct", "all",    "when",    "then",      "else", "and",  "or",   "not",   "where",
      "having", "on",       "by",     "between", "in",        "like", "is",   "case", "limit", "offset",
      "from",   "as",       "values", "ilike",   "returning", "any",  "some", "join", "using", "exists"};
  return std::any_of(stops.begin(), stops.end(), [&](std::string_view stop) { return draft.is(i, stop); });
}

// The CASE that the END at `end` closes; size() for none.
std::size_t case_of(const Draft& draft, std::size_t end) {
  std::size_t open = 0;
  for (std::size_t i = end + 1; i-- > 0;) {
    if (draft.is(i, "end")) ++open;
    if (draft.is(i, "case") && --open == 0) return i;
  }
  return draft.size();
}

std::size_t qualified_from(const Draft& draft, std::size_t name) {
  while (name > 1 && draft.mark(name - 1, ".")) name -= 2;
  return name;
}

}  // namespace

std::size_t opening(const Draft& draft, std::size_t close) {
  std::size_t depth = 0;
  for (std::size_t i = close + 1; i-- > 0;) {
    if (draft.mark(i, ")")) ++depth;
    if (draft.mark(i, "(") && --depth == 0) return i;
  }
  return draft.size();
}

bool is_bracket(const Draft& draft, std::size_t first, std::size_t last) {
  return first < last && draft.mark(first, "(") && draft.closing(first) + 1 == last;
}

std::size_t product_before(const Draft& draft, std::size_t op) {
  std::size_t depth = 0;
  std::size_t first = op;
  while (first > 0) {
    const std::size_t i = first - 1;
    if (draft.mark(i, ")") || draft.mark(i, "]")) ++depth;
    if (draft.mark(i, "(") || draft.mark(i, "[")) {
      if (depth == 0) break;
      --depth;
    } else if (depth == 0) {
      const bool operator_stop = draft.kind(i) == TokenKind::op && !draft.mark(i, "*") &&
                                 !draft.mark(i, "/") && !draft.mark(i, "::");
      if (draft.mark(i, ",") || is_stop_word(draft, i) || operator_stop) break;
    }
    first = i;
  }
  return first;
}

std::size_t operand_before(const Draft& draft, std::size_t end) {
  std::size_t first = end;
  while (first > 0) {
    const std::size_t i = first - 1;
    if (draft.mark(i, ")")) {
      first = opening(draft, i);
      if (first == draft.size()) return first;
      const std::size_t before = first - 1;
      if (first == 0 || (draft.kind(before) != TokenKind::word) || is_stop_word(draft, before)) return first;
      if (draft.is(before, "filter") || draft.is(before, "over")) {
        first = before;
        continue;
      }
      if (draft.is(before, "group") && before > 0 && draft.is(before - 1, "within")) {
        first = before - 1;
        continue;
      }
      return qualified_from(draft, before);
    }
    if (draft.is(i, "end")) return case_of(draft, i);
    const TokenKind kind = draft.kind(i);
    const bool plain = kind == TokenKind::word || kind == TokenKind::quoted || kind == TokenKind::number ||
                       kind == TokenKind::text;
    if (!plain || is_stop_word(draft, i)) return draft.size();
    // A type's name: the cast before it has to go first.
    if (i > 0 && draft.mark(i - 1, "::")) return draft.size();
    const bool typed =
        kind == TokenKind::text && i > 0 &&
        (draft.is(i - 1, "date") || draft.is(i - 1, "timestamp") || draft.is(i - 1, "interval"));
    return typed ? i - 1 : qualified_from(draft, i);
  }
  return draft.size();
}

std::size_t operand_after(const Draft& draft, std::size_t op) {
  std::size_t i = op + 1;
  if (draft.mark(i, "-") || draft.mark(i, "+")) ++i;
  std::size_t depth = 0;
  bool first = true;
  for (; i < draft.size(); ++i) {
    if (draft.mark(i, "(") || draft.mark(i, "[")) {
      ++depth;
    } else if (draft.mark(i, ")") || draft.mark(i, "]")) {
      if (depth == 0) break;
      --depth;
    } else if (depth == 0 && !first) {
      if (draft.mark(i, "::")) {
        ++i;
        continue;
      }
      const bool goes_on = draft.mark(i, ".") || draft.mark(i - 1, ".") || draft.is(i, "filter") ||
                           draft.is(i, "over") || draft.is(i, "within") ||
                           (draft.is(i, "group") && draft.is(i - 1, "within"));
      if (!goes_on) break;
    } else if (depth == 0 && draft.is(i, "case")) {
      std::size_t cases = 1;
      while (++i < draft.size() && cases > 0) {
        if (draft.is(i, "case")) ++cases;
        if (draft.is(i, "end")) --cases;
      }
      break;
    }
    first = false;
  }
  return i;
}

}  // namespace kpi::sql
