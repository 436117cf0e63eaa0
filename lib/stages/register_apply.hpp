#pragma once

#include <kpi/stages/register.hpp>
#include <kpi/stages/register_plan.hpp>
#include <kpi/stages/stage_run.hpp>

namespace kpi::stages {

/// Writes the plan to Metabase, `jobs` cards at a time; each KPI's registration in `outcome` says what became
/// of it. Ends with a look for twins that a race with another run left. Fails where the state file does, or
/// no collection can be had.
Result<Done> apply_plan(const Plan& plan, const RegisterOptions& options, CollectionTree& tree,
                        RegisterPorts ports, const Context& context, const StageRun& run,
                        Outcome<model::RegistrationReport>& outcome);

/// Archives the second cards of one KPI, `jobs` at a time, but for what a person edited or moved.
void archive_twins(const std::vector<LeftOver>& twins, const RegisterOptions& options,
                   const CollectionTree& tree, metabase::Cards& cards, const Context& context,
                   const StageRun& run, Outcome<model::RegistrationReport>& outcome);

/// Archives what the report no longer has, `jobs` at a time, but for what a person edited or moved (unless
/// options.force).
void prune(const Plan& plan, const RegisterOptions& options, const CollectionTree& tree,
           metabase::Cards& cards, const Context& context, const StageRun& run,
           Outcome<model::RegistrationReport>& outcome);

}  // namespace kpi::stages
