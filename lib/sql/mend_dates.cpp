#include "mend_rewrites.hpp"

#include <kpi/base/text.hpp>

#include <array>
#include <optional>

// Dates as MySQL, SQL Server, BigQuery, Snowflake and SQLite write them, for PostgreSQL.
// Sources: their manuals' date functions; PostgreSQL 15 manual, sections 8.5, 9.8 and 9.9.
namespace kpi::sql {
namespace {

// A unit of time as PostgreSQL calls it; none for what has no equal.
std::optional<std::string> unit_of(std::string_view word) {
  std::string unit = lower(word);
  if (unit.size() > 2 && unit.front() == '\'' && unit.back() == '\'') unit = unit.substr(1, unit.size() - 2);
  struct Unit {
    std::string_view name;
    std::string_view own;
  };
  static constexpr std::array units{
      Unit{"second", "second"}, Unit{"seconds", "second"},  Unit{"ss", "second"},
      Unit{"minute", "minute"}, Unit{"minutes", "minute"},  Unit{"mi", "minute"},
      Unit{"hour", "hour"},     Unit{"hours", "hour"},      Unit{"hh", "hour"},
      Unit{"day", "day"},       Unit{"days", "day"},        Unit{"dd", "day"},
      Unit{"d", "day"},         Unit{"week", "week"},       Unit{"weeks", "week"},
      Unit{"wk", "week"},       Unit{"month", "month"},     Unit{"months", "month"},
      Unit{"mm", "month"},      Unit{"quarter", "quarter"}, Unit{"quarters", "quarter"},
      Unit{"qq", "quarter"},    Unit{"year", "year"},       Unit{"years", "year"},
      Unit{"yy", "year"},       Unit{"yyyy", "year"}};
  for (const Unit& row : units) {
    if (row.name == unit) return std::string(row.own);
  }
  return std::nullopt;
}

// n units as an interval; a quarter is three months to PostgreSQL.
std::string interval(std::string_view number, const std::string& unit, bool constant) {
  const std::string own = unit == "quarter" ? "month" : unit;
  if (constant && unit != "quarter") return std::string("INTERVAL '") + std::string(number) + " " + own + "'";
  return std::string(number) + " * INTERVAL '" + (unit == "quarter" ? "3" : "1") + " " + own + "'";
}

std::string upper_of(std::string text) {
  for (char& c : text) {
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - ('a' - 'A'));
  }
  return text;
}

// A quoted date is only text until it is cast.
std::string moment(const Draft& draft, const Call& call, std::size_t i) {
  const auto [first, last] = call.arguments[i];
  const std::string text = draft.operand(call, i);
  return first + 1 == last && draft.kind(first) == TokenKind::text ? text + "::timestamp" : text;
}

std::string as(const Draft& draft, const Call& call, std::size_t i, std::string_view type) {
  return draft.operand(call, i) + "::" + std::string(type);
}

// How many boundaries of `unit` lie between two moments, as SQL Server, Snowflake and BigQuery count.
std::string boundaries(const Draft& draft, const Call& call, const std::string& unit, std::size_t from,
                       std::size_t to) {
  if (unit == "day")
    return std::string("(") + as(draft, call, to, "date") + " - " + as(draft, call, from, "date") + ")";
  const std::string a = as(draft, call, from, "timestamp");
  const std::string b = as(draft, call, to, "timestamp");
  if (unit == "year") return std::string("(EXTRACT(YEAR FROM ") + b + ") - EXTRACT(YEAR FROM " + a + "))";
  if (unit == "month" || unit == "quarter") {
    const std::string part = unit == "month" ? "MONTH" : "QUARTER";
    return std::string("((EXTRACT(YEAR FROM ") + b + ") - EXTRACT(YEAR FROM " + a + ")) * " +
           (unit == "month" ? "12" : "4") + " + EXTRACT(" + part + " FROM " + b + ") - EXTRACT(" + part +
           " FROM " + a + "))";
  }
  if (unit == "week") {  // SQL Server's weeks begin on Sunday whatever is set; day 0 here is one
    const auto weeks = [&](std::size_t i) {
      return "(" + as(draft, call, i, "date") + " - DATE '1899-12-31') / 7";
    };
    return "(" + weeks(to) + " - " + weeks(from) + ")";
  }
  const std::string seconds = unit == "second" ? "" : unit == "minute" ? " / 60" : " / 3600";
  return std::string("(EXTRACT(EPOCH FROM DATE_TRUNC('") + unit + "', " + b + ") - DATE_TRUNC('" + unit +
         "', " + a + "))" + seconds + ")";
}

std::string datediff(const Draft& draft, const Call& call) {
  if (call.arguments.size() == 2) {  // MySQL: days from the second to the first
    return std::string("(") + as(draft, call, 0, "date") + " - " + as(draft, call, 1, "date") + ")";
  }
  if (call.arguments.size() != 3) return {};
  if (const auto unit = unit_of(draft.argument(call, 0))) return boundaries(draft, call, *unit, 1, 2);
  if (const auto unit = unit_of(draft.argument(call, 2)))
    return boundaries(draft, call, *unit, 1, 0);  // BigQuery
  return {};
}

// Whole units between two moments, as MySQL counts.
std::string timestampdiff(const Draft& draft, const Call& call) {
  if (call.arguments.size() != 3) return {};
  const auto unit = unit_of(draft.argument(call, 0));
  if (!unit) return {};
  const std::string a = as(draft, call, 1, "timestamp");
  const std::string b = as(draft, call, 2, "timestamp");
  const std::string months =
      "(EXTRACT(YEAR FROM AGE(" + b + ", " + a + ")) * 12 + EXTRACT(MONTH FROM AGE(" + b + ", " + a + ")))";
  if (*unit == "month") return months;
  if (*unit == "year") return std::string("EXTRACT(YEAR FROM AGE(") + b + ", " + a + "))";
  if (*unit == "quarter") return std::string("TRUNC(") + months + " / 3)";
  const std::string length = *unit == "second"   ? "1"
                             : *unit == "minute" ? "60"
                             : *unit == "hour"   ? "3600"
                             : *unit == "day"    ? "86400"
                                                 : "604800";
  return std::string("TRUNC(EXTRACT(EPOCH FROM (") + b + " - " + a + ")) / " + length + ")";
}

// DATE_ADD(x, INTERVAL n unit) and DATE_SUB; also BigQuery's DATE_ADD with the same words.
std::string add_interval(const Draft& draft, const Call& call, char sign) {
  if (call.arguments.size() != 2) return {};
  const auto [first, last] = call.arguments[1];
  if (!draft.is(first, "interval")) {
    return std::string("(") + moment(draft, call, 0) + " " + sign + " " + draft.operand(call, 1) +
           " * INTERVAL '1 day')";
  }
  if (last - first == 2 &&
      draft.kind(first + 1) == TokenKind::text) {  // INTERVAL '1 day' is PostgreSQL's own
    return std::string("(") + moment(draft, call, 0) + " " + sign + " " + draft.span(first, last) + ")";
  }
  if (last - first < 3) return {};
  const auto unit = unit_of(draft.word(last - 1));
  if (!unit) return {};
  std::string number = draft.bracketed(first + 1, last - 1);
  const bool constant = last - first == 3 && draft.kind(first + 1) == TokenKind::number;
  if (number.size() > 2 && number.front() == '\'' && number.back() == '\'')
    number = number.substr(1, number.size() - 2);
  return std::string("(") + moment(draft, call, 0) + " " + sign + " " + interval(number, *unit, constant) +
         ")";
}

// DATEADD(unit, n, x), TIMESTAMPADD alike.
std::string dateadd(const Draft& draft, const Call& call) {
  if (call.arguments.size() != 3) return {};
  const auto unit = unit_of(draft.argument(call, 0));
  if (!unit) return {};
  const auto [first, last] = call.arguments[1];
  if (last - first == 2 && draft.mark(first, "-") && draft.kind(first + 1) == TokenKind::number) {
    return std::string("(") + moment(draft, call, 2) + " - " + interval(draft.word(first + 1), *unit, true) +
           ")";
  }
  const bool constant = last - first == 1 && draft.kind(first) == TokenKind::number;
  return std::string("(") + moment(draft, call, 2) + " + " +
         interval(draft.operand(call, 1), *unit, constant) + ")";
}

// A format of strftime, DATE_FORMAT or STR_TO_DATE as to_char's; empty where some part has no equal.
std::string format_of(std::string_view literal) {
  if (literal.size() < 2 || literal.front() != '\'') return {};
  static constexpr std::array<std::pair<char, std::string_view>, 24> parts{
      {{'Y', "YYYY"}, {'y', "YY"},         {'m', "MM"},   {'c', "FMMM"}, {'d', "DD"},   {'e', "FMDD"},
       {'H', "HH24"}, {'k', "FMHH24"},     {'h', "HH12"}, {'I', "HH12"}, {'i', "MI"},   {'B', "FMMonth"},
       {'s', "SS"},   {'S', "SS"},         {'p', "AM"},   {'b', "Mon"},  {'a', "Dy"},   {'W', "FMDay"},
       {'j', "DDD"},  {'T', "HH24:MI:SS"}, {'f', "US"},   {'v', "IW"},   {'x', "IYYY"}, {'q', "Q"}}};
  std::string format;
  const std::string_view text = literal.substr(1, literal.size() - 2);
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      if (text[i] == '"' || text[i] == '\\') return {};  // to_char reads both as marks of its own
      const bool letter = (text[i] >= 'a' && text[i] <= 'z') || (text[i] >= 'A' && text[i] <= 'Z');
      format += letter ? std::string("\"") + text[i] + "\"" : std::string(1, text[i]);
      continue;
    }
    if (++i == text.size()) return {};
    std::string_view own;
    for (const auto& [letter, pattern] : parts) {
      if (letter == text[i]) own = pattern;
    }
    if (own.empty()) return {};
    format += own;
  }
  return std::string("'") + format + "'";
}

