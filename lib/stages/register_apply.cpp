#include <kpi/base/parallel.hpp>
#include <kpi/base/text.hpp>
#include <kpi/stages/created_once.hpp>
#include <kpi/stages/halt.hpp>
#include <kpi/stages/marker.hpp>
#include <kpi/stages/register_apply.hpp>
#include <kpi/stages/without_values.hpp>

#include <algorithm>
#include <map>
#include <memory>
#include <optional>
#include <semaphore>
#include <set>
#include <utility>

namespace kpi::stages {
namespace {

using model::CardStatus;

/// Creates a card. Where it may exist although that failed, looks for its marker before trying once more.
Result<metabase::Card> create(const metabase::Card& wanted, metabase::Cards& cards, const Context& context) {
  const auto marker = to_string(*marker_of(wanted.description));
  for (int attempt = 1;; ++attempt) {
    auto created = cards.create_card(wanted, context.stop);
    if (created || !may_exist(created.error()) || !pause(attempt, context)) return created;
    auto items = cards.items(wanted.collection_id, false, context.stop);
    if (!items) return std::move(items).error();
    for (const auto& item : *items) {
      const auto found = item.model == "card" ? marker_of(item.description) : std::nullopt;
      if (!found || to_string(*found) != marker) continue;
      metabase::Card card = wanted;
      card.id = item.id;
      return card;
    }
    if (attempt == most_attempts) return created;
  }
}

/// Updates a card: what may have failed halfway is written again, as that is safe.
Result<metabase::Card> update(const metabase::Card& wanted, metabase::Cards& cards, const Context& context) {
  for (int attempt = 1;; ++attempt) {
    auto updated = cards.update_card(wanted, context.stop);
    if (updated || attempt == most_attempts || !may_exist(updated.error()) || !pause(attempt, context)) {
      return updated;
    }
  }
}

/// True if the card stands where it stood when it was listed.
bool is_where_it_was(const metabase::Card& card, const StandingCard& standing, const CollectionTree& tree) {
  const auto path = card.collection_id ? tree.path_of(*card.collection_id) : std::nullopt;
  return path.value_or(CollectionTree::Path{}) == standing.collection;
}

struct Archiving {
  bool even_if_edited = false;
  bool as_retired = false;  ///< by --prune: it may come back with its KPI
  bool dry_run = false;     ///< looks and writes nothing
};

/// Archives a card that we wrote; one that is gone or archived already is fine. False if a person edited or
/// moved it.
Result<bool> archive(const LeftOver& one, const Archiving& how, const CollectionTree& tree,
                     metabase::Cards& cards, const Context& context) {
  auto card = cards.card(one.standing.id, context.stop);
  if (!card) return std::move(card).error();
  if (!*card || (*card)->archived) return true;
  const bool edited = !is_where_it_was(**card, one.standing, tree) ||
                      content_hash(**card, join(one.standing.collection, "/")) != one.standing.hash;
  if (edited && !how.even_if_edited) return false;
  if (how.dry_run) return true;
  (*card)->archived = true;
  (*card)->sql.clear();  // the query stays as it is, with all that a person may have added to it
  if (how.as_retired) (*card)->description = retired((*card)->description);
  auto archived = update(**card, cards, context);
  if (!archived) return std::move(archived).error();
  return true;
}

/// archive() of many, `jobs` at a time; none for those that were not come to.
std::vector<std::optional<Result<bool>>> archive_all(const std::vector<LeftOver>& list, const Archiving& how,
                                                     const CollectionTree& tree, metabase::Cards& cards,
                                                     const Context& context) {
  std::vector<std::optional<Result<bool>>> archived(list.size());
  const Halt halt(context.stop);
  parallel_for(list.size(), context.jobs, halt.token(), [&](std::size_t i) {
    archived[i] = archive(list[i], how, tree, cards, context);
    halt.look_at(*archived[i]);
  });
  return archived;
}

/// One run of a card that was just written, as the report keeps it: its shape, never its rows.
model::Execution run_once(const metabase::Card& card, const RegisterOptions& options, RegisterPorts ports,
                          const Context& context) {
  model::Execution execution;
  auto result = ports.queries.run_card(card.id, options.timeout, context.stop);
  execution.status = result && result->ok ? model::RunStatus::ok : model::RunStatus::failed;
  if (!result) {
    execution.error = result.error().line();
    return execution;
  }
  // One that failed is the audit's to try once more.
  if (result->ok && ports.runs != nullptr)
    ports.runs->note(card.id, marker_of(card.description)->hash, card_run_of(*result));
  if (!result->ok) {
    execution.error = single_line(shorten(without_values(result->error, card.sql, nullptr), 500));
  }
  execution.elapsed_ms = result->elapsed.count();
  execution.rows = static_cast<std::int64_t>(result->rows.size());
  execution.truncated = result->truncated;
  for (const auto& column : result->columns) execution.columns.push_back({column.name, column.type});
  return execution;
}

/// What a person set on a card's chart and we do not write (a goal line, colours) stays.
void keep_settings(metabase::Card& card, const metabase::Card& standing) {
  if (!standing.visualization_settings.is_object()) return;
  Json settings = standing.visualization_settings;
  settings.merge_patch(card.visualization_settings);
  card.visualization_settings = std::move(settings);
}

/// True if the card is what it was when the plan was made.
bool is_as_planned(const metabase::Card& now, const StandingCard& standing, const CollectionTree& tree) {
  if (now.archived != (standing.content && standing.content->archived)) return false;
  const bool stays = standing.content ? now.collection_id == standing.content->collection_id
                                      : is_where_it_was(now, standing, tree);
  return stays && content_hash(now, join(standing.collection, "/")) == hash_of(standing);
}

using Turns = std::counting_semaphore<>;

/// What `work` gives, once one of `turns` is free.
template <class Work>
auto in_turn(Turns& turns, const Work& work) {
  turns.acquire();
  const std::unique_ptr<Turns, void (*)(Turns*)> turn(&turns, [](Turns* taken) { taken->release(); });
  return work();
}

class Applier {
public:
  Applier(const Plan& plan, const RegisterOptions& options, CollectionTree& tree, RegisterPorts ports,
          const Context& context, const StageRun& run, Outcome<model::RegistrationReport>& outcome)
      : plan_(plan),
        options_(options),
        tree_(tree),
        ports_(ports),
        context_(context),
        run_(run),
        outcome_(outcome) {}

