#include "fixture.hpp"

#include <doctest/doctest.h>

#include <array>
#include <tuple>

using namespace kpi::metabase;
using namespace kpi::metabase::test;
using kpi::Json;

namespace {

constexpr const char* head =
    R"({"id":7,"name":"Sales","description":"kept","collection_id":17,"archived":false,"creator_id":1})";
constexpr const char* in_trash = R"({"message":"The object has been archived.","error_code":"archived"})";

DashboardCard tile(std::int64_t card, int column, int width, std::int64_t id = 0) {
  DashboardCard tile;
  tile.id = id;
  tile.card_id = card;
  tile.column = column;
  tile.width = width;
  tile.height = 3;
  return tile;
}

Dashboard board(std::vector<DashboardCard> cards) {
  Dashboard board;
  board.id = 7;
  board.name = "Sales";
  board.description = "kept";
  board.collection_id = 17;
  board.cards = std::move(cards);
  return board;
}

/// A dashboard's answer whose `list` holds places of (id, card, column, width).
kpi::http::Response showing(const char* list, const std::vector<std::array<int, 4>>& places,
                            const char* tabs = "") {
  std::string cards;
  for (const auto& [id, card, column, width] : places) {
    cards += cards.empty() ? "" : ",";
    cards += R"({"id":)" + std::to_string(id) + R"(,"card_id":)" + std::to_string(card) +
             R"(,"row":0,"col":)" + std::to_string(column) + R"(,"size_x":)" + std::to_string(width) +
             R"(,"size_y":3,"visualization_settings":{"card.title":"Ours"},"card":{"id":1}})";
  }
  std::string text = head;
  text.pop_back();
  return json(text + ",\"" + list + "\":[" + cards + "]" + tabs + "}");
}

/// (id, card, column, width) of each card in a request.
std::vector<std::tuple<int, int, int, int>> places(const Json& cards) {
  std::vector<std::tuple<int, int, int, int>> found;
  for (const auto& card : cards) {
    found.emplace_back(card["id"].get<int>(), card["card_id"].get<int>(), card["col"].get<int>(),
                       card["size_x"].get<int>());
  }
  return found;
}

}  // namespace

TEST_CASE("metabase::Client: reads a dashboard under the names and on the grid of every release") {
  struct Case {
    const char* version;
    const char* list;
    const char* tabs;
    std::array<int, 4> place;
    bool has_tabs;
  };
  const std::array cases{
      Case{"v0.46.6", "ordered_cards", "", {1, 11, 14, 4}, false},
      Case{"v0.47.2", "ordered_cards", R"(,"ordered_tabs":[])", {1, 11, 18, 6}, false},
      Case{"v0.47.2", "ordered_cards", R"(,"ordered_tabs":[{"id":1}])", {1, 11, 18, 6}, true},
      Case{"v0.48.0", "dashcards", R"(,"tabs":[{"id":1}])", {1, 11, 18, 6}, true},
      Case{"v0.63.1", "dashcards", R"(,"tabs":[])", {1, 11, 18, 6}, false}};
  for (const auto& c : cases) {
    CAPTURE(c.version);
    World world(by_password(), c.version);
    world.server.on("GET /api/dashboard/7", showing(c.list, {c.place}, c.tabs));
    const auto read = world.client->dashboard(7, {});
    REQUIRE(read);
    REQUIRE(read->has_value());
    REQUIRE((*read)->cards.size() == 1);
    const auto& card = (*read)->cards.front();
    CHECK(card.column == 18);
    CHECK(card.width == 6);
    CHECK(card.rest["visualization_settings"]["card.title"] == "Ours");
    CHECK((*read)->has_tabs == c.has_tabs);
  }
  World world;
  world.server.on("GET /api/dashboard/8", text(404, "Not found."));
  CHECK_FALSE(world.client->dashboard(8, {})->has_value());
}

TEST_CASE("metabase::Client: one request lays a dashboard out from v0.48 on, two at v0.47") {
  for (const std::string version : {"v0.47.2", "v0.48.0", "v0.63.1", "vUNKNOWN"}) {
    CAPTURE(version);
    World world(by_password(), version);
    world.server.on("PUT /api/dashboard/7", json(head));
    world.server.on("PUT /api/dashboard/7/cards", json(R"({"cards":[],"ordered_tabs":[]})"));
    REQUIRE(world.client->log_in({}));
    REQUIRE(world.client->update_dashboard(board({tile(11, 0, 6, 5), tile(12, 6, 6), tile(13, 12, 12)}), {}));
    const bool apart = version == "v0.47.2";
    auto body = world.server.last_body("PUT /api/dashboard/7");
    CHECK(world.server.lines("PUT ").size() == (apart ? 2 : 1));
    if (apart) {
      const auto first = kpi::parse_json(world.server.asked()[1].body, "request");
      CHECK_FALSE(first->contains("dashcards"));
      CHECK((*first)["collection_id"] == 17);
      body = world.server.last_body("PUT /api/dashboard/7/cards");
    }
    CHECK(places(body[apart ? "cards" : "dashcards"]) ==
          std::vector<std::tuple<int, int, int, int>>{{5, 11, 0, 6}, {-1, 12, 6, 6}, {-2, 13, 12, 12}});
    CHECK(body[apart ? "ordered_tabs" : "tabs"] == Json::array());
  }
}

