#include <kpi/http/url.hpp>
#include <kpi/metabase/client.hpp>
#include <kpi/metabase/old_dashboards.hpp>
#include <kpi/metabase/read.hpp>
#include <kpi/metabase/read_dashboards.hpp>
#include <kpi/metabase/session.hpp>
#include <kpi/metabase/write.hpp>

#include <fmt/format.h>

#include <utility>

// The Cards: dashboards. Source: Metabase's api/dashboard, from v0.48 on one PUT that replaces all cards.
namespace kpi::metabase {
namespace {

constexpr int first_release_of_fine_grid = 47;
constexpr int first_release_of_one_request = 48;

Grid grid_of(std::optional<int> release) {
  return release && *release < first_release_of_fine_grid ? Grid::coarse : Grid::fine;
}

std::optional<Dashboard> without_places(const Json& json) { return dashboard_of(json, Grid::fine); }

Result<Dashboard> put(Session& session, const Dashboard& board, const Json& body,
                      const std::stop_token& stop) {
  return write(session,
               writing(http::Method::put, fmt::format("/api/dashboard/{}", board.id),
                       fmt::format("dashboard {}", board.id), body),
               without_places, stop);
}

}  // namespace

Result<std::optional<Dashboard>> Client::dashboard(std::int64_t id, std::stop_token stop) {
  if (auto known = version(stop); !known) return std::move(known).error();
  Call call;
  call.path = fmt::format("/api/dashboard/{}", id);
  call.subject = fmt::format("dashboard {}", id);
  auto answer = session_->ask(call, std::move(stop));
  if (!answer && answer.error().code == "metabase.not_found") return std::optional<Dashboard>();
  if (!answer) return std::move(answer).error();
  auto board = dashboard_of(*answer, grid_of(release_of(session_->version())));
  if (!board) {
    return Error{Fault::item, "metabase.bad_answer", "metabase",
                 fmt::format("{} does not show dashboard {} as Metabase does", session_->site(), id), ""};
  }
  return board;
}

Result<Dashboard> Client::create_dashboard(const Dashboard& dashboard, std::stop_token stop) {
  auto body = dashboard_body(dashboard);
  body.erase("archived");
  return write(*session_,
               writing(http::Method::post, "/api/dashboard", "dashboard \"" + dashboard.name + "\"", body),
               without_places, stop);
}

Result<Dashboard> Client::update_dashboard(const Dashboard& dashboard, std::stop_token stop) {
  if (auto known = version(stop); !known) return std::move(known).error();
  const auto release = release_of(session_->version());
  const auto head = dashboard_body(dashboard);
  if (dashboard.archived) return put(*session_, dashboard, head, stop);  // which takes no cards

  if (release && *release < first_release_of_one_request) {
    auto changed = put(*session_, dashboard, head, stop);
    if (!changed) return changed;
    const bool one_by_one = *release < first_release_of_fine_grid;
    auto done =
        one_by_one ? place_cards(*session_, dashboard, stop) : replace_cards(*session_, dashboard, stop);
    if (!done) return std::move(done).error();
    return changed;
  }
  auto whole = head;
  whole["dashcards"] = dashcards_body(dashboard.cards);
  whole["tabs"] = Json::array();
  auto changed = put(*session_, dashboard, whole, stop);
  if (changed || changed.error().code != "metabase.not_found") return changed;
  // What lies in the Trash takes no cards, not even by the request that fetches it back.
  if (auto back = put(*session_, dashboard, head, stop); !back) return back;
  return put(*session_, dashboard, whole, stop);
}

std::string Client::dashboard_url(std::int64_t id) const {
  return http::join_url(session_->site(), fmt::format("/dashboard/{}", id));
}

}  // namespace kpi::metabase
