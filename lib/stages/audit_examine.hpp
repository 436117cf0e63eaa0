#pragma once

#include <kpi/stages/audit.hpp>
#include <kpi/stages/collections.hpp>
#include <kpi/stages/marker.hpp>
#include <kpi/stages/usual_range.hpp>

#include <compare>
#include <map>
#include <optional>
#include <string>
#include <vector>

// What an audit finds of one card.
namespace kpi::stages {

/// A card to be looked at.
struct Listed {
  metabase::CollectionItem item;
  CollectionTree::Path collection;        ///< empty where it stands outside the managed collections
  std::optional<Marker> marker;           ///< none: not ours
  bool twin = false;                      ///< a card with a lower id has the same marker
  std::optional<metabase::Card> content;  ///< where it was read already
};

/// A statement that gives the newest time in one column of a table.
struct AgeQuestion {
  std::int64_t database_id = 0;
  std::string statement;
  auto operator<=>(const AgeQuestion&) const = default;
};

/// What was found.
struct ExaminedCard {
  model::AuditStatus status = model::AuditStatus::ok;
  std::string evidence;
  std::vector<std::string> tables;
  std::string fingerprint;  ///< of its SQL; empty where that could not be read
  std::int64_t database_id = 0;
  bool ran = false;
  bool edited = false;          ///< a person changed it since it was registered
  std::optional<Number> value;  ///< the KPI's number
  Json detail = Json::object();
  std::optional<metabase::Card> card;
  std::vector<AgeQuestion> ages;  ///< what says how old its data is; empty where that cannot be asked
};

/// What became of the listed cards, in their order; none where the examination did not come to it.
using Examinations = std::vector<std::optional<Result<ExaminedCard>>>;

using Schemas = std::map<std::int64_t, model::Database>;

/// Looks at cards, cheapest first: the marker, the content, the statement against the schema, one run (or the
/// one that ports.runs holds). Any thread may call.
class Examiner {
public:
  Examiner(const AuditOptions& options, AuditPorts ports, const Schemas& schemas, const Context& context)
      : options_(options),
        ports_(ports),
        schemas_(schemas),
        context_(context) {}

  /// Fails where no outcome is known.
  Result<ExaminedCard> examine(const Listed& listed);

private:
  Result<ExaminedCard> look_at(const metabase::Card& card, const Listed& listed);
  void note_edit(ExaminedCard& found, const metabase::Card& card, const Listed& listed) const;
  Result<bool> run(ExaminedCard& found, const metabase::Card& card, const Listed& listed,
                   const sql::Analysis& analysis, const model::Database* schema);

  const AuditOptions& options_;
  AuditPorts ports_;
  const Schemas& schemas_;
  const Context& context_;
};

}  // namespace kpi::stages
