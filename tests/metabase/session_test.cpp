#include "fixture.hpp"

#include <kpi/base/text.hpp>

#include <doctest/doctest.h>

#include <array>
#include <atomic>
#include <thread>

using namespace kpi::metabase;
using namespace kpi::metabase::test;
using kpi::Fault;

namespace {

constexpr const char* who =
    R"({"id":1,"common_name":"Ann Admin","email":"a@b.c","is_superuser":true,"extra":{}})";
constexpr const char* wrong_password = R"({"errors":{"password":"did not match stored password"}})";

}  // namespace

TEST_CASE("metabase::Client: an address that is none is refused before anything is sent") {
  World world;
  struct Case {
    const char* url;
    const char* code;
  };
  static constexpr std::array cases{Case{"", "metabase.no_url"}, Case{"localhost:3000", "metabase.bad_url"},
                                    Case{"ftp://h/", "metabase.bad_url"}};
  for (const auto& c : cases) {
    CAPTURE(c.url);
    ClientOptions options = by_password();
    options.url = c.url;
    const auto made = Client::make(options, world.server, world.clock);
    CHECK(code_of(made) == c.code);
    CHECK(made.error().fault == Fault::input);
  }
  CHECK(world.server.asked().empty());
}

TEST_CASE("metabase::Client: the address people paste is understood, and links carry no password") {
  for (const char* url : {"https://u:p4ssw0rd@h.test/bi/", "https://h.test/bi", "https://h.test/bi/api/"}) {
    CAPTURE(url);
    ClientOptions options = by_password();
    options.url = url;
    World world(options);
    CHECK(world.client->card_url(7) == "https://h.test/bi/question/7");
    CHECK(world.client->collection_url(3) == "https://h.test/bi/collection/3");
    CHECK(world.client->collection_url({}) == "https://h.test/bi/collection/root");
    CHECK_FALSE(world.client->healthy({}));  // nobody is there
    CHECK(world.server.lines() == std::vector<std::string>{"GET /bi/api/health"});
  }
}

TEST_CASE("metabase::Client: without credentials nothing is sent, and the advice says what to set") {
  ClientOptions options = by_password();
  SUBCASE("none at all") {
    options.username.clear();
    options.password.clear();
  }
  SUBCASE("a name without a password") { options.password.clear(); }
  World world(options);
  const auto databases = world.client->databases({});
  CHECK(code_of(databases) == "metabase.no_credentials");
  CHECK(databases.error().fault == Fault::input);
  CHECK(databases.error().advice.find("METABASE_API_KEY") != std::string::npos);
  CHECK(code_of(world.client->log_in({})) == "metabase.no_credentials");
  CHECK(code_of(check_credentials(options)) == "metabase.no_credentials");
  CHECK(world.server.asked().empty());
}

TEST_CASE("metabase::Client: logs in once, sends the session, and ends it") {
  World world;
  world.server.on("GET /api/user/current", json(who));
  REQUIRE(world.client->who_am_i({}));
  const auto user = world.client->who_am_i({});
  REQUIRE(user);
  CHECK(user->name == "Ann Admin");
  CHECK(user->is_superuser);
  CHECK_FALSE(user->can_query_native.has_value());
  CHECK(world.server.lines("POST /api/session").size() == 1);
  CHECK(header_of(world.server.last("GET /api/user/current"), "X-Metabase-Session") ==
        "38f4939c-ad7f-4cbe-ae54-30946daf8593");
  CHECK(world.server.last("POST /api/session").repeat == kpi::http::Repeat::never);
  CHECK(world.client->requests() == 3);
  REQUIRE(world.client->log_out({}));
  REQUIRE(world.client->log_out({}));
  CHECK(world.server.lines("DELETE /api/session").size() == 1);
}

TEST_CASE("metabase::Client: an API key goes before a session, a session before a password") {
  ClientOptions options = by_password();
  options.session = "given-session";
  SUBCASE("a session") {
    World world(options);
    world.server.on("GET /api/user/current", json(who));
    REQUIRE(world.client->who_am_i({}));
    CHECK(header_of(world.server.asked()[0], "X-Metabase-Session") == "given-session");
    REQUIRE(world.client->log_out({}));
    CHECK(world.server.lines() == std::vector<std::string>{"GET /api/user/current"});  // not ours to end
  }
  SUBCASE("a key") {
    options.api_key = "mb_key";
    World world(options);
    world.server.on("GET /api/user/current", json(who));
    REQUIRE(world.client->who_am_i({}));
    CHECK(header_of(world.server.asked()[0], "x-api-key") == "mb_key");
    CHECK(header_of(world.server.asked()[0], "X-Metabase-Session").empty());
    CHECK(world.server.asked().size() == 1);
  }
}

