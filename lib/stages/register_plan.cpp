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
  std::string take(const model::Kpi& kpi, const CollectionTree::Path& collection) {
    const auto place = join(collection, "\x1F") + "\x1F";
    if (taken_.insert(place + kpi.name).second) return kpi.name;
    std::string shown = kpi.name + " (" + (kpi.tables.empty() ? kpi.id : kpi.tables.front()) + ")";
    taken_.insert(place + shown);
    return shown;
  }

private:
  std::set<std::string> taken_;
};

/// True if the state file remembers this very card as we left it, so that nobody can have changed it since.
bool is_as_we_left_it(const StandingCard& standing, const std::string& kpi_id, store::State& state) {
  auto known = state.card_of(kpi_id);
  return known && *known && (*known)->card_id == standing.item.id &&
         (*known)->content_hash == standing.hash && !(*known)->updated_at.empty() &&
         (*known)->updated_at == standing.item.edited_at;
}

/// Decides between update, unchanged and skip for a card that stands.
Result<Done> judge_standing(PlannedCard& planned, const model::Kpi& kpi, const RegisterOptions& options,
                            RegisterPorts ports, const Context& context) {
  const auto& standing = *planned.standing;
  const auto wanted = marker_of(planned.card.description)->hash;
  if (!is_as_we_left_it(standing, kpi.id, ports.state)) {
    auto card = ports.cards.card(standing.item.id, context.stop);
    if (!card) return std::move(card).error();
    if (!*card || (*card)->archived) {  // gone since it was listed
      planned.action = Action::create;
      planned.standing.reset();
      return Done{};
    }
    const bool edited = content_hash(**card, join(standing.collection, "/")) != standing.hash;
    if (edited && !options.force) {
      planned.action = Action::skip;
      planned.reason = "edited by hand; --force overwrites it";
      return Done{};
    }
    if (edited) {
      planned.action = Action::update;
      planned.reason = "edited by hand, overwritten";
      return Done{};
    }
  }
  planned.action = standing.hash == wanted ? Action::unchanged : Action::update;
  return Done{};
}

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

Result<std::map<std::string, StandingCard>> standing_cards(const CollectionTree& tree,
                                                           const CollectionTree::Path& root,
                                                           const std::string& tenant, metabase::Cards& cards,
                                                           const Context& context) {
  const auto places = tree.below(root);
  const std::vector<std::pair<std::int64_t, CollectionTree::Path>> list(places.begin(), places.end());
  std::vector<std::optional<Result<std::vector<metabase::CollectionItem>>>> answers(list.size());
  parallel_for(list.size(), context.jobs, context.stop,
               [&](std::size_t i) { answers[i] = cards.items(list[i].first, false, context.stop); });
  std::map<std::string, StandingCard> standing;
  for (std::size_t i = 0; i < list.size(); ++i) {
    if (!answers[i]) return interrupted("register");
    if (!*answers[i]) return std::move(*answers[i]).error();
    for (auto& item : **answers[i]) {
      const auto marker = item.model == "card" ? marker_of(item.description) : std::nullopt;
      if (!marker || marker->tenant != tenant) continue;
      const auto at = standing.find(marker->kpi_id);
      if (at != standing.end() && at->second.item.id <= item.id) continue;
      standing[marker->kpi_id] = {std::move(item), list[i].second, marker->hash};
    }
  }
  return standing;
}

Result<Plan> make_plan(const model::ValidationReport& validation, const RegisterOptions& options,
                       RegisterPorts ports, const CollectionTree& tree, const Context& context) {
  const auto root = collection_path(options.collection);
  auto standing = standing_cards(tree, root, context.run.tenant, ports.cards, context);
  if (!standing) return std::move(standing).error();

  Plan plan;
  plan.left_over = std::move(*standing);
  plan.cards.resize(validation.kpis.size());
  Names names;
  for (std::size_t i = 0; i < validation.kpis.size(); ++i) {
    const auto& kpi = validation.kpis[i];
    auto& planned = plan.cards[i];
    planned.kpi = i;
    planned.collection = root;
    planned.collection.push_back(single_line(kpi.category));
    const std::string sql = card_sql(kpi, ports.analyzer);
    const auto why = unfit(kpi, sql, options.min_score, ports.analyzer);
    if (why) {
      planned.reason = *why;
      if (*why != "duplicate") plan.left_over.erase(kpi.id);  // its old card is not the report's to take away
      continue;
    }
    const auto shown = names.take(kpi, planned.collection);
    planned.card = card_of(kpi, sql, shown, context.run.tenant, join(planned.collection, "/"));
    planned.action = Action::create;
    if (const auto at = plan.left_over.find(kpi.id); at != plan.left_over.end()) {
      planned.standing = std::move(at->second);
      plan.left_over.erase(at);
    }
  }
  std::vector<std::optional<Error>> failures(plan.cards.size());
  parallel_for(plan.cards.size(), context.jobs, context.stop, [&](std::size_t i) {
    auto& planned = plan.cards[i];
    if (!planned.standing) return;
    auto judged = judge_standing(planned, validation.kpis[i], options, ports, context);
    if (!judged) failures[i] = std::move(judged).error();
  });
  for (auto& failure : failures) {
    if (failure) return std::move(*failure);
  }
  if (context.stop.stop_requested()) return interrupted("register");
  return plan;
}

}  // namespace kpi::stages
