#pragma once

#include <kpi/model/kpi.hpp>

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

namespace kpi::stages {

/// Metabase's names of number types.
[[nodiscard]] bool is_number_type(const std::string& type);

/// A column's name says that its numbers name something and measure nothing: a key, a type, a status, a code,
/// or a part of time standing alone ("month").
[[nodiscard]] bool is_code_name(const std::string& name);

/// Which of a result's columns hold what the KPI measures, in its unit: of the numeric columns those whose
/// names say so ("paid_percent" for a percent); where none does, the only one there is. Empty where it cannot
/// be told. A series' or breakdown's first column is its axis and never counted, and neither is a code beside
/// another number.
[[nodiscard]] std::vector<std::size_t> measure_columns(const model::ResultShape& result,
                                                       const std::vector<model::ResultColumn>& columns);

}  // namespace kpi::stages
