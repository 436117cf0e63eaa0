#include "mend_rewrites.hpp"
#include "mend_spans.hpp"
#include "sqlite_moments.hpp"

#include <kpi/base/text.hpp>

#include <array>
#include <optional>
#include <utility>

// Parts and formats of PostgreSQL's dates for SQLite. Sources: SQLite's "Date and time functions"; PostgreSQL
// 15 manual, sections 8.5, 9.8 and 9.9.
namespace kpi::sql {
namespace {

std::string unit_in(const Draft& draft, std::size_t i) {
  std::string unit = lower(draft.word(i));
  if (unit.size() > 2 && unit.front() == '\'') unit = unit.substr(1, unit.size() - 2);
  return unit;
}

// a - b, of two moments, however bracketed.
std::optional<std::pair<Span, Span>> difference(const Draft& draft, Span span) {
  while (is_bracket(draft, span.first, span.last)) span = {span.first + 1, span.last - 1};
  for (std::size_t i = span.first + 1; i + 1 < span.last; ++i) {
    if (!draft.mark(i, "-")) continue;
    const Span left{operand_before(draft, i), i};
    const Span right{i + 1, operand_after(draft, i)};
    if (left.first == span.first && right.last == span.last) return std::pair(left, right);
  }
  return std::nullopt;
}

// Seconds between two moments; SQLite counts milliseconds.
std::string seconds_between(const Draft& draft, const std::pair<Span, Span>& moments) {
  return "ROUND((julianday(" + text_in(draft, moments.first) + ") - julianday(" +
         text_in(draft, moments.second) + ")) * 86400.0, 3)";
}

std::string whole(const std::string& format, const std::string& moment, bool divided) {
  return "CAST(strftime('" + format + "', " + moment + ") AS " + (divided ? "REAL)" : "INTEGER)");
}

/// A part of the moment in `span`; `divided` where the part is divided, which PostgreSQL does with fractions.
std::string part_of(const Draft& draft, const std::string& unit, Span span, bool divided) {
  if (is_count(draft, span)) return {};
  if (const auto moments = difference(draft, span)) {
    if (unit == "epoch") return seconds_between(draft, *moments);
    const bool days = is_day(draft, moments->first) && is_day(draft, moments->second);
    if (unit == "day" && days)
      return "CAST(julianday(" + text_in(draft, moments->first) + ") - julianday(" +
             text_in(draft, moments->second) + ") AS " + (divided ? "REAL)" : "INTEGER)");
    if (unit == "day") {
      const std::string days_in_full = "CAST(" + seconds_between(draft, *moments) + " / 86400.0 AS INTEGER)";
      return divided ? "CAST(" + days_in_full + " AS REAL)" : days_in_full;
    }
    return {};
  }
  for (std::size_t i = span.first; i < span.last; ++i) {
    if (draft.is(i, "age") || draft.is(i, "interval")) return {};  // a length of time and no moment
  }
  const std::string moment = text_in(draft, span);
  if (unit == "year") return whole("%Y", moment, divided);
  if (unit == "month") return whole("%m", moment, divided);
  if (unit == "day") return whole("%d", moment, divided);
  if (unit == "hour") return whole("%H", moment, divided);
  if (unit == "minute") return whole("%M", moment, divided);
  if (unit == "second") return "CAST(strftime('%f', " + moment + ") AS REAL)";
  if (unit == "dow") return whole("%w", moment, divided);
  if (unit == "doy") return whole("%j", moment, divided);
  if (unit == "epoch") return "CAST(strftime('%s', " + moment + ") AS REAL)";
  if (unit == "isodow") return "((" + whole("%w", moment, false) + " + 6) % 7 + 1)";
  if (unit == "quarter") return "((" + whole("%m", moment, false) + " + 2) / 3)";
  // The ISO week is that of its Thursday.
  if (unit == "week")
    return "((" + whole("%j", "date(" + moment + ", '-3 days', 'weekday 4')", false) + " - 1) / 7 + 1)";
  return {};
}

bool is_divided(const Draft& draft, std::size_t close) {
  std::size_t i = close + 1;
  while (draft.mark(i, ")")) ++i;
  return draft.mark(i, "/");
}

// EXTRACT(unit FROM moment)
std::string extract(const Draft& draft, const Call& call) {
  const std::size_t from = call.open + 2;
  if (call.arguments.size() != 1 || !draft.is(from, "from")) return {};
  return part_of(draft, unit_in(draft, call.open + 1), {from + 1, call.close}, is_divided(draft, call.close));
}

// DATE_PART('unit', moment)
std::string date_part(const Draft& draft, const Call& call) {
  if (call.arguments.size() != 2) return {};
  const auto [first, last] = call.arguments[1];
  return part_of(draft, unit_in(draft, call.arguments[0].first), {first, last},
                 is_divided(draft, call.close));
}

// DATE_TRUNC('month', moment - INTERVAL '1 month'): a month before the 31st is the month before only if the
// month begins first.
std::string trunc_of_shifted(const Draft& draft, const std::string& unit, Span span) {
  if (span.last < span.first + 4) return {};
  const std::size_t op = span.last - 3;
  if ((!draft.mark(op, "+") && !draft.mark(op, "-")) || !draft.is(op + 1, "interval")) return {};
  const Span base{span.first, op};
  if (operand_before(draft, op) != span.first) return {};
  const auto shift = shift_by(draft.word(op + 2), draft.mark(op, "-") ? '-' : '+');
  if (!shift || shift->months == 0 || !shift->rest.empty()) return {};
  const std::string month = "'start of month', " + by_months(shift->months);
  if (unit == "month") return moved(draft, base, "date", month);
  return unit == "year" ? moved(draft, base, "date", month + ", 'start of year'") : std::string();
}

std::string date_trunc(const Draft& draft, const Call& call) {
  if (call.arguments.size() != 2 || draft.kind(call.arguments[0].first) != TokenKind::text) return {};
  const Span span{call.arguments[1].first, call.arguments[1].second};
  if (is_count(draft, span)) return {};
  const std::string unit = unit_in(draft, call.arguments[0].first);
  const std::string moment = text_in(draft, span);
  if (std::string shifted = trunc_of_shifted(draft, unit, span); !shifted.empty()) return shifted;
  if (unit == "year" || unit == "month") return moved(draft, span, "date", "'start of " + unit + "'");
  if (unit == "day") return moved(draft, span, "date", "");
  if (unit == "week") return moved(draft, span, "date", "'weekday 0', '-6 days'");
  if (unit == "quarter")
    return moved(draft, span, "date",
                 "'start of month', '-' || ((" + whole("%m", moment, false) + " - 1) % 3) || ' months'");
  if (unit == "hour") return "strftime('%Y-%m-%d %H:00:00', " + moment + ")";
  if (unit == "minute") return "strftime('%Y-%m-%d %H:%M:00', " + moment + ")";
  return {};
}

/// A to_char pattern as strftime's; empty where some part has no equal.
std::string pattern_of(std::string_view literal) {
  if (literal.size() < 3 || literal.front() != '\'') return {};
  static constexpr std::array<std::pair<std::string_view, std::string_view>, 7> parts{{{"YYYY", "%Y"},
                                                                                       {"HH24", "%H"},
                                                                                       {"DDD", "%j"},
                                                                                       {"MM", "%m"},
                                                                                       {"MI", "%M"},
                                                                                       {"DD", "%d"},
                                                                                       {"SS", "%S"}}};
  std::string pattern;
  std::string_view rest = literal.substr(1, literal.size() - 2);
  while (!rest.empty()) {
    if (lower(rest.substr(0, 4)) == "ssss") return {};  // seconds of the day
    bool known = false;
    for (const auto& [name, own] : parts) {
      if (known || lower(rest.substr(0, name.size())) != lower(name)) continue;
      pattern += own;
      rest.remove_prefix(name.size());
      known = true;
    }
    if (known) continue;
    const char c = rest.front();
    if (c == '"') {  // text as it stands
      const std::size_t end = rest.find('"', 1);
      if (end == std::string_view::npos || rest.substr(0, end).find('%') != std::string_view::npos) return {};
      pattern += rest.substr(1, end - 1);
      rest.remove_prefix(end + 1);
      continue;
    }
    const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    if (letter || c == '%') return {};
    pattern += c;
    rest.remove_prefix(1);
  }
  return "'" + pattern + "'";
}

std::string to_char(const Draft& draft, const Call& call) {
  if (call.arguments.size() != 2) return {};
  const Span span{call.arguments[0].first, call.arguments[0].second};
  const std::string pattern = pattern_of(draft.argument(call, 1));
  if (pattern.empty() || is_count(draft, span)) return {};
  return "strftime(" + pattern + ", " + text_in(draft, span) + ")";
}

// TO_DATE('2024-01-31', 'YYYY-MM-DD'), which is how SQLite reads dates anyway.
std::string to_date(const Draft& draft, const Call& call) {
  if (call.arguments.size() != 2 || lower(draft.argument(call, 1)) != "'yyyy-mm-dd'") return {};
  const auto [first, last] = call.arguments[0];
  if (first + 1 == last && draft.kind(first) == TokenKind::text) {
    const std::string literal = plain_moment(draft.word(first), false);
    return literal.empty() ? std::string() : "date(" + literal + ")";
  }
  return "date(" + draft.argument(call, 0) + ")";
}

std::string to_timestamp(const Draft& draft, const Call& call) {
  return call.arguments.size() == 1 ? "datetime(" + draft.argument(call, 0) + ", 'unixepoch')"
                                    : std::string();
}

std::string now(const Draft& /*draft*/, const Call& call) {
  return call.arguments.empty() ? "datetime('now')" : std::string();
}

struct Row {
  std::string_view name;
  Rewriter rewrite;
};
constexpr std::array rows{
    Row{"now", now},
    Row{"clock_timestamp", now},
    Row{"statement_timestamp", now},
    Row{"transaction_timestamp", now},
    Row{"extract", extract},
    Row{"date_part", date_part},
    Row{"date_trunc", date_trunc},
    Row{"to_char", to_char},
    Row{"to_date", to_date},
    Row{"to_timestamp", to_timestamp},
};

// DATE '2024-01-31', TIMESTAMP '2024-01-31 12:00:00': a literal is enough.
std::vector<Edit> typed_literal(const Draft& draft) {
  std::vector<Edit> edits;
  for (std::size_t i = 0; i + 1 < draft.size(); ++i) {
    if (!draft.is(i, "date") && !draft.is(i, "timestamp") && !draft.is(i, "timestamptz")) continue;
    if (draft.kind(i + 1) != TokenKind::text ||
        (i > 0 && (draft.mark(i - 1, ".") || draft.mark(i - 1, "::"))))
      continue;
    const std::string literal = plain_moment(draft.word(i + 1), draft.is(i, "timestamptz"));
    if (literal.empty()) continue;
    edits.push_back(
        draft.replace(i, i + 2, draft.is(i, "date") ? "date(" + literal + ")" : "datetime(" + literal + ")"));
  }
  return edits;
}

}  // namespace

std::vector<MendRule> sqlite_rules_of_dates() {
  std::vector<MendRule> rules{{"date_literal", MendFor::sqlite, typed_literal}};
  for (const Row& row : rows) rules.push_back(rewrites_calls(row.name, MendFor::sqlite, row.rewrite));
  return rules;
}

}  // namespace kpi::sql
