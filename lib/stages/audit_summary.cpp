#include <kpi/base/text.hpp>
#include <kpi/stages/audit_summary.hpp>
#include <kpi/stages/filter.hpp>

#include <algorithm>
#include <map>
#include <string>
#include <utility>

namespace kpi::stages {

using model::AuditStatus;

Json coverage(const std::vector<Listed>& listed, const Examinations& examined, const AuditOptions& options,
              const Schemas& schemas, const model::Domain& domain) {
  std::map<std::string, std::int64_t> by_category;
  using Key = std::pair<std::int64_t, std::string>;  // database, qualified name
  std::map<Key, std::int64_t> by_table;
  for (const auto& category : domain.categories) by_category[category.name] = 0;
  for (const auto& [id, database] : schemas) {
    for (const auto& table : database.tables) {
      if (is_wanted(table.name, options.include, options.exclude)) by_table[{id, table.qualified_name()}] = 0;
    }
  }
  for (std::size_t i = 0; i < listed.size(); ++i) {
    if (!examined[i] || !*examined[i]) continue;
    const auto& found = **examined[i];
    if (found.status == AuditStatus::unmanaged || found.status == AuditStatus::archived) continue;
    if (!listed[i].collection.empty()) ++by_category[listed[i].collection.back()];
    for (const auto& table : found.tables) ++by_table[{found.database_id, table}];
  }
  Json categories = Json::object();
  for (const auto& [name, count] : by_category) categories[name] = count;
  Json tables = Json::object();
  Json uncovered = Json::array();
  std::map<std::string, int> databases_of;
  for (const auto& [key, count] : by_table) ++databases_of[key.second];
  for (const auto& [key, count] : by_table) {
    const auto& [database, table] = key;
    const auto schema = schemas.find(database);
    // Of two databases, tables of one name are two tables.
    const bool shared = databases_of[table] > 1 && schema != schemas.end();
    const auto name = shared ? schema->second.name + "." + table : table;
    tables[name] = tables.value(name, std::int64_t{0}) + count;
    if (count == 0) uncovered.push_back(name);
  }
  return {{"by_category", std::move(categories)},
          {"by_table", std::move(tables)},
          {"uncovered", std::move(uncovered)}};
}

Result<Done> add_costs(Json& summary, store::State& state) {
  auto spending = state.spending();
  if (!spending) return std::move(spending).error();
  summary["cost"] = {{"today_usd", spending->today_usd},
                     {"last_30_days_usd", spending->last_30_days_usd},
                     {"total_usd", spending->total_usd}};
  const auto asked = spending->calls + spending->cache_hits;
  summary["cache_hit_rate"] =
      asked == 0 ? Json(nullptr)
                 : Json(static_cast<double>(spending->cache_hits) / static_cast<double>(asked));
  summary["llm_calls"] = spending->calls;
  return Done{};
}

Json error_patterns(const std::vector<model::CardAudit>& cards) {
  std::map<std::string, std::int64_t> counts;
  for (const auto& card : cards) {
    if (card.status == AuditStatus::broken || card.status == AuditStatus::orphan)
      ++counts[shorten(card.evidence, 80)];
  }
  std::vector<std::pair<std::string, std::int64_t>> sorted(counts.begin(), counts.end());
  std::stable_sort(sorted.begin(), sorted.end(),
                   [](const auto& a, const auto& b) { return a.second > b.second; });
  Json patterns = Json::array();
  for (const auto& [pattern, count] : sorted) patterns.push_back({{"pattern", pattern}, {"count", count}});
  return patterns;
}

}  // namespace kpi::stages
