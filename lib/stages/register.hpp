#pragma once

#include <kpi/metabase/api.hpp>
#include <kpi/model/report.hpp>
#include <kpi/sql/analyzer.hpp>
#include <kpi/stages/card_run.hpp>
#include <kpi/stages/ports.hpp>
#include <kpi/store/state.hpp>

#include <chrono>
#include <functional>
#include <string>

namespace kpi::stages {

struct RegisterOptions {
  std::string collection = "KPIs";  ///< path, slash-separated
  bool dry_run = false;
  bool prune = false;                ///< archive this tenant's managed cards that the report no longer has
  bool force = false;                ///< overwrite cards that a person edited
  std::string currency = {};         ///< of money whose column does not say: "USD"; empty: no sign
  int min_score = 0;                 ///< KPIs below it are skipped
  bool execute = true;               ///< run each card once after it was written, and record the result
  bool dashboards = false;           ///< one dashboard a category, cards laid out by rank
  std::chrono::seconds timeout{30};  ///< of such a run
  /// Asked, where given, with the plan as a dry run would report it, before any of it is carried out; an
  /// error ends the stage.
  std::function<Result<Done>(const model::RegistrationReport& planned)> approve = {};
};

struct RegisterPorts {
  metabase::Catalog& catalog;  ///< where the report is of another Metabase, its databases are matched by name
  metabase::Cards& cards;
  metabase::Queries& queries;
  store::State& state;
  const sql::Analyzer& analyzer;  ///< a card runs again for others: what is not safe is not stored either
  CardRuns* runs = nullptr;       ///< takes the runs of written cards, for an audit that follows; may be null
};

/// kpi register: validation report -> registration report, and cards in collections PATH/Category. Looks
/// first at what stands (by the marker in each card's description, wherever a person may have put the card),
/// then creates what is missing, updates what changed, leaves alone what is the same, or was edited, moved or
/// archived by a person. Rejected KPIs, KPIs that the guard refuses (the report may be of another hand),
/// score 0, duplicates and KPIs below min_score are skipped with the reason. A write whose answer was lost is
/// looked for before it is repeated; where two runs raced, the card with the lowest id stays and its twin is
/// archived.
Result<Outcome<model::RegistrationReport>> register_cards(const model::ValidationReport& validation,
                                                          const RegisterOptions& options, RegisterPorts ports,
                                                          const Context& context);

/// How many cards a registration report would change or changed: created, updated, planned, archived.
[[nodiscard]] std::int64_t changes_in(const model::RegistrationReport& report);

}  // namespace kpi::stages
