#pragma once

#include <kpi/metabase/api.hpp>
#include <kpi/stages/collections.hpp>
#include <kpi/stages/ports.hpp>

#include <map>
#include <optional>
#include <string>
#include <vector>

// What stands in Metabase of one tenant.
namespace kpi::stages {

/// A card of this tenant.
struct StandingCard {
  std::int64_t id = 0;
  std::string name;
  CollectionTree::Path collection;        ///< where it stands; empty in the root and in the Trash
  std::string hash;                       ///< from its marker: of what we wrote
  std::string edited_at;                  ///< Metabase's, of its last edit; empty where it was not listed
  std::optional<metabase::Card> content;  ///< where it was read
};

/// Cards by KPI id, the lowest card id first: more than one are twins.
using StandingCards = std::map<std::string, std::vector<StandingCard>>;

/// The cards in the collections below `root`, by their markers. One listing a collection.
Result<StandingCards> standing_below(const CollectionTree& tree, const CollectionTree::Path& root,
                                     const std::string& tenant, metabase::Cards& cards,
                                     const Context& context);

/// True of an error of a list of all cards that is no reason to give up: the list is dear, a user may not
/// have it, and a proxy may give up waiting for it. Cards can be asked for one by one.
[[nodiscard]] bool can_do_without(const Error& error);

/// All cards of the server, whole, each list asked for when it is first needed.
class AllCards {
public:
  AllCards(metabase::Cards& cards, const Context& context) : cards_(cards), context_(context) {}

  /// Asks for the live cards, if that was not done. A list that failed once is not asked for again: it is
  /// dear, and every card would wait for it.
  Result<Done> load();
  /// The card as the server has it; none where it has none that is not archived.
  Result<std::optional<metabase::Card>> find(std::int64_t id);

  /// The same, with those that are archived.
  Result<std::optional<metabase::Card>> find_anywhere(std::int64_t id);

  /// The tenant's cards of `kpi_ids` that stand anywhere, the Trash included, live ones first. They are
  /// whole.
  Result<StandingCards> find_kpis(const std::vector<std::string>& kpi_ids, const std::string& tenant,
                                  const CollectionTree& tree);

private:
  Result<const std::vector<metabase::Card>*> list(bool archived);
  Result<std::optional<metabase::Card>> find_in(bool archived, std::int64_t id);

  metabase::Cards& cards_;
  const Context& context_;
  std::optional<Result<std::vector<metabase::Card>>> live_;
  std::optional<Result<std::vector<metabase::Card>>> archived_;
};

}  // namespace kpi::stages
