#include <kpi/stages/database_ids.hpp>
#include <kpi/stages/discover.hpp>
#include <kpi/stages/validate_targets.hpp>

#include <set>
#include <utility>

namespace kpi::stages {
namespace {

/// Adds the metadata of every database that a KPI names.
Result<Done> fetch(std::vector<model::Database>& databases, const std::vector<metabase::DatabaseInfo>& in_use,
                   const std::vector<model::Kpi>& kpis, metabase::Catalog& catalog,
                   const model::Domain& domain, const Context& context) {
  std::set<std::int64_t> wanted;
  for (const auto& kpi : kpis) wanted.insert(kpi.database_id);
  for (const auto& info : in_use) {
    if (!wanted.contains(info.id)) continue;
    auto database = catalog.metadata(info, context.stop);
    if (!database) return std::move(database).error();
    enrich(*database, domain);
    databases.push_back(std::move(*database));
  }
  return Done{};
}

}  // namespace

Result<Targets> Targets::make(std::vector<model::Database>& databases, const model::CandidatesReport& report,
                              metabase::Catalog* catalog, const model::Domain& domain,
                              const Context& context) {
  Targets targets;
  if (catalog == nullptr) {
    targets.complete_ = !databases.empty();
    for (const auto& database : databases)
      targets.by_id_.emplace(database.id, Target{database.id, &database, true});
    return targets;
  }
  auto in_use = catalog->databases(context.stop);
  if (!in_use) return std::move(in_use).error();
  auto ids = match_database_ids(databases, report.envelope.metabase_url, context.metabase_url, *in_use);
  if (!ids) return std::move(ids).error();
  if (databases.empty()) {
    if (auto fetched = fetch(databases, *in_use, report.kpis, *catalog, domain, context); !fetched) {
      return std::move(fetched).error();
    }
    for (const auto& database : databases) ids->emplace(database.id, database.id);
  }
  for (auto& database : databases) {
    const auto id = ids->find(database.id);
    if (id == ids->end()) continue;
    targets.by_id_.emplace(database.id, Target{id->second, &database, true});
    database.id = id->second;
  }
  for (const auto& info : *in_use) targets.by_id_.emplace(info.id, Target{info.id, nullptr, true});
  targets.complete_ = true;
  return targets;
}

Target Targets::of(std::int64_t database_id) const {
  const auto at = by_id_.find(database_id);
  return at != by_id_.end() ? at->second : Target{database_id, nullptr, !complete_};
}

}  // namespace kpi::stages
