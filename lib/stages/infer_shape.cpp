#include <kpi/base/words.hpp>
#include <kpi/sql/traits.hpp>
#include <kpi/stages/infer_shape.hpp>
#include <kpi/stages/result_facts.hpp>
#include <kpi/stages/result_series.hpp>

#include <algorithm>
#include <optional>

namespace kpi::stages {
namespace {

constexpr std::size_t most_columns = 4;  ///< of a chart; more is a table

bool is_number_column(const metabase::QueryResult& result, std::size_t column) {
  return std::all_of(result.rows.begin(), result.rows.end(), [&](const auto& row) {
    return column < row.size() && (row[column].is_null() || number_in(row[column]).has_value());
  });
}

model::ResultShape shape_of(const metabase::QueryResult& result) {
  const auto columns = result.columns.size();
  model::ResultShape shape;
  if (columns == 1 && result.rows.size() == 1 && is_number_column(result, 0)) {
    shape.shape = model::Shape::scalar;
    shape.display = "scalar";
  } else if (columns >= 2 && columns <= most_columns && is_number_column(result, columns - 1) &&
             !(result.rows.size() == 1 && is_number_column(result, 0))) {
    // One row of figures is no bar: they are read side by side.
    const bool series = time_axis(result) == std::size_t{0};
    shape.shape = series ? model::Shape::series : model::Shape::breakdown;
    shape.display = series ? "line" : "bar";
  }
  return shape;
}

/// Of a KPI that is called a rate.
model::Unit unit_of(const model::Kpi& kpi, const metabase::QueryResult& result) {
  if (!has_word(identifier_words(kpi.name), {"rate", "ratio", "percentage", "percent", "share"}))
    return model::Unit::number;
  std::optional<double> least;
  std::optional<double> most;
  for (const auto& row : result.rows) {
    const auto value = row.empty() ? std::nullopt : number_in(row.back());
    if (!value) continue;
    least = std::min(least.value_or(*value), *value);
    most = std::max(most.value_or(*value), *value);
  }
  if (!most || *least < 0 || *most > 100) return model::Unit::number;
  if (*most <= 1) return model::Unit::ratio;
  // Two figures divided and never taken times 100 are so many of one for each of the other.
  const auto traits = sql::traits_of(kpi.sql, kpi.dialect);
  return traits.divides && !traits.percent ? model::Unit::number : model::Unit::percent;
}

}  // namespace

void infer_shape(model::Kpi& kpi, const metabase::QueryResult& result) {
  auto& told = kpi.result;
  const bool silent = told.shape == model::Shape::table && told.unit == model::Unit::number &&
                      (told.display == "table" || told.display.empty());
  if (!silent || result.rows.empty()) return;
  told = shape_of(result);
  if (told.shape != model::Shape::table) told.unit = unit_of(kpi, result);
}

}  // namespace kpi::stages
