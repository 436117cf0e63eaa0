#include <kpi/stages/measure_columns.hpp>
#include <kpi/stages/usual_range.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace kpi::stages {
namespace {

std::optional<double> number_in(const Json& cell) {
  if (!cell.is_number()) return std::nullopt;
  const double value = cell.get<double>();
  return std::isfinite(value) ? std::optional(value) : std::nullopt;
}

/// "2026-11", "2026-11-21", "2026-11-21T10:00:00Z", "2026-W47": text that sorts by time.
bool is_time(const Json& cell) {
  if (!cell.is_string()) return false;
  const auto& text = cell.get_ref<const std::string&>();
  const auto digits = std::count_if(
      text.begin(), text.begin() + static_cast<std::ptrdiff_t>(std::min<std::size_t>(4, text.size())),
      [](char c) { return c >= '0' && c <= '9'; });
  return text.size() >= 6 && digits == 4 && text[4] == '-';
}

std::optional<std::size_t> first_number_column(const metabase::QueryResult& result, std::size_t from) {
  for (std::size_t i = from; i < result.columns.size(); ++i) {
    if (is_number_type(result.columns[i].type)) return i;
  }
  return std::nullopt;
}

double median_of(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  const auto middle = values.size() / 2;
  return values.size() % 2 == 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
}

}  // namespace

std::optional<Number> number_of(const metabase::QueryResult& result) {
  if (!result.ok || result.truncated || result.rows.empty()) return std::nullopt;
  if (result.rows.size() == 1) {
    const auto column = first_number_column(result, 0);
    const auto value = column && *column < result.rows[0].size() ? number_in(result.rows[0][*column])
                                                                 : std::optional<double>();
    return value ? std::optional(Number{*value, ""}) : std::nullopt;
  }
  const auto column = first_number_column(result, 1);
  constexpr std::size_t fewest_points = 3;
  if (!column || result.rows.size() < fewest_points) return std::nullopt;
  std::vector<std::pair<std::string, double>> points;
  for (const auto& row : result.rows) {
    if (row.size() <= *column || !is_time(row[0])) return std::nullopt;
    const auto value = number_in(row[*column]);
    // One point a time: a series by another dimension beside it has no one latest number.
    if (value) points.emplace_back(row[0].get<std::string>(), *value);
  }
  std::sort(points.begin(), points.end());
  const auto twice = std::adjacent_find(points.begin(), points.end(),
                                        [](const auto& a, const auto& b) { return a.first == b.first; });
  if (twice != points.end() || points.size() < fewest_points) return std::nullopt;
  const auto& last = points[points.size() - 2];
  return Number{last.second, last.first};
}

std::optional<UsualRange> usual_range(const std::vector<double>& earlier) {
  constexpr std::size_t fewest = 5;
  if (earlier.size() < fewest) return std::nullopt;
  constexpr double to_deviation = 1.4826;
  constexpr double deviations = 3;
  constexpr double least_width = 0.05;
  UsualRange usual;
  usual.audits = earlier.size();
  usual.median = median_of(earlier);
  std::vector<double> distances;
  for (const double value : earlier) distances.push_back(std::abs(value - usual.median));
  const double width = std::max(deviations * to_deviation * median_of(std::move(distances)),
                                least_width * std::abs(usual.median));
  usual.low = usual.median - width;
  usual.high = usual.median + width;
  return usual;
}

std::string change_text(double value, const UsualRange& usual) {
  if (value >= usual.low && value <= usual.high) return "";
  const auto range = fmt::format("its usual range ({:.6g} to {:.6g})", usual.low, usual.high);
  if (usual.median == 0) return fmt::format("changed to {:.6g} against {}", value, range);
  return fmt::format("changed by {:+.0f}% against {}", (value - usual.median) / std::abs(usual.median) * 100,
                     range);
}

}  // namespace kpi::stages
