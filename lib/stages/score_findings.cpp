#include <kpi/stages/score_findings.hpp>

#include <algorithm>
#include <array>
#include <string_view>

namespace kpi::stages {
namespace {

constexpr std::array<std::string_view, 5> shown_wrong{"lint.always_true", "lint.null_comparison",
                                                      "lint.rate_range", "result.multiplied_rows",
                                                      "result.out_of_range"};
constexpr std::array<std::string_view, 12> likely_wrong{
    "lint.count_star_outer", "lint.fan_out",           "lint.integer_division", "lint.missing_group_by",
    "lint.not_in_nullable",  "lint.outer_join_filter", "lint.unknown_value",    "result.future",
    "result.not_a_rate",     "result.raw_moments",     "result.too_many_rows",  "run.truncated"};

template <std::size_t size>
bool is_in(std::string_view code, const std::array<std::string_view, size>& codes) {
  return std::find(codes.begin(), codes.end(), code) != codes.end();
}

}  // namespace

const model::Finding* doubt_about(const model::Kpi& kpi) {
  const auto& findings = kpi.validation->findings;
  const auto at = std::find_if(findings.begin(), findings.end(), [](const auto& finding) {
    return is_in(finding.code, shown_wrong) || is_in(finding.code, likely_wrong);
  });
  return at == findings.end() ? nullptr : &*at;
}

double soundness_left_by(const model::Finding& finding) {
  if (is_in(finding.code, shown_wrong)) return 0.0;
  if (is_in(finding.code, likely_wrong)) return 0.3;
  if (finding.severity == model::Severity::note) return 0.97;
  return finding.code == "lint.test_rows" || finding.code == "lint.deleted_rows" ? 0.85 : 0.75;
}

}  // namespace kpi::stages
