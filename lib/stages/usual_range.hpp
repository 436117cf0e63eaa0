#pragma once

#include <kpi/metabase/api.hpp>

#include <optional>
#include <string>
#include <vector>

// A KPI's number at one audit, and whether it is what that KPI usually is.
namespace kpi::stages {

struct Number {
  double value = 0;
  std::string period;  ///< of the series' point, as the result has it; empty for one row
};

/// The number a card shows: of one row its measure; of a series over time the last point that is complete
/// (the one before the newest, which is still growing). None for other results.
[[nodiscard]] std::optional<Number> number_of(const metabase::QueryResult& result);

/// Where earlier values lay: the median, and three robust standard deviations (1.4826 x the median distance
/// from it) to either side, at least 5% of the median. Source: Rousseeuw and Croux, 1993.
struct UsualRange {
  double median = 0;
  double low = 0;
  double high = 0;
  std::size_t audits = 0;
};

/// None for fewer than five earlier values.
[[nodiscard]] std::optional<UsualRange> usual_range(const std::vector<double>& earlier);

/// "changed by -43% against its usual range (90 to 110)"; "" where `value` lies in it.
[[nodiscard]] std::string change_text(double value, const UsualRange& usual);

}  // namespace kpi::stages
