#include "support.hpp"

#include <sqlite3.h>

#include <unistd.h>

namespace sandbox_test {

Folder::Folder() {
  auto name = (std::filesystem::temp_directory_path() / "kpi-sandbox-XXXXXX").string();
  REQUIRE(mkdtemp(name.data()) != nullptr);
  path_ = name;
}

Folder::~Folder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

void fill(const std::filesystem::path& file, const std::string& sql) {
  sqlite3* db = nullptr;
  REQUIRE(sqlite3_open(file.c_str(), &db) == SQLITE_OK);
  char* error = nullptr;
  sqlite3_exec(db, sql.c_str(), nullptr, nullptr, &error);
  const std::string reason = error == nullptr ? "" : error;
  sqlite3_free(error);
  sqlite3_close(db);
  REQUIRE_MESSAGE(reason.empty(), reason);
}

Client::Client(const kpi::sandbox::Server& server, httplib::Headers headers)
    : client_(server.url()),
      headers_(std::move(headers)) {
  client_.set_keep_alive(true);
  client_.set_read_timeout(std::chrono::seconds(60));
}

Client Client::in(const kpi::sandbox::Server& server) {
  Client client(server);
  const auto reply = client.post("/api/session", {{"username", "admin@kpi.local"}, {"password", password}});
  REQUIRE(reply.status == 200);
  return Client(server, {{"X-Metabase-Session", reply.json["id"].get<std::string>()}});
}

namespace {

Reply reply_of(const httplib::Result& result) {
  REQUIRE(result);
  return {result->status, result->body, result->headers, kpi::Json::parse(result->body, nullptr, false)};
}

}  // namespace

Reply Client::get(const std::string& path) { return reply_of(client_.Get(path, headers_)); }
Reply Client::post(const std::string& path, const kpi::Json& body) {
  return reply_of(client_.Post(path, headers_, body.dump(), "application/json"));
}
Reply Client::put(const std::string& path, const kpi::Json& body) {
  return reply_of(client_.Put(path, headers_, body.dump(), "application/json"));
}
Reply Client::remove(const std::string& path) { return reply_of(client_.Delete(path, headers_)); }

kpi::Json Client::ask(const std::string& sql, const kpi::Json& more, std::int64_t id) {
  kpi::Json body{{"database", id},
                 {"type", "native"},
                 {"native", {{"query", sql}, {"template-tags", kpi::Json::object()}}}};
  body.update(more);
  const auto reply = post("/api/dataset", body);
  CHECK(reply.status == 202);
  REQUIRE(reply.json.is_object());
  return reply.json;
}

kpi::Json Client::field(const std::string& table, const std::string& name, std::int64_t id) {
  const auto reply = get("/api/database/" + std::to_string(id) + "/metadata");
  REQUIRE(reply.status == 200);
  for (const auto& one : reply.json["tables"]) {
    if (one["name"] != table) continue;
    for (const auto& field : one["fields"]) {
      if (field["name"] == name) return field;
    }
  }
  return nullptr;
}

kpi::sandbox::ServerOptions shop_options(const Folder& folder) {
  const auto file = folder / "shop.sqlite";
  if (!std::filesystem::exists(file)) {
    fill(file, R"(
CREATE TABLE customer (customer_id INTEGER PRIMARY KEY, email VARCHAR(80) NOT NULL, city TEXT, is_active BOOLEAN NOT NULL DEFAULT 1);
CREATE TABLE orders (id INTEGER PRIMARY KEY, customer_id INTEGER REFERENCES customer, status TEXT, total DECIMAL(10,2),
                     created_at DATETIME, shipped DATE, details JSON, big BIGINT);
CREATE INDEX orders_customer ON orders (customer_id);
CREATE VIEW paid AS SELECT * FROM orders WHERE status = 'paid';
CREATE TABLE kpi_comments (table_name TEXT, column_name TEXT, comment TEXT);
INSERT INTO kpi_comments VALUES ('orders', NULL, 'What was bought'), ('orders', 'status', 'new, paid or gone');
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100)
INSERT INTO customer SELECT i, 'c' || i || '@example.org', CASE i % 3 WHEN 0 THEN 'Ulm' ELSE 'Bonn' END, i % 2 FROM n;
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3000)
INSERT INTO orders SELECT i, 1 + i % 100, CASE i % 3 WHEN 0 THEN 'new' WHEN 1 THEN 'paid' ELSE 'gone' END, i * 0.5,
  datetime('2024-01-01', '+' || i || ' hours'), CASE WHEN i % 2 THEN date('2024-01-01', '+' || i || ' days') END,
  '{"gift": true, "to": {"zip": "1", "floor": ' || i || '}, "tags": [1]}', 9007199254740993 FROM n;
)");
  }
  kpi::sandbox::ServerOptions options;
  options.databases = {{"shop", "sqlite:" + file.string(), ""}};
  options.data = folder / "data";
  options.username = "admin@kpi.local";
  options.password = password;
  options.statement_timeout = std::chrono::seconds(10);
  return options;
}

std::unique_ptr<kpi::sandbox::Server> serve(kpi::sandbox::ServerOptions options, kpi::Clock& clock) {
  auto server = kpi::sandbox::Server::start(std::move(options), clock);
  REQUIRE_MESSAGE(server, (server ? std::string() : server.error().line()));
  return std::move(*server);
}

std::unique_ptr<kpi::sandbox::Server> serve_shop(const Folder& folder, kpi::Clock& clock) {
  return serve(shop_options(folder), clock);
}

}  // namespace sandbox_test
