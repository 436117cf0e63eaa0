#pragma once

#include <kpi/model/names.hpp>
#include <kpi/model/report.hpp>

#include <array>
#include <string_view>
#include <utility>

// What reports call the values of enumerations: one table for those who write and those who read.
namespace kpi::model {

inline constexpr std::array<std::pair<ReportKind, std::string_view>, 5> kinds{
    {{ReportKind::schema, "schema"},
     {ReportKind::candidates, "candidates"},
     {ReportKind::validation, "validation"},
     {ReportKind::registration, "registration"},
     {ReportKind::audit, "audit"}}};
inline constexpr std::array<std::pair<TableStatus, std::string_view>, 4> table_statuses{
    {{TableStatus::ok, "ok"},
     {TableStatus::too_short, "short"},
     {TableStatus::failed, "failed"},
     {TableStatus::skipped, "skipped"}}};
inline constexpr std::array<std::pair<AuditStatus, std::string_view>, 10> audit_statuses{
    {{AuditStatus::ok, "ok"},
     {AuditStatus::broken, "broken"},
     {AuditStatus::drifted, "drifted"},
     {AuditStatus::empty, "empty"},
     {AuditStatus::slow, "slow"},
     {AuditStatus::stale, "stale"},
     {AuditStatus::duplicate, "duplicate"},
     {AuditStatus::orphan, "orphan"},
     {AuditStatus::archived, "archived"},
     {AuditStatus::unmanaged, "unmanaged"}}};

/// How many KPIs were judged so.
[[nodiscard]] std::int64_t count_verdict(const std::vector<Kpi>& kpis, Verdict verdict);

}  // namespace kpi::model
