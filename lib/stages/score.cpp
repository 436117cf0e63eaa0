#include <kpi/stages/score.hpp>
#include <kpi/stages/score_components.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <string_view>
#include <tuple>
#include <utility>

namespace kpi::stages {
namespace {

/// The reason why a KPI is worth nothing at all, if there is one. Metabase's chart scorer has the same gate
/// for flat and single-valued charts.
std::optional<std::string> closed_gate(const model::Kpi& kpi) {
  if (!kpi.validation) return "not validated";
  if (kpi.validation->status == model::Verdict::rejected) return "rejected";
  static constexpr std::array<std::pair<std::string_view, const char*>, 7> gates{
      {{"result.empty", "no rows"},
       {"result.all_null", "every value is null"},
       {"result.constant", "every group has the same value"},
       {"dup.id", "a KPI of this name exists"},
       {"dup.name", "a KPI of this name exists"},
       {"dup.fingerprint", "another KPI asks the same"},
       {"dup.result", "another KPI gives the same result"}}};
  for (const auto& [code, reason] : gates) {
    if (has_finding(kpi, code)) return reason;
  }
  return std::nullopt;
}

/// The score, and the sum behind it before it was rounded.
std::pair<model::Score, double> score(const model::Kpi& kpi, const ResultFacts* facts,
                                      const Coverage& coverage,
                                      const std::vector<config::ScoringWeight>& weights) {
  model::Score score;
  if (const auto reason = closed_gate(kpi)) {
    score.formula = "0: " + *reason;
    return {std::move(score), 0.0};
  }
  const Subject subject(kpi, facts, coverage);
  double sum = 0;
  double weight = 0;
  for (const auto& [component, share] : weights) {
    if (share <= 0) continue;
    const auto opinion = judge(component, subject);
    if (!opinion) continue;
    const double value = std::round(std::clamp(opinion->value, 0.0, 1.0) * 100) / 100;
    score.components.push_back({component, value, share, opinion->reason});
    sum += share * value;
    weight += share;
  }
  const double mean = weight > 0 ? sum / weight : 0;
  // Whatever passes the gates is worth something: 0 is kept for what does not.
  score.total = std::max(1, static_cast<int>(std::lround(100 * mean)));
  score.formula = "100 * sum(weight * value) / sum(weight)";
  return {std::move(score), mean};
}

void rank(std::vector<model::Kpi>& kpis, const std::vector<double>& means) {
  std::vector<std::size_t> order;
  for (std::size_t i = 0; i < kpis.size(); ++i) {
    if (kpis[i].score->total > 0) order.push_back(i);
  }
  std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    return std::tie(means[b], kpis[a].id, kpis[a].name, a) < std::tie(means[a], kpis[b].id, kpis[b].name, b);
  });
  for (std::size_t place = 0; place < order.size(); ++place)
    kpis[order[place]].score->rank = static_cast<int>(place) + 1;
}

}  // namespace

void score_all(std::vector<model::Kpi>& kpis, const std::vector<std::optional<ResultFacts>>& facts,
               const std::vector<config::ScoringWeight>& weights) {
  std::vector<const model::Kpi*> standing;
  for (const auto& kpi : kpis) {
    if (!closed_gate(kpi)) standing.push_back(&kpi);
  }
  const Coverage coverage(standing);
  std::vector<double> means;
  for (std::size_t i = 0; i < kpis.size(); ++i) {
    const auto* of = i < facts.size() && facts[i] ? &*facts[i] : nullptr;
    auto [scored, mean] = score(kpis[i], of, coverage, weights);
    kpis[i].score = std::move(scored);
    means.push_back(mean);
  }
  rank(kpis, means);
}

}  // namespace kpi::stages