  Result<Done> apply() {
    if (auto made = ensure_collections(); !made) return made;
    if (auto kept = remember_unchanged(); !kept) return kept;
    if (auto written = write_cards(); !written) return written;
    if (context_.stop.stop_requested()) return Done{};
    if (auto healed = heal(); !healed) {  // what was written stands, and the next run looks again
      if (healed.error().fault == Fault::machine) return healed;
      file("twins", healed.error());
    }
    return Done{};
  }

private:
  /// A collection that cannot be had costs its own cards, and no others.
  Result<Done> ensure_collections() {
    std::set<CollectionTree::Path> wanted;
    for (const auto& planned : plan_.cards) {
      if (planned.action == Action::create || planned.action == Action::update)
        wanted.insert(planned.collection);
    }
    for (auto& [path, id] : tree_.ensure(wanted, ports_.cards, context_)) {
      if (id) {
        collections_.emplace(path, *id);
      } else if (id.error().fault == Fault::item) {
        closed_.emplace(path, id.error());
      } else {
        return id.error();
      }
    }
    return Done{};
  }

  /// The state file's row of a card, with what it knew beside.
  Result<store::RegisteredCard> row_of(const std::string& kpi_id, std::int64_t card_id,
                                       const std::string& hash, const std::string& edited_at) {
    auto known = ports_.state.card_of(kpi_id);
    if (!known) return std::move(known).error();
    store::RegisteredCard row = *known ? **known : store::RegisteredCard{};
    row.kpi_id = kpi_id;
    row.card_id = card_id;
    row.content_hash = hash;
    row.updated_at = edited_at;
    return row;
  }

  /// What is as it should be, and was read because its last edit was not known: now it is.
  Result<Done> remember_unchanged() {
    std::vector<store::RegisteredCard> rows;
    for (const auto& planned : plan_.cards) {
      if (planned.action != Action::unchanged || planned.as_we_left_it) continue;
      const auto& standing = *planned.standing;
      auto row = row_of(outcome_.report.kpis[planned.kpi].id, standing.id, standing.hash, standing.edited_at);
      if (!row) return std::move(row).error();
      rows.push_back(std::move(*row));
    }
    return rows.empty() ? Result<Done>(Done{}) : ports_.state.save_cards(rows);
  }

