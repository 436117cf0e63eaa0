#include <kpi/base/parallel.hpp>
#include <kpi/base/text.hpp>
#include <kpi/stages/collections.hpp>
#include <kpi/stages/database_ids.hpp>
#include <kpi/stages/marker.hpp>
#include <kpi/stages/register.hpp>
#include <kpi/stages/register_plan.hpp>
#include <kpi/stages/stage_run.hpp>

#include <algorithm>
#include <map>
#include <mutex>
#include <optional>

namespace kpi::stages {
namespace {

using model::CardStatus;

/// Creates a card; where the answer was lost, looks whether it was carried out before trying once more.
Result<metabase::Card> create(const metabase::Card& wanted, metabase::Cards& cards,
                              const std::stop_token& stop) {
  const auto marker = to_string(*marker_of(wanted.description));
  for (int attempt = 1;; ++attempt) {
    auto created = cards.create_card(wanted, stop);
    if (created || created.error().code != "metabase.lost_answer") return created;
    auto items = cards.items(wanted.collection_id, false, stop);
    if (!items) return std::move(items).error();
    for (const auto& item : *items) {
      const auto found = item.model == "card" ? marker_of(item.description) : std::nullopt;
      if (!found || to_string(*found) != marker) continue;
      metabase::Card card = wanted;
      card.id = item.id;
      return card;
    }
    if (attempt == 2) return created;
  }
}

class Applier {
public:
  Applier(RegisterPorts ports, const Context& context) : ports_(ports), context_(context) {}

  /// Carries one planned card out and says what became of it.
  Result<model::Registration> apply(const PlannedCard& planned, const model::Kpi& kpi,
                                    std::int64_t collection_id) {
    model::Registration done;
    done.collection = join(planned.collection, "/");
    metabase::Card card = planned.card;
    card.collection_id = collection_id;
    if (planned.action == Action::create) {
      auto created = create(card, ports_.cards, context_.stop);
      if (!created) return std::move(created).error();
      card.id = created->id;
      done.status = CardStatus::created;
    } else {
      card.id = planned.standing->item.id;
      auto updated = ports_.cards.update_card(card, context_.stop);
      if (!updated) return std::move(updated).error();
      done.status = CardStatus::updated;
      if (!planned.reason.empty()) done.reason = planned.reason;
    }
    done.card_id = card.id;
    done.url = ports_.cards.card_url(card.id);
    // The edit time is learnt from the next listing, which names it the way later listings will.
    if (auto saved = remember(kpi.id, card, ""); !saved) return std::move(saved).error();
    return done;
  }

