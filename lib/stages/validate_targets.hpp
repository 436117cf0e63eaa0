#pragma once

#include <kpi/metabase/api.hpp>
#include <kpi/model/domain.hpp>
#include <kpi/model/report.hpp>
#include <kpi/stages/ports.hpp>

#include <cstdint>
#include <map>
#include <vector>

namespace kpi::stages {

/// Where a KPI's query goes: the id in the Metabase in use, and what is known of the database there.
struct Target {
  std::int64_t database_id = 0;
  const model::Database* schema = nullptr;  ///< null: names cannot be bound
  bool known = true;
};

/// The KPIs' databases in the Metabase in use, by the report's ids.
class Targets {
public:
  /// Asks `catalog` (where it is not null) which databases there are, and for the metadata of those that the
  /// report does not describe. What is found is added to `databases`, whose ids become those of the Metabase
  /// in use, and which must outlive the result. Fails as match_database_ids() and the catalog do.
  static Result<Targets> make(std::vector<model::Database>& databases, const model::CandidatesReport& report,
                              metabase::Catalog* catalog, const model::Domain& domain,
                              const Context& context);

  /// The target of a KPI's database id; `known` is false where there is no such database.
  [[nodiscard]] Target of(std::int64_t database_id) const;

private:
  std::map<std::int64_t, Target> by_id_;
  bool complete_ = false;  ///< every database there is, is in by_id_
};

}  // namespace kpi::stages
