#include <kpi/base/text.hpp>
#include <kpi/model/domain.hpp>
#include <kpi/stages/collections.hpp>
#include <kpi/stages/dashboards.hpp>
#include <kpi/stages/database_ids.hpp>
#include <kpi/stages/marker.hpp>
#include <kpi/stages/register.hpp>
#include <kpi/stages/register_apply.hpp>
#include <kpi/stages/register_plan.hpp>
#include <kpi/stages/stage_run.hpp>

#include <algorithm>
#include <map>

namespace kpi::stages {
namespace {

using model::CardStatus;

/// The report with the database ids of the Metabase in use. One request, and only for a report of another
/// server.
Result<model::ValidationReport> moved_here(const model::ValidationReport& validation,
                                           metabase::Catalog& catalog, const Context& context) {
  model::ValidationReport here = validation;
  for (auto& kpi : here.kpis) {  // a report written by hand may leave it to the database
    for (const auto& database : validation.databases) {
      const bool silent = kpi.dialect == model::Dialect::generic;
      if (silent && database.id == kpi.database_id) kpi.dialect = database.dialect;
    }
  }
  const auto& from = validation.envelope.metabase_url;
  if (from.empty() || from == context.metabase_url) return here;
  auto in_use = catalog.databases(context.stop);
  if (!in_use) return std::move(in_use).error();
  auto ids = match_database_ids(validation.databases, from, context.metabase_url, *in_use);
  if (!ids) return std::move(ids).error();
  for (auto& kpi : here.kpis) {
    const auto id = ids->find(kpi.database_id);
    if (id == ids->end()) {  // another server's number says nothing here
      return Error{Fault::input, "report.unknown_database", "register",
                   "the report is of " + single_line(from) + " and does not name its database " +
                       std::to_string(kpi.database_id),
                   "use that Metabase, or a report with its databases"};
    }
    kpi.database_id = id->second;
  }
  return here;
}

/// Gives an id to KPIs of a report written by hand: the one that validation would have given. An id that no
/// marker can hold is replaced, as its card could never be found again; so is a missing category. One
/// request, and only where the report does not name its databases.
Result<Done> identify(std::vector<model::Kpi>& kpis, const std::vector<model::Database>& databases,
                      RegisterPorts ports, const Context& context) {
  for (auto& kpi : kpis) {
    if (trim(single_line(kpi.category)).empty()) kpi.category = std::string(model::general_category);
  }
  const bool all_known =
      std::all_of(kpis.begin(), kpis.end(), [](const model::Kpi& kpi) { return is_marker_id(kpi.id); });
  if (all_known) return Done{};
  std::map<std::int64_t, std::string> names;
  for (const auto& database : databases) names.emplace(database.id, database.name);
  if (databases.empty()) {
    auto in_use = ports.catalog.databases(context.stop);
    if (!in_use) return std::move(in_use).error();
    for (const auto& info : *in_use) names.emplace(info.id, info.name);
  }
  for (auto& kpi : kpis) {
    if (is_marker_id(kpi.id)) continue;
    if (kpi.tables.empty()) kpi.tables = ports.analyzer.analyze(kpi.sql, kpi.dialect, nullptr).tables;
    const auto name = names.find(kpi.database_id);
    const bool named = name != names.end() && !name->second.empty();
    kpi.id = model::kpi_id(context.run.tenant, named ? name->second : std::to_string(kpi.database_id),
                           kpi.tables.empty() ? "" : kpi.tables.front(), kpi.name);
  }
  return Done{};
}

model::Registration as_planned(const PlannedCard& planned, metabase::Cards& cards, bool dry_run) {
  model::Registration registration;
  registration.collection = join(planned.collection, "/");
  if (planned.standing) {
    registration.card_id = planned.standing->id;
    registration.url = cards.card_url(planned.standing->id);
    registration.hash_before = hash_of(*planned.standing);
  }
  if (planned.trouble) {
    registration.status = CardStatus::failed;
    registration.reason = planned.trouble->line();
    return registration;
  }
  if (const auto marker = marker_of(planned.card.description)) registration.hash = marker->hash;
  switch (planned.action) {
    case Action::unchanged:
      registration.status = CardStatus::unchanged;
      break;
    case Action::skip:
      registration.status = CardStatus::skipped;
      registration.reason = planned.reason;
      break;
    case Action::create:
    case Action::update:
      if (dry_run || planned.standing) registration.changes = changes_of(planned);
      registration.status = dry_run ? CardStatus::planned : CardStatus::failed;
      registration.reason = "not begun";
      if (dry_run) {
        registration.reason = std::string(to_string(planned.action)) +
                              (planned.reason.empty() ? "" : " (" + planned.reason + ")");
      }
      break;
  }
  return registration;
}

struct Work {
  const Plan& plan;
  CollectionTree& tree;
  RegisterPorts ports;
  const Context& context;
  const StageRun& run;
};

/// Carries the plan out, or with options.dry_run says what that would come to; the report tells.
Result<Done> carry_out(const Work& work, const RegisterOptions& options,
                       Outcome<model::RegistrationReport>& outcome) {
  const auto& [plan, tree, ports, context, run] = work;
  auto& report = outcome.report;
  for (const auto& planned : plan.cards) {
    auto& kpi = report.kpis[planned.kpi];
    kpi.registration = as_planned(planned, ports.cards, options.dry_run);
    if (!planned.trouble) continue;
    run.file(report.envelope, kpi.name, *planned.trouble);
    outcome.partial = true;
  }
  if (!options.dry_run) {
    auto applied = apply_plan(plan, options, work.tree, ports, context, run, outcome);
    if (!applied) return applied;
  }
  archive_twins(plan.twins, options, tree, ports.cards, context, run, outcome);
  if (options.dashboards && !context.stop.stop_requested()) {
    auto kept = keep_dashboards(plan, options, tree, ports, context, run, outcome);
    if (!kept) return kept;
  }
  if (options.prune) prune(plan, options, tree, ports.cards, context, run, outcome);
  return Done{};
}

}  // namespace

std::int64_t changes_in(const model::RegistrationReport& report) {
  const auto is_change = [](CardStatus status) {
    return status == CardStatus::created || status == CardStatus::updated || status == CardStatus::planned;
  };
  const auto cards = std::count_if(report.kpis.begin(), report.kpis.end(), [&](const model::Kpi& kpi) {
    return kpi.registration && is_change(kpi.registration->status);
  });
  const auto boards = std::count_if(report.dashboards.begin(), report.dashboards.end(),
                                    [&](const auto& board) { return is_change(board.status); });
  return cards + boards + static_cast<std::int64_t>(report.archived.size());
}

Result<Outcome<model::RegistrationReport>> register_cards(const model::ValidationReport& validation,
                                                          const RegisterOptions& options, RegisterPorts ports,
                                                          const Context& context) {
  const StageRun run(context, "register");
  Outcome<model::RegistrationReport> outcome;
  auto& report = outcome.report;
  report.envelope = run.open();
  report.envelope.metabase_version = validation.envelope.metabase_version;

  auto here = moved_here(validation, ports.catalog, context);
  if (!here) return std::move(here).error();
  if (auto known = identify(here->kpis, here->databases, ports, context); !known) {
    return std::move(known).error();
  }
  auto tree = CollectionTree::read(ports.cards, context.stop);
  if (!tree) return std::move(tree).error();
  auto plan = make_plan(*here, options, ports, *tree, context);
  if (!plan) return std::move(plan).error();

  report.kpis = std::move(here->kpis);
  const Work work{*plan, *tree, ports, context, run};
  if (options.dry_run || options.approve) {
    auto only_looking = options;
    only_looking.dry_run = true;
    if (auto shown = carry_out(work, only_looking, outcome); !shown) return std::move(shown).error();
  }
  if (!options.dry_run) {
    if (options.approve) {
      if (auto approved = options.approve(report); !approved) return std::move(approved).error();
      report.dashboards.clear();
      report.archived.clear();
      report.envelope.errors.clear();
      outcome.partial = false;
    }
    if (auto done = carry_out(work, options, outcome); !done) return std::move(done).error();
  }
  outcome.interrupted = context.stop.stop_requested();
  if (const auto root = tree->find(collection_path(options.collection))) {
    report.collection_url = ports.cards.collection_url(root);
  }
  run.close(report.envelope);
  return outcome;
}

}  // namespace kpi::stages
