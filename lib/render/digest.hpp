#pragma once

#include <kpi/model/report.hpp>

#include <string>
#include <vector>

// What a whole run came to, as two Markdown files that people pass on: what works, and what does not and why.
namespace kpi::render {

/// The KPIs that hold, under their business functions, the best score first, with links to their cards.
/// `registration` is null where the run registered nothing.
[[nodiscard]] std::string working_kpis(const model::ValidationReport& validation,
                                       const model::RegistrationReport* registration);

/// What failed, grouped by cause, the most frequent first: what the cause means, what would prevent it, an
/// example, and every KPI, table or card it struck. Reports that the run did not come to are null.
struct RunReports {
  const model::SchemaReport* schema = nullptr;
  const model::CandidatesReport* candidates = nullptr;
  const model::ValidationReport* validation = nullptr;
  const model::RegistrationReport* registration = nullptr;
  const model::AuditReport* audit = nullptr;
};
[[nodiscard]] std::string failures(const RunReports& reports);

/// What would prevent a cause; "" where nobody knows. Of the code, else of its family.
[[nodiscard]] std::string_view prevention_of(std::string_view code);

}  // namespace kpi::render
