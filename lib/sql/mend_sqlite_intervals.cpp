#include "mend.hpp"
#include "mend_spans.hpp"
#include "sqlite_moments.hpp"

// PostgreSQL's arithmetic of dates for SQLite. Sources: SQLite's "Date and time functions"; PostgreSQL 15
// manual, section 9.9, table 9.33.
namespace kpi::sql {
namespace {

// An operator before an operand that would take it first.
bool is_taken(const Draft& draft, std::size_t first) {
  if (first == 0) return false;
  for (const std::string_view op : {"*", "/", "%", "||", "+", "-", "^", "::"}) {
    if (draft.mark(first - 1, op)) return true;
  }
  return false;
}

// An operator after an operand that would take it first.
bool is_taken_after(const Draft& draft, std::size_t last) {
  for (const std::string_view op : {"*", "/", "%", "^", "::", "||"}) {
    if (draft.mark(last, op)) return true;
  }
  return false;
}

// moment + INTERVAL '1 day', moment - 30 * INTERVAL '1 day', DATE 2024 and so on
std::vector<Edit> interval_arithmetic(const Draft& draft) {
  for (std::size_t i = 1; i + 2 < draft.size(); ++i) {
    if (!draft.mark(i, "+") && !draft.mark(i, "-")) continue;
    if (!draft.is(i + 1, "interval") || draft.kind(i + 2) != TokenKind::text) continue;
    const Span span{operand_before(draft, i), i};
    if (span.first >= i || is_taken(draft, span.first) || is_count(draft, span)) continue;
    if (is_taken_after(draft, i + 3)) continue;
    const auto shift = shift_by(draft.word(i + 2), draft.mark(i, "-") ? '-' : '+');
    if (!shift) continue;
    return {draft.replace(span.first, i + 3,
                          moved(draft, span, *shift, shift->whole_days && is_day(draft, span)))};
  }
  return {};
}

// CURRENT_DATE - 30 is a day to PostgreSQL and the number 1994 to SQLite.
std::vector<Edit> date_minus_days(const Draft& draft) {
  for (std::size_t i = 1; i + 1 < draft.size(); ++i) {
    if ((!draft.mark(i, "+") && !draft.mark(i, "-")) || draft.kind(i + 1) != TokenKind::number) continue;
    const std::string_view days = draft.word(i + 1);
    if (days.find_first_not_of("0123456789") != std::string_view::npos) continue;
    if (is_taken_after(draft, i + 2)) continue;
    const Span span{operand_before(draft, i), i};
    if (span.first >= i || is_taken(draft, span.first) || !is_day(draft, span) ||
        draft.kind(span.first) == TokenKind::text)
      continue;
    return {draft.replace(
        span.first, i + 2,
        moved(draft, span, "date", "'" + std::string(draft.word(i)) + std::string(days) + " days'"))};
  }
  return {};
}

// day - day is a number of days to PostgreSQL, and the difference of two years to SQLite.
std::vector<Edit> days_between(const Draft& draft) {
  for (std::size_t i = 1; i + 1 < draft.size(); ++i) {
    if (!draft.mark(i, "-")) continue;
    const Span left{operand_before(draft, i), i};
    const Span right{i + 1, operand_after(draft, i)};
    if (left.first >= i || is_taken(draft, left.first) || right.last <= right.first) continue;
    if (is_taken_after(draft, right.last)) continue;
    if (!is_day(draft, left) || !is_day(draft, right) || draft.kind(left.first) == TokenKind::text ||
        draft.kind(right.first) == TokenKind::text)
      continue;
    return {draft.replace(left.first, right.last,
                          "CAST(julianday(" + text_in(draft, left) + ") - julianday(" +
                              text_in(draft, right) + ") AS INTEGER)")};
  }
  return {};
}

}  // namespace

std::vector<MendRule> sqlite_rules_of_intervals() {
  return {{"interval_arithmetic", MendFor::sqlite, interval_arithmetic},
          {"date_minus_days", MendFor::sqlite, date_minus_days},
          {"days_between", MendFor::sqlite, days_between}};
}

}  // namespace kpi::sql
