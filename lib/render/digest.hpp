#pragma once

#include <kpi/model/report.hpp>

#include <string>
#include <vector>

// What a whole run came to, as two Markdown files that people pass on: what works, and what does not and why.
namespace kpi::render {

/// The KPIs that hold and are worth something, under their business functions, the best score first, with
/// links to their cards. `registration` is null where the run registered nothing.
[[nodiscard]] std::string working_kpis(const model::ValidationReport& validation,
                                       const model::RegistrationReport* registration);

/// What failed, grouped by cause (model/failures.hpp), the most frequent first: what its codes mean, what
/// would prevent it, an example, and every KPI, table or card it struck; last the KPIs that run and are worth
/// nothing. Each thing stands under what was found first. Reports that the run did not come to are null.
struct RunReports {
  const model::SchemaReport* schema = nullptr;
  const model::CandidatesReport* candidates = nullptr;
  const model::ValidationReport* validation = nullptr;
  const model::RegistrationReport* registration = nullptr;
  const model::AuditReport* audit = nullptr;
};
[[nodiscard]] std::string failures(const RunReports& reports);

}  // namespace kpi::render