TEST_CASE("metabase::Client: refused credentials are named, and never tried twice") {
  struct Case {
    const char* name;
    int status;
    const char* body;
    const char* line;
  };
  static constexpr std::array cases{
      Case{"wrong password", 401, wrong_password,
           "metabase: http://localhost:3000 refused the credentials (401); check METABASE_USERNAME and "
           "METABASE_PASSWORD"},
      Case{"of old", 400, wrong_password,
           "metabase: http://localhost:3000 refused the credentials (400); check METABASE_USERNAME and "
           "METABASE_PASSWORD"},
      Case{"disabled, in German", 401, R"({"errors":{"_error":"Ihr Konto ist deaktiviert."}})",
           "metabase: http://localhost:3000 refused the credentials (401): Ihr Konto ist deaktiviert.; check "
           "METABASE_USERNAME and METABASE_PASSWORD"},
      Case{"throttled, in German", 401, R"({"errors":{"username":"Warten Sie 15 Sekunden."}})",
           "metabase: http://localhost:3000 lets nobody log in for a while, after too many attempts (401): "
           "Warten Sie 15 Sekunden.; wait that long, check METABASE_USERNAME and METABASE_PASSWORD, then try "
           "once; or use METABASE_API_KEY"}};
  for (const auto& c : cases) {
    CAPTURE(c.name);
    World world;
    world.server.on("POST /api/session", json(c.body, c.status));
    for (int i = 0; i < 3; ++i) {
      const auto databases = world.client->databases({});
      CHECK(line_of(databases) == c.line);
      CHECK(databases.error().fault == Fault::unreachable);
    }
    CHECK(world.server.lines() == std::vector<std::string>{"POST /api/session"});
  }
}

TEST_CASE("metabase::Client: a refused key and a dead session each name what to check") {
  ClientOptions options;
  options.url = "http://localhost:3000";
  auto denial = text(401, "Unauthenticated");
  SUBCASE("a key") {
    options.api_key = "mb_0123456789";
    World world(options);
    world.server.on("GET /api/database", denial);
    CHECK(line_of(world.client->databases({})) ==
          "metabase: http://localhost:3000 refused the credentials (401); check METABASE_API_KEY");
    CHECK(world.server.asked().size() == 1);
  }
  SUBCASE("a key before there were keys") {
    options.api_key = "mb_0123456789";
    World world(options);
    denial.headers.push_back({"X-Metabase-Version", "v0.46.6"});
    world.server.on("GET /api/database", denial);
    CHECK(line_of(world.client->databases({})) ==
          "metabase: http://localhost:3000 refused the credentials (401): v0.46 knows no API keys; set "
          "METABASE_USERNAME and METABASE_PASSWORD instead of METABASE_API_KEY");
  }
  SUBCASE("a session") {
    options.session = "dead-session";
    World world(options);
    world.server.on("GET /api/database", denial);
    const auto databases = world.client->databases({});
    CHECK(code_of(databases) == "metabase.refused");
    CHECK(databases.error().advice.find("METABASE_SESSION") != std::string::npos);
    CHECK(world.server.asked().size() == 1);
  }
}

TEST_CASE("metabase::Client: a session that ends midway is replaced once and the request repeated") {
  World world;
  world.server.on("POST /api/session", {json(R"({"id":"first-token"})"), json(R"({"id":"second-token"})")});
  world.server.on("GET /api/user/current", json(who));
  REQUIRE(world.client->who_am_i({}));
  world.server.on("GET /api/database", {text(401, "Unauthenticated"), json("[]")});
  REQUIRE(world.client->databases({}));
  CHECK(world.server.lines("POST /api/session").size() == 2);
  CHECK(header_of(world.server.last("GET /api/database"), "X-Metabase-Session") == "second-token");

  SUBCASE("but not again while the new one was never accepted") {
    world.server.on("GET /api/database", text(401, "Unauthenticated"));
    CHECK(code_of(world.client->databases({})) == "metabase.refused");
    CHECK(world.server.lines("POST /api/session").size() == 3);
    CHECK(code_of(world.client->databases({})) == "metabase.refused");
    CHECK(world.server.lines("POST /api/session").size() == 3);
  }
}

