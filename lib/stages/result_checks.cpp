#include <kpi/base/text.hpp>
#include <kpi/base/words.hpp>
#include <kpi/sql/traits.hpp>
#include <kpi/stages/measure_columns.hpp>
#include <kpi/stages/result_checks.hpp>
#include <kpi/stages/result_series.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <string>
#include <utility>

namespace kpi::stages {
namespace {

constexpr std::size_t rows_that_differ = 3;  ///< of two rows, equal ones are chance
constexpr double slack = 1e-9;               ///< of a rate computed in floating point

model::Finding warning(const char* code, std::string message) {
  return {code, model::Severity::warning, std::move(message), std::nullopt};
}

/// Nothing is measured: the last column holds no value, or no column does.
bool all_null(const ResultFacts& facts) {
  if (!facts.measures.empty()) {
    return std::all_of(facts.measures.begin(), facts.measures.end(),
                       [&](std::size_t i) { return facts.columns[i].nulls == facts.rows; });
  }
  if (facts.columns.size() > 1) return facts.columns.back().nulls == facts.rows;
  return std::all_of(facts.columns.begin(), facts.columns.end(),
                     [&](const auto& column) { return column.nulls == facts.rows; });
}

/// Every row says the same: each measure has one value, or where there is none, each column.
bool constant(const ResultFacts& facts) {
  if (facts.rows < rows_that_differ) return false;
  const auto same = [&](const ColumnFacts& column) { return column.distinct <= 1 && column.nulls == 0; };
  if (!facts.measures.empty()) {
    return std::all_of(facts.measures.begin(), facts.measures.end(),
                       [&](std::size_t i) { return same(facts.columns[i]); });
  }
  return std::all_of(facts.columns.begin(), facts.columns.end(), same);
}

/// A change may be negative and above its whole; its KPI's name says so.
bool tells_change(const model::Kpi& kpi) {
  return has_word(identifier_words(kpi.name),
                  {"growth", "change", "difference", "against", "versus", "vs", "net", "margin", "profit"});
}

/// A KPI that is called a rate, and whose statement neither divides nor averages nor reads one: it runs, and
/// answers another question. Source: recorded answers, whose "churn rate" is the difference of two counts.
std::optional<model::Finding> not_a_rate(const model::Kpi& kpi) {
  const auto words = identifier_words(kpi.name);
  if (!has_word(words, {"rate", "ratio", "percent", "percentage"})) return std::nullopt;
  // "Number of rate changes"; and so many a day are a rate without a division.
  if (has_word(words, {"number", "count", "per", "frequency"})) return std::nullopt;
  const auto traits = sql::traits_of(kpi.sql, kpi.dialect);
  if (traits.divides || traits.averages || traits.reads_rate) return std::nullopt;
  return warning("result.not_a_rate", "is called a rate, and divides nothing: it is a count or a sum");
}

std::optional<model::Finding> out_of_range(const model::Kpi& kpi, const metabase::QueryResult& result,
                                           const ResultFacts& facts) {
  const auto unit = kpi.result.unit;
  const bool is_share = unit == model::Unit::percent || unit == model::Unit::ratio;
  if (!is_share && unit != model::Unit::count && unit != model::Unit::duration) return std::nullopt;
  if (tells_change(kpi)) return std::nullopt;
  std::vector<model::ResultColumn> columns;
  for (const auto& column : result.columns) columns.push_back({column.name, column.type});
  const double whole = unit == model::Unit::percent ? 100.0 : 1.0;
  for (const auto measure : measure_columns(kpi.result, columns)) {
    const auto& column = facts.columns[measure];
    if (column.numbers == 0) continue;
    if (column.min < -slack) {
      return warning("result.out_of_range", fmt::format("{} holds {} where nothing below 0 can be",
                                                        single_line(columns[measure].name), column.min));
    }
    if (is_share && column.max > whole * (1 + slack)) {
      return warning("result.out_of_range",
                     fmt::format("{} holds {} where {} is the whole", single_line(columns[measure].name),
                                 column.max, whole));
    }
  }
  return std::nullopt;
}

}  // namespace

std::vector<model::Finding> check_result(const model::Kpi& kpi, const metabase::QueryResult& result,
                                         const ResultFacts& facts, const ResultLimits& limits) {
  std::vector<model::Finding> findings;
  if (result.elapsed > limits.slow) {
    // In whole classes: a noisy clock is not to change a report.
    findings.push_back(warning(
        "run.slow",
        fmt::format("took longer than {} s, more than a dashboard can wait", limits.slow.count() / 1000)));
  }
  if (result.rows.empty()) {
    findings.push_back(warning("result.empty", "gave no rows: nothing to show"));
    return findings;
  }
  if (result.truncated) {
    findings.push_back(
        warning("run.truncated", fmt::format("gave more than {} rows: the rest was cut", limits.max_rows)));
  }
  if (all_null(facts)) {
    findings.push_back(warning("result.all_null", "gave nothing but nulls"));
    return findings;
  }
  if (constant(facts)) {
    findings.push_back(
        warning("result.constant", fmt::format("gave the same value in all of {} rows", facts.rows)));
  }
  if (kpi.result.shape == model::Shape::breakdown && facts.rows > limits.max_groups) {
    findings.push_back(
        warning("result.too_many_rows", fmt::format("has {} groups: a listing, no metric", facts.rows)));
  }
  if (auto found = out_of_range(kpi, result, facts)) findings.push_back(std::move(*found));
  if (auto found = not_a_rate(kpi)) findings.push_back(std::move(*found));
  for (auto& found : check_series(kpi, result, limits.now)) findings.push_back(std::move(found));
  return findings;
}

}  // namespace kpi::stages
