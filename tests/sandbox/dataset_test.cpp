#include "support.hpp"

#include <kpi/sandbox/native_text.hpp>

#include <array>
#include <fstream>
#include <future>
#include <sstream>
#include <thread>

using kpi::Json;
using namespace sandbox_test;

namespace {

std::string bytes_of(const std::filesystem::path& file) {
  std::ostringstream all;
  all << std::ifstream(file, std::ios::binary).rdbuf();
  return all.str();
}

}  // namespace

TEST_CASE("sandbox::Dataset: an answer has rows, typed columns and the shape of 0.50") {
  const Folder folder;
  const auto server = serve_shop(folder);
  auto client = Client::in(*server);
  const auto body = client.ask(
      "SELECT id, total, status, created_at, shipped, big, NULL AS nil, 1.5 AS real, x'ff' AS blob, id "
      "FROM orders WHERE id = 2;  -- done\n");
  CHECK(body["status"] == "completed");
  CHECK(body["row_count"] == 1);
  CHECK(body["data"]["rows"][0].dump() ==
        R"([2,1,"gone","2024-01-01T02:00:00Z",null,"9007199254740993",null,1.5,"0xff",2])");
  const auto& cols = body["data"]["cols"];
  CHECK(cols[0]["base_type"] == "type/Integer");
  CHECK(cols[1]["base_type"] == "type/Decimal");
  CHECK(cols[3]["base_type"] == "type/DateTime");
  CHECK(cols[6]["base_type"] == "type/*");
  CHECK(cols[7]["base_type"] == "type/Float");
  CHECK(cols[9]["name"] == "id_2");
  CHECK(cols[9]["display_name"] == "id");
  CHECK(body["data"]["native_form"]["query"].get<std::string>().starts_with("SELECT id"));
  CHECK(body["data"]["results_timezone"] == "UTC");
  CHECK_FALSE(body["data"].contains("rows_truncated"));
  CHECK(body["running_time"].is_number_integer());
  CHECK(client.ask("SELECT big FROM orders LIMIT 1",
                   {{"middleware", {{"js-int-to-string?", false}}}})["data"]["rows"][0][0] ==
        9007199254740993);
  CHECK(client.ask("SELECT is_active FROM customer LIMIT 1")["data"]["rows"][0][0] == true);
  const auto empty = client.ask("SELECT id, status FROM orders WHERE 0");
  CHECK(empty["data"]["rows"].empty());
  CHECK(empty["data"]["cols"].size() == 2);
}

TEST_CASE("sandbox::Dataset: rows stop at 2000, or where the constraints say") {
  const Folder folder;
  const auto server = serve_shop(folder);
  auto client = Client::in(*server);
  const auto all = client.ask("SELECT id FROM orders");
  CHECK(all["row_count"] == 2000);
  CHECK(all["data"]["rows_truncated"] == 2000);
  CHECK(client.ask("SELECT id FROM orders", {{"constraints", {{"max-results", 10}}}})["row_count"] == 10);
  CHECK(client.ask("SELECT id FROM orders",
                   {{"constraints",
                     {{"max-results", 5000}, {"max-results-bare-rows", 5000}}}})["row_count"] == 3000);
}

TEST_CASE("sandbox::Dataset: a failure is 202 too, in the database's words") {
  const Folder folder;
  const auto server = serve_shop(folder);
  auto client = Client::in(*server);
  const auto body = client.ask("SELECT nosuch FROM orders");
  CHECK(body["status"] == "failed");
  CHECK(body["error"] == "[SQLITE_ERROR] SQL error or missing database (no such column: nosuch)");
  CHECK(body["error_type"] == "invalid-query");
  CHECK(body["data"] == Json{{"rows", Json::array()}, {"cols", Json::array()}});
  CHECK(body["row_count"] == 0);
  CHECK(client.ask("SELECT \"nosuch\" FROM orders")["status"] == "failed");
  CHECK(client.post("/api/dataset", {{"type", "native"}}).status == 400);
  CHECK(
      client.post("/api/dataset", {{"database", 99}, {"type", "native"}, {"native", {{"query", "SELECT 1"}}}})
          .status == 404);
  CHECK(client.ask("")["status"] == "failed");
  CHECK(client.ask(std::string("SELECT 1 \0 ; x", 13))["status"] == "failed");
}

TEST_CASE("sandbox::Dataset: nothing that is sent changes the file or opens another") {
  const Folder folder;
  const auto server = serve_shop(folder);
  auto client = Client::in(*server);
  const auto before = bytes_of(folder / "shop.sqlite");
  const auto victim = (folder / "victim.db").string();
  for (const auto& sql : std::vector<std::string>{
           "DELETE FROM orders", "INSERT INTO customer (email) VALUES ('x')", "UPDATE orders SET total = 0",
           "DROP TABLE orders", "CREATE TABLE t (a)", "SELECT 1; DELETE FROM orders",
           "ATTACH '" + victim + "' AS v", "VACUUM INTO '" + victim + "'", "PRAGMA writable_schema = ON",
           "PRAGMA user_version = 7", "BEGIN", "REINDEX", "WITH x AS (SELECT 1) DELETE FROM orders",
           "SELECT load_extension('x')", "EXPLAIN DELETE FROM orders", "/* SELECT */ DELETE FROM orders",
           "SELECT 1 /* ; */ ; /* x */ SELECT 2"}) {
    CAPTURE(sql);
    CHECK(client.ask(sql)["status"] == "failed");
  }
  CHECK(bytes_of(folder / "shop.sqlite") == before);
  CHECK_FALSE(std::filesystem::exists(victim));
}

