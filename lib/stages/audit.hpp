#pragma once

#include <kpi/metabase/api.hpp>
#include <kpi/model/domain.hpp>
#include <kpi/model/report.hpp>
#include <kpi/sql/analyzer.hpp>
#include <kpi/stages/card_run.hpp>
#include <kpi/stages/ports.hpp>
#include <kpi/store/state.hpp>

#include <chrono>
#include <string>
#include <vector>

namespace kpi::stages {

struct AuditOptions {
  std::string collection = "KPIs";
  std::vector<std::string> include{"*"};  ///< globs on table names: which tables ought to have KPIs
  std::vector<std::string> exclude;
  bool execute = true;
  std::chrono::seconds timeout{30};
  std::chrono::seconds slow{10};  ///< a card that takes longer is `slow`
  int stale_days = 14;            ///< a card whose newest row is older is `stale`
  bool history = true;            ///< keep each KPI's value, and compare with the earlier ones
  bool fix = false;  ///< mend what is certain: SQL by rules, twins by archiving; never what a person edited
};

struct AuditPorts {
  metabase::Catalog& catalog;
  metabase::Queries& queries;
  metabase::Cards& cards;
  store::State& state;
  const model::Domain& domain;
  const sql::Analyzer& analyzer;
  const CardRuns* runs = nullptr;  ///< of the registration that went before; null: every card is run
};

/// kpi audit: Metabase and history -> audit report. Runs every managed card again (also those that a person
/// moved elsewhere, as far as the state file remembers them; not those whose run ports.runs holds, of which
/// the report says "measured_by": "register") and says of each whether it still holds and why
/// not: broken (with what vanished, by name), drifted (with what was changed), empty, slow, stale, duplicate,
/// orphan, archived; lists the unmanaged ones below the collection, and only counts those of other tenants.
/// Compares each KPI's value with its usual range. Coverage by category and table; spending.
Result<Outcome<model::AuditReport>> audit(const AuditOptions& options, AuditPorts ports,
                                          const Context& context);

}  // namespace kpi::stages
