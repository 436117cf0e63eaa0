#include "fixture.hpp"

#include <doctest/doctest.h>

#include <array>
#include <set>

using namespace kpi::metabase;
using namespace kpi::metabase::test;
using kpi::Fault;

namespace {

std::string card_json(const std::string& query) {
  return R"({"id":29,"name":"Orders","description":null,"type":"question","display":"scalar","database_id":2,
    "collection_id":17,"archived":false,"visualization_settings":{"scalar.field":"n"},"updated_at":"2024-06-19T12:09:31Z",
    "collection":{"id":17},"dataset_query":)" +
         query + "}";
}

constexpr const char* legacy =
    R"({"database":2,"type":"native","native":{"query":"select 1 as n","template-tags":{}}})";

Card new_card() {
  Card card;
  card.name = "Orders";
  card.description = "All orders\nkpi:default:0123:abc";
  card.display = "scalar";
  card.collection_id = 17;
  card.database_id = 2;
  card.sql = "select 1 as n";
  return card;
}

}  // namespace

TEST_CASE("metabase::Client: reads a card's SQL from every release's shape") {
  struct Case {
    const char* name;
    std::string query;
    const char* sql;
  };
  const std::array cases{
      Case{"v0.46", legacy, "select 1 as n"},
      Case{"v0.57: MBQL 5",
           R"({"lib/type":"mbql/query","database":2,"lib.convert/converted?":true,
               "stages":[{"lib/type":"mbql.stage/native","native":"select 1 as n"}]})",
           "select 1 as n"},
      Case{"v0.63: tags as a list",
           R"({"lib/type":"mbql/query","database":2,
               "stages":[{"lib/type":"mbql.stage/native","native":"select 1 as n","template-tags":[]}]})",
           "select 1 as n"},
      Case{"the old form beside an unknown one",
           R"({"lib/type":"mbql/query","database":2},
               "legacy_query":"{\"database\":2,\"type\":\"native\",\"native\":{\"query\":\"select 1 as n\"}}")",
           "select 1 as n"},
      Case{"no SQL, legacy", R"({"database":2,"type":"query","query":{"source-table":12}})", ""},
      Case{
          "no SQL, MBQL 5",
          R"({"lib/type":"mbql/query","database":2,"stages":[{"lib/type":"mbql.stage/mbql","source-table":12}]})",
          ""},
      Case{
          "SQL with steps after it",
          R"({"lib/type":"mbql/query","database":2,"stages":[{"lib/type":"mbql.stage/native","native":"select 1"},
               {"lib/type":"mbql.stage/mbql"}]})",
          ""},
      Case{"nothing at all", "{}", ""}};
  for (const auto& c : cases) {
    CAPTURE(c.name);
    World world;
    world.server.on("GET /api/card/29", json(card_json(c.query)));
    const auto card = world.client->card(29, {});
    REQUIRE(card);
    REQUIRE(card->has_value());
    CHECK((*card)->sql == c.sql);
    CHECK((*card)->database_id == 2);
    CHECK((*card)->collection_id == 17);
    CHECK((*card)->description.empty());
    CHECK((*card)->visualization_settings == kpi::Json{{"scalar.field", "n"}});
  }
}

TEST_CASE("metabase::Client: a card that is gone is none, one that is closed to us an error of its own") {
  World world;
  world.server.on("GET /api/card/1", text(404, "Not found."));
  world.server.on("GET /api/card/2", json(R"({"message":"Not found."})", 404));
  CHECK_FALSE(world.client->card(1, {})->has_value());
  CHECK_FALSE(world.client->card(2, {})->has_value());
  world.server.on("GET /api/card/3", text(403, "You don't have permissions to do that."));
  const auto card = world.client->card(3, {});
  CHECK(code_of(card) == "metabase.forbidden");
  CHECK(card.error().fault == Fault::item);
}

TEST_CASE("metabase::Client: creates a card with just what its release takes") {
  for (const auto& [tag, has_type] : std::vector<std::pair<std::string, bool>>{{"v0.46.6", false},
                                                                               {"v0.48.1", false},
                                                                               {"v0.49.0", true},
                                                                               {"v0.63.2", true},
                                                                               {"vUNKNOWN", true}}) {
    const std::string version = tag;  // Clang 14 lets no lambda capture a structured binding
    CAPTURE(version);
    World world(by_password(), version);
    world.server.on("POST /api/card", json(card_json(legacy)));
    Card card = new_card();
    card.description = " ";
    const auto made = world.client->create_card(card, {});
    REQUIRE(made);
    CHECK(made->id == 29);
    const auto body = world.server.last_body("POST /api/card");
    CHECK(body["description"].is_null());  // an empty one is refused
    CHECK(body.contains("type") == has_type);
    CHECK(kpi::dump_json(body["dataset_query"]) == legacy);
    CHECK(body["visualization_settings"] == kpi::Json::object());
    CHECK_FALSE(body.contains("result_metadata"));
    CHECK_FALSE(body.contains("entity_id"));
    CHECK(world.server.last("POST /api/card").repeat == kpi::http::Repeat::never);
  }
}

