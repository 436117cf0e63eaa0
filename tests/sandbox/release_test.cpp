#include "support.hpp"

#include <kpi/sandbox/dialect.hpp>

using kpi::Json;
using namespace sandbox_test;

// The sandbox as other releases of Metabase answer.
namespace {

std::unique_ptr<kpi::sandbox::Server> play(const Folder& folder, const char* version) {
  auto options = shop_options(folder);
  options.version = version;
  options.api_key = "mb_key";
  return serve(std::move(options));
}

Json card(const Json& more = Json::object()) {
  Json body{{"name", "Orders"},
            {"display", "scalar"},
            {"dataset_query",
             {{"database", 1},
              {"type", "native"},
              {"native",
               {{"query", "SELECT count(*) AS n FROM orders"},
                {"template-tags", {{"city", {{"id", "x"}, {"name", "city"}, {"type", "text"}}}}}}}}},
            {"visualization_settings", Json::object()}};
  body.update(more);
  return body;
}

Json tile(int id, const Json& more = Json::object()) {
  Json tile{{"id", id}, {"card_id", nullptr}, {"row", 0}, {"col", 0}, {"size_x", 6}, {"size_y", 3}};
  tile.update(more);
  return tile;
}

}  // namespace

TEST_CASE("sandbox::Dialect: what is no release is played as the newest") {
  using kpi::sandbox::Dialect;
  CHECK(Dialect::of("v0.46.6").color_required);
  CHECK_FALSE(Dialect::of("v1.50.3").staged_queries);
  CHECK(Dialect::of("v0.57").staged_queries);
  CHECK(Dialect::of("vUNKNOWN").listed_tags);
}

TEST_CASE(
    "sandbox::Releases: 0.46 wants a colour, knows no keys, types or Trash, and moves cards one by one") {
  const Folder folder;
  const auto server = play(folder, "v0.46.6");
  auto client = Client::in(*server);
  CHECK(Client(*server, {{"x-api-key", "mb_key"}}).get("/api/user/current").status == 401);
  const auto colourless = client.post("/api/collection", {{"name", "KPIs"}});
  CHECK(colourless.status == 400);
  CHECK(colourless.json["errors"].contains("color"));
  CHECK_FALSE(colourless.json.contains("specific-errors"));
  const auto collection = client.post("/api/collection", {{"name", "KPIs"}, {"color", "#509EE3"}}).json["id"];
  CHECK(client.get("/api/collection/trash/items").status == 400);
  CHECK(client.get("/api/collection?archived=true").json.empty());

  const auto made = client.post("/api/card", card({{"collection_id", collection}, {"type", "poem"}}));
  REQUIRE(made.status == 200);
  CHECK(made.json["dataset"] == false);
  CHECK_FALSE(made.json.contains("type"));
  client.put("/api/card/" + made.json["id"].dump(), {{"archived", true}});
  CHECK(client.get("/api/collection/" + collection.dump() + "/items?archived=true").json["data"].size() == 1);

  const auto board = client.post("/api/dashboard", {{"name", "Board"}}).json;
  CHECK(board["ordered_cards"].empty());
  CHECK_FALSE(board.contains("dashcards"));
  const auto path = "/api/dashboard/" + board["id"].dump();
  CHECK_FALSE(client.put(path, {{"name", "B"}, {"dashcards", Json::array({tile(-1)})}})
                  .json.contains("ordered_cards"));
  CHECK(client.get(path).json["ordered_cards"].empty());
  const auto added = client.post(
      path + "/cards", {{"cardId", made.json["id"]}, {"row", 0}, {"col", 0}, {"size_x", 4}, {"size_y", 3}});
  REQUIRE(added.status == 200);
  CHECK(added.json["card_id"] == made.json["id"]);
  CHECK(client.put(path + "/cards", {{"cards", Json::array()}}).status == 400);
  CHECK(client.put(path + "/cards", {{"cards", Json::array({tile(-1)})}}).status == 400);
  const auto id = added.json["id"].get<int>();
  CHECK(client.put(path + "/cards", {{"cards", Json::array({tile(id), tile(id + 1)})}}).json["status"] ==
        "ok");
  const auto standing = client.get(path).json["ordered_cards"];
  REQUIRE(standing.size() == 1);
  CHECK(standing[0]["size_x"] == 6);
  CHECK(standing[0]["card_id"] == made.json["id"]);
  CHECK(client.remove(path + "/cards?dashcardId=" + std::to_string(id)).status == 204);
  CHECK(client.get(path).json["ordered_cards"].empty());
}

