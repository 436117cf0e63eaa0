#pragma once

#include <kpi/model/kpi.hpp>
#include <kpi/stages/result_facts.hpp>

#include <optional>
#include <vector>

namespace kpi::stages {

/// The dup.* finding of each KPI, if it has one: dup.id for the second of one id; of those that work,
/// dup.fingerprint for one statement under two names, dup.name for one name twice on a table, dup.result for
/// one telling result of the same tables. Of each group the best scored stays, the first on a tie. `facts`
/// are by KPI, none where it was not run.
[[nodiscard]] std::vector<std::optional<model::Finding>> find_duplicates(
    const std::vector<model::Kpi>& kpis, const std::vector<std::optional<ResultFacts>>& facts);

}  // namespace kpi::stages