// Letters that mean to strftime what they mean to DATE_FORMAT; %s is the epoch to the one, and the second to
// the other, and so on.
bool means_alike(std::string_view format) {
  for (std::size_t i = 0; i + 1 < format.size(); ++i) {
    if (format[i] == '%' && std::string_view("YmdHMSjIpyBbaT").find(format[++i]) == std::string_view::npos)
      return false;
  }
  return true;
}

std::string date_format(const Draft& draft, const Call& call, std::size_t date, std::size_t format) {
  if (call.arguments.size() != 2) return {};
  if (date == 1 && !means_alike(draft.argument(call, format))) return {};
  // %M is the month's name to MySQL and the minute to strftime.
  const std::string pattern =
      format_of(replace_all(draft.argument(call, format), "%M", date == 0 ? "%B" : "%i"));
  return pattern.empty() ? std::string()
                         : std::string("TO_CHAR(") + moment(draft, call, date) + ", " + pattern + ")";
}

std::string str_to_date(const Draft& draft, const Call& call) {
  if (call.arguments.size() != 2) return {};
  const std::string format = format_of(draft.argument(call, 1));
  if (format.empty()) return {};
  const bool time = format.find("HH") != std::string::npos || format.find("MI") != std::string::npos;
  return (time ? "TO_TIMESTAMP(" : "TO_DATE(") + draft.argument(call, 0) + ", " + format + ")";
}

