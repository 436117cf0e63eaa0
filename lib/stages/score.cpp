#include <kpi/base/text.hpp>
#include <kpi/base/words.hpp>
#include <kpi/stages/score.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <optional>
#include <set>
#include <string_view>

namespace kpi::stages {
namespace {

struct Judgement {
  double value;
  std::string reason;
};

/// Nothing can be said: the component is left out of the mean.
using Opinion = std::optional<Judgement>;

bool has_finding(const model::Kpi& kpi, std::string_view code) {
  const auto& findings = kpi.validation->findings;
  return std::any_of(findings.begin(), findings.end(),
                     [&](const auto& finding) { return finding.code == code; });
}

/// The reason why a KPI is worth nothing at all, if there is one.
std::optional<std::string> closed_gate(const model::Kpi& kpi) {
  if (!kpi.validation) return "not validated";
  if (kpi.validation->status == model::Verdict::rejected) return "rejected";
  for (const auto& [code, reason] : {std::pair<std::string_view, const char*>{"result.empty", "no rows"},
                                     {"result.all_null", "every value is null"},
                                     {"result.constant", "every group has the same value"},
                                     {"dup.id", "a KPI of this name exists"},
                                     {"dup.fingerprint", "another KPI asks the same"}}) {
    if (has_finding(kpi, code)) return reason;
  }
  return std::nullopt;
}

/// Groups people can take in: all of 2 to 25 is best; one says nothing, thousands say too much. Source:
/// Metabase's own scorers of interestingness prefer breakdowns of 10 to 25 groups.
double group_value(std::size_t groups) {
  if (groups <= 1) return 0.2;
  if (groups < 4) return 0.7;
  if (groups <= 25) return 1.0;
  if (groups <= 100) return 0.7;
  return groups <= 500 ? 0.4 : 0.1;
}

Opinion informativeness(const model::Kpi& kpi, const metabase::QueryResult* result) {
  if (result == nullptr || result->rows.empty()) return std::nullopt;
  if (result->rows.size() == 1) {
    const auto& row = result->rows.front();
    const bool zero = std::all_of(row.begin(), row.end(), [](const Json& cell) {
      return cell.is_null() || (cell.is_number() && cell.get<double>() == 0.0);
    });
    if (zero) return Judgement{0.1, "one row of zeros"};
    return kpi.result.shape == model::Shape::scalar ? Judgement{0.8, "one value other than zero"}
                                                    : Judgement{0.3, "a breakdown of one row"};
  }
  // The last column is the measure in what the generators write: its variety is the signal.
  std::set<std::string> values;
  for (const auto& row : result->rows) {
    if (!row.empty()) values.insert(dump_json(row.back()));
  }
  const double variety = std::min(1.0, static_cast<double>(values.size()) /
                                           std::min<double>(8.0, static_cast<double>(result->rows.size())));
  const double size = kpi.result.shape == model::Shape::series ? 1.0 : group_value(result->rows.size());
  return Judgement{0.5 * variety + 0.5 * size,
                   fmt::format("{} rows, {} different values", result->rows.size(), values.size())};
}

/// A number means more beside its like: over time best, by segment next, in a window at least. Source: Croll
/// and Yoskovitz, Lean Analytics: a good metric is comparative.
Opinion comparability(const model::Kpi& kpi) {
  const auto words = identifier_words(kpi.name);
  if (kpi.result.shape == model::Shape::series) return Judgement{1.0, "a series over time"};
  if (kpi.result.shape == model::Shape::breakdown) return Judgement{0.8, "compares segments"};
  if (has_word(words, {"last", "days", "month", "monthly", "weekly", "daily", "week", "year", "recent",
                       "current"})) {
    return Judgement{0.7, "covers a stated time window"};
  }
  if (kpi.result.unit == model::Unit::percent || kpi.result.unit == model::Unit::ratio) {
    return Judgement{0.6, "a rate compares by itself"};
  }
  return Judgement{0.3, "one number over all time"};
}

/// Source: Lean Analytics: a good metric is a ratio or a rate; REQ-021: it must be a safe one.
Opinion ratio_safety(const model::Kpi& kpi) {
  for (const std::string_view code :
       {"lint.integer_division", "lint.division_by_zero", "lint.rate_range", "result.out_of_range"}) {
    if (has_finding(kpi, code)) return Judgement{0.0, "unsafe division: " + std::string(code)};
  }
  if (kpi.result.unit == model::Unit::percent || kpi.result.unit == model::Unit::ratio) {
    return Judgement{1.0, "a rate without a known defect"};
  }
  return Judgement{0.6, "no rate"};
}

Opinion specificity(const model::Kpi& kpi) {
  const auto& validation = *kpi.validation;
  std::set<std::string> tables;
  for (const auto& reference : validation.references) tables.insert(reference.table);
  if (tables.size() > 1 || kpi.tables.size() > 1) return Judgement{1.0, "joins related tables"};
  if (validation.references.size() >= 2) return Judgement{0.8, "uses several business columns"};
  if (validation.references.size() == 1) return Judgement{0.5, "uses one column"};
  return Judgement{0.2, "counts rows only"};
}

/// Source: Lean Analytics: a good metric changes the way one behaves; what it decides has to be said.
Opinion actionability(const model::Kpi& kpi) {
  if (trim(kpi.business_value).size() >= 20) return Judgement{1.0, "says which decision it serves"};
  if (!trim(kpi.business_value).empty()) return Judgement{0.6, "says little of its use"};
  return Judgement{0.2, "does not say what it is for"};
}

/// In classes of a factor of 10, so that a noisy clock changes no score.
Opinion cost(const model::Kpi& kpi) {
  const auto& run = kpi.validation->execution;
  if (!run || run->status != model::RunStatus::ok) return std::nullopt;
  if (run->elapsed_ms < 1'000) return Judgement{1.0, "under 1 s"};
  if (run->elapsed_ms < 10'000) return Judgement{0.5, "1 to 10 s"};
  return Judgement{0.1, "over 10 s"};
}

Opinion judge(std::string_view component, const model::Kpi& kpi, const metabase::QueryResult* result) {
  if (component == "informativeness") return informativeness(kpi, result);
  if (component == "comparability") return comparability(kpi);
  if (component == "ratio_safety") return ratio_safety(kpi);
  if (component == "specificity") return specificity(kpi);
  if (component == "actionability") return actionability(kpi);
  if (component == "cost") return cost(kpi);
  return std::nullopt;
}

}  // namespace

model::Score score(const model::Kpi& kpi, const metabase::QueryResult* rows,
                   const std::vector<config::ScoringWeight>& weights) {
  model::Score score;
  if (const auto reason = closed_gate(kpi)) {
    score.formula = "0: " + *reason;
    return score;
  }
  double sum = 0;
  double weight = 0;
  for (const auto& [component, share] : weights) {
    const auto opinion = judge(component, kpi, rows);
    if (!opinion) continue;
    const double value = std::round(opinion->value * 100) / 100;
    score.components.push_back({component, value, share, opinion->reason});
    sum += share * value;
    weight += share;
  }
  score.total = weight > 0 ? static_cast<int>(std::lround(100 * sum / weight)) : 0;
  score.formula = "100 * sum(weight * value) / sum(weight)";
  return score;
}

}  // namespace kpi::stages
