#include <kpi/base/text.hpp>
#include <kpi/base/words.hpp>
#include <kpi/stages/measure_columns.hpp>
#include <kpi/stages/result_checks.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <optional>
#include <string>

namespace kpi::stages {
namespace {

constexpr std::size_t most_groups = 500;  ///< a breakdown beyond this is a listing
constexpr double slack = 1e-9;            ///< of a rate computed in floating point

model::Finding warning(const char* code, std::string message) {
  return {code, model::Severity::warning, std::move(message), std::nullopt};
}

/// A cell as a number: Metabase writes wide integers and decimals as text.
std::optional<double> number(const Json& cell) {
  if (cell.is_number()) return cell.get<double>();
  if (!cell.is_string()) return std::nullopt;
  const auto& text = cell.get_ref<const std::string&>();
  char* end = nullptr;
  const double value = std::strtod(text.c_str(), &end);
  return end == text.c_str() || *end != '\0' ? std::nullopt : std::optional(value);
}

bool all_null(const metabase::QueryResult& result) {
  const auto measure = result.columns.size() > 1 ? std::optional(result.columns.size() - 1) : std::nullopt;
  return std::all_of(result.rows.begin(), result.rows.end(), [&](const auto& row) {
    if (measure && *measure < row.size()) return row[*measure].is_null();
    return std::all_of(row.begin(), row.end(), [](const Json& cell) { return cell.is_null(); });
  });
}

// Groups or periods enough that one value in all of them says nothing.
bool is_constant(const model::Kpi& kpi, const metabase::QueryResult& result) {
  constexpr std::size_t enough = 3;
  const bool compares =
      kpi.result.shape == model::Shape::series || kpi.result.shape == model::Shape::breakdown;
  if (!compares || result.rows.size() < enough || result.columns.size() < 2) return false;
  const auto& first = result.rows.front();
  return std::all_of(result.rows.begin(), result.rows.end(), [&](const auto& row) {
    return row.size() > 1 && row.size() == first.size() &&
           std::equal(row.begin() + 1, row.end(), first.begin() + 1);
  });
}

std::optional<model::Finding> out_of_range(const model::Kpi& kpi, const metabase::QueryResult& result) {
  const auto unit = kpi.result.unit;
  const bool is_share = unit == model::Unit::percent || unit == model::Unit::ratio;
  if (!is_share && unit != model::Unit::count && unit != model::Unit::duration) return std::nullopt;
  // The name of a KPI that tells a change says so; a change may be negative and above its whole.
  if (has_word(identifier_words(kpi.name), {"growth", "change", "difference", "against", "versus"}))
    return std::nullopt;
  std::vector<model::ResultColumn> columns;
  for (const auto& column : result.columns) columns.push_back({column.name, column.type});
  const double whole = unit == model::Unit::percent ? 100.0 : 1.0;
  for (const auto measure : measure_columns(kpi.result, columns)) {
    for (const auto& row : result.rows) {
      const auto value = measure < row.size() ? number(row[measure]) : std::nullopt;
      if (!value) continue;
      if (*value < -slack) {
        return warning("result.out_of_range", fmt::format("{} holds {} where nothing below 0 can be",
                                                          single_line(columns[measure].name), *value));
      }
      if (is_share && *value > whole * (1 + slack)) {
        return warning("result.out_of_range", fmt::format("{} holds {} where {} is the whole",
                                                          single_line(columns[measure].name), *value, whole));
      }
    }
  }
  return std::nullopt;
}

}  // namespace

std::vector<model::Finding> check_result(const model::Kpi& kpi, const metabase::QueryResult& result,
                                         std::int64_t max_rows) {
  std::vector<model::Finding> findings;
  if (result.rows.empty()) {
    findings.push_back(warning("result.empty", "gave no rows: nothing to show"));
    return findings;
  }
  if (result.truncated) {
    findings.push_back(
        warning("run.truncated", fmt::format("gave more than {} rows: the rest was cut", max_rows)));
  }
  if (all_null(result)) {
    findings.push_back(warning("result.all_null", "gave nothing but nulls"));
    return findings;
  }
  if (kpi.result.shape == model::Shape::breakdown && result.rows.size() > most_groups) {
    findings.push_back(warning("result.too_many_rows",
                               fmt::format("has {} groups: a listing, no metric", result.rows.size())));
  }
  if (is_constant(kpi, result))
    findings.push_back(warning("result.constant", "gives every group the same value: nothing to compare"));
  if (auto finding = out_of_range(kpi, result)) findings.push_back(std::move(*finding));
  return findings;
}

}  // namespace kpi::stages
