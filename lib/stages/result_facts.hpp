#pragma once

#include <kpi/metabase/api.hpp>
#include <kpi/model/kpi.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace kpi::stages {

/// One column of a result by its shape; the numbers are of the cells that are numbers.
struct ColumnFacts {
  std::size_t nulls = 0;
  std::size_t numbers = 0;
  std::size_t distinct = 0;  ///< different values that are not null
  double top_share = 0;      ///< of all rows: those with the most frequent value, nulls counting as one
  double zero_share = 0;     ///< of all rows: those with the number 0
  double min = 0;            ///< of the numbers
  double max = 0;
  double mean = 0;
  double deviation = 0;  ///< standard deviation
};

/// What is kept of a result's rows once they have been looked at: their shape, and a hash.
struct ResultFacts {
  std::size_t rows = 0;
  std::vector<ColumnFacts> columns;
  std::vector<std::size_t> measures;  ///< columns that hold what the KPI measures; else all numeric ones
  std::optional<std::size_t> axis;    ///< the column of time or of groups, where there is one
  std::string digest;                 ///< SHA-256 of the cells, without names and order of columns
  bool telling = false;               ///< whole, and two KPIs that give this by chance are hard to imagine
};

/// A cell as a number; Metabase writes wide integers and decimals as text.
[[nodiscard]] std::optional<double> number_in(const Json& cell);

[[nodiscard]] ResultFacts facts_of(const model::ResultShape& shape, const metabase::QueryResult& result);

/// Notes the shape of `result` in `execution`: rows, columns, null shares; and, with `bounds`, the least and
/// greatest number or time of each column and the one value of a scalar. Never any other cell.
void describe(model::Execution& execution, const metabase::QueryResult& result, bool bounds);

}  // namespace kpi::stages
