#include <kpi/base/parallel.hpp>
#include <kpi/stages/marker.hpp>
#include <kpi/stages/stage_run.hpp>
#include <kpi/stages/standing.hpp>

#include <algorithm>
#include <set>
#include <utility>

namespace kpi::stages {

Result<StandingCards> standing_below(const CollectionTree& tree, const CollectionTree::Path& root,
                                     const std::string& tenant, metabase::Cards& cards,
                                     const Context& context) {
  const auto places = tree.below(root);
  const std::vector<std::pair<std::int64_t, CollectionTree::Path>> list(places.begin(), places.end());
  std::vector<std::optional<Result<std::vector<metabase::CollectionItem>>>> answers(list.size());
  parallel_for(list.size(), context.jobs, context.stop,
               [&](std::size_t i) { answers[i] = cards.items(list[i].first, false, context.stop); });
  StandingCards standing;
  for (std::size_t i = 0; i < list.size(); ++i) {
    if (!answers[i]) return interrupted("register");
    if (!*answers[i]) return std::move(*answers[i]).error();
    for (auto& item : **answers[i]) {
      auto marker = item.model == "card" ? marker_of(item.description) : std::nullopt;
      if (!marker || marker->tenant != tenant) continue;
      standing[marker->kpi_id].push_back({item.id, std::move(item.name), list[i].second,
                                          std::move(marker->hash), std::move(item.edited_at), std::nullopt});
    }
  }
  for (auto& [kpi_id, twins] : standing) {
    std::sort(twins.begin(), twins.end(), [](const auto& a, const auto& b) { return a.id < b.id; });
  }
  return standing;
}

bool can_do_without(const Error& error) {
  return error.fault == Fault::item || error.code == "metabase.timeout";
}

Result<const std::vector<metabase::Card>*> AllCards::list(bool archived) {
  auto& kept = archived ? archived_ : live_;
  if (!kept) {
    kept.emplace(cards_.all_cards(archived, context_.stop));
    if (*kept) {
      std::sort((*kept)->begin(), (*kept)->end(), [](const auto& a, const auto& b) { return a.id < b.id; });
    }
  }
  if (!*kept) return kept->error();
  return &**kept;
}

Result<Done> AllCards::load() {
  auto cards = list(false);
  if (!cards) return std::move(cards).error();
  return Done{};
}

Result<std::optional<metabase::Card>> AllCards::find_in(bool archived, std::int64_t id) {
  auto cards = list(archived);
  if (!cards) return std::move(cards).error();
  const auto at =
      std::lower_bound((*cards)->begin(), (*cards)->end(), id,
                       [](const metabase::Card& card, std::int64_t wanted) { return card.id < wanted; });
  if (at == (*cards)->end() || at->id != id) return std::optional<metabase::Card>();
  return std::optional(*at);
}

Result<std::optional<metabase::Card>> AllCards::find(std::int64_t id) { return find_in(false, id); }

Result<std::optional<metabase::Card>> AllCards::find_anywhere(std::int64_t id) {
  auto card = find_in(false, id);
  return !card || *card ? card : find_in(true, id);
}

Result<StandingCards> AllCards::find_kpis(const std::vector<std::string>& kpi_ids, const std::string& tenant,
                                          const CollectionTree& tree) {
  const std::set<std::string> wanted(kpi_ids.begin(), kpi_ids.end());
  StandingCards found;
  for (const bool archived : {false, true}) {
    auto cards = list(archived);
    if (!cards) return std::move(cards).error();
    for (const auto& card : **cards) {
      auto marker = marker_of(card.description);
      if (!marker || marker->tenant != tenant || !wanted.contains(marker->kpi_id)) continue;
      const auto path = card.collection_id ? tree.path_of(*card.collection_id) : std::nullopt;
      found[marker->kpi_id].push_back(
          {card.id, card.name, path.value_or(CollectionTree::Path{}), std::move(marker->hash), "", card});
    }
  }
  return found;
}

}  // namespace kpi::stages
