#pragma once

#include <kpi/model/schema.hpp>

#include <cstddef>
#include <string_view>

namespace kpi::sql {

/// How a statement measures, by its words: what the score of a KPI asks of it.
struct Traits {
  bool divides = false;  ///< by a figure, beyond WHERE and HAVING; by a plain number is a change of unit
  bool guarded_divisor = false;   ///< NULLIF, GREATEST or a CASE stands behind every such division
  bool decimal = false;           ///< a number with a point, or a cast to a decimal type
  bool null_policy = false;       ///< COALESCE, IS NULL, IS NOT NULL, or NULLIF
  bool split_population = false;  ///< divides what separate subqueries count
  bool windowed = false;          ///< bounded in time, by a date that cuts something off
  bool time_grain = false;        ///< groups by a part of time
  bool grouped = false;
  bool filtered = false;    ///< by what rows are, not to clean them: chooses_rows()
  bool percent = false;     ///< multiplies by 100
  bool bare_count = false;  ///< COUNT(*) of a whole table and nothing else
  bool averages = false;    ///< AVG, a median, a percentile or a rank as a share
  bool reads_rate = false;  ///< a column or a key of JSON that is called a rate
  std::size_t joins = 0;
};

/// No IO; takes any text of any dialect.
[[nodiscard]] Traits traits_of(std::string_view statement, model::Dialect dialect);

}  // namespace kpi::sql
