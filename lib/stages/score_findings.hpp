#pragma once

#include <kpi/model/kpi.hpp>

// What findings mean for a KPI's score.
namespace kpi::stages {

/// The first finding that shows the figure of a validated KPI to be wrong, or makes that likely; null if
/// there is none. It lives as long as `kpi`.
[[nodiscard]] const model::Finding* doubt_about(const model::Kpi& kpi);

/// The share, 0..1, that `finding` leaves of a KPI's soundness: none of what is shown to be wrong, little of
/// what is likely wrong, most beside a few rows too many, nearly all beside a matter of style.
[[nodiscard]] double soundness_left_by(const model::Finding& finding);

}  // namespace kpi::stages
