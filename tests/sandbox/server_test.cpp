#include "support.hpp"

#include <fstream>
#include <set>
#include <thread>

using kpi::Json;
using namespace sandbox_test;

TEST_CASE(
    "sandbox::Server: many that start on one folder at once give the same ids and share cards and sessions") {
  const Folder folder;
  const auto options = shop_options(folder);
  std::mutex mutex;
  std::vector<std::unique_ptr<kpi::sandbox::Server>> servers;
  std::set<std::string> seen;
  std::vector<std::thread> threads;
  for (int i = 0; i < 6; ++i) {
    threads.emplace_back([&] {
      auto server = kpi::sandbox::Server::start(options, kpi::system_clock());
      std::string ids = server ? "" : server.error().line();
      if (server) {
        auto client = Client::in(**server);
        const auto metadata = client.get("/api/database/1/metadata").json;
        for (const auto& table : metadata["tables"]) {
          for (const auto& field : table["fields"])
            ids += field["id"].dump() + field["name"].dump() + table["id"].dump();
        }
        client.post("/api/collection", {{"name", "c"}});
      }
      const std::lock_guard lock(mutex);
      seen.insert(ids);
      if (server) servers.push_back(std::move(*server));
    });
  }
  for (auto& thread : threads) thread.join();
  REQUIRE(servers.size() == 6);
  CHECK(seen.size() == 1);
  auto first = Client::in(*servers[0]);
  CHECK(first.get("/api/collection").json.size() == 6 + 2);  // root and personal, once
  const auto login =
      Client(*servers[0]).post("/api/session", {{"username", "admin@kpi.local"}, {"password", password}});
  CHECK(Client(*servers[1], {{"X-Metabase-Session", login.json["id"].get<std::string>()}})
            .get("/api/card")
            .status == 200);
}

TEST_CASE("sandbox::Server: a restart keeps cards, ids and what was computed") {
  const Folder folder;
  Json before, card;
  {
    const auto server = serve_shop(folder);
    auto client = Client::in(*server);
    before = client.get("/api/database/1/metadata").json["tables"];
    card =
        client
            .post("/api/card", {{"name", "kept"},
                                {"display", "table"},
                                {"visualization_settings", Json::object()},
                                {"dataset_query",
                                 {{"database", 1}, {"type", "native"}, {"native", {{"query", "SELECT 1"}}}}}})
            .json;
  }
  const auto server = serve_shop(folder);
  auto client = Client::in(*server);
  CHECK(client.get("/api/database/1/metadata").json["tables"] == before);
  CHECK(client.get("/api/card/" + card["id"].dump()).json["entity_id"] == card["entity_id"]);
}

TEST_CASE("sandbox::Server: two databases of one name are told apart") {
  const Folder folder;
  auto options = shop_options(folder);
  options.databases.push_back(options.databases[0]);
  const auto server = serve(options);
  CHECK(server->database_names() == std::vector<std::string>{"shop", "shop 2"});
  auto client = Client::in(*server);
  CHECK(client.get("/api/database").json["total"] == 2);
  CHECK(client.ask("SELECT 1", Json::object(), 2)["status"] == "completed");
}

TEST_CASE("sandbox::Server: what cannot be served is refused with advice") {
  const Folder folder;
  const auto refused = [&](kpi::sandbox::ServerOptions options) {
    auto server = kpi::sandbox::Server::start(std::move(options), kpi::system_clock());
    REQUIRE_FALSE(server);
    CHECK_FALSE(server.error().advice.empty());
    return server.error();
  };
  auto missing = shop_options(folder);
  missing.databases[0].url = "sqlite:" + (folder / "none.sqlite").string();
  CHECK(refused(missing).fault == kpi::Fault::input);
  std::ofstream(folder / "text.sqlite") << std::string(4096, 'x');
  auto text = shop_options(folder);
  text.databases[0].url = "sqlite:" + (folder / "text.sqlite").string();
  CHECK(refused(text).fault == kpi::Fault::input);
  auto nobody = shop_options(folder);
  nobody.password.clear();
  CHECK(refused(nobody).fault == kpi::Fault::input);
  auto damaged = shop_options(folder);
  damaged.data = folder / "damaged";
  std::filesystem::create_directories(damaged.data);
  std::ofstream(damaged.data / "sandbox.db") << std::string(4096, 'x');
  CHECK(refused(damaged).code == "sandbox.damaged");
  auto nowhere = shop_options(folder);
  nowhere.data = folder / "text.sqlite" / "data";
  CHECK(refused(nowhere).fault == kpi::Fault::machine);
  const auto server = serve_shop(folder);
  auto taken = shop_options(folder);
  taken.port = std::stoi(server->url().substr(server->url().rfind(':') + 1));
  CHECK(refused(taken).code == "sandbox.port");
  auto closed = shop_options(folder);
  closed.databases[0].url = "postgres://kpi@127.0.0.1:1/none";
  CHECK(refused(closed).fault == kpi::Fault::unreachable);
}

TEST_CASE(
    "sandbox::Server: a card's link opened in a browser says what this is, and tells nothing of the card") {
  const Folder folder;
  const auto server = serve_shop(folder);
  auto browser = Client(*server);
  for (const auto* path : {"/question/7", "/collection/7", "/dashboard/7"}) {
    CAPTURE(path);
    const auto reply = browser.get(path);
    CHECK(reply.status == 200);
    CHECK(reply.text.find("sandbox of kpi") != std::string::npos);
    CHECK(reply.text.find(" 7 is at /api/") != std::string::npos);
  }
  CHECK(browser.get("/question/%3Cscript%3E").status == 404);
  CHECK(browser.get("/api/card/7").status == 401);
}
