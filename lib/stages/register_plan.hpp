#pragma once

#include <kpi/metabase/api.hpp>
#include <kpi/stages/collections.hpp>
#include <kpi/stages/register.hpp>
#include <kpi/stages/standing.hpp>

#include <optional>
#include <string>
#include <vector>

// What registration would do, worked out before anything is written.
namespace kpi::stages {

enum class Action { create, update, unchanged, skip };

[[nodiscard]] std::string_view to_string(Action action);

struct PlannedCard {
  std::size_t kpi = 0;  ///< index into the validation report
  Action action = Action::skip;
  std::string reason;  ///< why it is skipped or updated; empty otherwise
  CollectionTree::Path collection;
  metabase::Card card;                   ///< as it is to be
  std::optional<StandingCard> standing;  ///< as it is
  bool as_we_left_it = false;            ///< the state file knows the standing card's last edit: it was ours
  std::optional<Error> trouble;          ///< why what stands could not be read; it is then left as it is
};

/// A card that --prune takes out, or a twin.
struct LeftOver {
  std::string kpi_id;
  StandingCard standing;
};

struct Plan {
  std::vector<PlannedCard> cards;   ///< one a KPI, in the report's order
  std::vector<LeftOver> left_over;  ///< cards that the report no longer has, by KPI id
  std::vector<LeftOver> twins;      ///< second cards of one KPI: two runs raced, or a person copied one
};

/// The hash of what stands, as far as it is known: of the content where that was read, else of what we wrote.
[[nodiscard]] std::string hash_of(const StandingCard& standing);

/// True if a person changed the card since we wrote it: its content was read and is not what its marker says.
[[nodiscard]] bool is_edited(const StandingCard& standing);

/// How the planned card differs from what stands, a new one from nothing; empty where what stands was not
/// read.
[[nodiscard]] std::vector<model::CardChange> changes_of(const PlannedCard& planned);

/// Compares the report with what stands in Metabase: one listing a collection, one list of all cards where a
/// KPI has no card there (it may have been moved or archived), and one request for each card whose last edit
/// is not the one we remember, or that list in their place. `tree` is what stands there.
Result<Plan> make_plan(const model::ValidationReport& validation, const RegisterOptions& options,
                       RegisterPorts ports, const CollectionTree& tree, const Context& context);

}  // namespace kpi::stages
