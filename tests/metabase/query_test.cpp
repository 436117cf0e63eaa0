#include "fixture.hpp"

#include <doctest/doctest.h>

#include <array>
#include <chrono>

using namespace kpi::metabase;
using namespace kpi::metabase::test;
using kpi::Fault;
using namespace std::chrono_literals;

namespace {

constexpr const char* completed = R"(

{"data":{"rows":[["2025-01-01T00:00:00Z",113,4.25],[null,9007199254740993,"x"]],
 "cols":[{"name":"month","display_name":"Month","base_type":"type/DateTimeWithLocalTZ","effective_type":"type/DateTimeWithLocalTZ","field_ref":["field","month",null]},
         {"name":"n","base_type":"type/BigInteger"},{"name":"avg","base_type":"type/Decimal","effective_type":"type/Decimal"}],
 "results_timezone":"UTC","insights":null},"status":"completed","context":"ad-hoc","row_count":2,"running_time":14,"cached":null})";

constexpr const char* failed =
    R"({"database_id":2,"status":"failed","class":"class org.postgresql.util.PSQLException",
 "error":"ERROR: column \"foo\" does not exist\n  Position: 126","error_type":"invalid-query","state":"42703",
 "via":[{"status":"failed","error":"Error executing query","ex-data":{"driver":"postgres",
   "sql":["-- Metabase:: userID: 1 queryType: native queryHash: 0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef","SELECT foo"]}}],
 "stacktrace":["--> driver"],"row_count":0,"running_time":0,"data":{"rows":[],"cols":[]}})";

Query ask(const char* sql = "SELECT foo") { return {2, sql, 2000, 30s}; }

}  // namespace

TEST_CASE("metabase::Client: sends a query in the form that every release takes") {
  World world;
  world.server.on("POST /api/dataset", json(completed, 202));
  REQUIRE(world.client->query({2, "SELECT 1", 500, 30s}, {}));
  const auto request = world.server.last("POST /api/dataset");
  CHECK(request.body ==
        R"({"database":2,"type":"native","native":{"query":"SELECT 1","template-tags":{}},"parameters":[],)"
        R"("middleware":{"js-int-to-string?":false,"ignore-cached-results?":true},)"
        R"("constraints":{"max-results":500,"max-results-bare-rows":500}})");
  CHECK(request.repeat == kpi::http::Repeat::safe);
  CHECK(request.deadline > 30s);
  CHECK(request.deadline <= 32s);
  CHECK(request.idle_timeout >= 30s);
  CHECK(request.max_attempts == 3);
}

TEST_CASE("metabase::Client: a connection that carried a query is not used again before v0.52") {
  for (const auto& [tag, header] :
       std::vector<std::pair<std::string, std::string>>{{"v0.50.1", "close"}, {"v0.52.0", ""}}) {
    const std::string version = tag;  // Clang 14 lets no lambda capture a structured binding
    CAPTURE(version);
    World world(by_password(), version);
    world.server.on("POST /api/dataset", json(completed, 202));
    REQUIRE(world.client->query(ask(), {}));
    CHECK(header_of(world.server.last("POST /api/dataset"), "Connection") == header);
  }
}

TEST_CASE("metabase::Client: a completed query gives its columns and rows") {
  World world;
  world.server.on("POST /api/dataset", json(completed, 202));
  const auto result = world.client->query(ask(), {});
  REQUIRE(result);
  CHECK(result->ok);
  REQUIRE(result->columns.size() == 3);
  CHECK(result->columns[0].name == "month");
  CHECK(result->columns[1].type == "type/BigInteger");
  REQUIRE(result->rows.size() == 2);
  CHECK(result->rows[0][1] == 113);
  CHECK(result->rows[1][1] == 9007199254740993);
  CHECK(result->rows[1][0].is_null());
  CHECK_FALSE(result->truncated);
  CHECK(result->elapsed == 14ms);
}

TEST_CASE("metabase::Client: a failed query is a value under every status") {
  for (const int status : {202, 200, 400, 500}) {
    CAPTURE(status);
    World world;
    world.server.on("POST /api/dataset", json(failed, status));
    const auto result = world.client->query(ask(), {});
    REQUIRE(result);
    CHECK_FALSE(result->ok);
    CHECK_FALSE(result->timed_out);
    CHECK(result->error == "ERROR: column \"foo\" does not exist\n  Position: 8");
    CHECK(result->error_type == "invalid-query");
    CHECK(result->sqlstate == "42703");
    CHECK(world.server.lines("POST /api/dataset").size() == 1);
  }
}