TEST_CASE("sandbox::Dataset: a query that does not end is ended, and others are served meanwhile") {
  const Folder folder;
  auto options = shop_options(folder);
  options.statement_timeout = std::chrono::seconds(2);
  const auto server = serve(options);
  const std::string endless =
      "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n";
  std::vector<std::future<Json>> slow;
  for (int i = 0; i < 8; ++i)
    slow.push_back(std::async(std::launch::async, [&] { return Client::in(*server).ask(endless); }));
  std::this_thread::sleep_for(std::chrono::milliseconds(300));
  const auto started = std::chrono::steady_clock::now();
  auto client = Client::in(*server);
  CHECK(client.ask("SELECT 1")["status"] == "completed");
  CHECK(std::chrono::steady_clock::now() - started < std::chrono::milliseconds(1500));
  for (auto& one : slow) {
    const auto body = one.get();
    CHECK(body["status"] == "failed");
    CHECK(body["error_type"] == "timed-out");
  }
  CHECK(client.ask("SELECT zeroblob(900000000)")["status"] == "failed");
}

TEST_CASE("sandbox::Dataset: a client that hangs up ends its query, and stop() does not wait for it") {
  const Folder folder;
  auto options = shop_options(folder);
  options.statement_timeout = std::chrono::seconds(60);
  const auto server = serve(options);
  const auto session = Client::in(*server);
  httplib::Client impatient(server->url());
  impatient.set_read_timeout(std::chrono::milliseconds(300));
  const auto login =
      impatient.Post("/api/session", Json{{"username", "admin@kpi.local"}, {"password", password}}.dump(),
                     "application/json");
  const auto id = Json::parse(login->body)["id"].get<std::string>();
  const Json endless{
      {"database", 1},
      {"type", "native"},
      {"native",
       {{"query",
         "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n"}}}};
  CHECK_FALSE(
      impatient.Post("/api/dataset", {{"X-Metabase-Session", id}}, endless.dump(), "application/json"));
  impatient.stop();
  std::this_thread::sleep_for(std::chrono::milliseconds(500));
  const auto started = std::chrono::steady_clock::now();
  server->stop();
  CHECK(std::chrono::steady_clock::now() - started < std::chrono::seconds(5));
}

TEST_CASE("sandbox::Dataset: variables and optional clauses are read as Metabase reads them") {
  struct Case {
    const char *text, *sql, *error_type;
  };
  static constexpr std::array cases{
      Case{"SELECT 1", "SELECT 1", ""},
      Case{"SELECT {{n}}", "SELECT 7", ""},
      Case{"SELECT '{{n}}'", "SELECT '7'", ""},
      Case{"SELECT {{text}}", "SELECT 'it''s'", ""},
      Case{"SELECT {{fallback}}", "SELECT 'd'", ""},
      Case{"SELECT 1 [[WHERE x = {{n}}]]", "SELECT 1 WHERE x = 7", ""},
      Case{"SELECT 1 [[WHERE x = {{none}}]]", "SELECT 1 ", ""},
      Case{"SELECT 1 -- {{none}} [[", "SELECT 1 -- {{none}} [[", ""},
      Case{"SELECT /* {{ */ 1", "SELECT /* {{ */ 1", ""},
      Case{"SELECT a[1]]], '}}'", "SELECT a[1]]], '}}'", ""},
      Case{"SELECT ({{#5}})", "SELECT ((SELECT 5))", ""},
      Case{"SELECT {{none}}", "", "missing-required-parameter"},
      Case{"SELECT {{}}", "", "invalid-query"},
      Case{"SELECT ARRAY[[1,2],[3,4]]", "", "invalid-query"},
      Case{"SELECT {{n", "", "invalid-query"},
      Case{"SELECT [[ {{n}}", "", "invalid-query"},
      Case{"SELECT {{#6}}", "", "invalid-query"},
  };
  const Json tags{{"fallback", {{"default", "d"}}}};
  Json parameters = Json::array();
  parameters.push_back(
      {{"target", Json::array({"variable", Json::array({"template-tag", "n"})})}, {"value", 7}});
  parameters.push_back(
      {{"target", Json::array({"variable", Json::array({"template-tag", "text"})})}, {"value", "it's"}});
  for (const auto& c : cases) {
    CAPTURE(c.text);
    const auto filled = kpi::sandbox::fill_in(c.text, tags, parameters, [](std::int64_t id) {
      return id == 5 ? std::optional<std::string>("SELECT 5") : std::nullopt;
    });
    CHECK(filled.sql == c.sql);
    CHECK(filled.error_type == c.error_type);
  }
  const Folder folder;
  const auto server = serve_shop(folder);
  auto client = Client::in(*server);
  const auto body = client.ask("SELECT [[1]]");
  CHECK(body["status"] == "failed");
  CHECK(body["error"] == "[[...]] clauses must contain at least one '{{...}}' clause.");
}

TEST_CASE("sandbox::Dataset: text that is no UTF-8 is repaired") {
  const Folder folder;
  const auto server = serve_shop(folder);
  auto client = Client::in(*server);
  CHECK(client.ask("SELECT CAST(x'61ff62' AS TEXT) AS t")["data"]["rows"][0][0] ==
        "a\xEF\xBF\xBD"
        "b");
}
