#pragma once

#include <kpi/metabase/api.hpp>
#include <kpi/stages/collections.hpp>
#include <kpi/stages/register.hpp>

#include <map>
#include <optional>
#include <string>
#include <vector>

// What registration would do, worked out before anything is written.
namespace kpi::stages {

enum class Action { create, update, unchanged, skip };

[[nodiscard]] std::string_view to_string(Action action);

/// A card of this tenant that stands below the root collection.
struct StandingCard {
  metabase::CollectionItem item;
  CollectionTree::Path collection;
  std::string hash;  ///< from its marker
};

struct PlannedCard {
  std::size_t kpi = 0;  ///< index into the validation report
  Action action = Action::skip;
  std::string reason;  ///< why it is skipped or updated; empty otherwise
  CollectionTree::Path collection;
  metabase::Card card;                   ///< as it is to be
  std::optional<StandingCard> standing;  ///< as it is
};

struct Plan {
  std::vector<PlannedCard> cards;                 ///< one a KPI, in the report's order
  std::map<std::string, StandingCard> left_over;  ///< by KPI id: cards that the report no longer has
};

/// Compares the report with what stands in Metabase: one listing a collection, and one request for each card
/// whose content cannot be told from the listing and the state file. `tree` is what stands there.
Result<Plan> make_plan(const model::ValidationReport& validation, const RegisterOptions& options,
                       RegisterPorts ports, const CollectionTree& tree, const Context& context);

/// This tenant's cards in the collections below `root`, by KPI id; of twins the one with the lowest id.
Result<std::map<std::string, StandingCard>> standing_cards(const CollectionTree& tree,
                                                           const CollectionTree::Path& root,
                                                           const std::string& tenant, metabase::Cards& cards,
                                                           const Context& context);

}  // namespace kpi::stages