TEST_CASE("metabase::Client: a failure whose words are withheld still says something") {
  struct Case {
    const char* body;
    const char* error;
  };
  static constexpr std::array cases{
      Case{R"({"status":"failed"})", "the query failed, and Metabase does not say why"},
      Case{R"({"status":"failed","class":"class java.sql.SQLException","error":null})",
           "class java.sql.SQLException"},
      Case{R"({"status":"failed","error":{"database":["should be an integer"]}})",
           R"({"database":["should be an integer"]})"},
      Case{R"({"status":"failed","via":[{"error":"inner"}]})", "inner"}};
  for (const auto& c : cases) {
    CAPTURE(c.body);
    World world;
    world.server.on("POST /api/dataset", json(c.body, 202));
    const auto result = world.client->query(ask(), {});
    REQUIRE(result);
    CHECK_FALSE(result->ok);
    CHECK(result->error == c.error);
  }
}

TEST_CASE("metabase::Client: a result as long as the cap is truncated, whether it says so or not") {
  const auto body = [](int rows, const char* extra) {
    std::string text = R"({"status":"completed","data":{"cols":[{"name":"a"}],"rows":[)";
    for (int i = 0; i < rows; ++i) text += i == 0 ? "[1]" : ",[1]";
    return text + "]" + extra + "}}";
  };
  struct Case {
    const char* name;
    int rows;
    const char* extra;
    std::int64_t cap;
    bool truncated;
    std::size_t kept;
  };
  const std::array cases{Case{"fewer", 9, "", 10, false, 9}, Case{"as many", 10, "", 10, true, 10},
                         Case{"told", 9, R"(,"rows_truncated":9)", 10, true, 9},
                         Case{"a server that takes no cap from us", 12, "", 10, true, 10},
                         Case{"the site's cap before ours", 2000, "", 5000, true, 2000}};
  for (const auto& c : cases) {
    CAPTURE(c.name);
    World world;
    world.server.on("POST /api/dataset", json(body(c.rows, c.extra), 202));
    const auto result = world.client->query({2, "SELECT 1", c.cap, 30s}, {});
    REQUIRE(result);
    CHECK(result->truncated == c.truncated);
    CHECK(result->rows.size() == c.kept);
  }
}

TEST_CASE("metabase::Client: no rights are an error, in all three spellings") {
  const std::string denied =
      R"({"status":"failed","error_type":"missing-required-permissions","error":"Keine Rechte.","class":"class clojure.lang.ExceptionInfo"})";
  for (const auto& response :
       {text(403, "You don't have permissions to do that."), json(denied, 202), json(denied, 403)}) {
    World world;
    world.server.on("POST /api/dataset", response);
    const auto result = world.client->query(ask(), {});
    CHECK(code_of(result) == "metabase.forbidden");
    CHECK(result.error().fault == Fault::item);
    CHECK(result.error().what.find("the query on database 2") != std::string::npos);
  }
}

TEST_CASE(
    "metabase::Client: an unknown database, a form that is refused and a full pool fail the item alone") {
  struct Case {
    kpi::http::Response response;
    const char* code;
  };
  const std::array cases{
      Case{text(404, "Not found."), "metabase.not_found"},
      Case{json(R"({"message":"Not found."})", 404), "metabase.not_found"},
      Case{json(R"({"query":{"type":"native"}})", 400), "metabase.invalid"},
      Case{json(R"({"message":"boom","via":[],"cause":"x"})", 500), "metabase.server_error"},
      Case{json(R"({"status":"failed","error_type":"connection-pool-checkout-timeout","error":"full"})", 503),
           "metabase.saturated"}};
  for (const auto& c : cases) {
    CAPTURE(c.code);
    World world;
    world.server.on("POST /api/dataset", c.response);
    const auto result = world.client->query(ask(), {});
    CHECK(code_of(result) == c.code);
    CHECK(result.error().fault == Fault::item);
    CHECK(world.server.lines("POST /api/dataset").size() == 1);
  }
}

