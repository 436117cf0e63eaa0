#pragma once

#include <kpi/base/json.hpp>
#include <kpi/metabase/api.hpp>

#include <optional>
#include <vector>

// Dashboards, from and to Metabase's JSON. No function here fails or does IO.
namespace kpi::metabase {

/// The grid of a server's dashboards. Source: Metabase's migration v47.00-031.
enum class Grid { coarse /* of 18 columns, before v0.47 */, fine /* of 24 */ };

/// A dashboard of any release: its cards are "dashcards" from v0.48 on and "ordered_cards" before, likewise
/// its tabs. Places on a coarse grid are read as those of a fine one. None where `json` has no id.
[[nodiscard]] std::optional<Dashboard> dashboard_of(const Json& json, Grid grid);

/// One card as Metabase takes it, under `id`; its place counted on `grid`, where columns that are no multiple
/// of 4 are moved by less than one.
[[nodiscard]] Json dashcard_body(const DashboardCard& card, std::int64_t id, Grid grid);

/// All cards, new ones under ids of their own below 0.
[[nodiscard]] Json dashcards_body(const std::vector<DashboardCard>& cards);

/// All of a dashboard but its cards and tabs.
[[nodiscard]] Json dashboard_body(const Dashboard& dashboard);

/// Gives each card of `wanted` the entry that it has among those `standing`: by its id, else by its card, so
/// that what was added before an answer was lost is not added again. Those without an entry have the id 0
/// then.
void find_entries(std::vector<DashboardCard>& wanted, const std::vector<DashboardCard>& standing);

}  // namespace kpi::metabase