  Result<Done> write_cards() {
    std::vector<const PlannedCard*> work;
    for (const auto& planned : plan_.cards) {
      if (planned.action == Action::create || planned.action == Action::update) work.push_back(&planned);
    }
    std::vector<std::optional<Error>> failures(work.size());
    const Halt halt(context_.stop);
    context_.progress.begin("register", "cards", work.size());
    // Writing a card is work for Metabase's own database, running it for the company's: `jobs` of each at
    // once.
    const std::size_t jobs = std::max<std::size_t>(context_.jobs, 1);
    Turns writers(static_cast<std::ptrdiff_t>(jobs));
    Turns runners(static_cast<std::ptrdiff_t>(jobs));
    parallel_for(work.size(), options_.execute && jobs > 1 ? 2 * jobs : jobs, halt.token(),
                 [&](std::size_t i) {
                   auto& kpi = outcome_.report.kpis[work[i]->kpi];
                   const auto done = in_turn(writers, [&] { return write(*work[i], kpi); });
                   halt.look_at(done);
                   if (done && *done && options_.execute) {
                     kpi.registration->execution =
                         in_turn(runners, [&] { return run_once(**done, options_, ports_, context_); });
                   }
                   context_.progress.step(done.has_value());
                   if (done) return;
                   failures[i] = done.error();
                   kpi.registration->status = CardStatus::failed;
                   kpi.registration->reason = done.error().line();
                 });
    context_.progress.end();
    for (std::size_t i = 0; i < work.size(); ++i) {
      if (!failures[i]) continue;
      if (failures[i]->fault == Fault::machine) return *failures[i];
      run_.file(outcome_.report.envelope, outcome_.report.kpis[work[i]->kpi].name, *failures[i]);
      outcome_.partial = true;
    }
    return Done{};
  }

  /// Carries one planned card out; its registration says what became of it. The card that was written; none
  /// where it was left alone.
  Result<std::optional<metabase::Card>> write(const PlannedCard& planned, model::Kpi& kpi) {
    if (const auto closed = closed_.find(planned.collection); closed != closed_.end()) return closed->second;
    auto& registration = *kpi.registration;
    metabase::Card card = planned.card;
    card.collection_id = collections_.at(planned.collection);
    const bool is_new = planned.action == Action::create;
    if (!is_new) {
      auto left = look_once_more(planned, card);
      if (!left) return std::move(left).error();
      if (!left->empty()) {
        registration.status = CardStatus::skipped;
        registration.reason = std::move(*left);
        return std::optional<metabase::Card>();
      }
    }
    auto written = is_new ? create(card, ports_.cards, context_) : update(card, ports_.cards, context_);
    if (!written) return std::move(written).error();
    card.id = written->id;
    registration.status = is_new ? CardStatus::created : CardStatus::updated;
    registration.reason = planned.reason.empty() ? std::nullopt : std::optional(planned.reason);
    registration.card_id = card.id;
    registration.url = ports_.cards.card_url(card.id);
    // The edit time is learnt from the next listing, which names it the way later listings will.
    auto row = row_of(kpi.id, card.id, marker_of(card.description)->hash, "");
    if (!row) return std::move(row).error();
    if (auto saved = ports_.state.save_card(*row); !saved) return std::move(saved).error();
    auto kept =
        ports_.state.save_version({"", context_.run.id, kpi.id, card.id, row->content_hash, card.name,
                                   card.sql, card.description, card.display, join(planned.collection, "/")});
    if (!kept) return std::move(kept).error();
    return std::optional(std::move(card));
  }

  /// Metabase takes the last writer's word, and it may be a while since the plan was made: looks at the card
  /// right before `wanted` is written over it. Why it is better left alone; empty where it is as it was.
  Result<std::string> look_once_more(const PlannedCard& planned, metabase::Card& wanted) {
    const auto& standing = *planned.standing;
    wanted.id = standing.id;
    auto now = ports_.cards.card(standing.id, context_.stop);
    if (!now) return std::move(now).error();
    if (!*now) return std::string("was deleted while registration ran; the next run makes a new one");
    if (!options_.force && !is_as_planned(**now, standing, tree_))
      return std::string("changed by hand while registration ran; the next run looks at it again");
    keep_settings(wanted, **now);
    return std::string();
  }

