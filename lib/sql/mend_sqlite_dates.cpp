#include "mend.hpp"
#include "mend_spans.hpp"
#include "walk.hpp"

#include <kpi/base/text.hpp>

#include <array>
#include <charconv>
#include <optional>
#include <utility>

// PostgreSQL's dates for SQLite, which keeps them as text ('2024-01-31 12:00:00') and moves them by
// modifiers. Sources: SQLite's "Date and time functions"; PostgreSQL 15 manual, sections 8.5, 9.8 and 9.9.
namespace kpi::sql {
namespace {

/// Tokens [first, last) of an operand.
struct Span {
  std::size_t first = 0;
  std::size_t last = 0;
};

std::string text_in(const Draft& draft, Span span) { return draft.unbracketed(span.first, span.last); }

// The type the text's own names give an expression; unknown where nothing is bound.
Type type_of(const Draft& draft, Span span) {
  const Binding* binding = draft.binding();
  if (binding == nullptr || span.first >= draft.size()) return Type::unknown;
  std::size_t first = span.first;
  while (draft.mark(first, "(")) ++first;
  for (const Node& node : binding->tree.nodes()) {
    if (node.tag == Tag::ColumnRef && draft.token_at(node.location) == first) return binding->type(&node);
  }
  return Type::unknown;
}

bool is_call_of(const Draft& draft, Span span, std::string_view name) {
  return draft.is(span.first, name) && draft.mark(span.first + 1, "(") &&
         draft.closing(span.first + 1) + 1 == span.last;
}

// True if the operand has no time of day: a date and not a moment.
bool is_day(const Draft& draft, Span span) {
  if (span.first + 1 == span.last && draft.is(span.first, "current_date")) return true;
  if (is_call_of(draft, span, "date")) return true;
  if (span.first + 1 == span.last && draft.kind(span.first) == TokenKind::text)
    return draft.word(span.first).size() == 12;
  return type_of(draft, span) == Type::date;
}

// What is counted in some unit since some moment is not read as a date.
bool is_count(const Draft& draft, Span span) { return is_number(type_of(draft, span)); }

/// function(operand, modifiers), with the modifiers joined to those that the operand has itself.
std::string moved(const Draft& draft, Span span, std::string_view function, const std::string& modifiers) {
  std::string inner = text_in(draft, span);
  const bool one = span.first + 1 == span.last;
  if (one && (draft.is(span.first, "current_timestamp") ||
              (draft.is(span.first, "current_date") && function == "date"))) {
    inner = "'now'";
  } else if (is_call_of(draft, span, "datetime") || (is_call_of(draft, span, "date") && function == "date")) {
    inner = draft.span(span.first + 2, span.last - 1);
  }
  return std::string(function) + "(" + inner + (modifiers.empty() ? "" : ", " + modifiers) + ")";
}

/// How far an interval moves a moment.
struct Shift {
  std::string modifiers;  ///< for SQLite: '-1 months', '+2 days'
  bool whole_days = true;
  bool by_months = false;  ///< months or years, whose ends SQLite counts otherwise
};

// The interval '1 month 2 days' added (+) or taken away (-).
std::optional<Shift> shift_by(std::string_view quoted, char sign) {
  if (quoted.size() < 3 || quoted.front() != '\'') return std::nullopt;
  const std::vector<std::string> words = split(single_line(quoted.substr(1, quoted.size() - 2)), ' ');
  if (words.empty() || words.size() % 2 != 0) return std::nullopt;
  Shift shift;
  for (std::size_t i = 0; i < words.size(); i += 2) {
    long count = 0;
    const std::string& number = words[i];
    const auto [rest, fault] = std::from_chars(number.data(), number.data() + number.size(), count);
    if (fault != std::errc{} || rest != number.data() + number.size()) return std::nullopt;
    std::string unit = lower(words[i + 1]);
    if (unit.size() > 3 && unit.back() == 's') unit.pop_back();
    if (unit == "week") {
      unit = "day";
      count *= 7;
    }
    if (unit == "mon") unit = "month";
    const bool day = unit == "day";
    const bool month = unit == "month" || unit == "year";
    const bool time = unit == "hour" || unit == "minute" || unit == "second";
    if (!day && !month && !time) return std::nullopt;
    shift.whole_days = shift.whole_days && !time;
    shift.by_months = shift.by_months || month;
    const long signed_count = sign == '-' ? -count : count;
    shift.modifiers += (shift.modifiers.empty() ? "'" : ", '") + std::string(signed_count < 0 ? "-" : "+") +
                       std::to_string(std::abs(signed_count)) + " " + unit + "s'";
  }
  return shift;
}

// True if a month more or less gives the same day in both databases: from the start of a month it does. From
// today it differs on the last days of a month, where "a month ago" has no better answer.
bool counts_months_alike(const Draft& draft, Span span) {
  const std::string text = lower(draft.span(span.first, span.last));
  return text.find("'start of") != std::string::npos || text.find("'now'") != std::string::npos ||
         text == "current_date" || text == "current_timestamp";
}

// An operator before an operand that would take it first.
bool is_taken(const Draft& draft, std::size_t first) {
  if (first == 0) return false;
  for (const std::string_view op : {"*", "/", "%", "||", "+", "-", "^", "::"}) {
    if (draft.mark(first - 1, op)) return true;
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
    const auto shift = shift_by(draft.word(i + 2), draft.mark(i, "-") ? '-' : '+');
    if (!shift || (shift->by_months && !counts_months_alike(draft, span))) continue;
    const bool day = shift->whole_days && is_day(draft, span);
    return {
        draft.replace(span.first, i + 3, moved(draft, span, day ? "date" : "datetime", shift->modifiers))};
  }
  return {};
}

// CURRENT_DATE - 30 is a day to PostgreSQL and the number 1994 to SQLite.
std::vector<Edit> date_minus_days(const Draft& draft) {
  for (std::size_t i = 1; i + 1 < draft.size(); ++i) {
    if ((!draft.mark(i, "+") && !draft.mark(i, "-")) || draft.kind(i + 1) != TokenKind::number) continue;
    const std::string_view days = draft.word(i + 1);
    if (days.find_first_not_of("0123456789") != std::string_view::npos) continue;
    if (draft.mark(i + 2, "*") || draft.mark(i + 2, "/")) continue;
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
    if (draft.mark(right.last, "*") || draft.mark(right.last, "/")) continue;
    if (!is_day(draft, left) || !is_day(draft, right) || draft.kind(left.first) == TokenKind::text ||
        draft.kind(right.first) == TokenKind::text)
      continue;
    return {draft.replace(left.first, right.last,
                          "CAST(julianday(" + text_in(draft, left) + ") - julianday(" +
                              text_in(draft, right) + ") AS INTEGER)")};
  }
  return {};
}

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
    if (unit == "day") return "CAST(" + seconds_between(draft, *moments) + " / 86400.0 AS INTEGER)";
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
  if (!shift || !shift->by_months || !shift->whole_days || shift->modifiers.find("day") != std::string::npos)
    return {};
  const std::string month = "'start of month', " + shift->modifiers;
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
      if (end == std::string_view::npos) return {};
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
  return "date(" + draft.argument(call, 0) + ")";
}

std::string to_timestamp(const Draft& draft, const Call& call) {
  return call.arguments.size() == 1 ? "datetime(" + draft.argument(call, 0) + ", 'unixepoch')"
                                    : std::string();
}

std::string now(const Draft& /*draft*/, const Call& call) {
  return call.arguments.empty() ? "datetime('now')" : std::string();
}

using Make = std::string (*)(const Draft&, const Call&);
struct Row {
  std::string_view name;
  Make make;
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

std::vector<Edit> make(const Draft& draft, const Row& row) {
  std::vector<Edit> edits;
  for (std::size_t i = 0; i < draft.size(); ++i) {
    if (!draft.is(i, row.name)) continue;
    const auto call = draft.call(i);
    if (!call) continue;
    std::string text = row.make(draft, *call);
    if (!text.empty()) edits.push_back(draft.instead(*call, std::move(text)));
  }
  return edits;
}

// DATE '2024-01-31', TIMESTAMP '2024-01-31 12:00:00': a literal is enough.
std::vector<Edit> typed_literal(const Draft& draft) {
  std::vector<Edit> edits;
  for (std::size_t i = 0; i + 1 < draft.size(); ++i) {
    if (!draft.is(i, "date") && !draft.is(i, "timestamp") && !draft.is(i, "timestamptz")) continue;
    if (draft.kind(i + 1) != TokenKind::text ||
        (i > 0 && (draft.mark(i - 1, ".") || draft.mark(i - 1, "::"))))
      continue;
    const std::string literal(draft.word(i + 1));
    edits.push_back(
        draft.replace(i, i + 2, draft.is(i, "date") ? "date(" + literal + ")" : "datetime(" + literal + ")"));
  }
  return edits;
}

}  // namespace

std::vector<MendRule> sqlite_rules_of_dates() {
  std::vector<MendRule> rules{{"date_literal", MendFor::sqlite, typed_literal}};
  for (const Row& row : rows) {
    rules.push_back({row.name, MendFor::sqlite, [&row](const Draft& draft) { return make(draft, row); }});
  }
  rules.push_back({"interval_arithmetic", MendFor::sqlite, interval_arithmetic});
  rules.push_back({"date_minus_days", MendFor::sqlite, date_minus_days});
  rules.push_back({"days_between", MendFor::sqlite, days_between});
  return rules;
}

}  // namespace kpi::sql