TEST_CASE("sandbox::Releases: 0.47 replaces cards apart from their dashboard") {
  const Folder folder;
  const auto server = play(folder, "v0.47.2");
  auto client = Client::in(*server);
  CHECK(client.post("/api/collection", {{"name", "KPIs"}}).status == 200);
  const auto path = "/api/dashboard/" + client.post("/api/dashboard", {{"name", "Board"}}).json["id"].dump();
  CHECK(client.post(path + "/cards", {{"cardId", nullptr}}).status == 404);
  const auto put = client.put(path + "/cards", {{"cards", Json::array({tile(-1), tile(-2)})}}).json;
  CHECK(put["cards"].size() == 2);
  CHECK(put["ordered_tabs"].empty());
  const auto standing = client.get(path).json;
  CHECK(standing["ordered_cards"] == put["cards"]);
  CHECK(standing["ordered_tabs"].empty());
  client.put(path, {{"archived", true}});
  const auto refused = client.put(path + "/cards", {{"cards", Json::array()}});
  CHECK(refused.status == 404);
  CHECK(refused.json["error_code"] == "archived");
}

TEST_CASE("sandbox::Releases: tabs go where a request names none, and in the Trash no card is taken") {
  const Folder folder;
  const auto server = play(folder, "v0.50.0");
  auto client = Client::in(*server);
  const auto path = "/api/dashboard/" + client.post("/api/dashboard", {{"name", "Board"}}).json["id"].dump();
  const Json tab{{"id", -1}, {"name", "t"}};
  const auto tabbed = client
                          .put(path, {{"dashcards", Json::array({tile(-1, {{"dashboard_tab_id", -1}})})},
                                      {"tabs", Json::array({tab})}})
                          .json;
  REQUIRE(tabbed["tabs"].size() == 1);
  CHECK(client.put(path, {{"dashcards", Json::array({tile(-1)})}, {"tabs", Json::array()}, {"name", "no"}})
            .status == 400);
  CHECK(client.get(path).json["name"] == "Board");
  CHECK(client.put(path, {{"dashcards", tabbed["dashcards"]}}).status == 500);  // its tab is gone
  CHECK(client.put(path, {{"name", "Other"}}).json["tabs"].size() == 1);
  CHECK(client.put(path, {{"dashcards", Json::array()}, {"tabs", Json::array()}}).json["tabs"].empty());
  CHECK(client.put(path, {{"dashcards", Json::array({tile(-1)})}}).json["dashcards"].size() == 1);
  client.put(path, {{"archived", true}});
  CHECK(client.put(path, {{"archived", false}, {"dashcards", Json::array()}}).json["error_code"] ==
        "archived");
  CHECK(client.put(path, {{"archived", false}}).json["dashcards"].size() == 1);
}

TEST_CASE(
    "sandbox::Releases: 0.57 shows queries in stages with the old form beside, 0.63 their tags as a list") {
  for (const auto* version : {"v0.57.1", "v0.63.2"}) {
    CAPTURE(version);
    const Folder folder;
    const auto server = play(folder, version);
    auto client = Client::in(*server);
    CHECK(Client(*server, {{"x-api-key", "mb_key"}}).get("/api/user/current").status == 200);
    const auto made = client.post("/api/card", card()).json;
    const auto& query = made["dataset_query"];
    CHECK(query["lib/type"] == "mbql/query");
    CHECK(query["database"] == 1);
    CHECK(query["stages"][0]["native"] == "SELECT count(*) AS n FROM orders");
    CHECK(query["stages"][0]["template-tags"].is_array() == (std::string(version) == "v0.63.2"));
    const auto old = Json::parse(made["legacy_query"].get<std::string>());
    CHECK(old["native"]["query"] == "SELECT count(*) AS n FROM orders");
    CHECK(client.get("/api/card").json[0]["dataset_query"] == query);
    const auto run = client.post("/api/card/" + made["id"].dump() + "/query", Json::object());
    CHECK(run.status == 202);
    CHECK(run.json["data"]["rows"][0][0] == 3000);
    CHECK(run.headers.find("Connection")->second == "close");
  }
}

TEST_CASE(
    "sandbox::Releases: from 0.59 on a failure has a status of its own, and what is not there says so in "
    "JSON") {
  const Folder folder;
  const auto server = play(folder, "v0.59.0");
  auto client = Client::in(*server);
  const auto run = [&](const char* sql, int database = 1) {
    return client.post("/api/dataset",
                       {{"database", database}, {"type", "native"}, {"native", {{"query", sql}}}});
  };
  CHECK(run("SELECT 1").status == 202);
  const auto failed = run("SELECT nothing_of_that_name");
  CHECK(failed.status == 400);
  CHECK(failed.json["status"] == "failed");
  const auto unknown = run("SELECT 1", 4711);
  CHECK(unknown.status == 403);
  CHECK(unknown.json["status"] == "failed");
  CHECK(client.get("/api/card/4711").json["message"] == "Not found.");
}
