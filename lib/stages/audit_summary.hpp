#pragma once

#include <kpi/stages/audit_examine.hpp>

#include <vector>

namespace kpi::stages {

/// Cards per category (the collection they stand in) and table, and the tables without any.
[[nodiscard]] Json coverage(const std::vector<Listed>& listed, const Examinations& examined,
                            const AuditOptions& options, const Schemas& schemas, const model::Domain& domain);

/// The ledger: what models cost this tenant, and how often an answer was at hand already.
Result<Done> add_costs(Json& summary, store::State& state);

/// What broke cards, by the first words of the evidence, most frequent first.
[[nodiscard]] Json error_patterns(const std::vector<model::CardAudit>& cards);

}  // namespace kpi::stages
