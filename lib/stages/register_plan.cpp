#include <kpi/base/parallel.hpp>
#include <kpi/base/text.hpp>
#include <kpi/stages/card_of.hpp>
#include <kpi/stages/marker.hpp>
#include <kpi/stages/register_plan.hpp>
#include <kpi/stages/stage_run.hpp>

#include <algorithm>
#include <set>

namespace kpi::stages {
namespace {

/// Why a KPI is not to be shown, if so.
std::optional<std::string> unfit(const model::Kpi& kpi, const std::string& sql, int min_score,
                                 const sql::Analyzer& analyzer) {
  const auto has = [&](std::string_view code) {
    return std::any_of(kpi.validation->findings.begin(), kpi.validation->findings.end(),
                       [&](const auto& finding) { return finding.code == code; });
  };
  if (kpi.validation->status == model::Verdict::rejected) return "rejected";
  if (has("dup.id") || has("dup.fingerprint")) return "duplicate";
  if (kpi.score && kpi.score->total == 0) return "score 0: " + kpi.score->formula;
  if (kpi.score && kpi.score->total < min_score) {
    return "score " + std::to_string(kpi.score->total) + " is below " + std::to_string(min_score);
  }
  const auto analysis = analyzer.analyze(sql, kpi.dialect, nullptr);
  if (analysis.may_run()) return std::nullopt;
  const auto worst = std::find_if(analysis.findings.begin(), analysis.findings.end(),
                                  [](const auto& one) { return one.severity == model::Severity::error; });
  return "not safe to run: " + (worst == analysis.findings.end() ? std::string("guard") : worst->code);
}

/// Names as they are shown: the second of a name in one collection is told apart by its table.
class Names {
public:
  /// A card that the report does not speak of has this name.
  void hold(const std::string& name, const CollectionTree::Path& collection) {
    taken_.insert(place_of(collection) + name);
  }
  std::string take(const model::Kpi& kpi, const CollectionTree::Path& collection) {
    const auto place = place_of(collection);
    if (taken_.insert(place + kpi.name).second) return kpi.name;
    std::string shown = kpi.name + " (" + (kpi.tables.empty() ? kpi.id : kpi.tables.front()) + ")";
    taken_.insert(place + shown);
    return shown;
  }

private:
  static std::string place_of(const CollectionTree::Path& collection) {
    return join(collection, "\x1F") + "\x1F";
  }
  std::set<std::string> taken_;
};

/// True if the state file remembers this very card as we left it, so that nobody can have changed it since. A
/// card that stands elsewhere than it is wanted may have been moved, which is not always an edit to Metabase.
bool is_as_we_left_it(const PlannedCard& planned, const std::string& kpi_id, store::State& state) {
  const auto& standing = *planned.standing;
  if (standing.edited_at.empty() || standing.collection != planned.collection) return false;
  auto known = state.card_of(kpi_id);
  return known && *known && (*known)->card_id == standing.id && (*known)->content_hash == standing.hash &&
         (*known)->updated_at == standing.edited_at;
}

class Planner {
public:
  Planner(const model::ValidationReport& validation, const RegisterOptions& options, RegisterPorts ports,
          const CollectionTree& tree, const Context& context)
      : validation_(validation),
        options_(options),
        ports_(ports),
        tree_(tree),
        context_(context),
        root_(collection_path(options.collection)),
        all_(ports.cards, context) {}

  Result<Plan> plan() {
    auto standing = standing_below(tree_, root_, context_.run.tenant, ports_.cards, context_);
    if (!standing) return std::move(standing).error();
    standing_ = std::move(*standing);
    want();
    if (auto found = look_elsewhere(); !found) return std::move(found).error();
    settle();
    if (auto read = read_contents(); !read) return std::move(read).error();
    for (auto& planned : plan_.cards) {
      if (planned.trouble) {
        planned.action = Action::skip;
      } else if (planned.standing) {
        judge(planned);
      }
    }
    return std::move(plan_);
  }

private:
  /// What the report wants: a card for each KPI that is fit to be shown.
  void want() {
    plan_.cards.resize(validation_.kpis.size());
    Names names = held_names();
    std::set<std::string> ids;
    for (std::size_t i = 0; i < validation_.kpis.size(); ++i) {
      const auto& kpi = validation_.kpis[i];
      auto& planned = plan_.cards[i];
      planned.kpi = i;
      planned.collection = root_;
      planned.collection.push_back(single_line(kpi.category));
      const std::string sql = card_sql(kpi, ports_.analyzer);
      if (auto why = unfit(kpi, sql, options_.min_score, ports_.analyzer)) {
        planned.reason = std::move(*why);
        // Its old card is not the report's to take away.
        if (planned.reason != "duplicate") standing_.erase(kpi.id);
        continue;
      }
      if (!ids.insert(kpi.id).second) {  // of a report that was not validated
        planned.reason = "duplicate";
        continue;
      }
      const auto shown = names.take(kpi, planned.collection);
      planned.card =
          card_of(kpi, sql, shown, context_.run.tenant, join(planned.collection, "/"), options_.currency);
      planned.action = Action::create;
    }
  }

