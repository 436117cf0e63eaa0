#pragma once

#include <kpi/model/report.hpp>

#include <string>
#include <vector>

// What a report comes to, in a few lines for a terminal: the first says the most, the rest stand below it.
// Every line is single-line and free of control characters, whatever names the report holds.
namespace kpi::render {

/// A share of 0..1 in percent, cut and not rounded: 4,999 of 5,000 are "99.9%" and not all.
[[nodiscard]] std::string percent_text(double share);

[[nodiscard]] std::vector<std::string> summary(const model::SchemaReport& report);
[[nodiscard]] std::vector<std::string> summary(const model::CandidatesReport& report);
[[nodiscard]] std::vector<std::string> summary(const model::ValidationReport& report);
/// With how many cards stand in which collection.
[[nodiscard]] std::vector<std::string> summary(const model::RegistrationReport& report);
/// "Archived", or "To archive" where the report is a dry run's: nothing was done to these cards.
[[nodiscard]] std::string archived_title(const model::RegistrationReport& report);
[[nodiscard]] std::vector<std::string> summary(const model::AuditReport& report);

}  // namespace kpi::render
