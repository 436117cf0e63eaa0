#include "support.hpp"

#include <array>

using kpi::Json;
using namespace sandbox_test;

namespace {

Json card(const std::string& name, const Json& more = Json::object()) {
  Json body{
      {"name", name},
      {"display", "scalar"},
      {"dataset_query",
       {{"database", 1}, {"type", "native"}, {"native", {{"query", "SELECT count(*) AS n FROM orders"}}}}},
      {"visualization_settings", Json::object()}};
  body.update(more);
  return body;
}

std::vector<std::string> names(const Json& list) {
  std::vector<std::string> all;
  for (const auto& item : list) all.push_back(item["name"].get<std::string>());
  return all;
}

}  // namespace

TEST_CASE("sandbox::Cards: POST wants name, display, query and settings, and no blank description") {
  const Folder folder;
  const auto server = serve_shop(folder);
  auto client = Client::in(*server);
  for (const auto* key : {"name", "display", "dataset_query", "visualization_settings"}) {
    CAPTURE(key);
    auto body = card("x");
    body.erase(key);
    const auto reply = client.post("/api/card", body);
    CHECK(reply.status == 400);
    CHECK(reply.json["errors"].contains(key));
    CHECK(reply.json["specific-errors"][key][0] == "missing required key, received: nil");
  }
  CHECK(client.post("/api/card", card("x", {{"description", ""}})).status == 400);
  CHECK(client.post("/api/card", card("x", {{"collection_id", 0}})).status == 400);
  CHECK(client.post("/api/card", card("x", {{"type", "poem"}})).status == 400);
  CHECK(client.post("/api/card", card("x", {{"collection_id", 4711}})).status == 404);
  CHECK(client.post("/api/card", card("x", {{"dataset_query", Json::object()}})).status == 500);
  CHECK(client.get("/api/card").json.empty());
}

TEST_CASE("sandbox::Cards: are kept as sent, under a fresh entity id, whatever the SQL and the name") {
  const Folder folder;
  const auto server = serve_shop(folder);
  auto client = Client::in(*server);
  const auto one = client.post("/api/card", card("Orders", {{"entity_id", "mine"}, {"unknown_key", 1}}));
  REQUIRE(one.status == 200);
  CHECK(one.json["entity_id"].get<std::string>().size() == 21);
  CHECK(one.json["type"] == "question");
  CHECK(one.json["database_id"] == 1);
  CHECK(one.json["query_type"] == "native");
  CHECK(one.json["result_metadata"].is_null());
  CHECK(one.json["collection"]["id"] == "root");
  CHECK(one.json["creator"]["email"] == "admin@kpi.local");
  CHECK(one.json["last-edit-info"].contains("timestamp"));
  CHECK_FALSE(one.json.contains("unknown_key"));
  const auto twin = client.post("/api/card", card("Orders"));
  CHECK(twin.json["id"] != one.json["id"]);
  Json broken = card("Broken");
  broken["dataset_query"]["native"]["query"] = "SELEKT";
  CHECK(client.post("/api/card", broken).status == 200);
  CHECK(client.get("/api/card?f=database&model_id=1").json.size() == 3);
  CHECK(client.get("/api/card?f=database").status == 400);
  CHECK(client.get("/api/card?f=nonsense").status == 400);
  CHECK(client.get("/api/card/x").status == 400);
  CHECK(client.get("/api/card/4711").text == "Not found.");
}

TEST_CASE("sandbox::Cards: PUT clears what null may clear and ignores null elsewhere") {
  const Folder folder;
  const auto server = serve_shop(folder);
  auto client = Client::in(*server);
  const auto made = client.post("/api/card", card("Orders", {{"description", "old"}, {"cache_ttl", 5}})).json;
  const auto path = "/api/card/" + made["id"].dump();
  const auto put = client.put(path, {{"description", nullptr},
                                     {"cache_ttl", nullptr},
                                     {"name", nullptr},
                                     {"display", nullptr},
                                     {"entity_id", "x"}});
  CHECK(put.status == 200);
  CHECK(put.json["description"].is_null());
  CHECK(put.json["cache_ttl"].is_null());
  CHECK(put.json["name"] == "Orders");
  CHECK(put.json["display"] == "scalar");
  CHECK(put.json["entity_id"] == made["entity_id"]);
  CHECK(client.put(path, {{"description", ""}}).json["description"] == "");
  CHECK(client.put(path, {{"name", ""}}).status == 400);
  CHECK(client.put(path, {{"type", "model"}}).json["display"] == "table");
}