TEST_CASE("metabase::Client: a body broken under a good status is run again, at most twice") {
  const std::string appended = R"({"data":{"rows":[[1],[2]{"via":[],"error":"connection lost"})";
  const std::string cut = std::string(completed).substr(0, 200);
  SUBCASE("and then it is whole") {
    World world;
    world.server.on("POST /api/dataset", {json(appended, 202), json(cut, 202), json(completed, 202)});
    const auto result = world.client->query(ask(), {});
    REQUIRE(result);
    CHECK(result->ok);
    CHECK(world.clock.sleeps().size() == 2);
  }
  SUBCASE("and never whole") {
    World world;
    world.server.on("POST /api/dataset", json(cut, 202));
    const auto result = world.client->query(ask(), {});
    CHECK(code_of(result) == "metabase.bad_answer");
    CHECK(result.error().fault == Fault::item);
    CHECK(world.server.lines("POST /api/dataset").size() == 3);
  }
  SUBCASE("but not a proxy's page") {
    World world;
    world.server.on("POST /api/dataset", page(200, "Sign in"));
    CHECK(code_of(world.client->query(ask(), {})) == "metabase.not_metabase");
    CHECK(world.server.lines("POST /api/dataset").size() == 1);
  }
}

TEST_CASE("metabase::Client: a query out of time is a value, a server out of reach an error") {
  World world;
  REQUIRE(world.client->log_in({}));
  world.server.on("POST /api/dataset", broken("http.timeout"));
  SUBCASE("our deadline passed") {
    world.server.watch = [&world](const kpi::http::Request& request) {
      world.clock.advance(request.deadline);
    };
    const auto result = world.client->query({2, "SELECT 1", 10, 2500ms}, {});
    REQUIRE(result);
    CHECK_FALSE(result->ok);
    CHECK(result->timed_out);
    CHECK(result->error == "no answer within 2.5 s");
    CHECK(result->elapsed == 3s);
  }
  SUBCASE("no connection came about before it") {
    world.server.watch = [&world](const kpi::http::Request&) { world.clock.advance(10s); };
    const auto result = world.client->query(ask(), {});
    CHECK(code_of(result) == "metabase.timeout");
    CHECK(result.error().fault == Fault::unreachable);
  }
  SUBCASE("Metabase's own limit") {
    world.server.on("POST /api/dataset",
                    json(R"({"status":"failed","error_type":"timed-out","error":"Timed out."})", 202));
    const auto result = world.client->query(ask(), {});
    REQUIRE(result);
    CHECK(result->timed_out);
  }
  SUBCASE("a proxy gave up") {
    world.server.on("POST /api/dataset", page(504, "504 Gateway Time-out"));
    const auto result = world.client->query(ask(), {});
    CHECK(code_of(result) == "metabase.not_metabase");
    CHECK(result.error().fault == Fault::unreachable);
  }
}

TEST_CASE("metabase::Client: a session that ends before a query costs a login, not the query") {
  World world;
  world.server.on("POST /api/dataset", json(completed, 202));
  REQUIRE(world.client->query(ask(), {}));
  world.server.on("POST /api/dataset", {text(401, "Unauthenticated"), json(completed, 202)});
  CHECK(world.client->query(ask(), {})->ok);
  CHECK(world.server.lines("POST /api/session").size() == 2);
}

TEST_CASE("metabase::Client: runs a card as it stands") {
  World world;
  world.server.on("POST /api/card/29/query", json(completed, 202));
  CHECK(world.client->run_card(29, 10s, {})->ok);
  CHECK(world.server.last("POST /api/card/29/query").body == R"({"parameters":[],"ignore_cache":true})");
  const auto gone = world.client->run_card(30, 10s, {});
  CHECK(line_of(gone) == "metabase: http://localhost:3000 has no card 30 (404)");
}

TEST_CASE("metabase::Client: stops between two runs of a query") {
  World world;
  std::stop_source stop;
  world.server.on("POST /api/dataset", json("{", 202));
  world.server.watch = [&stop](const kpi::http::Request& request) {
    if (FakeTransport::line_of(request) == "POST /api/dataset") stop.request_stop();
  };
  const auto result = world.client->query(ask(), stop.get_token());
  REQUIRE_FALSE(result);
  CHECK(result.error().fault == Fault::interrupted);
  CHECK(world.server.lines("POST /api/dataset").size() == 1);
}
