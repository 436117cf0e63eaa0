#include "support.hpp"

using kpi::Json;
using namespace sandbox_test;

TEST_CASE("sandbox::Dashboards: PUT replaces all cards, and gives new ones real ids") {
  const Folder folder;
  const auto server = serve_shop(folder);
  auto client = Client::in(*server);
  CHECK(client.post("/api/dashboard", Json::object()).status == 400);
  Json cards = Json::array();
  for (int i = 1; i <= 2; ++i)
    cards.push_back({{"id", -i}, {"card_id", nullptr}, {"row", i}, {"col", 0}, {"size_x", 6}, {"size_y", 3}});
  const auto made = client.post("/api/dashboard", {{"name", "Board"}, {"dashcards", cards}}).json;
  CHECK(made["dashcards"].empty());
  const auto path = "/api/dashboard/" + made["id"].dump();
  const auto put = client.put(path, {{"dashcards", cards}}).json["dashcards"];
  REQUIRE(put.size() == 2);
  CHECK(put[0]["id"].get<int>() > 0);
  Json kept = Json::array();
  kept.push_back(put[1]);
  CHECK(client.put(path, {{"dashcards", kept}}).json["dashcards"] == kept);
  kept.push_back(put[1]);
  CHECK(client.put(path, {{"dashcards", kept}}).status == 400);
  CHECK(client.put(path, {{"name", "Other"}}).json["dashcards"].size() == 1);

  Json tabs = Json::array();
  tabs.push_back({{"id", -1}, {"name", "t"}});
  CHECK(client.put(path, {{"dashcards", cards}, {"tabs", tabs}}).status == 400);
  for (auto& card : cards) card["dashboard_tab_id"] = -1;
  const auto tabbed = client.put(path, {{"dashcards", cards}, {"tabs", tabs}}).json;
  CHECK(tabbed["dashcards"][0]["dashboard_tab_id"] == tabbed["tabs"][0]["id"]);
  CHECK(client.put(path, {{"archived", true}}).json["archived"] == true);
  CHECK(client.remove(path).status == 204);
  CHECK(client.get(path).status == 404);
}
