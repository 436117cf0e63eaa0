#pragma once

#include <kpi/metabase/api.hpp>
#include <kpi/model/kpi.hpp>

namespace kpi::stages {

/// Gives a KPI that says nothing of its result (a table of numbers, shown as one: what a report by hand and
/// an answer in another form come to) the shape, unit and display that its rows have: one cell is a scalar,
/// times and numbers are a series, names and a number are a breakdown, and what is called a rate and lies in
/// 0..1 or 0..100 is one. What a KPI says of itself is left alone.
void infer_shape(model::Kpi& kpi, const metabase::QueryResult& result);

}  // namespace kpi::stages