TEST_CASE("sandbox::Cards: archive keeps the collection, restore brings back, delete is for good") {
  const Folder folder;
  const auto server = serve_shop(folder);
  auto client = Client::in(*server);
  const auto collection = client.post("/api/collection", {{"name", "KPIs"}}).json["id"];
  const auto made = client.post("/api/card", card("Orders", {{"collection_id", collection}})).json;
  const auto path = "/api/card/" + made["id"].dump();
  const auto gone = client.put(path, {{"archived", true}}).json;
  CHECK(gone["archived"] == true);
  CHECK(gone["collection_id"] == collection);
  CHECK(client.get("/api/card").json.empty());
  CHECK(names(client.get("/api/card?f=archived").json) == std::vector<std::string>{"Orders"});
  CHECK(names(client.get("/api/collection/trash/items").json["data"]) == std::vector<std::string>{"Orders"});
  const auto place = "/api/collection/" + collection.dump();
  CHECK(client.get(place + "/items").json["data"].empty());
  CHECK(client.get(place + "/items?archived=true").json["data"].size() == 1);
  CHECK(client.put(path, {{"archived", false}}).json["archived"] == false);

  client.put(place, {{"archived", true}});
  CHECK(client.get(path).json["archived"] == true);
  CHECK(client.put(path, {{"archived", false}}).status == 400);
  CHECK(client.put(path, {{"archived", false}, {"collection_id", nullptr}}).json["archived"] == false);
  CHECK(client.remove(path).status == 204);
  CHECK(client.get(path).status == 404);
}

TEST_CASE("sandbox::Cards: running one answers like a query and fills its columns") {
  const Folder folder;
  const auto server = serve_shop(folder);
  auto client = Client::in(*server);
  const auto id = client.post("/api/card", card("Orders")).json["id"];
  const auto reply = client.post("/api/card/" + id.dump() + "/query", {{"parameters", Json::array()}});
  CHECK(reply.status == 202);
  CHECK(reply.json["card_id"] == id);
  CHECK(reply.json["data"]["rows"][0][0] == 3000);
  CHECK(client.get("/api/card/" + id.dump()).json["result_metadata"][0]["name"] == "n");
  CHECK(client.ask("SELECT n + 1 AS m FROM {{#" + id.dump() + "}}")["data"]["rows"][0][0] == 3001);
  CHECK(client.post("/api/card/4711/query", Json::object()).status == 404);
}

TEST_CASE("sandbox::Collections: lie in one another, root first, twins allowed") {
  const Folder folder;
  const auto server = serve_shop(folder);
  auto client = Client::in(*server);
  CHECK(client.post("/api/collection", {{"name", ""}}).status == 400);
  CHECK(client.post("/api/collection", {{"name", "x"}, {"description", ""}}).status == 400);
  CHECK(client.post("/api/collection", {{"name", "x"}, {"parent_id", 4711}}).status == 404);
  const auto top = client.post("/api/collection", {{"name", "KPIs"}, {"color", "#509EE3"}}).json;
  CHECK(top["location"] == "/");
  CHECK(client.post("/api/collection", {{"name", "KPIs"}}).json["id"] != top["id"]);
  const auto inner =
      client.post("/api/collection", {{"name", "Sales / Revenue"}, {"parent_id", top["id"]}}).json;
  CHECK(inner["location"] == "/" + top["id"].dump() + "/");
  CHECK(inner["parent_id"] == top["id"]);

  const auto list = client.get("/api/collection").json;
  CHECK(list[0]["id"] == "root");
  CHECK_FALSE(list[0].contains("location"));
  CHECK(names(list) == std::vector<std::string>{"Our analytics", "KPIs", "KPIs", "Sales / Revenue",
                                                "Sandbox Admin's Personal Collection"});
  CHECK(names(client.get("/api/collection?archived=true").json) == std::vector<std::string>{"Trash"});
  const auto one = client.get("/api/collection/" + inner["id"].dump()).json;
  CHECK(names(one["effective_ancestors"]) == std::vector<std::string>{"Our analytics", "KPIs"});
  CHECK(client.get("/api/collection/root").json["id"] == "root");

  client.post("/api/card", card("c", {{"collection_id", inner["id"]}}));
  const auto tree = client.get("/api/collection/tree?exclude-archived=true").json;
  CHECK(tree[0]["children"][0]["here"] == Json{"card"});
  CHECK(tree[0]["below"] == Json{"card"});
}