TEST_CASE("metabase::Client: a creation whose answer is lost is told from one that failed") {
  struct Case {
    const char* name;
    FakeTransport::Answer answer;
    const char* code;
    Fault fault;
  };
  const std::array cases{
      Case{"reset", broken("http.reset"), "metabase.lost_answer", Fault::item},
      Case{"timeout", broken("http.timeout"), "metabase.lost_answer", Fault::item},
      Case{"a gateway's page", page(502, "Bad Gateway"), "metabase.lost_answer", Fault::item},
      Case{"a gateway's time-out", page(504, "Gateway Time-out"), "metabase.lost_answer", Fault::item},
      Case{"a cut answer", json(R"({"id":29,"na)"), "metabase.lost_answer", Fault::item},
      Case{"an answer without id", json("{}"), "metabase.lost_answer", Fault::item},
      Case{"never sent", broken("http.refused"), "metabase.unreachable", Fault::unreachable},
      Case{"refused", json(R"({"errors":{"name":"value must be a non-blank string."}})", 400),
           "metabase.invalid", Fault::item},
      Case{"no rights", text(403, "No."), "metabase.forbidden", Fault::item},
      Case{"failed", json(R"({"message":"boom"})", 500), "metabase.server_error", Fault::item}};
  for (const auto& c : cases) {
    CAPTURE(c.name);
    World world;
    world.server.on("POST /api/card", c.answer);
    world.server.on("POST /api/collection", c.answer);
    const auto card = world.client->create_card(new_card(), {});
    REQUIRE_FALSE(card);
    CHECK(card.error().code == c.code);
    CHECK(card.error().fault == c.fault);
    CHECK(code_of(world.client->create_collection("Sales", 17, {})) == c.code);
    CHECK(world.server.lines("POST /api/card").size() == 1);
    CHECK(world.server.lines("POST /api/collection").size() == 1);
  }
}

TEST_CASE("metabase::Client: what the server dislikes in a request is quoted") {
  World world;
  world.server.on("POST /api/card", json(R"({"errors":{"name":"value must be a non-blank string."},
      "specific-errors":{"name":["should be a string, received: nil"]}})",
                                         400));
  CHECK(line_of(world.client->create_card(new_card(), {})) ==
        "metabase: http://localhost:3000 did not accept the request for card \"Orders\" (400): name: value "
        "must be "
        "a non-blank string.");
}

TEST_CASE("metabase::Client: updates a card whole, and leaves a query that it cannot write alone") {
  World world;
  world.server.on("PUT /api/card/29", json(card_json(legacy)));
  Card card = new_card();
  card.id = 29;
  card.collection_id.reset();
  card.archived = true;
  REQUIRE(world.client->update_card(card, {}));
  auto body = world.server.last_body("PUT /api/card/29");
  CHECK(body["name"] == "Orders");
  CHECK(body["archived"] == true);
  CHECK(body["collection_id"].is_null());
  CHECK(kpi::dump_json(body["dataset_query"]) == legacy);
  CHECK(world.server.last("PUT /api/card/29").repeat == kpi::http::Repeat::safe);
  card.sql.clear();
  REQUIRE(world.client->update_card(card, {}));
  CHECK_FALSE(world.server.last_body("PUT /api/card/29").contains("dataset_query"));
}

TEST_CASE("metabase::Client: lists collections with their parents, and marks what is personal") {
  World world;
  world.server.on("GET /api/collection", json(R"([
    {"id":"root","name":"Our analytics","parent_id":null,"effective_location":null,"is_personal":false},
    {"id":3,"name":"KPIs","location":"/","archived":false,"personal_owner_id":null,"namespace":null},
    {"id":8,"name":"Mine, below","location":"/5/","archived":false,"personal_owner_id":null},
    {"id":5,"name":"Ann's","location":"/","personal_owner_id":1},
    {"id":7,"name":"Sales / Revenue","location":"/3/","archived":false,"is_personal":false},
    {"id":9,"name":"Deep","location":"/3/7/","archived":false},
    {"id":10,"name":"By number","parent_id":7},
    {"id":4,"name":"Trash","location":"/","type":"trash"},
    {"id":6,"name":"Snippets","location":"/","namespace":"snippets"}])"));
  const auto found = world.client->collections({});
  REQUIRE(found);
  REQUIRE(found->size() == 6);
  CHECK((*found)[0].name == "KPIs");
  CHECK_FALSE((*found)[0].parent_id.has_value());
  CHECK_FALSE((*found)[0].personal);
  CHECK((*found)[1].personal);
  CHECK((*found)[2].personal);
  CHECK((*found)[3].parent_id == 3);
  CHECK((*found)[4].parent_id == 7);
  CHECK((*found)[5].parent_id == 7);
}