std::string part(const Draft& draft, const Call& call, std::string_view name) {
  if (call.arguments.size() != 1) return {};
  return std::string("EXTRACT(") + std::string(name) + " FROM " + moment(draft, call, 0) + ")";
}

// MySQL's WEEK(x, mode). Mode 0, the default, counts Sundays; 3 is the ISO week, and 1 that without the turn
// of the year. Source: MySQL 8 manual, section 12.7.
std::string week(const Draft& draft, const Call& call) {
  if (call.arguments.empty() || call.arguments.size() > 2) return {};
  const std::string mode = call.arguments.size() == 2 ? draft.argument(call, 1) : "0";
  const auto part_of = [&](std::string_view name) {
    return std::string("EXTRACT(") + std::string(name) + " FROM " + moment(draft, call, 0) + ")";
  };
  if (mode == "3") return part_of("WEEK");
  if (mode == "0") return "FLOOR((" + part_of("DOY") + " + 6 - " + part_of("DOW") + ") / 7)";
  if (mode == "1") return "FLOOR((" + part_of("DOY") + " + 10 - " + part_of("ISODOW") + ") / 7)";
  return {};
}

// YEARWEEK(x, 1) and (x, 3) are the ISO year and week.
std::string yearweek(const Draft& draft, const Call& call) {
  if (call.arguments.size() != 2 || (draft.argument(call, 1) != "1" && draft.argument(call, 1) != "3"))
    return {};
  return "TO_CHAR(" + moment(draft, call, 0) + ", 'IYYYIW')::int";
}

// DATEPART(month, x)
std::string datepart(const Draft& draft, const Call& call) {
  if (call.arguments.size() != 2) return {};
  const std::string named = lower(draft.argument(call, 0));
  const std::string unit = named == "weekday" || named == "dw"     ? "dow"
                           : named == "dayofyear" || named == "dy" ? "doy"
                                                                   : unit_of(named).value_or("");
  if (unit.empty() || draft.kind(call.arguments[0].first) != TokenKind::word) return {};
  if (unit == "week") return {};  // the first of January's, to SQL Server
  const std::string value = "EXTRACT(" + upper_of(unit) + " FROM " + moment(draft, call, 1) + ")";
  return unit == "dow" ? "(" + value + " + 1)" : value;
}

