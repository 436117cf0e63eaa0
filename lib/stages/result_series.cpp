#include <kpi/base/text.hpp>
#include <kpi/base/words.hpp>
#include <kpi/stages/measure_columns.hpp>
#include <kpi/stages/result_facts.hpp>
#include <kpi/stages/result_series.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <set>
#include <string>
#include <string_view>
#include <utility>

namespace kpi::stages {
namespace {

constexpr std::int64_t day_s = 86'400;
constexpr std::size_t fewest_periods = 4;  ///< less says nothing of a grain
constexpr std::size_t fewest_moments = 10;

/// The number in `text[at, at+count)`, if all are digits.
std::optional<std::int64_t> digits(std::string_view text, std::size_t at, std::size_t count) {
  if (at + count > text.size()) return std::nullopt;
  std::int64_t value = 0;
  for (std::size_t i = at; i < at + count; ++i) {
    if (text[i] < '0' || text[i] > '9') return std::nullopt;
    value = value * 10 + (text[i] - '0');
  }
  return value;
}

std::int64_t seconds_of(std::int64_t year, std::int64_t month, std::int64_t day) {
  const std::chrono::year_month_day date{std::chrono::year(static_cast<int>(year)),
                                         std::chrono::month(static_cast<unsigned>(month)),
                                         std::chrono::day(static_cast<unsigned>(day))};
  return std::chrono::sys_days(date).time_since_epoch().count() * day_s;
}

CellTime at_date(std::int64_t year, std::int64_t month, std::int64_t day) {
  return {seconds_of(year, month, day), year * 12 + month - 1};
}

/// The Monday of a week, so that the last week of a year and the first of the next lie a week apart, or are
/// one: the first holds the 4th of January. Source: ISO 8601. Weeks that are counted from the first Monday
/// (strftime's %W) come out a week early at most.
CellTime at_week(std::int64_t year, std::int64_t week) {
  constexpr std::int64_t week_s = 7 * day_s;
  constexpr std::int64_t first_monday_s = 4 * day_s;  // 1970-01-05
  auto time = at_date(year, 1, 4);
  const auto since_monday = ((time.seconds - first_monday_s) % week_s + week_s) % week_s;
  time.seconds += (week - 1) * week_s - since_monday;
  return time;
}

std::optional<CellTime> parse_time(std::string_view text) {
  const auto year = digits(text, 0, 4);
  if (!year || *year < 1900 || *year > 2999) return std::nullopt;
  if (text.size() == 4) return at_date(*year, 1, 1);
  if (text.size() < 7 || text[4] != '-') return std::nullopt;
  if (text[5] == 'Q' && text.size() == 7) {
    const auto quarter = digits(text, 6, 1);
    if (!quarter || *quarter < 1 || *quarter > 4) return std::nullopt;
    return at_date(*year, *quarter * 3 - 2, 1);
  }
  if (text[5] == 'W' && text.size() == 8) {
    const auto week = digits(text, 6, 2);
    if (!week || *week > 53) return std::nullopt;
    return at_week(*year, *week);
  }
  const auto month = digits(text, 5, 2);
  if (!month || *month < 1 || *month > 12) return std::nullopt;
  if (text.size() == 7) return at_date(*year, *month, 1);
  const auto day = digits(text, 8, 2);
  if (text[7] != '-' || !day || *day < 1 || *day > 31) return std::nullopt;
  auto time = at_date(*year, *month, *day);
  if (text.size() == 10) return time;
  if (text[10] != 'T' && text[10] != ' ') return std::nullopt;
  const auto hour = digits(text, 11, 2);
  const auto minute =
      text.size() > 13 && text[13] == ':' ? digits(text, 14, 2) : std::optional<std::int64_t>(0);
  if (!hour || !minute) return std::nullopt;
  const auto second = text.size() > 16 && text[16] == ':' ? digits(text, 17, 2) : std::nullopt;
  time.seconds += *hour * 3600 + *minute * 60 + second.value_or(0);
  return time;
}

model::Finding finding(const char* code, model::Severity severity, std::string message) {
  return {code, severity, std::move(message), std::nullopt};
}

/// A series' step, and how many of them lie between two moments.
struct Grain {
  const char* name;
  std::int64_t months;   ///< of one step; 0: counted in seconds
  std::int64_t seconds;  ///< of one step, where months is 0
};

Grain grain_of(const std::vector<CellTime>& times) {
  std::int64_t least_s = times.back().seconds - times.front().seconds;
  std::int64_t least_m = times.back().months - times.front().months;
  for (std::size_t i = 1; i < times.size(); ++i) {
    least_s = std::min(least_s, times[i].seconds - times[i - 1].seconds);
    least_m = std::min(least_m, times[i].months - times[i - 1].months);
  }
  if (least_m >= 12) return {"year", 12, 0};
  if (least_m >= 3) return {"quarter", 3, 0};
  if (least_m >= 1) return {"month", 1, 0};
  if (least_s % (7 * day_s) == 0) return {"week", 0, 7 * day_s};
  if (least_s % day_s == 0) return {"day", 0, day_s};
  return {"hour", 0, 3600};
}

std::optional<model::Finding> gaps(std::vector<CellTime> times) {
  std::sort(times.begin(), times.end(), [](const auto& a, const auto& b) { return a.seconds < b.seconds; });
  times.erase(std::unique(times.begin(), times.end(),
                          [](const auto& a, const auto& b) { return a.seconds == b.seconds; }),
              times.end());
  if (times.size() < fewest_periods) return std::nullopt;
  const auto grain = grain_of(times);
  const auto span = grain.months > 0 ? (times.back().months - times.front().months) / grain.months
                                     : (times.back().seconds - times.front().seconds) / grain.seconds;
  const auto missing = span + 1 - static_cast<std::int64_t>(times.size());
  if (missing <= 0) return std::nullopt;
  return finding("result.gaps", model::Severity::note,
                 fmt::format("{} of {} {}s have no row: a line drawn through it hides them", missing,
                             span + 1, grain.name));
}

/// Most moments are no full minute: rows that were to be one period stand alone, each at its own second.
bool are_raw_moments(const std::vector<CellTime>& times) {
  const auto odd =
      std::count_if(times.begin(), times.end(), [](const auto& time) { return time.seconds % 60 != 0; });
  return times.size() >= fewest_moments && static_cast<std::size_t>(odd) * 2 > times.size();
}

/// The times of rows that stand together; a whole series is one run.
using Run = std::vector<CellTime>;

/// Each run goes up, or each goes down.
bool all_one_way(const std::vector<Run>& runs) {
  const auto later = [](const auto& a, const auto& b) { return a.seconds < b.seconds; };
  return std::all_of(runs.begin(), runs.end(),
                     [&](const Run& run) { return std::is_sorted(run.begin(), run.end(), later); }) ||
         std::all_of(runs.begin(), runs.end(),
                     [&](const Run& run) { return std::is_sorted(run.rbegin(), run.rend(), later); });
}

/// Columns that name a row's segment: text that is no number, or a code.
std::vector<std::size_t> segment_columns(const metabase::QueryResult& result, std::size_t axis) {
  std::vector<std::size_t> columns;
  for (std::size_t i = 0; i < result.columns.size(); ++i) {
    const bool names = std::all_of(result.rows.begin(), result.rows.end(), [&](const auto& row) {
      return i >= row.size() || row[i].is_null() || (row[i].is_string() && !number_in(row[i]));
    });
    if (i != axis && (names || is_code_name(result.columns[i].name))) columns.push_back(i);
  }
  return columns;
}

/// The series by segment, where the rows of each segment stand together: as many runs as segments. None where
/// they do not, or where most segments have one row: any order would pass.
std::vector<Run> runs_by_segment(const metabase::QueryResult& result, std::size_t axis) {
  const auto columns = segment_columns(result, axis);
  std::vector<Run> runs;
  std::set<std::string> seen;
  std::string last;
  std::size_t moments = 0;
  for (const auto& row : result.rows) {
    if (axis >= row.size() || row[axis].is_null()) continue;
    std::string segment;
    for (const auto i : columns) segment += (i < row.size() ? dump_json(row[i]) : "") + '\x1F';
    if (runs.empty() || segment != last) {
      if (!seen.insert(segment).second) return {};
      runs.emplace_back();
    }
    last = std::move(segment);
    runs.back().push_back(*time_in(row[axis]));
    ++moments;
  }
  return runs.size() * 2 <= moments ? runs : std::vector<Run>{};
}

/// By time, or by segment and then by time.
bool is_ordered(const std::vector<CellTime>& times, const metabase::QueryResult& result, std::size_t axis) {
  if (all_one_way({times})) return true;
  const auto runs = runs_by_segment(result, axis);
  return !runs.empty() && all_one_way(runs);
}

/// That it has no ORDER BY was told from its text.
bool said_before(const model::Kpi& kpi) {
  return kpi.validation && std::any_of(kpi.validation->findings.begin(), kpi.validation->findings.end(),
                                       [](const auto& one) { return one.code == "lint.unordered_series"; });
}

/// Its name or a column it reads tells of what is to come.
bool is_planned(const model::Kpi& kpi) {
  const auto tells = [](const std::string& name) {
    return has_word(identifier_words(name),
                    {"due",     "expire",  "expires",   "expiry",    "expiration", "expired", "forecast",
                     "planned", "plan",    "scheduled", "schedule",  "upcoming",   "until",   "deadline",
                     "valid",   "renewal", "expected",  "estimated", "end",        "next"});
  };
  if (tells(kpi.name)) return true;
  return kpi.validation && std::any_of(kpi.validation->references.begin(), kpi.validation->references.end(),
                                       [&](const auto& reference) { return tells(reference.field); });
}

}  // namespace

std::optional<CellTime> time_in(const Json& cell) {
  return cell.is_string() ? parse_time(cell.get_ref<const std::string&>()) : std::nullopt;
}

std::optional<std::size_t> time_axis(const metabase::QueryResult& result) {
  for (std::size_t i = 0; i < result.columns.size(); ++i) {
    bool any = false;
    const bool all = std::all_of(result.rows.begin(), result.rows.end(), [&](const auto& row) {
      if (i >= row.size() || row[i].is_null()) return true;
      any = true;
      return time_in(row[i]).has_value();
    });
    if (all && any) return i;
  }
  return std::nullopt;
}

std::vector<model::Finding> check_series(const model::Kpi& kpi, const metabase::QueryResult& result,
                                         WallTime now) {
  std::vector<model::Finding> findings;
  if (kpi.result.shape != model::Shape::series) return findings;
  const auto axis = time_axis(result);
  if (!axis) return findings;
  std::vector<CellTime> times;
  for (const auto& row : result.rows) {
    if (*axis < row.size() && !row[*axis].is_null()) times.push_back(*time_in(row[*axis]));
  }
  if (!said_before(kpi) && !is_ordered(times, result, *axis)) {
    findings.push_back(finding(
        "result.unordered", model::Severity::warning,
        fmt::format("{} runs neither up nor down: add ORDER BY", single_line(result.columns[*axis].name))));
  }
  const auto latest = std::max_element(times.begin(), times.end(),
                                       [](const auto& a, const auto& b) { return a.seconds < b.seconds; });
  // A day's grace: no zone is further ahead.
  const auto now_s = std::chrono::duration_cast<std::chrono::seconds>(now.time_since_epoch()).count();
  if (latest != times.end() && latest->seconds > now_s + day_s && !is_planned(kpi)) {
    findings.push_back(finding("result.future", model::Severity::warning,
                               "ends in the future: rows that have not happened are counted"));
  }
  if (are_raw_moments(times)) {
    findings.push_back(finding("result.raw_moments", model::Severity::warning,
                               fmt::format("has {} points, each the very second of a row: group by a day, a "
                                           "week or a month",
                                           times.size())));
    return findings;
  }
  if (auto found = gaps(std::move(times))) findings.push_back(std::move(*found));
  return findings;
}

}  // namespace kpi::stages
