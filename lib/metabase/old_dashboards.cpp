#include <kpi/metabase/old_dashboards.hpp>
#include <kpi/metabase/read.hpp>
#include <kpi/metabase/read_dashboards.hpp>
#include <kpi/metabase/write.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <vector>

namespace kpi::metabase {
namespace {

constexpr int most_rounds = 3;  // each begins anew from what stands

std::string path_of(const Dashboard& board) { return fmt::format("/api/dashboard/{}/cards", board.id); }
std::string subject_of(const Dashboard& board) { return fmt::format("the cards of dashboard {}", board.id); }

/// Sends what answers with nothing that is of use.
Result<Done> order(Session& session, const Call& call, const std::stop_token& stop) {
  return session.fetch(call, stop, [](const http::Response&) { return true; });
}

Result<std::vector<DashboardCard>> standing_cards(Session& session, const Dashboard& board,
                                                  const std::stop_token& stop) {
  Call call;
  call.path = fmt::format("/api/dashboard/{}", board.id);
  call.subject = fmt::format("dashboard {}", board.id);
  auto answer = session.ask(call, stop);
  if (!answer) return std::move(answer).error();
  auto standing = dashboard_of(*answer, Grid::coarse);
  return standing ? std::move(standing->cards) : std::vector<DashboardCard>{};
}

/// The id of the new entry.
Result<std::int64_t> add_card(Session& session, const Dashboard& board, const DashboardCard& card,
                              const std::stop_token& stop) {
  auto body = dashcard_body(card, 0, Grid::coarse);
  body["cardId"] = body["card_id"];
  body.erase("card_id");
  body.erase("id");
  return write<std::int64_t>(
      session, writing(http::Method::post, path_of(board), subject_of(board), body),
      [](const Json& answer) { return whole_of(answer, "id"); }, stop);
}

/// One try from what stands to what is wanted.
Result<Done> place_once(Session& session, const Dashboard& board, const std::stop_token& stop) {
  auto standing = standing_cards(session, board, stop);
  if (!standing) return std::move(standing).error();
  auto wanted = board.cards;
  find_entries(wanted, *standing);
  for (const auto& one : *standing) {
    const bool stays =
        std::any_of(wanted.begin(), wanted.end(), [&one](const auto& card) { return card.id == one.id; });
    if (stays) continue;
    Call call;
    call.method = http::Method::del;
    call.path = fmt::format("{}?dashcardId={}", path_of(board), one.id);
    call.subject = subject_of(board);
    if (auto gone = order(session, call, stop); !gone) return gone;
  }
  Json places = Json::array();
  for (auto& card : wanted) {
    if (card.id == 0) {
      auto added = add_card(session, board, card, stop);
      if (!added) return std::move(added).error();
      card.id = *added;
    }
    places.push_back(dashcard_body(card, card.id, Grid::coarse));
  }
  if (places.empty()) return Done{};  // an empty list is refused
  return order(session,
               writing(http::Method::put, path_of(board), subject_of(board), {{"cards", std::move(places)}}),
               stop);
}

}  // namespace

Result<Done> replace_cards(Session& session, const Dashboard& board, const std::stop_token& stop) {
  return order(session,
               writing(http::Method::put, path_of(board), subject_of(board),
                       {{"cards", dashcards_body(board.cards)}, {"ordered_tabs", Json::array()}}),
               stop);
}

Result<Done> place_cards(Session& session, const Dashboard& board, const std::stop_token& stop) {
  for (int round = 1;; ++round) {
    auto done = place_once(session, board, stop);
    if (done || done.error().code != "metabase.lost_answer" || round == most_rounds) return done;
    if (!session.pause(round, stop))
      return Error{Fault::interrupted, "http.interrupted", "metabase", "interrupted", ""};
  }
}

}  // namespace kpi::metabase