TEST_CASE(
    "metabase::Client: v0.46 gets a request for each card that comes or goes, on its grid of 18 columns") {
  World world(by_password(), "v0.46.6");
  world.server.on("PUT /api/dashboard/7", json(head));
  world.server.on("GET /api/dashboard/7",
                  showing("ordered_cards", {{1, 11, 0, 5}, {2, 12, 5, 4}, {3, 14, 9, 9}}));
  world.server.on("DELETE /api/dashboard/7/cards?dashcardId=2", text(204, ""));
  world.server.on("POST /api/dashboard/7/cards", json(R"({"id":4,"card_id":13})"));
  world.server.on("PUT /api/dashboard/7/cards", json(R"({"status":"ok"})"));
  // 14 was added by a run that died before it knew of its entry: it has one already.
  const auto wanted = board({
      tile(11, 0, 6, 1),
      tile(13, 6, 6),
      tile(14, 12, 12),
  });
  REQUIRE(world.client->log_in({}));
  REQUIRE(world.client->update_dashboard(wanted, {}));
  const auto lines = world.server.lines();
  CHECK(std::vector<std::string>(lines.begin() + 1, lines.end()) ==
        std::vector<std::string>{"PUT /api/dashboard/7", "GET /api/dashboard/7",
                                 "DELETE /api/dashboard/7/cards?dashcardId=2", "POST /api/dashboard/7/cards",
                                 "PUT /api/dashboard/7/cards"});
  const auto added = world.server.last_body("POST /api/dashboard/7/cards");
  CHECK(added["cardId"] == 13);
  CHECK(added["col"] == 5);
  CHECK(added["size_x"] == 4);
  CHECK_FALSE(added.contains("id"));
  CHECK(world.server.last("POST /api/dashboard/7/cards").repeat == kpi::http::Repeat::never);
  CHECK(places(world.server.last_body("PUT /api/dashboard/7/cards")["cards"]) ==
        std::vector<std::tuple<int, int, int, int>>{{1, 11, 0, 5}, {4, 13, 5, 4}, {3, 14, 9, 9}});

  SUBCASE("a lost answer is looked for, not repeated") {
    world.server.on("GET /api/dashboard/7",
                    {showing("ordered_cards", {}), showing("ordered_cards", {{9, 11, 0, 5}})});
    world.server.on("POST /api/dashboard/7/cards", broken("http.reset"));
    const auto before = world.server.lines("POST /api/dashboard").size();
    REQUIRE(world.client->update_dashboard(board({tile(11, 0, 6)}), {}));
    CHECK(world.server.lines("POST /api/dashboard").size() == before + 1);
    CHECK(places(world.server.last_body("PUT /api/dashboard/7/cards")["cards"]) ==
          std::vector<std::tuple<int, int, int, int>>{{9, 11, 0, 5}});
  }
  SUBCASE("none at all are told by taking each off: an empty list is refused") {
    const auto before = world.server.lines("PUT /api/dashboard/7/cards").size();
    for (const int id : {1, 3})
      world.server.on("DELETE /api/dashboard/7/cards?dashcardId=" + std::to_string(id), text(204, ""));
    REQUIRE(world.client->update_dashboard(board({}), {}));
    CHECK(world.server.lines("DELETE ").size() == 4);
    CHECK(world.server.lines("PUT /api/dashboard/7/cards").size() == before);
  }
}

TEST_CASE(
    "metabase::Client: a dashboard comes out of the Trash before its cards are laid out, and goes without "
    "them") {
  World world;
  REQUIRE(world.client->log_in({}));
  world.server.on("PUT /api/dashboard/7", {json(in_trash, 404), json(head), json(head)});
  REQUIRE(world.client->update_dashboard(board({tile(11, 0, 6)}), {}));
  const auto asked = world.server.asked();
  REQUIRE(asked.size() == 4);
  CHECK_FALSE(kpi::parse_json(asked[2].body, "request")->contains("dashcards"));
  CHECK(world.server.last_body("PUT /api/dashboard/7")["dashcards"].size() == 1);

  auto gone = board({tile(11, 0, 6)});
  gone.archived = true;
  REQUIRE(world.client->update_dashboard(gone, {}));
  CHECK_FALSE(world.server.last_body("PUT /api/dashboard/7").contains("dashcards"));
  CHECK(world.server.last_body("PUT /api/dashboard/7")["archived"] == true);

  world.server.on("PUT /api/dashboard/7", text(404, "Not found."));
  CHECK(code_of(world.client->update_dashboard(board({}), {})) == "metabase.not_found");
}
