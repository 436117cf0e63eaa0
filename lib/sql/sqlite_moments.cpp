#include "sqlite_moments.hpp"

#include "mend_spans.hpp"

#include <kpi/base/text.hpp>

#include <charconv>
#include <cstdlib>

namespace kpi::sql {
namespace {

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

constexpr long longest_interval = 1'000'000;  // of any unit; beyond it SQLite's dates end

// '-2 days'
std::string step_by(long count, std::string_view unit) {
  return "'" + std::string(count < 0 ? "-" : "+") + std::to_string(std::abs(count)) + " " +
         std::string(unit) + "s'";
}

bool names_days_or_less(std::string_view modifier) {
  for (const std::string_view unit : {"day", "hour", "minute", "second"}) {
    if (lower(modifier).find(unit) != std::string::npos) return true;
  }
  return false;
}

// True if the operand's modifiers leave it on the first day of a month, which every month has.
bool is_first_of_month(const Draft& draft, Span span) {
  while (is_bracket(draft, span.first, span.last)) span = {span.first + 1, span.last - 1};
  if (!is_call_of(draft, span, "date") && !is_call_of(draft, span, "datetime")) return false;
  const auto call = draft.call(span.first);
  bool first = false;
  for (std::size_t i = 1; call && i < call->arguments.size(); ++i) {
    const std::string modifier = draft.argument(*call, i);
    const bool starts = modifier == "'start of month'" || modifier == "'start of year'";
    first = starts || (first && !names_days_or_less(modifier));
  }
  return first;
}

}  // namespace

std::string text_in(const Draft& draft, Span span) { return draft.unbracketed(span.first, span.last); }

bool is_day(const Draft& draft, Span span) {
  if (span.first + 1 == span.last && draft.is(span.first, "current_date")) return true;
  if (is_call_of(draft, span, "date")) return true;
  if (is_call_of(draft, span, "min") && draft.is(span.first + 2, "date")) return true;  // of two, by moved()
  if (span.first + 1 == span.last && draft.kind(span.first) == TokenKind::text)
    return draft.word(span.first).size() == 12;
  return type_of(draft, span) == Type::date;
}

bool is_count(const Draft& draft, Span span) { return is_number(type_of(draft, span)); }

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

std::optional<Shift> shift_by(std::string_view quoted, char sign) {
  if (quoted.size() < 3 || quoted.front() != '\'') return std::nullopt;
  const std::vector<std::string> words = split(single_line(quoted.substr(1, quoted.size() - 2)), ' ');
  if (words.empty() || words.size() % 2 != 0) return std::nullopt;
  Shift shift;
  for (std::size_t i = 0; i < words.size(); i += 2) {
    long count = 0;
    const std::string& number = words[i];
    const auto [rest, fault] = std::from_chars(number.data(), number.data() + number.size(), count);
    if (fault != std::errc{} || rest != number.data() + number.size() || std::abs(count) > longest_interval)
      return std::nullopt;
    if (sign == '-') count = -count;
    std::string unit = lower(words[i + 1]);
    if (unit.size() > 3 && unit.back() == 's') unit.pop_back();
    if (unit == "month" || unit == "mon" || unit == "year") {
      shift.months += unit == "year" ? 12 * count : count;
      continue;
    }
    if (unit == "week") {
      unit = "day";
      count *= 7;
    }
    if (unit != "day" && unit != "hour" && unit != "minute" && unit != "second") return std::nullopt;
    shift.whole_days = shift.whole_days && unit == "day";
    shift.rest += (shift.rest.empty() ? "" : ", ") + step_by(count, unit);
  }
  return shift;
}

std::string by_months(long months) { return step_by(months, "month"); }

std::string moved(const Draft& draft, Span span, const Shift& shift, bool day) {
  const std::string_view function = day ? "date" : "datetime";
  if (shift.months == 0) return moved(draft, span, function, shift.rest);
  const auto and_rest = [&](const std::string& months) {
    return months + (shift.rest.empty() ? "" : ", " + shift.rest);
  };
  if (is_first_of_month(draft, span)) return moved(draft, span, function, and_rest(by_months(shift.months)));
  // The same day of the month if there is one, else that month's last.
  std::string moment =
      "MIN(" + moved(draft, span, "date", by_months(shift.months)) + ", " +
      moved(draft, span, "date",
            "'start of month', " + (shift.months == -1 ? "" : by_months(shift.months + 1) + ", ") +
                "'-1 days'") +
      ")";
  if (!day) moment += " || ' ' || " + moved(draft, span, "time", "");
  if (day && shift.rest.empty()) return moment;
  return std::string(function) + "(" + and_rest(moment) + ")";
}

std::string plain_moment(std::string_view quoted, bool zoned) {
  if (quoted.size() < 2 || quoted.front() != '\'' || quoted.back() != '\'') return {};
  std::string_view text = quoted.substr(1, quoted.size() - 2);
  if (lower(text) == "now") return std::string(quoted);
  // Takes what `form` says, 9 for a digit.
  const auto take = [&](std::string_view form) {
    if (text.size() < form.size()) return false;
    for (std::size_t i = 0; i < form.size(); ++i) {
      const bool digit = text[i] >= '0' && text[i] <= '9';
      if (form[i] == '9' ? !digit : text[i] != form[i]) return false;
    }
    text.remove_prefix(form.size());
    return true;
  };
  const std::string_view whole = text;
  const auto in_full = [&](std::string_view month, std::string_view day) {
    const auto two = [](std::string_view number) {
      return (number.size() < 2 ? "0" : "") + std::string(number);
    };
    return "'" + std::string(whole.substr(0, 4)) + "-" + two(month) + "-" + two(day) + "'";
  };
  if (take("99999999") && text.empty()) return in_full(whole.substr(4, 2), whole.substr(6));
  text = whole;
  if (!take("9999-")) return {};
  const std::size_t month = text.find('-');
  if (!take("99-") && !take("9-")) return {};
  const std::string_view rest = text;
  if ((take("99") || take("9")) && text.empty()) return in_full(whole.substr(5, month), rest);
  text = whole;
  if (!take("9999-99-99") || (!take(" 99:99") && !take("T99:99"))) return {};
  if (take(":99") && take(".")) {
    while (take("9")) {
    }
  }
  const bool read =
      text.empty() || (zoned && (text == "Z" || ((take("+99:99") || take("-99:99")) && text.empty())));
  return read ? std::string(quoted) : std::string();
}

}  // namespace kpi::sql
