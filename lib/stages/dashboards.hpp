#pragma once

#include <kpi/stages/collections.hpp>
#include <kpi/stages/register.hpp>
#include <kpi/stages/register_plan.hpp>
#include <kpi/stages/stage_run.hpp>

#include <vector>

namespace kpi::stages {

/// A card to be laid out.
struct Tile {
  std::int64_t card_id = 0;
  std::string display;  ///< Metabase's, which says how much room it needs
};

/// Places `tiles` in their order on Metabase's grid of 24 columns, left to right and top to bottom: numbers
/// four a row, charts two, tables one.
[[nodiscard]] std::vector<metabase::DashboardCard> laid_out(const std::vector<Tile>& tiles);

/// One dashboard a category of the report's standing cards, by score: created where there is none (known by a
/// marker in its description, as cards are), updated where its cards changed, left alone where it is the same
/// or a person changed, moved or archived it. A card that a person edited stays on it. `plan` is the one that
/// the report came of. Results go to outcome.report.dashboards.
Result<Done> keep_dashboards(const Plan& plan, const RegisterOptions& options, const CollectionTree& tree,
                             RegisterPorts ports, const Context& context, const StageRun& run,
                             Outcome<model::RegistrationReport>& outcome);

}  // namespace kpi::stages