// SQL Server's FORMAT(x, 'yyyy-MM') and MySQL's FORMAT(x, 2).
std::string format(const Draft& draft, const Call& call) {
  if (call.arguments.size() != 2 || draft.kind(call.arguments[0].first) == TokenKind::text) return {};
  const auto [first, last] = call.arguments[1];
  if (last != first + 1) return {};
  if (draft.kind(first) == TokenKind::number) {
    const std::string_view digits = draft.word(first);
    if (digits.size() != 1 || digits[0] > '6') return {};
    const auto places = static_cast<std::size_t>(digits[0] - '0');
    return "TO_CHAR(" + as(draft, call, 0, "numeric") + ", 'FM999,999,999,999,990" + (places > 0 ? "." : "") +
           std::string(places, '0') + "')";
  }
  if (draft.kind(first) != TokenKind::text) return {};
  std::string pattern;
  const std::string_view text = draft.word(first).substr(1, draft.word(first).size() - 2);
  static constexpr std::array<std::pair<std::string_view, std::string_view>, 8> parts{{{"yyyy", "YYYY"},
                                                                                       {"yy", "YY"},
                                                                                       {"MMMM", "FMMonth"},
                                                                                       {"MMM", "Mon"},
                                                                                       {"MM", "MM"},
                                                                                       {"dd", "DD"},
                                                                                       {"HH", "HH24"},
                                                                                       {"mm", "MI"}}};
  for (std::size_t i = 0; i < text.size();) {
    std::size_t taken = 0;
    for (const auto& [name, own] : parts) {
      if (taken > 0 || text.substr(i, name.size()) != name) continue;
      pattern += own;
      taken = name.size();
    }
    if (taken == 0) {
      if (text[i] != '-' && text[i] != '/' && text[i] != '.' && text[i] != ' ' && text[i] != ':') return {};
      pattern += text[i];
      taken = 1;
    }
    i += taken;
  }
  return "TO_CHAR(" + moment(draft, call, 0) + ", '" + pattern + "')";
}

std::string last_day(const Draft& draft, const Call& call) {
  if (call.arguments.size() != 1) return {};
  return std::string("(DATE_TRUNC('month', ") + moment(draft, call, 0) +
         ") + INTERVAL '1 month - 1 day')::date";
}

std::string name_of(const Draft& draft, const Call& call, std::string_view pattern) {
  if (call.arguments.size() != 1) return {};
  return "TO_CHAR(" + moment(draft, call, 0) + ", '" + std::string(pattern) + "')";
}

// BigQuery's DATE_TRUNC(x, MONTH).
std::string date_trunc(const Draft& draft, const Call& call) {
  if (call.arguments.size() != 2 || draft.kind(call.arguments[1].first) != TokenKind::word) return {};
  const auto [first, last] = call.arguments[1];
  const auto unit = unit_of(draft.word(first));
  if (last - first != 1 || !unit || draft.kind(call.arguments[0].first) == TokenKind::text) return {};
  return std::string("DATE_TRUNC('") + *unit + "', " + draft.argument(call, 0) + ")";
}

std::string no_arguments(const Call& call, std::string_view text) {
  return call.arguments.empty() ? std::string(text) : std::string();
}

struct Row {
  std::string_view name;
  Rewriter rewrite;
};