  Result<Done> remember(const std::string& kpi_id, const metabase::Card& card, const std::string& edited_at) {
    store::RegisteredCard row;
    if (auto known = ports_.state.card_of(kpi_id); known && *known) row = **known;
    row.kpi_id = kpi_id;
    row.card_id = card.id;
    row.content_hash = marker_of(card.description)->hash;
    row.updated_at = edited_at;
    return ports_.state.save_card(row);
  }

private:
  RegisterPorts ports_;
  const Context& context_;
};

/// The report with the database ids of the Metabase in use. One request, and only for a report of another
/// server.
Result<model::ValidationReport> moved_here(const model::ValidationReport& validation,
                                           metabase::Catalog& catalog, const Context& context) {
  model::ValidationReport here = validation;
  for (auto& kpi : here.kpis) {  // a report written by hand may leave it to the database
    for (const auto& database : validation.databases) {
      if (database.id == kpi.database_id) kpi.dialect = database.dialect;
    }
  }
  const auto& from = validation.envelope.metabase_url;
  if (from.empty() || from == context.metabase_url) return here;
  auto in_use = catalog.databases(context.stop);
  if (!in_use) return std::move(in_use).error();
  auto ids = match_database_ids(validation.databases, from, context.metabase_url, *in_use);
  if (!ids) return std::move(ids).error();
  for (auto& kpi : here.kpis) {
    if (const auto id = ids->find(kpi.database_id); id != ids->end()) kpi.database_id = id->second;
  }
  return here;
}

/// Ids of the collections that the plan writes to.
Result<std::map<CollectionTree::Path, std::int64_t>> ensure_collections(const Plan& plan,
                                                                        CollectionTree& tree,
                                                                        metabase::Cards& cards,
                                                                        const Context& context) {
  std::map<CollectionTree::Path, std::int64_t> ids;
  for (const auto& planned : plan.cards) {
    if (planned.action != Action::create && planned.action != Action::update) continue;
    if (ids.contains(planned.collection)) continue;
    auto id = tree.ensure(planned.collection, cards, context.stop);
    if (!id) return std::move(id).error();
    ids.emplace(planned.collection, *id);
  }
  return ids;
}

model::Registration as_planned(const PlannedCard& planned, metabase::Cards& cards, bool dry_run) {
  model::Registration registration;
  registration.collection = join(planned.collection, "/");
  if (planned.standing) {
    registration.card_id = planned.standing->item.id;
    registration.url = cards.card_url(planned.standing->item.id);
  }
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
      registration.status = dry_run ? CardStatus::planned : CardStatus::failed;
      registration.reason = dry_run ? std::string(to_string(planned.action)) : "not begun";
      break;
  }
  return registration;
}

/// Archives what the report no longer has.
void prune(const Plan& plan, bool dry_run, metabase::Cards& cards, const Context& context,
           const StageRun& run, Outcome<model::RegistrationReport>& outcome) {
  for (const auto& [kpi_id, standing] : plan.left_over) {
    if (context.stop.stop_requested()) return;
    if (!dry_run) {
      auto card = cards.card(standing.item.id, context.stop);
      if (card && *card && !(*card)->archived) {
        (*card)->archived = true;
        auto archived = cards.update_card(**card, context.stop);
        if (!archived) {
          run.file(outcome.report.envelope, standing.item.name, archived.error());
          outcome.partial = true;
          continue;
        }
      }
    }
    outcome.report.archived.push_back({kpi_id, standing.item.id, standing.item.name});
  }
}

/// Writes the plan to Metabase, `jobs` cards at a time; each KPI's registration says what became of it.
Result<Done> apply(const Plan& plan, CollectionTree& tree, RegisterPorts ports, const Context& context,
                   const StageRun& run, Outcome<model::RegistrationReport>& outcome) {
  auto collections = ensure_collections(plan, tree, ports.cards, context);
  if (!collections) return std::move(collections).error();
  std::vector<const PlannedCard*> work;
  Applier applier(ports, context);
  for (const auto& planned : plan.cards) {
    if (planned.action == Action::create || planned.action == Action::update) work.push_back(&planned);
    if (planned.action == Action::unchanged) {
      metabase::Card card = planned.card;
      card.id = planned.standing->item.id;
      auto saved =
          applier.remember(outcome.report.kpis[planned.kpi].id, card, planned.standing->item.edited_at);
      if (!saved) return std::move(saved).error();
    }
  }
  std::vector<std::optional<Error>> failures(work.size());
  std::stop_source halt;
  const std::stop_callback forward(context.stop, [&halt] { halt.request_stop(); });
  context.progress.begin("register", "cards", work.size());
  parallel_for(work.size(), context.jobs, halt.get_token(), [&](std::size_t i) {
    auto& kpi = outcome.report.kpis[work[i]->kpi];
    auto done = applier.apply(*work[i], kpi, collections->at(work[i]->collection));
    context.progress.step(done.has_value());
    if (done) {
      kpi.registration = std::move(*done);
      return;
    }
    failures[i] = done.error();
    kpi.registration->reason = done.error().line();
    if (done.error().fault != Fault::item) halt.request_stop();
  });
  context.progress.end();
  for (std::size_t i = 0; i < work.size(); ++i) {
    if (!failures[i]) continue;
    if (failures[i]->fault == Fault::machine) return *failures[i];
    run.file(outcome.report.envelope, outcome.report.kpis[work[i]->kpi].name, *failures[i]);
    outcome.partial = true;
  }
  return Done{};
}

}  // namespace

std::int64_t changes_in(const model::RegistrationReport& report) {
  const auto changed = std::count_if(report.kpis.begin(), report.kpis.end(), [](const model::Kpi& kpi) {
    if (!kpi.registration) return false;
    const auto status = kpi.registration->status;
    return status == CardStatus::created || status == CardStatus::updated || status == CardStatus::planned;
  });
  return changed + static_cast<std::int64_t>(report.archived.size());
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
  auto tree = CollectionTree::read(ports.cards, context.stop);
  if (!tree) return std::move(tree).error();
  auto plan = make_plan(*here, options, ports, *tree, context);
  if (!plan) return std::move(plan).error();

  report.kpis = std::move(here->kpis);
  for (const auto& planned : plan->cards) {
    report.kpis[planned.kpi].registration = as_planned(planned, ports.cards, options.dry_run);
  }
  if (!options.dry_run) {
    if (auto applied = apply(*plan, *tree, ports, context, run, outcome); !applied) {
      return std::move(applied).error();
    }
  }
  if (options.prune) prune(*plan, options.dry_run, ports.cards, context, run, outcome);
  outcome.interrupted = context.stop.stop_requested();
  if (const auto root = tree->find(collection_path(options.collection))) {
    report.collection_url = ports.cards.collection_url(root);
  }
  run.close(report.envelope);
  return outcome;
}

}  // namespace kpi::stages