  /// The names of cards that stay though the report does not speak of them, as one of a few tables does not:
  /// a card keeps its name whichever tables a run looks at.
  [[nodiscard]] Names held_names() const {
    Names names;
    if (options_.prune) return names;
    std::set<std::string_view> spoken_of;
    for (const auto& kpi : validation_.kpis) spoken_of.insert(kpi.id);
    for (const auto& [kpi_id, cards] : standing_) {
      if (spoken_of.contains(kpi_id)) continue;
      for (const auto& card : cards) names.hold(card.name, card.collection);
    }
    return names;
  }

  /// A KPI without a card in the managed collections may have one that a person moved or archived.
  Result<Done> look_elsewhere() {
    std::vector<std::string> missing;
    for (const auto& planned : plan_.cards) {
      const auto& id = validation_.kpis[planned.kpi].id;
      if (planned.action == Action::create && !standing_.contains(id)) missing.push_back(id);
    }
    if (missing.empty()) return Done{};
    auto found = all_.find_kpis(missing, context_.run.tenant, tree_);
    if (!found && !can_do_without(found.error())) return std::move(found).error();
    if (found) {
      standing_.merge(*found);
      return Done{};
    }
    context_.progress.note(found.error().line() + ": cards are looked for by what the state file remembers");
    for (const auto& id : missing) {
      if (auto looked = look_up(id); !looked) return looked;
    }
    return Done{};
  }

  /// The card that the state file remembers for a KPI, if Metabase still has it.
  Result<Done> look_up(const std::string& kpi_id) {
    auto known = ports_.state.card_of(kpi_id);
    if (!known) return std::move(known).error();
    if (!*known) return Done{};
    auto card = ports_.cards.card((*known)->card_id, context_.stop);
    if (!card) return std::move(card).error();
    const auto marker = *card ? marker_of((*card)->description) : std::nullopt;
    if (!marker || marker->tenant != context_.run.tenant || marker->kpi_id != kpi_id) return Done{};
    const auto path = (*card)->collection_id ? tree_.path_of(*(*card)->collection_id) : std::nullopt;
    standing_[kpi_id].push_back({(*card)->id, (*card)->name, path.value_or(CollectionTree::Path{}),
                                 marker->hash, "", std::move(**card)});
    return Done{};
  }

  /// Gives each wanted card the one that stands; what is over are twins and cards the report no longer has.
  void settle() {
    for (auto& planned : plan_.cards) {
      const auto& kpi = validation_.kpis[planned.kpi];
      const auto at = planned.action == Action::create ? standing_.find(kpi.id) : standing_.end();
      if (at == standing_.end()) continue;
      planned.standing = std::move(at->second.front());
      planned.as_we_left_it = is_as_we_left_it(planned, kpi.id, ports_.state);
      for (std::size_t i = 1; i < at->second.size(); ++i) {
        const auto& twin = at->second[i];
        if (!twin.content || !twin.content->archived) plan_.twins.push_back({kpi.id, twin});
      }
      standing_.erase(at);
    }
    for (auto& [kpi_id, cards] : standing_) {
      for (auto& card : cards) plan_.left_over.push_back({kpi_id, std::move(card)});
    }
  }

  /// A card's content decides where someone else may have changed it, and a dry run shows it.
  [[nodiscard]] bool needs_content(const PlannedCard& planned) const {
    if (!planned.standing || planned.standing->content) return false;
    if (!planned.as_we_left_it) return true;
    return options_.dry_run && marker_of(planned.card.description)->hash != planned.standing->hash;
  }

