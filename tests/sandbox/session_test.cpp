#include "support.hpp"

#include <kpi/sandbox/password.hpp>

#include <set>
#include <sys/stat.h>
#include <thread>

using namespace sandbox_test;

TEST_CASE("sandbox::Sessions: nothing but health, properties and login is open to strangers") {
  const Folder folder;
  const auto server = serve_shop(folder);
  Client stranger(*server);
  for (const auto* path : {"/api/health", "/api/session/properties"}) {
    CAPTURE(path);
    CHECK(stranger.get(path).status == 200);
  }
  for (const auto* path :
       {"/api/database", "/api/card", "/api/collection", "/api/user/current", "/api/collection/root/items"}) {
    CAPTURE(path);
    const auto reply = stranger.get(path);
    CHECK(reply.status == 401);
    CHECK(reply.text == "Unauthenticated");
    CHECK(reply.headers.find("X-Metabase-Version")->second == "v0.50.0");
  }
  CHECK(stranger.post("/api/dataset", {{"database", 1}}).status == 401);
  const auto unknown = stranger.get("/api/nothing");
  CHECK(unknown.status == 404);
  CHECK(unknown.text == "API endpoint does not exist.");
}

TEST_CASE("sandbox::Sessions: a session lasts until it is ended, and its cookie beats its header") {
  const Folder folder;
  const auto server = serve_shop(folder);
  Client stranger(*server);
  const auto login = stranger.post("/api/session", {{"username", "ADMIN@kpi.local"}, {"password", password}});
  REQUIRE(login.status == 200);
  const auto id = login.json["id"].get<std::string>();
  Client member(*server, {{"X-Metabase-Session", id}});
  CHECK(member.get("/api/user/current").json["email"] == "admin@kpi.local");
  CHECK(Client(*server, {{"Cookie", "a=b; metabase.SESSION=" + id}}).get("/api/user/current").status == 200);
  CHECK(Client(*server, {{"X-Metabase-Session", id}, {"Cookie", "metabase.SESSION=stale"}})
            .get("/api/user/current")
            .status == 401);
  CHECK(member.remove("/api/session").status == 204);
  CHECK(member.get("/api/user/current").status == 401);
  CHECK(member.remove("/api/session").status == 404);
}

TEST_CASE("sandbox::Sessions: an API key works where one is set, a wrong one does not") {
  const Folder folder;
  auto options = shop_options(folder);
  options.api_key = "mb_secret";
  const auto server = serve(options);
  CHECK(Client(*server, {{"x-api-key", "mb_secret"}}).get("/api/user/current").status == 200);
  CHECK(Client(*server, {{"x-api-key", "mb_wrong"}}).get("/api/user/current").status == 401);
  CHECK(Client(*server, {{"x-api-key", ""}}).get("/api/user/current").status == 401);
  const Folder other;
  CHECK(Client(*serve_shop(other), {{"x-api-key", ""}}).get("/api/user/current").status == 401);
}

TEST_CASE("sandbox::Sessions: ten wrong passwords make the next try wait, for that name only") {
  const Folder folder;
  SetClock clock;
  const auto server = serve_shop(folder, clock);
  Client client(*server);
  for (int i = 0; i < 10; ++i) {
    const auto reply = client.post("/api/session", {{"username", "admin@kpi.local"}, {"password", "wrong"}});
    CHECK(reply.status == 401);
    CHECK(reply.json == kpi::Json{{"errors", {{"password", "did not match stored password"}}}});
  }
  const auto throttled =
      client.post("/api/session", {{"username", "admin@kpi.local"}, {"password", password}});
  CHECK(throttled.status == 401);
  CHECK(throttled.json ==
        kpi::Json{
            {"errors", {{"username", "Too many attempts! You must wait 15 seconds before trying again."}}}});
  CHECK(client.post("/api/session", {{"username", "other@kpi.local"}, {"password", "x"}})
            .json["errors"]
            .contains("password"));
  clock.sleep(std::chrono::hours(2), {});
  CHECK(client.post("/api/session", {{"username", "admin@kpi.local"}, {"password", password}}).status == 200);
}

TEST_CASE("sandbox::Sessions: logging in often and rightly is never throttled") {
  const Folder folder;
  const auto server = serve_shop(folder);
  Client client(*server);
  for (int i = 0; i < 25; ++i)
    CHECK(client.post("/api/session", {{"username", "admin@kpi.local"}, {"password", password}}).status ==
          200);
}

TEST_CASE("sandbox::Sessions: a body that is no login is refused with its reasons") {
  const Folder folder;
  const auto server = serve_shop(folder);
  Client client(*server);
  const auto empty = client.post("/api/session", kpi::Json::object());
  CHECK(empty.status == 400);
  CHECK(empty.json["errors"]["username"] == "value must be a non-blank string.");
  CHECK(empty.json["specific-errors"]["password"][0] == "missing required key, received: nil");
  httplib::Client raw(server->url());
  const auto broken = raw.Post("/api/session", "{\"username\":", "application/json");
  CHECK(broken->status == 400);
  CHECK(broken->body == "Malformed JSON in request body.");
  const auto deep = raw.Post("/api/session", std::string(100'000, '['), "application/json");
  CHECK(deep->status == 400);
  const auto huge = raw.Post("/api/session", std::string(9 << 20, ' '), "application/json");
  CHECK((!huge || huge->status == 413));
}

TEST_CASE("sandbox::Password: many that ask at once get one password, which others cannot read") {
  const Folder folder;
  const auto data = folder / "state";
  std::mutex mutex;
  std::set<std::string> seen;
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&] {
      auto password = kpi::sandbox::kept_password(data);
      const std::lock_guard lock(mutex);
      seen.insert(password ? *password : password.error().line());
    });
  }
  for (auto& thread : threads) thread.join();
  CHECK(seen.size() == 1);
  CHECK(seen.begin()->size() == 24);
  struct stat status {};
  REQUIRE(stat(kpi::sandbox::password_file(data).c_str(), &status) == 0);
  CHECK((status.st_mode & 0777U) == 0600);
  CHECK(std::distance(std::filesystem::directory_iterator(data), {}) == 1);
}
