#include <kpi/base/text.hpp>
#include <kpi/base/words.hpp>
#include <kpi/model/domain.hpp>
#include <kpi/stages/score_components.hpp>
#include <kpi/stages/score_findings.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <set>

namespace kpi::stages {
namespace {

using Opinion = std::optional<Judgement>;

bool is_rate(const model::Kpi& kpi) {
  return kpi.result.unit == model::Unit::percent || kpi.result.unit == model::Unit::ratio;
}

template <std::size_t size>
bool is_in(std::string_view word, const std::array<std::string_view, size>& wanted) {
  return std::find(wanted.begin(), wanted.end(), word) != wanted.end();
}

/// A value at a count, on straight lines between `steps` by the logarithm of the count: one group more moves
/// a score by little wherever it stands.
struct Step {
  double count;
  double value;
};
template <std::size_t size>
double value_at(std::size_t count, const std::array<Step, size>& steps) {
  const auto at = static_cast<double>(count);
  if (at <= steps.front().count) return steps.front().value;
  for (std::size_t i = 1; i < size; ++i) {
    const auto& [from, to] = std::pair(steps.at(i - 1), steps.at(i));
    if (at > to.count) continue;
    const double way = std::log(at / from.count) / std::log(to.count / from.count);
    return from.value + way * (to.value - from.value);
  }
  return steps.back().value;
}

/// Groups people can take in. Source: Metabase's dimension scorer: 10 to 25 groups are best, one says
/// nothing, thousands are noise.
double group_value(std::size_t groups) {
  static constexpr std::array<Step, 8> steps{
      {{1, 0.0}, {2, 0.4}, {5, 0.75}, {10, 1.0}, {25, 1.0}, {50, 0.7}, {500, 0.2}, {5000, 0.05}}};
  return value_at(groups, steps);
}

/// Points of a series: enough to see a direction, few enough to see them.
double point_value(std::size_t points) {
  static constexpr std::array<Step, 6> steps{
      {{1, 0.1}, {3, 0.4}, {6, 1.0}, {100, 1.0}, {500, 0.7}, {2000, 0.3}}};
  return value_at(points, steps);
}

/// A change of a figure, not a figure.
bool tells_change(const model::Kpi& kpi) {
  return has_word(identifier_words(kpi.name), {"growth", "change", "difference", "versus", "vs", "against"});
}

/// How much the values differ, by their coefficient of variation: a flat line says nothing. A change swings
/// around 0, where the coefficient means nothing. Source: Metabase's numeric-variance scorer.
double spread_value(const ColumnFacts& column, bool is_change) {
  if (column.numbers < 2 || column.deviation == 0) return 0.0;
  if (is_change || column.mean == 0) return 0.5;
  return std::min(1.0, 0.3 + 1.4 * std::fabs(column.deviation / column.mean));
}

/// Zeros, or any one value, almost everywhere are worth nothing. Source: Metabase's distribution-shape
/// scorer, which has the same bounds.
double variety_value(const ColumnFacts& column) {
  const double share = std::max(column.zero_share, column.top_share);
  if (share >= 0.95) return 0.0;
  return share >= 0.8 ? 0.4 : 1.0;
}

/// One rate, at exactly 1 or 100 percent: as little as one at 0.
bool is_whole(const model::Kpi& kpi, const ResultFacts& facts) {
  if (kpi.result.shape != model::Shape::scalar || !is_rate(kpi) || facts.measures.size() != 1) return false;
  const auto& column = facts.columns[facts.measures.front()];
  return column.numbers == 1 && column.max == (kpi.result.unit == model::Unit::percent ? 100.0 : 1.0);
}

Judgement one_row(const Subject& subject) {
  const auto& facts = *subject.facts;
  const bool zero = !facts.measures.empty() &&
                    std::all_of(facts.measures.begin(), facts.measures.end(), [&](std::size_t i) {
                      const auto& column = facts.columns[i];
                      return column.nulls > 0 || (column.numbers > 0 && column.min == 0 && column.max == 0);
                    });
  if (zero) return {0.0, "one row of zeros"};
  if (is_whole(subject.kpi, facts)) return {0.1, "all of them: a rate that nothing is left out of"};
  if (subject.kpi.result.shape == model::Shape::scalar) return {0.45, "one value other than zero"};
  // Metabase's scorers know no such thing: a few figures that are read together, as a row of cards would be.
  if (subject.kpi.result.shape == model::Shape::table && !facts.measures.empty()) {
    const auto figures = std::count_if(facts.columns.begin(), facts.columns.end(),
                                       [](const auto& column) { return column.numbers > 0; });
    if (figures == 1) return {0.45, "one figure, with what belongs to it"};
    return {0.5, fmt::format("{} figures side by side", figures)};
  }
  if (facts.columns.size() == 1) return {0.15, "one value that is no number"};
  return {0.15, "one row where several are meant"};
}

Opinion informativeness(const Subject& subject) {
  if (subject.facts == nullptr || subject.facts->rows == 0) return std::nullopt;
  const auto& facts = *subject.facts;
  if (facts.rows == 1) return one_row(subject);
  if (facts.columns.size() == 1)
    return Judgement{0.1, fmt::format("{} values that nothing names", facts.rows)};
  Opinion best;
  const bool series = subject.kpi.result.shape == model::Shape::series;
  const bool changes = tells_change(subject.kpi);
  const auto groups = facts.axis ? std::max<std::size_t>(facts.columns[*facts.axis].distinct, 1) : facts.rows;
  const double size = series ? point_value(groups) : group_value(facts.rows);
  for (const auto i : facts.measures) {
    const auto& column = facts.columns[i];
    const double nulls = static_cast<double>(column.nulls) / static_cast<double>(facts.rows);
    double value = size * (0.4 + 0.6 * spread_value(column, changes)) * (1 - nulls);
    if (facts.rows >= 5) value *= variety_value(column);
    if (best && value <= best->value) continue;
    best = Judgement{value, fmt::format("{} {}, {} different values", groups, series ? "points" : "groups",
                                        column.distinct)};
  }
  return best ? best : Judgement{0.1, fmt::format("{} rows without a number", facts.rows)};
}

bool is_id(const std::string& name) {
  const auto words = identifier_words(name);
  return !words.empty() && has_word({words.back()}, {"id", "uuid", "guid", "no", "seq", "key", "pk"});
}

/// Rows are named by a number that means nothing to people.
bool shows_raw_ids(const Subject& subject) {
  const auto& run = subject.kpi.validation->execution;
  if (!run || run->columns.size() < 2) return false;
  const bool id = is_id(run->columns.front().name);
  const bool named = std::any_of(run->columns.begin() + 1, run->columns.end(), [](const auto& column) {
    return column.type == "type/Text" && !is_id(column.name);
  });
  return id && !named;
}

/// By its form: its shape, its window and what its name says.
Judgement comparable_form(const Subject& subject) {
  const auto& kpi = subject.kpi;
  const auto words = identifier_words(kpi.name);
  const bool one_row = subject.facts != nullptr && subject.facts->rows == 1;
  if (one_row && kpi.result.shape == model::Shape::series) return Judgement{0.3, "one point in time"};
  if (kpi.result.shape == model::Shape::series) return Judgement{1.0, "a series over time"};
  if (has_word(words, {"growth", "change", "versus", "vs", "against", "trend", "retention", "cohort"}))
    return Judgement{0.9, "sets one time against another"};
  const bool windowed = subject.traits.windowed;
  if (one_row && kpi.result.shape == model::Shape::breakdown) return Judgement{0.3, "one segment"};
  // Understandable too, says the same source: what has no name is compared with nothing.
  if (kpi.result.shape == model::Shape::breakdown && shows_raw_ids(subject))
    return Judgement{0.4, "compares raw ids, which have no names"};
  if (kpi.result.shape == model::Shape::breakdown) {
    return windowed ? Judgement{0.9, "compares segments within a time window"}
                    : Judgement{0.7, "compares segments"};
  }
  if (kpi.result.shape == model::Shape::table && !one_row) return Judgement{0.4, "a list"};
  if (is_rate(kpi) && windowed) return Judgement{0.7, "a rate within a time window"};
  if (windowed) return Judgement{0.55, "one number within a time window"};
  if (is_rate(kpi)) return Judgement{0.5, "a rate over all time"};
  return Judgement{0.2, "one number over all time"};
}

/// Source: Lean Analytics: comparative: beside another time, group or plan.
Opinion comparability(const Subject& subject) {
  const auto by_itself = comparable_form(subject);
  // A figure in doubt is held against nothing, however well its form would allow it.
  const auto* doubted = doubt_about(subject.kpi);
  if (doubted == nullptr || by_itself.value <= 0.3) return by_itself;
  return Judgement{0.3, "a figure in doubt: " + doubted->code};
}

/// Source: Lean Analytics: a ratio or a rate; REQ-018 and REQ-021: a safe one.
Opinion ratio_safety(const Subject& subject) {
  static constexpr std::array<std::string_view, 6> unsafe{"lint.integer_division",  "lint.division_by_zero",
                                                          "lint.rate_range",        "result.out_of_range",
                                                          "result.multiplied_rows", "result.not_a_rate"};
  for (const auto code : unsafe) {
    if (has_finding(subject.kpi, code)) return Judgement{0.0, "unsafe: " + std::string(code)};
  }
  const auto& traits = subject.traits;
  if (!traits.divides) {
    if (is_rate(subject.kpi)) return Judgement{0.9, "a rate without a division"};
    return traits.averages ? Judgement{0.6, "an average"} : Judgement{0.3, "no rate"};
  }
  double value = 0.1;
  std::vector<std::string> has;
  const auto credit = [&](bool earned, double worth, const char* what) {
    if (!earned) return;
    value += worth;
    has.emplace_back(what);
  };
  credit(!traits.split_population, 0.3, "one population");
  credit(traits.decimal, 0.2, "decimal");
  credit(traits.guarded_divisor, 0.25, "no division by zero");
  credit(traits.null_policy, 0.15, "nulls minded");
  if (tells_change(subject.kpi)) return Judgement{std::min(value, 0.6), "a change of a figure"};
  // A share or an average in another column helps to read a count, and makes no rate of it.
  if (subject.kpi.result.unit == model::Unit::count)
    return Judgement{std::min(value, 0.6), "a count, with a rate beside it"};
  return Judgement{value, has.empty() ? "an unguarded division" : "a rate: " + join(has, ", ")};
}

/// Words of columns that tell rows which are no business: sql::chooses_rows() has the same.
bool speaks_of_noise(const std::string& name) {
  return has_word(identifier_words(name), {"test", "tests", "dummy", "deleted", "delete", "del", "removed"});
}

/// A column that only keeps rows clean: not in a KPI about what was deleted.
bool is_cleaning(const model::Kpi& kpi, const std::string& field) {
  return speaks_of_noise(field) && !speaks_of_noise(kpi.name);
}

/// The tables that say something of the business: without those read by their keys alone to leave out tests
/// and deleted rows. The KPI's own table is always among them.
std::size_t telling_tables(const Subject& subject) {
  struct Read {
    bool cleans = false;
    bool tells = false;
  };
  std::map<std::string, Read> tables;
  for (const auto& [table, field] : subject.kpi.validation->references) {
    auto& read = tables[table];
    if (is_cleaning(subject.kpi, field))
      read.cleans = true;
    else if (field != "*" && !is_id(field))
      read.tells = true;
  }
  const auto own = subject.kpi.tables.empty() ? std::string() : subject.kpi.tables.front();
  return static_cast<std::size_t>(std::count_if(tables.begin(), tables.end(), [&](const auto& one) {
    return one.second.tells || !one.second.cleans || one.first == own;
  }));
}

Opinion specificity(const Subject& subject) {
  const auto& validation = *subject.kpi.validation;
  if (subject.traits.bare_count) return Judgement{0.05, "counts all rows of a table"};
  const auto columns =
      std::count_if(validation.references.begin(), validation.references.end(), [&](const auto& reference) {
        return reference.field != "*" && !is_id(reference.field) &&
               !is_cleaning(subject.kpi, reference.field);
      });
  double value = 0.15;
  std::string reason = "keys and rows only";
  if (columns > 0) {
    value += columns == 1 ? 0.2 : columns == 2 ? 0.35 : 0.45;
    reason = columns == 1 ? "one business column" : fmt::format("{} business columns", columns);
  }
  if (subject.traits.filtered) {
    value += 0.2;
    reason += ", chosen rows";
  }
  if (telling_tables(subject) > 1) {
    value += 0.2;
    reason += ", related tables";
  }
  if (shows_raw_ids(subject)) {
    value *= 0.5;
    reason += ", raw ids instead of names";
  }
  return Judgement{std::min(value, 1.0), reason};
}

/// Words of figures of which more is plainly better, or worse.
constexpr std::array<std::string_view, 52> directed{
    "active",     "amount",     "backlog",      "cancelled", "canceled", "churn",      "commission",
    "completed",  "completion", "conversion",   "cost",      "delay",    "delayed",    "discount",
    "duration",   "engagement", "error",        "failed",    "fee",      "fulfilment", "growth",
    "inactive",   "income",     "late",         "lead",      "lost",     "margin",     "missing",
    "new",        "open",       "overdue",      "paid",      "pending",  "price",      "profit",
    "rate",       "refund",     "refunded",     "rejected",  "repeat",   "retention",  "returned",
    "revenue",    "sales",      "satisfaction", "sold",      "stale",    "time",       "unpaid",
    "unresolved", "value",      "waiting"};

/// Words that name a bound to hold.
constexpr std::array<std::string_view, 10> bounded{"above", "backlog", "below", "breached", "late",
                                                   "older", "overdue", "sla",   "stale",    "target"};

template <std::size_t size>
bool any_in(const std::vector<std::string>& words, const std::array<std::string_view, size>& wanted) {
  return std::any_of(words.begin(), words.end(), [&](const auto& word) { return is_in(word, wanted); });
}

/// "Files created over time": a series, and no time that should be short.
std::vector<std::string> without_over_time(std::vector<std::string> words) {
  static constexpr std::array<std::string_view, 2> phrase{"over", "time"};
  const auto at = std::search(words.begin(), words.end(), phrase.begin(), phrase.end());
  if (at != words.end()) words.erase(at, at + 2);
  return words;
}

/// Source: Lean Analytics: it changes the way one behaves: someone owns it, and knows which way is good.
Opinion actionability(const Subject& subject) {
  const auto& kpi = subject.kpi;
  const auto words = without_over_time(identifier_words(kpi.name));
  double value = 0;
  std::vector<std::string> has;
  if (!kpi.category.empty() && kpi.category != model::general_category) {
    value += 0.35;
    has.emplace_back("a function owns it");
  }
  if (is_rate(kpi) || kpi.result.unit == model::Unit::currency || kpi.result.unit == model::Unit::duration ||
      any_in(words, directed)) {
    value += 0.35;
    has.emplace_back("has a good direction");
  }
  if (any_in(words, bounded)) {
    value += 0.15;
    has.emplace_back("names a threshold");
  }
  if (trim(kpi.business_value).size() >= 20) {
    value += 0.15;
    has.emplace_back("says what it is for");
  }
  return Judgement{value, has.empty() ? "nobody's, and neither way is better" : join(has, ", ")};
}

/// What the checks hold against it.
Opinion soundness(const Subject& subject) {
  std::set<std::string> codes;
  double value = 1.0;
  std::vector<std::string> against;
  for (const auto& finding : subject.kpi.validation->findings) {
    if (!codes.insert(finding.code).second) continue;
    value *= soundness_left_by(finding);
    if (finding.severity != model::Severity::note) against.push_back(finding.code);
  }
  return Judgement{value, against.empty() ? "no check objects" : join(against, ", ")};
}

/// In classes of a factor of 10, so that a noisy clock changes no score.
Opinion cost(const Subject& subject) {
  const auto& run = subject.kpi.validation->execution;
  if (!run || run->status != model::RunStatus::ok) return std::nullopt;
  if (run->elapsed_ms < 1'000) return Judgement{1.0, "under 1 s"};
  if (run->elapsed_ms < 10'000) return Judgement{0.5, "1 to 10 s"};
  return Judgement{0.0, "over 10 s"};
}

Opinion coverage(const Subject& subject) { return subject.coverage.judge(subject.kpi); }

struct Component {
  std::string_view name;
  Opinion (*judge)(const Subject&);
};

constexpr std::array components{Component{"informativeness", informativeness},
                                Component{"comparability", comparability},
                                Component{"soundness", soundness},
                                Component{"ratio_safety", ratio_safety},
                                Component{"specificity", specificity},
                                Component{"actionability", actionability},
                                Component{"coverage", coverage},
                                Component{"cost", cost}};

std::string table_of(const model::Kpi& kpi) {
  return kpi.tables.empty() ? std::string() : kpi.tables.front();
}

/// 1 for a group of its fair share or less, falling as it outgrows it.
double scarcity(const std::map<std::string, std::size_t>& groups, const std::string& name,
                std::size_t total) {
  const auto at = groups.find(name);
  if (at == groups.end() || groups.empty()) return 1.0;
  const double fair = static_cast<double>(total) / static_cast<double>(groups.size());
  return std::min(1.0, fair / static_cast<double>(at->second));
}

}  // namespace

Coverage::Coverage(const std::vector<const model::Kpi*>& working) : total_(working.size()) {
  for (const auto* kpi : working) {
    ++by_category_[kpi->category];
    ++by_table_[table_of(*kpi)];
  }
}

std::optional<Judgement> Coverage::judge(const model::Kpi& kpi) const {
  if (by_category_.size() <= 1 && by_table_.size() <= 1) return std::nullopt;
  const double value =
      (scarcity(by_category_, kpi.category, total_) + scarcity(by_table_, table_of(kpi), total_)) / 2;
  const auto at = by_category_.find(kpi.category);
  return Judgement{value, fmt::format("its function has {} of {} KPIs",
                                      at == by_category_.end() ? 0 : at->second, total_)};
}

std::optional<Judgement> judge(std::string_view component, const Subject& subject) {
  for (const auto& known : components) {
    if (known.name == component) return known.judge(subject);
  }
  return std::nullopt;
}

std::vector<std::string> score_component_names() {
  std::vector<std::string> names;
  for (const auto& known : components) names.emplace_back(known.name);
  return names;
}

bool has_finding(const model::Kpi& kpi, std::string_view code) {
  const auto& findings = kpi.validation->findings;
  return std::any_of(findings.begin(), findings.end(),
                     [&](const auto& finding) { return finding.code == code; });
}

}  // namespace kpi::stages
