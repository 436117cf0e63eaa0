#include <kpi/base/text.hpp>
#include <kpi/stages/duplicates.hpp>

#include <algorithm>
#include <functional>
#include <map>
#include <numeric>
#include <set>
#include <string>
#include <utility>

namespace kpi::stages {
namespace {

using Found = std::vector<std::optional<model::Finding>>;
/// What KPIs of one group have in common; none: it belongs to no group.
using KeyOf = std::function<std::optional<std::string>(std::size_t)>;

std::string database_of(const model::Kpi& kpi) { return std::to_string(kpi.database_id) + '\x1F'; }

std::string tables_of(const model::Kpi& kpi) {
  std::set<std::string> tables(kpi.tables.begin(), kpi.tables.end());
  for (const auto& reference : kpi.validation->references) tables.insert(reference.table);
  return join(std::vector<std::string>(tables.begin(), tables.end()), "\x1F");
}

bool works(const model::Kpi& kpi) {
  return kpi.validation && kpi.validation->status != model::Verdict::rejected;
}

/// KPIs by score, the best first; the order of the report on a tie.
std::vector<std::size_t> by_score(const std::vector<model::Kpi>& kpis) {
  std::vector<std::size_t> order(kpis.size());
  std::iota(order.begin(), order.end(), 0U);
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    return (kpis[a].score ? kpis[a].score->total : 0) > (kpis[b].score ? kpis[b].score->total : 0);
  });
  return order;
}

/// How a finding names the KPI that stays: by its table too where both are called the same.
std::string called(const model::Kpi& stays, const model::Kpi& goes) {
  const bool alike = name_key(stays.name) == name_key(goes.name) && !stays.tables.empty();
  return "\"" + stays.name + "\"" + (alike ? " of " + stays.tables.front() : "");
}

void mark(const std::vector<model::Kpi>& kpis, const std::vector<std::size_t>& order, const char* code,
          const std::string& says, const KeyOf& key_of, Found& found) {
  std::map<std::string, std::size_t> kept;
  for (const auto i : order) {
    if (found[i] || !works(kpis[i])) continue;
    const auto key = key_of(i);
    if (!key) continue;
    if (const auto [first, fresh] = kept.emplace(*key, i); !fresh) {
      found[i] = model::Finding{code, model::Severity::warning,
                                says + " " + called(kpis[first->second], kpis[i]), std::nullopt};
    }
  }
}

}  // namespace

Found find_duplicates(const std::vector<model::Kpi>& kpis,
                      const std::vector<std::optional<ResultFacts>>& facts) {
  Found found(kpis.size());
  std::map<std::string, std::size_t> ids;
  for (std::size_t i = 0; i < kpis.size(); ++i) {
    if (const auto [first, fresh] = ids.emplace(kpis[i].id, i); !fresh) {
      found[i] = model::Finding{"dup.id", model::Severity::warning,
                                "\"" + kpis[first->second].name + "\" of the same table has this name",
                                std::nullopt};
    }
  }
  const auto order = by_score(kpis);
  mark(
      kpis, order, "dup.fingerprint", "asks the same as",
      [&](std::size_t i) -> std::optional<std::string> {
        const auto& print = kpis[i].validation->fingerprint;
        if (print.empty()) return std::nullopt;
        return database_of(kpis[i]) + print;
      },
      found);
  mark(
      kpis, order, "dup.name", "has the name of",
      [&](std::size_t i) -> std::optional<std::string> {
        if (kpis[i].tables.empty()) return std::nullopt;
        return database_of(kpis[i]) + lower(kpis[i].tables.front()) + '\x1F' + name_key(kpis[i].name);
      },
      found);
  mark(
      kpis, order, "dup.result", "gives the result of",
      [&](std::size_t i) -> std::optional<std::string> {
        if (i >= facts.size() || !facts[i] || !facts[i]->telling) return std::nullopt;
        return database_of(kpis[i]) + tables_of(kpis[i]) + '\x1F' + facts[i]->digest;
      },
      found);
  return found;
}

}  // namespace kpi::stages
