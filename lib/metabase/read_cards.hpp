#pragma once

#include <kpi/base/json.hpp>
#include <kpi/metabase/api.hpp>

#include <optional>
#include <string>
#include <vector>

// Cards, collections and listings, from and to Metabase's JSON. No function here fails or does IO.
namespace kpi::metabase {

/// The SQL of a card, wherever its release keeps it; empty where the card is not native SQL.
[[nodiscard]] std::string sql_of(const Json& card);

/// None where `json` has no id, and so is no card.
[[nodiscard]] std::optional<Card> card_of(const Json& json);

/// None for the root and the Trash, which have no number or are no place for cards.
[[nodiscard]] std::optional<Collection> collection_of(const Json& json);

/// The rows of GET /api/collection; what lies below a personal collection is personal too.
[[nodiscard]] std::vector<Collection> collections_of(const Json& rows);

/// One row of a listing; none without id or model.
[[nodiscard]] std::optional<CollectionItem> item_of(const Json& row);

/// The body that creates `card`. `release` is the server's, none where unknown: taken for the newest.
[[nodiscard]] Json new_card_body(const Card& card, std::optional<int> release);
/// The body that brings card `card.id` to what `card` says. Without SQL the stored query stays.
[[nodiscard]] Json changed_card_body(const Card& card);
[[nodiscard]] Json new_collection_body(const std::string& name, std::optional<std::int64_t> parent_id,
                                       std::optional<int> release);

}  // namespace kpi::metabase
