#include <kpi/http/url.hpp>
#include <kpi/metabase/client.hpp>
#include <kpi/metabase/read.hpp>
#include <kpi/metabase/session.hpp>
#include <kpi/metabase/write.hpp>

#include <fmt/format.h>

#include <utility>

// The Cards: dashboards. Source: Metabase's api/dashboard, from v0.48 on one PUT that replaces all cards.
namespace kpi::metabase {
namespace {

int small_of(const Json& json, const char* name) {
  return static_cast<int>(whole_of(json, name).value_or(0));
}

std::optional<Dashboard> dashboard_of(const Json& json) {
  const auto id = whole_of(json, "id");
  if (!id) return std::nullopt;
  Dashboard board;
  board.id = *id;
  board.name = text_of(json, "name");
  board.description = text_of(json, "description");
  board.collection_id = whole_of(json, "collection_id");
  board.archived = truth_of(json, "archived").value_or(false);
  const Json* tabs = member(json, "tabs");
  board.has_tabs = tabs != nullptr && tabs->is_array() && !tabs->empty();
  const Json* cards = member(json, "dashcards");
  if (cards == nullptr) cards = member(json, "ordered_cards");
  if (cards == nullptr || !cards->is_array()) return board;
  for (const auto& one : *cards) {
    DashboardCard card;
    card.id = whole_of(one, "id").value_or(0);
    card.card_id = whole_of(one, "card_id").value_or(0);
    card.row = small_of(one, "row");
    card.column = small_of(one, "col");
    card.width = small_of(one, "size_x");
    card.height = small_of(one, "size_y");
    for (const char* name :
         {"parameter_mappings", "visualization_settings", "series", "dashboard_tab_id", "action_id"}) {
      if (const Json* value = member(one, name); value != nullptr) card.rest[name] = *value;
    }
    board.cards.push_back(std::move(card));
  }
  return board;
}

Json cards_json(const Dashboard& board) {
  Json cards = Json::array();
  std::int64_t next_new = -1;
  for (const auto& card : board.cards) {
    Json one{{"id", card.id == 0 ? next_new-- : card.id},
             {"card_id", card.card_id == 0 ? Json() : Json(card.card_id)},
             {"row", card.row},
             {"col", card.column},
             {"size_x", card.width},
             {"size_y", card.height},
             {"parameter_mappings", Json::array()},
             {"visualization_settings", Json::object()},
             {"series", Json::array()}};
    for (const auto& [name, value] : card.rest.items()) one[name] = value;
    cards.push_back(std::move(one));
  }
  return cards;
}

Json text_or_null(const std::string& text) { return text.empty() ? Json() : Json(text); }

}  // namespace

Result<std::optional<Dashboard>> Client::dashboard(std::int64_t id, std::stop_token stop) {
  Call call;
  call.path = fmt::format("/api/dashboard/{}", id);
  call.subject = fmt::format("dashboard {}", id);
  auto answer = session_->ask(call, std::move(stop));
  if (!answer && answer.error().code == "metabase.not_found") return std::optional<Dashboard>();
  if (!answer) return std::move(answer).error();
  auto board = dashboard_of(*answer);
  if (!board) {
    return Error{Fault::item, "metabase.bad_answer", "metabase",
                 fmt::format("{} does not show dashboard {} as Metabase does", session_->site(), id), ""};
  }
  return board;
}

Result<Dashboard> Client::create_dashboard(const Dashboard& dashboard, std::stop_token stop) {
  return write(
      *session_,
      writing(http::Method::post, "/api/dashboard", "dashboard \"" + dashboard.name + "\"",
              {{"name", dashboard.name},
               {"description", text_or_null(dashboard.description)},
               {"collection_id", dashboard.collection_id ? Json(*dashboard.collection_id) : Json()}}),
      dashboard_of, stop);
}

Result<Dashboard> Client::update_dashboard(const Dashboard& dashboard, std::stop_token stop) {
  return write(*session_,
               writing(http::Method::put, fmt::format("/api/dashboard/{}", dashboard.id),
                       fmt::format("dashboard {}", dashboard.id),
                       {{"name", dashboard.name},
                        {"description", text_or_null(dashboard.description)},
                        {"collection_id", dashboard.collection_id ? Json(*dashboard.collection_id) : Json()},
                        {"archived", dashboard.archived},
                        {"dashcards", cards_json(dashboard)}}),
               dashboard_of, stop);
}

std::string Client::dashboard_url(std::int64_t id) const {
  return http::join_url(session_->site(), fmt::format("/dashboard/{}", id));
}

}  // namespace kpi::metabase
