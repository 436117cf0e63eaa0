#pragma once

#include "report_io.hpp"

#include <kpi/model/report.hpp>
#include <kpi/stages/register.hpp>

#include <string>
#include <vector>

// A saved plan: the registration report of a dry run, with what it was made under as member `plan`.
namespace kpi::app {

struct PlanFile {
  model::RegistrationReport report;
  stages::RegisterOptions options;
  std::vector<model::Database> databases = {};  ///< names of the databases that KPIs are of
};

[[nodiscard]] std::string plan_text(const PlanFile& plan);

/// Fails (input): "plan.invalid" where it is no plan that `kpi register --plan` wrote.
Result<PlanFile> read_plan(const std::string& file, const std::stop_token& stop);

/// The first way in which `now`, the same plan made again, is not `saved`; "" where they are the same. Then
/// Metabase has moved on.
[[nodiscard]] std::string difference(const model::RegistrationReport& saved,
                                     const model::RegistrationReport& now);

}  // namespace kpi::app