TEST_CASE("sandbox::Collections: moving takes what lies below along, but never into itself") {
  const Folder folder;
  const auto server = serve_shop(folder);
  auto client = Client::in(*server);
  const auto a = client.post("/api/collection", {{"name", "a"}}).json["id"];
  const auto b = client.post("/api/collection", {{"name", "b"}, {"parent_id", a}}).json["id"];
  const auto c = client.post("/api/collection", {{"name", "c"}, {"parent_id", b}}).json["id"];
  CHECK(client.put("/api/collection/" + a.dump(), {{"parent_id", c}}).status == 400);
  CHECK(client.put("/api/collection/" + b.dump(), {{"parent_id", nullptr}, {"name", "B"}}).json["location"] ==
        "/");
  CHECK(client.get("/api/collection/" + c.dump()).json["location"] == "/" + b.dump() + "/");
  CHECK(client.put("/api/collection/trash", {{"archived", true}}).status == 403);
}

TEST_CASE("sandbox::Items: come in pages, by name, by kind") {
  const Folder folder;
  const auto server = serve_shop(folder);
  auto client = Client::in(*server);
  const auto id = client.post("/api/collection", {{"name", "KPIs"}}).json["id"];
  const auto items = "/api/collection/" + id.dump() + "/items";
  CHECK(client.get(items).json.dump() ==
        R"({"total":null,"data":[],"models":null,"limit":null,"offset":null})");
  for (const auto* name : {"b", "C", "a", "d", "e"})
    client.post("/api/card", card(name, {{"collection_id", id}, {"description", "kpi:x"}}));
  client.post("/api/card", card("m", {{"collection_id", id}, {"type", "model"}}));
  client.post("/api/collection", {{"name", "inner"}, {"parent_id", id}});

  CHECK(names(client.get(items).json["data"]) ==
        std::vector<std::string>{"a", "b", "C", "d", "e", "inner", "m"});
  const auto page = client.get(items + "?models=card&models=dataset&limit=2&offset=1").json;
  CHECK(page["total"] == 6);
  CHECK(page["limit"] == 2);
  CHECK(page["offset"] == 1);
  CHECK(page["models"] == Json{"card", "dataset"});
  CHECK(names(page["data"]) == std::vector<std::string>{"b", "C"});
  CHECK(page["data"][0]["model"] == "card");
  CHECK(page["data"][0]["description"] == "kpi:x");
  CHECK_FALSE(page["data"][0].contains("dataset_query"));
  CHECK(client.get(items + "?offset=6").json["limit"] == 50);
  CHECK(client.get(items + "?offset=60").json["data"].empty());
  CHECK(names(client.get(items + "?models=card&sort_direction=desc").json["data"])[0] == "e");
  CHECK(client.get(items + "?models=card,dataset").status == 400);
  CHECK(client.get(items + "?limit=many").status == 400);
  CHECK(client.get(items + "?sort_column=colour").status == 400);
  CHECK(names(client.get("/api/collection/root/items?models=collection").json["data"]) ==
        std::vector<std::string>{"KPIs"});
  CHECK(client.get("/api/collection/4711/items").status == 404);
}
