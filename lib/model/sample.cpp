#include <kpi/model/sample.hpp>

#include <algorithm>

namespace kpi::model {
namespace {

/// Different values from which a column has filled the sample; a few rows may be empty or repeat.
constexpr std::int64_t nearly_all = sample_rows * 9 / 10;

}  // namespace

bool is_sampled(const Table& table) {
  if (table.row_count) return *table.row_count >= sample_rows;
  return std::any_of(table.fields.begin(), table.fields.end(), [](const Field& field) {
    return field.stats && field.stats->distinct.value_or(0) >= nearly_all;
  });
}

}  // namespace kpi::model