TEST_CASE("metabase::Client: creates a collection, with a color where that is still asked for") {
  for (const auto& [tag, has_color] :
       std::vector<std::pair<std::string, bool>>{{"v0.46.6", true}, {"v0.47.1", false}, {"v0.63.1", false}}) {
    const std::string version = tag;  // Clang 14 lets no lambda capture a structured binding
    CAPTURE(version);
    World world(by_password(), version);
    world.server.on("POST /api/collection",
                    json(R"({"id":21,"name":"Sales","slug":"sales","location":"/3/"})"));
    const auto made = world.client->create_collection("Sales", 3, {});
    REQUIRE(made);
    CHECK(made->id == 21);
    CHECK(made->parent_id == 3);
    const auto body = world.server.last_body("POST /api/collection");
    CHECK(body["parent_id"] == 3);
    CHECK(body["description"].is_null());
    CHECK(body.contains("color") == has_color);
  }
}

TEST_CASE("metabase::Client: walks a listing page by page, and takes what comes twice once") {
  const auto page_of = [](int first, int count, const char* total) {
    std::string rows;
    for (int i = first; i < first + count; ++i) {
      rows +=
          (rows.empty() ? "" : ",") + std::string(R"({"id":)") + std::to_string(i) +
          R"(,"model":"card","name":"n","description":"d","archived":false,"last-edit-info":{"timestamp":"t"}})";
    }
    return json(R"({"total":)" + std::string(total) + R"(,"data":[)" + rows + R"(],"limit":200,"offset":0})");
  };
  const auto ids = [](const std::vector<CollectionItem>& items) {
    std::set<std::int64_t> found;
    for (const auto& item : items) found.insert(item.id);
    return found.size();
  };
  World world;
  SUBCASE("three pages, shifted by one in between") {
    world.server.on("GET /api/collection/3/items",
                    {page_of(0, 200, "450"), page_of(199, 200, "451"), page_of(399, 52, "451")});
    const auto items = world.client->items(3, false, {});
    REQUIRE(items);
    CHECK(items->size() == 451);
    CHECK(ids(*items) == 451);
    CHECK((*items)[0].description == "d");
    CHECK((*items)[0].edited_at == "t");
    const auto lines = world.server.lines("GET /api/collection/3");
    REQUIRE(lines.size() == 3);
    CHECK(lines[2].find("models=card&models=dataset&") != std::string::npos);
    CHECK(lines[2].find("limit=200&offset=400") != std::string::npos);
    CHECK(lines[2].find("archived") == std::string::npos);
  }
  SUBCASE("a full page that is the last") {
    world.server.on("GET /api/collection/3/items", page_of(0, 200, "200"));
    CHECK(world.client->items(3, false, {})->size() == 200);
    CHECK(world.server.lines("GET /api/collection/3").size() == 1);
  }
  SUBCASE("a server that knows no pages") {
    world.server.on("GET /api/collection/3/items", page_of(0, 450, "null"));
    CHECK(world.client->items(3, false, {})->size() == 450);
    CHECK(world.server.lines("GET /api/collection/3").size() == 1);
  }
  SUBCASE("the same page for ever") {
    world.server.on("GET /api/collection/3/items", page_of(0, 200, "100000"));
    CHECK(world.client->items(3, false, {})->size() == 200);
  }
  SUBCASE("nothing there") {
    world.server.on("GET /api/collection/root/items", json(R"({"total":null,"data":[],"models":null})"));
    CHECK(world.client->items({}, false, {})->empty());
  }
  SUBCASE("rows that are no items") {
    world.server.on("GET /api/collection/3/items",
                    json(R"([{"id":"x","model":"card"},{"id":1},{"id":2,"model":"new"}])"));
    CHECK(world.client->items(3, false, {})->size() == 1);
  }
}

TEST_CASE("metabase::Client: the archived of the root are in the Trash from v0.50 on") {
  const auto one = [](int id) {
    return json(R"({"total":1,"data":[{"id":)" + std::to_string(id) +
                R"(,"model":"card","name":"n","archived":true}]})");
  };
  for (const auto& [tag, count] :
       std::vector<std::pair<std::string, std::size_t>>{{"v0.49.1", 1}, {"v0.50.3", 2}, {"v0.63.1", 2}}) {
    const std::string version = tag;  // Clang 14 lets no lambda capture a structured binding
    CAPTURE(version);
    World world(by_password(), version);
    world.server.on("GET /api/collection/root/items", one(1));
    world.server.on("GET /api/collection/trash/items", one(2));
    const auto items = world.client->items({}, true, {});
    REQUIRE(items);
    CHECK(items->size() == count);
    CHECK(world.server.lines("GET /api/collection/root")[0].find("archived=true") != std::string::npos);
  }
}
