#include <kpi/model/report.hpp>
#include <kpi/model/report_names.hpp>

#include <algorithm>
#include <map>
#include <set>
#include <utility>

namespace kpi::model {

std::string_view to_string(ReportKind kind) { return name_of(kinds, kind); }
std::string_view to_string(TableStatus status) { return name_of(table_statuses, status); }
std::string_view to_string(AuditStatus status) { return name_of(audit_statuses, status); }

std::int64_t count_verdict(const std::vector<Kpi>& kpis, Verdict verdict) {
  return std::count_if(kpis.begin(), kpis.end(), [verdict](const Kpi& kpi) {
    return kpi.validation && kpi.validation->status == verdict;
  });
}

std::vector<ErrorGroup> errors_by_code(const std::vector<Kpi>& kpis) {
  std::map<std::string, ErrorGroup> groups;
  for (const auto& kpi : kpis) {
    if (!kpi.validation) continue;
    std::set<std::string_view> counted;
    for (const auto& finding : kpi.validation->findings) {
      if (finding.severity != Severity::error || !counted.insert(finding.code).second) continue;
      auto& group = groups[finding.code];
      if (group.count++ == 0) group = {finding.code, 1, kpi.name + ": " + finding.message};
    }
  }
  std::vector<ErrorGroup> sorted;
  for (auto& [code, group] : groups) sorted.push_back(std::move(group));
  std::stable_sort(sorted.begin(), sorted.end(),
                   [](const auto& a, const auto& b) { return a.count > b.count; });
  return sorted;
}

double success_rate(const std::vector<Kpi>& kpis) {
  if (kpis.empty()) return 1.0;
  const auto good = count_verdict(kpis, Verdict::passed) + count_verdict(kpis, Verdict::repaired);
  return static_cast<double>(good) / static_cast<double>(kpis.size());
}

InputReport input_of(ReportKind kind, const Envelope& envelope, std::string sha256) {
  return {std::string(to_string(kind)), envelope.run.id, std::move(sha256)};
}

}  // namespace kpi::model