  Result<Done> read_contents() {
    std::vector<PlannedCard*> unread;
    for (auto& planned : plan_.cards) {
      if (needs_content(planned)) unread.push_back(&planned);
    }
    // So many single requests take longer than the one that gives all.
    constexpr std::size_t few = 8;
    bool one_by_one = unread.size() <= few;
    if (!one_by_one) {
      auto listed = all_.load();
      if (!listed && !can_do_without(listed.error())) return listed;
      one_by_one = !listed;
    }
    std::vector<std::optional<Error>> failures(unread.size());
    parallel_for(unread.size(), one_by_one ? context_.jobs : 1, context_.stop, [&](std::size_t i) {
      const auto id = unread[i]->standing->id;
      auto card = one_by_one ? ports_.cards.card(id, context_.stop) : all_.find(id);
      if (!card) {
        failures[i] = std::move(card).error();
      } else if (*card) {
        unread[i]->standing->content = std::move(**card);
      } else {  // gone since it was listed
        unread[i]->standing.reset();
      }
    });
    for (std::size_t i = 0; i < unread.size(); ++i) {
      if (!failures[i]) continue;
      if (failures[i]->fault != Fault::item) return std::move(*failures[i]);
      unread[i]->trouble = std::move(failures[i]);
    }
    if (context_.stop.stop_requested()) return interrupted("register");
    return Done{};
  }

  /// Decides between update, unchanged and skip for a card that stands.
  void judge(PlannedCard& planned) const {
    const auto& standing = *planned.standing;
    if (standing.content && standing.content->archived) return judge_archived(planned);
    if (is_edited(standing)) {
      planned.action = options_.force ? Action::update : Action::skip;
      planned.reason = edit_of(planned) + (options_.force ? ", overwritten" : "; --force overwrites it");
      return;
    }
    const auto wanted = marker_of(planned.card.description)->hash;
    planned.action = standing.hash == wanted ? Action::unchanged : Action::update;
  }

  /// A card that a person put in the Trash stays there; one that --prune put there, or that went there with
  /// its collection, comes back with its KPI.
  void judge_archived(PlannedCard& planned) const {
    auto& standing = *planned.standing;
    const auto& card = *standing.content;
    const bool collection_gone = card.collection_id && !tree_.path_of(*card.collection_id);
    // Its collection is no more: where it stood cannot be read, and what we would write there is compared.
    standing.collection = planned.collection;
    const bool ours = is_retired(card.description) || (collection_gone && !is_edited(standing));
    planned.action = ours || options_.force ? Action::update : Action::skip;
    if (planned.action == Action::skip) {
      planned.reason = "archived by hand; --force restores it";
    } else {
      planned.reason = collection_gone ? "restored: its collection was deleted" : "restored from the Trash";
    }
  }

  static std::string edit_of(const PlannedCard& planned) {
    const auto& standing = *planned.standing;
    const bool only_moved = content_hash(*standing.content, join(planned.collection, "/")) == standing.hash;
    if (!only_moved) return "edited by hand";
    return standing.collection.empty() ? "moved away by hand"
                                       : "moved by hand to " + join(standing.collection, "/");
  }

  const model::ValidationReport& validation_;
  const RegisterOptions& options_;
  RegisterPorts ports_;
  const CollectionTree& tree_;
  const Context& context_;
  CollectionTree::Path root_;
  AllCards all_;
  StandingCards standing_;
  Plan plan_;
};

}  // namespace

std::string_view to_string(Action action) {
  switch (action) {
    case Action::create:
      return "create";
    case Action::update:
      return "update";
    case Action::unchanged:
      return "unchanged";
    case Action::skip:
      break;
  }
  return "skip";
}

std::string hash_of(const StandingCard& standing) {
  return standing.content ? content_hash(*standing.content, join(standing.collection, "/")) : standing.hash;
}

bool is_edited(const StandingCard& standing) { return hash_of(standing) != standing.hash; }

std::vector<model::CardChange> changes_of(const PlannedCard& planned) {
  std::vector<model::CardChange> changes;
  if (planned.standing && !planned.standing->content) return changes;
  const auto before = planned.standing ? *planned.standing->content : metabase::Card{};
  const auto& after = planned.card;
  const auto add = [&](const char* field, const std::string& old, const std::string& wanted) {
    if (old != wanted) changes.push_back({field, old, wanted});
  };
  add("name", before.name, after.name);
  add("description", readable_part(before.description), readable_part(after.description));
  add("display", before.display, after.display);
  if (planned.standing)
    add("collection", join(planned.standing->collection, "/"), join(planned.collection, "/"));
  add("sql", std::string(trim(before.sql)), std::string(trim(after.sql)));
  return changes;
}

Result<Plan> make_plan(const model::ValidationReport& validation, const RegisterOptions& options,
                       RegisterPorts ports, const CollectionTree& tree, const Context& context) {
  return Planner(validation, options, ports, tree, context).plan();
}

}  // namespace kpi::stages