  /// Two runs at once may both have created a card: Metabase has neither keys nor locks for it. Each looks
  /// again after it has written and takes the one with the lowest id, so both come to the same. Source: no
  /// unique key, metabase, api/card.clj.
  Result<Done> heal() {
    std::map<std::string, model::Kpi*> created;
    for (auto& kpi : outcome_.report.kpis) {
      if (kpi.registration && kpi.registration->status == CardStatus::created) created.emplace(kpi.id, &kpi);
    }
    if (created.empty()) return Done{};
    auto tree = CollectionTree::read(ports_.cards, context_.stop);
    if (!tree) return std::move(tree).error();
    auto standing = standing_below(*tree, collection_path(options_.collection), context_.run.tenant,
                                   ports_.cards, context_);
    if (!standing) return std::move(standing).error();
    std::vector<LeftOver> doubles;
    for (auto& [kpi_id, twins] : *standing) {
      const auto at = created.find(kpi_id);
      if (at == created.end() || twins.size() < 2) continue;
      for (std::size_t i = 1; i < twins.size(); ++i) doubles.push_back({kpi_id, twins[i]});
      if (auto kept = keep(*at->second, twins.front()); !kept) return kept;
    }
    archive_twins(doubles, options_, *tree, ports_.cards, context_, run_, outcome_);
    return Done{};
  }

  /// The card that stays is the KPI's from now on.
  Result<Done> keep(model::Kpi& kpi, const StandingCard& card) {
    if (kpi.registration->card_id == card.id) return Done{};
    kpi.registration->status = CardStatus::unchanged;
    kpi.registration->reason = "another run created it at the same time";
    kpi.registration->card_id = card.id;
    kpi.registration->url = ports_.cards.card_url(card.id);
    auto row = row_of(kpi.id, card.id, card.hash, "");
    if (!row) return std::move(row).error();
    return ports_.state.save_card(*row);
  }

  void file(const std::string& item, const Error& error) {
    run_.file(outcome_.report.envelope, item, error);
    outcome_.partial = true;
  }

  const Plan& plan_;
  const RegisterOptions& options_;
  CollectionTree& tree_;
  RegisterPorts ports_;
  const Context& context_;
  const StageRun& run_;
  Outcome<model::RegistrationReport>& outcome_;
  std::map<CollectionTree::Path, std::int64_t> collections_;
  std::map<CollectionTree::Path, Error> closed_;  ///< those that this user may not have
};

}  // namespace

Result<Done> apply_plan(const Plan& plan, const RegisterOptions& options, CollectionTree& tree,
                        RegisterPorts ports, const Context& context, const StageRun& run,
                        Outcome<model::RegistrationReport>& outcome) {
  return Applier(plan, options, tree, ports, context, run, outcome).apply();
}

void archive_twins(const std::vector<LeftOver>& twins, const RegisterOptions& options,
                   const CollectionTree& tree, metabase::Cards& cards, const Context& context,
                   const StageRun& run, Outcome<model::RegistrationReport>& outcome) {
  const auto archived = archive_all(twins, {.dry_run = options.dry_run}, tree, cards, context);
  for (std::size_t i = 0; i < twins.size(); ++i) {
    if (!archived[i]) continue;
    if (!*archived[i]) {
      run.file(outcome.report.envelope, twins[i].standing.name, archived[i]->error());
      outcome.partial = true;
    } else if (**archived[i]) {
      outcome.report.archived.push_back(
          {twins[i].kpi_id, twins[i].standing.id, twins[i].standing.name, options.dry_run});
    }
  }
}

void prune(const Plan& plan, const RegisterOptions& options, const CollectionTree& tree,
           metabase::Cards& cards, const Context& context, const StageRun& run,
           Outcome<model::RegistrationReport>& outcome) {
  const Archiving how{.even_if_edited = options.force, .as_retired = true, .dry_run = options.dry_run};
  const auto archived = archive_all(plan.left_over, how, tree, cards, context);
  for (std::size_t i = 0; i < plan.left_over.size(); ++i) {
    const auto& one = plan.left_over[i];
    if (!archived[i]) continue;
    if (!*archived[i]) {
      run.file(outcome.report.envelope, one.standing.name, archived[i]->error());
      outcome.partial = true;
      continue;
    }
    if (!**archived[i]) {
      context.progress.note("left as it is: \"" + single_line(one.standing.name) +
                            "\" is no longer in the report, and was edited by hand; --force archives it");
      continue;
    }
    outcome.report.archived.push_back({one.kpi_id, one.standing.id, one.standing.name, options.dry_run});
  }
}

}  // namespace kpi::stages