constexpr std::array rows{
    Row{"datediff", datediff},
    Row{"date_diff", datediff},
    Row{"timestampdiff", timestampdiff},
    Row{"date_add", [](const Draft& d, const Call& c) { return add_interval(d, c, '+'); }},
    Row{"adddate", [](const Draft& d, const Call& c) { return add_interval(d, c, '+'); }},
    Row{"date_sub", [](const Draft& d, const Call& c) { return add_interval(d, c, '-'); }},
    Row{"subdate", [](const Draft& d, const Call& c) { return add_interval(d, c, '-'); }},
    Row{"dateadd", dateadd},
    Row{"timestampadd", dateadd},
    Row{"date_format", [](const Draft& d, const Call& c) { return date_format(d, c, 0, 1); }},
    Row{"strftime", [](const Draft& d, const Call& c) { return date_format(d, c, 1, 0); }},
    Row{"str_to_date", str_to_date},
    Row{"year", [](const Draft& d, const Call& c) { return part(d, c, "YEAR"); }},
    Row{"quarter", [](const Draft& d, const Call& c) { return part(d, c, "QUARTER"); }},
    Row{"month", [](const Draft& d, const Call& c) { return part(d, c, "MONTH"); }},
    Row{"day", [](const Draft& d, const Call& c) { return part(d, c, "DAY"); }},
    Row{"dayofmonth", [](const Draft& d, const Call& c) { return part(d, c, "DAY"); }},
    Row{"dayofyear", [](const Draft& d, const Call& c) { return part(d, c, "DOY"); }},
    Row{"weekofyear", [](const Draft& d, const Call& c) { return part(d, c, "WEEK"); }},
    Row{"hour", [](const Draft& d, const Call& c) { return part(d, c, "HOUR"); }},
    Row{"minute", [](const Draft& d, const Call& c) { return part(d, c, "MINUTE"); }},
    Row{"second", [](const Draft& d, const Call& c) { return part(d, c, "SECOND"); }},
    Row{"dayofweek",
        [](const Draft& d, const Call& c) {
          return c.arguments.size() == 1 ? std::string("(") + part(d, c, "DOW") + " + 1)" : std::string();
        }},
    Row{"weekday",
        [](const Draft& d, const Call& c) {
          return c.arguments.size() == 1 ? std::string("(") + part(d, c, "ISODOW") + " - 1)" : std::string();
        }},
    Row{"week", week},
    Row{"yearweek", yearweek},
    Row{"datepart", datepart},
    Row{"format", format},
    Row{"monthname", [](const Draft& d, const Call& c) { return name_of(d, c, "FMMonth"); }},
    Row{"dayname", [](const Draft& d, const Call& c) { return name_of(d, c, "FMDay"); }},
    Row{"last_day", last_day},
    Row{"eomonth", last_day},
    Row{"date_trunc", date_trunc},
    Row{"getdate", [](const Draft&, const Call& c) { return no_arguments(c, "NOW()"); }},
    Row{"getutcdate",
        [](const Draft&, const Call& c) { return no_arguments(c, "(NOW() AT TIME ZONE 'UTC')"); }},
    Row{"utc_timestamp",
        [](const Draft&, const Call& c) { return no_arguments(c, "(NOW() AT TIME ZONE 'UTC')"); }},
    Row{"sysdatetime", [](const Draft&, const Call& c) { return no_arguments(c, "NOW()"); }},
    Row{"sysdate", [](const Draft&, const Call& c) { return no_arguments(c, "NOW()"); }},
    Row{"current_datetime", [](const Draft&, const Call& c) { return no_arguments(c, "LOCALTIMESTAMP"); }},
    Row{"curdate", [](const Draft&, const Call& c) { return no_arguments(c, "CURRENT_DATE"); }},
    Row{"current_date", [](const Draft&, const Call& c) { return no_arguments(c, "CURRENT_DATE"); }},
    Row{"current_timestamp",
        [](const Draft&, const Call& c) { return no_arguments(c, "CURRENT_TIMESTAMP"); }},
    Row{"curtime", [](const Draft&, const Call& c) { return no_arguments(c, "LOCALTIME"); }},
    Row{"unix_timestamp",
        [](const Draft& d, const Call& c) {
          if (c.arguments.empty()) return std::string("EXTRACT(EPOCH FROM NOW())");
          return part(d, c, "EPOCH");
        }},
    Row{"from_unixtime",
        [](const Draft& d, const Call& c) {
          return c.arguments.size() == 1 ? std::string("TO_TIMESTAMP(") + d.argument(c, 0) + ")"
                                         : std::string();
        }},
};

// INTERVAL 30 DAY -> INTERVAL '30 day'
std::vector<Edit> interval_literal(const Draft& draft) {
  std::vector<Edit> edits;
  for (std::size_t i = 0; i + 2 < draft.size(); ++i) {
    if (!draft.is(i, "interval") || draft.kind(i + 1) != TokenKind::number ||
        draft.kind(i + 2) != TokenKind::word)
      continue;
    const auto unit = unit_of(draft.word(i + 2));
    if (unit) edits.push_back(draft.replace(i, i + 3, interval(draft.word(i + 1), *unit, true)));
  }
  return edits;
}

}  // namespace

std::vector<MendRule> date_rules() {
  std::vector<MendRule> rules;
  for (const Row& row : rows) {
    // SQLite has strftime itself.
    const MendFor dialects = row.name == "strftime" ? MendFor::postgres : MendFor::postgres_first;
    rules.push_back(rewrites_calls(row.name, dialects, row.rewrite));
  }
  rules.push_back({"interval_literal", MendFor::postgres_first, interval_literal});
  return rules;
}

}  // namespace kpi::sql
