#pragma once

#include <kpi/metabase/api.hpp>
#include <kpi/metabase/session.hpp>

#include <stop_token>

// A dashboard's cards before v0.48, when they had requests of their own. Source: Metabase's api/dashboard.clj
// at v0.46 and v0.47.
namespace kpi::metabase {

/// v0.47: one request replaces all cards, and takes all tabs away. Safe to repeat. Fails as Session::fetch.
Result<Done> replace_cards(Session& session, const Dashboard& board, const std::stop_token& stop);

/// v0.46: a request for each card that goes or comes, and one for the places of all. Reads first what stands,
/// so that it may be repeated, also where an answer was lost. Fails as Session::fetch.
Result<Done> place_cards(Session& session, const Dashboard& board, const std::stop_token& stop);

}  // namespace kpi::metabase