TEST_CASE("metabase::Client: many threads share one login and one login anew") {
  World world;
  std::atomic<int> logins{0};
  std::atomic<bool> ended{false};
  world.server.play = [&](const kpi::http::Request& request) -> FakeTransport::Answer {
    if (FakeTransport::line_of(request) == "POST /api/session") {
      const int number = ++logins;
      std::this_thread::sleep_for(std::chrono::milliseconds(20));  // long enough for all to ask for it
      return json(R"({"id":"token-)" + std::to_string(number) + "\"}");
    }
    const auto token = header_of(request, "X-Metabase-Session");
    if (ended && token == "token-1") return text(401, "Unauthenticated");
    return json("[]");
  };
  const auto all = [&world] {
    std::atomic<int> fine{0};
    std::vector<std::jthread> threads;
    for (int i = 0; i < 8; ++i) {
      threads.emplace_back([&] { fine += world.client->databases({}).has_value() ? 1 : 0; });
    }
    threads.clear();
    return fine.load();
  };
  CHECK(all() == 8);
  CHECK(logins == 1);
  ended = true;
  CHECK(all() == 8);
  CHECK(logins == 2);
}

TEST_CASE("metabase::Client: threads that wait for a login share its refusal") {
  World world;
  std::atomic<int> logins{0};
  world.server.play = [&](const kpi::http::Request&) -> FakeTransport::Answer {
    ++logins;
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
    return json(wrong_password, 401);
  };
  std::vector<std::jthread> threads;
  std::atomic<int> refused{0};
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back(
        [&] { refused += code_of(world.client->databases({})) == "metabase.refused" ? 1 : 0; });
  }
  threads.clear();
  CHECK(refused == 8);
  CHECK(logins == 1);
}

TEST_CASE("metabase::Client: says what answered where Metabase should") {
  struct Case {
    const char* name;
    kpi::http::Response response;
    const char* code;
    const char* what;
  };
  auto redirect = text(302, "");
  redirect.headers.push_back({"Location", "https://login.test/sso?token=x"});
  const std::array cases{
      Case{
          "a proxy's page", page(502, "502 Bad Gateway"), "metabase.not_metabase",
          "http://localhost:3000 answered with text/html where Metabase answers with JSON (status 502, \"502 "
          "Bad Gateway\")"},
      Case{"a forbidding page", page(403, "Access denied"), "metabase.not_metabase",
           "http://localhost:3000 answered with text/html where Metabase answers with JSON (status 403, "
           "\"Access denied\")"},
      Case{"a proxy's own login", page(401, "Authorization Required"), "metabase.not_metabase",
           "http://localhost:3000 answered with text/html where Metabase answers with JSON (status 401, "
           "\"Authorization Required\")"},
      Case{"a web site", page(200, "Welcome"), "metabase.not_metabase",
           "http://localhost:3000 answered with text/html where Metabase answers with JSON (status 200, "
           "\"Welcome\")"},
      Case{"plain text", text(200, "hello"), "metabase.not_metabase",
           "http://localhost:3000 answered with text/plain where Metabase answers with JSON (status 200, "
           "\"hello\")"},
      Case{"another service", text(404, "nothing here"), "metabase.not_metabase",
           "http://localhost:3000 has no Metabase API (404)"},
      Case{"other JSON", json("{}"), "metabase.not_metabase",
           "http://localhost:3000 gave no session for a login: it is no Metabase, or a proxy answers for it"},
      Case{"a redirect", redirect, "metabase.redirected",
           "http://localhost:3000 sends on to https://login.test/sso?... (302)"},
      Case{"a server that starts", text(503, "Metabase is still initializing."), "metabase.initializing",
           "http://localhost:3000 is still starting (503): Metabase is still initializing."}};
  for (const auto& c : cases) {
    CAPTURE(c.name);
    World world;
    world.server.on("POST /api/session", c.response);
    const auto databases = world.client->databases({});
    REQUIRE_FALSE(databases);
    CHECK(databases.error().code == c.code);
    CHECK(databases.error().what == c.what);
    CHECK(databases.error().fault == Fault::unreachable);
    CHECK_FALSE(databases.error().advice.empty());
  }
}

TEST_CASE("metabase::Client: a server out of reach is unreachable, by its address") {
  World world;
  world.server.on(
      "POST /api/session",
      kpi::Error{Fault::unreachable, "http.refused", "http",
                 "http://localhost:3000/api/session does not accept connections (4 attempts)", ""});
  CHECK(
      line_of(world.client->databases({})) ==
      "metabase: http://localhost:3000 does not accept connections (4 attempts); check METABASE_URL and that "
      "Metabase runs");
  CHECK(code_of(world.client->databases({})) == "metabase.unreachable");
  CHECK(world.server.asked().size() == 2);  // nothing was refused: the next one may try
  std::stop_source stop;
  stop.request_stop();
  CHECK(world.client->databases(stop.get_token()).error().fault == Fault::interrupted);
}

