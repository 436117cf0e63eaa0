#pragma once

#include <kpi/base/json.hpp>
#include <kpi/model/kpi.hpp>

#include <string>

// How a card shows its KPI: Metabase's `display` and `visualization_settings`.
namespace kpi::stages {

/// Metabase's display for `kpi`: the one it asks for, where its result (as far as it was run) can be shown
/// so. "trend", and a line whose name says that its latest point is what counts, becomes Metabase's
/// "smartscalar": that needs one column of times, in rising order (the last row is taken for the latest),
/// numbers beside it and two rows. A number of many rows and a chart without a number become a table. Source:
/// metabase, visualizations/SmartScalar/compute.ts.
[[nodiscard]] std::string display_of(const model::Kpi& kpi);

/// The settings that `display` needs, by the exact names of the result's columns: what is drawn against what,
/// and how numbers are written, by unit: percent, currency (`currency` is an ISO 4217 code; a column's own
/// name or a column of currencies beside it overrules it; "" writes no sign), durations. Money in hundredths
/// (lint.minor_units) is shown divided by 100, or where it is not certain which column that is, not as money.
/// Empty for a KPI that was not run: nothing is known of its columns.
[[nodiscard]] Json settings_of(const model::Kpi& kpi, const std::string& display,
                               const std::string& currency);

}  // namespace kpi::stages