TEST_CASE(
    "metabase::Client: a certificate that is not trusted is told with the setting that names its authority") {
  World world;
  world.server.on(
      "POST /api/session",
      kpi::Error{Fault::unreachable, "http.tls", "http",
                 "http://localhost:3000/api/session has a certificate that is not trusted",
                 "check the host name, or name the certificate authority's file in the configuration"});
  CHECK(line_of(world.client->databases({})) ==
        "metabase: http://localhost:3000 has a certificate that is not trusted; check the host name, or name "
        "the "
        "certificate authority's file in metabase.ca_file");
}

TEST_CASE("metabase::Client: no message holds a secret, whatever the server sends back") {
  ClientOptions options = by_password();
  SUBCASE("password") {}
  SUBCASE("key") { options.api_key = "mb_top-secret"; }
  World world(options);
  world.server.on("POST /api/session", json(R"({"id":"session-secret"})"));
  const std::string echo = R"({"message":"got correct-horse and mb_top-secret and session-secret"})";
  for (const int status : {400, 402, 403, 404, 413, 429, 500, 502, 503}) {
    CAPTURE(status);
    world.server.on("GET /api/database", json(echo, status));
    world.server.on("GET /api/card/7", json(echo, status));
    world.server.on("POST /api/dataset",
                    json(R"({"status":"failed","error":"got correct-horse, session-secret"})"));
    for (const auto& line : {line_of(world.client->databases({})), line_of(world.client->card(7, {}))}) {
      CHECK(line.find("correct-horse") == std::string::npos);
      CHECK(line.find(options.api_key.empty() ? "session-secret" : "mb_top-secret") == std::string::npos);
    }
    const auto result = world.client->query({2, "SELECT 1", 10, std::chrono::seconds{1}}, {});
    REQUIRE(result);
    CHECK(result->error.find("correct-horse") == std::string::npos);
  }
  world.server.on("POST /api/session", json(R"({"errors":{"_error":"correct-horse?"}})", 401));
  CHECK(line_of(world.client->log_in({})).find("correct-horse") == std::string::npos);
}

TEST_CASE("metabase::Client: health needs no credentials and tells starting from absent") {
  World world(ClientOptions{"http://localhost:3000", "", "", "", "", {}});
  world.server.on("GET /api/health", json(R"({"status":"ok"})"));
  CHECK(*world.client->healthy({}));
  world.server.on("GET /api/health", json(R"({"status":"initializing","progress":0.4})", 503));
  CHECK_FALSE(*world.client->healthy({}));
  world.server.on("GET /api/health", page(503, "Service Unavailable"));
  CHECK(code_of(world.client->healthy({})) == "metabase.not_metabase");
  world.server.on("GET /api/health", json(R"({"healthy":true})"));
  CHECK(code_of(world.client->healthy({})) == "metabase.not_metabase");
}

TEST_CASE(
    "metabase::Client: learns the version from any answer, else asks, and an unknown one is told once") {
  SUBCASE("from the login") {
    World world(by_password(), "v0.57.2");
    REQUIRE(world.client->log_in({}));
    CHECK(*world.client->version({}) == "v0.57.2");
    CHECK(world.server.asked().size() == 1);
    CHECK(world.warnings.empty());
  }
  SUBCASE("asked for, without credentials") {
    World world(ClientOptions{"http://localhost:3000", "", "", "", "", {}}, "v1.63.1");
    CHECK(*world.client->version({}) == "v1.63.1");
    CHECK(world.server.lines() == std::vector<std::string>{"GET /api/session/properties"});
  }
  SUBCASE("told to users only") {
    World world;
    world.server.on("POST /api/session", json(R"({"id":"t"})"));
    world.server.on("GET /api/session/properties",
                    {json(R"({"engines":{}})"), json(R"({"version":{"tag":"v0.63.0"}})")});
    CHECK(*world.client->version({}) == "v0.63.0");
  }
  SUBCASE("never told") {
    World world;
    world.server.on("POST /api/session", json(R"({"id":"t"})"));
    world.server.on("GET /api/session/properties", json("{}"));
    CHECK(world.client->version({})->empty());
    CHECK(world.client->version({})->empty());
    CHECK(world.warnings == std::vector<std::string>{"metabase: http://localhost:3000 does not tell its "
                                                     "version: taken for the newest release"});
  }
}

TEST_CASE("metabase::Client: a broken answer to a reading is asked for again, three times in all") {
  World world;
  world.server.on("GET /api/database", {json(R"({"data":[{"id")"), json("[]")});
  CHECK(world.client->databases({})->empty());
  CHECK(world.clock.sleeps().size() == 1);
  world.server.on("GET /api/card/7", json(R"({"id":7,)"));
  const auto card = world.client->card(7, {});
  CHECK(code_of(card) == "metabase.bad_answer");
  CHECK(card.error().fault == Fault::item);
  CHECK(world.server.lines("GET /api/card/7").size() == 3);
}
