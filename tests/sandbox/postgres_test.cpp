#include "support.hpp"

#include <kpi/base/file.hpp>
#include <kpi/sandbox/database.hpp>

#include <libpq-fe.h>

#include <array>
#include <chrono>
#include <future>
#include <thread>
#include <unistd.h>

using kpi::Json;
using namespace sandbox_test;

// Needs a PostgreSQL that KPI_TEST_POSTGRES names; CTest's fixture `postgres` starts one.
namespace {

std::string test_url() {
  auto url = kpi::environment("KPI_TEST_POSTGRES");
  REQUIRE_MESSAGE(
      !url.empty(),
      "set KPI_TEST_POSTGRES to postgres://user@host:port/name of a database that tests may write to");
  return url;
}

/// Straight to a database, past the server. The first cell, or "".
std::string directly(const std::string& url, const std::string& sql) {
  PGconn* connection = PQconnectdb(url.c_str());
  REQUIRE_MESSAGE(PQstatus(connection) == CONNECTION_OK, PQerrorMessage(connection));
  PQsetNoticeProcessor(
      connection, [](void*, const char*) {}, nullptr);
  PGresult* result = PQexec(connection, sql.c_str());
  const auto status = PQresultStatus(result);
  const std::string reason = PQerrorMessage(connection);
  std::string cell = status == PGRES_TUPLES_OK && PQntuples(result) > 0 ? PQgetvalue(result, 0, 0) : "";
  PQclear(result);
  PQfinish(connection);
  REQUIRE_MESSAGE((status == PGRES_TUPLES_OK || status == PGRES_COMMAND_OK), reason);
  return cell;
}

constexpr const char* shop_sql = R"(
DROP SCHEMA IF EXISTS kpi_sandbox_test CASCADE; CREATE SCHEMA kpi_sandbox_test; SET search_path = kpi_sandbox_test;
CREATE TYPE mood AS ENUM ('sad', 'ok');
CREATE DOMAIN cents AS bigint;
CREATE TABLE customer (id int PRIMARY KEY, email text NOT NULL, feels mood, note bytea);
CREATE TABLE orders (order_id bigserial PRIMARY KEY, customer_id int REFERENCES customer, status text, paid cents, total numeric(20,2),
  created_at timestamptz, day date, info jsonb, tags text[], ratio float8, done bool, part int);
COMMENT ON TABLE orders IS 'What was bought'; COMMENT ON COLUMN orders.status IS 'new or paid';
CREATE VIEW paid AS SELECT * FROM orders WHERE status = 'paid';
INSERT INTO customer SELECT i, 'c' || i || '@example.org', 'ok', '\xff' FROM generate_series(1, 20) i;
INSERT INTO orders (customer_id, status, paid, total, created_at, day, info, tags, ratio, done, part)
SELECT 1 + i % 20, CASE i % 2 WHEN 0 THEN 'new' ELSE 'paid' END, i, i * 1.25, timestamptz '2024-01-01 10:00:00.5+00' + i * interval '1 hour', date '2024-01-01' + i,
  '{"to": {"zip": "1", "at": "2024-01-01T10:00:00Z"}, "gift": true, "list": [1]}', '{a,b}', i / 2.0, true, i FROM generate_series(1, 3000) i;
ANALYZE customer; ANALYZE orders;)";

/// A database of this test's own, filled, and a server over it.
struct Served {
  Folder folder;
  std::string name = "kpi_sandbox_" + std::to_string(getpid()) + '_' + std::to_string(count++);
  std::string url = test_url().substr(0, test_url().rfind('/') + 1) + name;
  std::unique_ptr<kpi::sandbox::Server> server;

  explicit Served(std::chrono::seconds timeout = std::chrono::seconds(20)) {
    directly(test_url(), "CREATE DATABASE " + name);
    directly(url, shop_sql);
    kpi::sandbox::ServerOptions options;
    options.databases = {*kpi::sandbox::parse_database(url, kpi::sandbox::Passwords::accept)};
    options.data = folder / "data";
    options.password = password;
    options.statement_timeout = timeout;
    server = serve(std::move(options));
  }
  ~Served() {
    server.reset();
    directly(test_url(), "DROP DATABASE " + name + " WITH (FORCE)");
  }
  Served(const Served&) = delete;
  Served& operator=(const Served&) = delete;

  [[nodiscard]] std::string ask_directly(const std::string& sql) const { return directly(url, sql); }
  [[nodiscard]] std::string activity(const std::string& what, const std::string& where) const {
    return ask_directly(
        "SELECT " + what +
        " FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() AND " + where);
  }

private:
  static inline int count = 0;
};

}  // namespace

TEST_CASE("sandbox::Postgres: shows schemas, types, keys, comments and unfolded JSON") {
  const Served served;
  auto client = Client::in(*served.server);
  const auto schemas = client.get("/api/database/1/schemas").json;
  CHECK(std::find(schemas.begin(), schemas.end(), "kpi_sandbox_test") != schemas.end());
  CHECK(client.get("/api/database/1/schema/kpi_sandbox_test").json.size() == 3);
  struct Case {
    const char *table, *field, *base_type, *database_type, *semantic_type, *values;
  };
  static constexpr std::array cases{
      Case{"orders", "order_id", "type/BigInteger", "int8", "type/PK", "none"},
      Case{"orders", "customer_id", "type/Integer", "int4", "type/FK", "none"},
      Case{"orders", "status", "type/Text", "text", "type/Category", "list"},
      Case{"orders", "paid", "type/BigInteger", "int8", "", "none"},
      Case{"orders", "total", "type/Decimal", "numeric", "", "none"},
      Case{"orders", "created_at", "type/DateTimeWithLocalTZ", "timestamptz", "type/CreationTimestamp",
           "none"},
      Case{"orders", "day", "type/Date", "date", "", "none"},
      Case{"orders", "info", "type/JSON", "jsonb", "", "none"},
      Case{"orders", "info → gift", "type/Boolean", "bool", "", "none"},
      Case{"orders", "info → list", "type/Array", "integer[]", "", "none"},
      Case{"orders", "info → to → at", "type/DateTime", "timestamp", "", "none"},
      Case{"orders", "info → to → zip", "type/Text", "text", "", "none"},
      Case{"orders", "tags", "type/Array", "_text", "", "none"},
      Case{"customer", "feels", "type/PostgresEnum", "mood", "type/Category", "list"},
      Case{"customer", "email", "type/Text", "text", "type/Email", "search"}};
  for (const auto& c : cases) {
    CAPTURE(c.field);
    const auto field = client.field(c.table, c.field);
    CHECK(field["base_type"] == c.base_type);
    CHECK(field["database_type"] == c.database_type);
    CHECK(field["semantic_type"] == (*c.semantic_type == '\0' ? Json() : Json(c.semantic_type)));
    CHECK(field["has_field_values"] == c.values);
  }
  CHECK(client.field("orders", "status")["description"] == "new or paid");
  CHECK(client.field("orders", "info")["visibility_type"] == "details-only");
  CHECK(client.field("orders", "customer_id")["target"]["name"] == "id");
  CHECK(client.field("orders", "order_id")["database_required"] == false);
  CHECK(client.field("orders", "total")["fingerprint"]["type"]["type/Number"]["max"] == 3750.0);
  CHECK(
      client.get("/api/field/" + client.field("customer", "feels")["id"].dump() + "/values").json["values"] ==
      Json::array({Json{"ok"}}));
}

TEST_CASE("sandbox::Postgres: cells are typed") {
  const Served served;
  auto client = Client::in(*served.server);
  const auto body = client.ask(
      "SELECT order_id, paid, total, created_at, day, info->'to'->>'zip', tags, ratio, done, 'x'::text AS "
      "done, 9007199254740993::int8, "
      "12345678901234567890123::numeric, 'NaN'::float8, (SELECT note FROM kpi_sandbox_test.customer LIMIT "
      "1), NULL, interval '1 day' "
      "FROM kpi_sandbox_test.orders ORDER BY 1 LIMIT 1");
  REQUIRE_MESSAGE(body["status"] == "completed", body.dump());
  CHECK(
      body["data"]["rows"][0].dump() ==
      R"([1,1,1.25,"2024-01-01T11:00:00.500Z","2024-01-02T00:00:00Z","1","{a,b}",0.5,true,"x","9007199254740993","12345678901234567890123","NaN","0xff",null,"1 day"])");
  CHECK(body["data"]["cols"][0]["base_type"] == "type/BigInteger");
  CHECK(body["data"]["cols"][3]["database_type"] == "timestamptz");
  CHECK(body["data"]["cols"][9]["name"] == "done_2");
  const auto empty = client.ask("SELECT order_id FROM kpi_sandbox_test.orders WHERE false");
  CHECK(empty["data"]["cols"][0]["base_type"] == "type/BigInteger");
  const auto capped = client.ask("SELECT order_id FROM kpi_sandbox_test.orders");
  CHECK(capped["row_count"] == 2000);
  CHECK(capped["data"]["rows_truncated"] == 2000);
  CHECK(client.ask("SELECT 1")["data"]["rows"][0][0] == 1);
}

TEST_CASE("sandbox::Postgres: failures carry the database's message and state") {
  const Served served;
  auto client = Client::in(*served.server);
  const auto body = client.ask("SELECT foo FROM kpi_sandbox_test.orders");
  CHECK(body["state"] == "42703");
  CHECK(body["class"] == "class org.postgresql.util.PSQLException");
  CHECK(body["error"].get<std::string>().starts_with("ERROR: column \"foo\" does not exist\n  Position: "));
  const auto comment = body["via"][0]["ex-data"]["sql"][0].get<std::string>();
  CHECK(comment.starts_with("-- Metabase:: userID: 1"));
  CHECK(body["error"].get<std::string>().ends_with(std::to_string(comment.size() + 1 + 8)));
  CHECK(client.ask("SELECT 1/0")["state"] == "22012");
}

TEST_CASE("sandbox::Postgres: nothing that is sent changes the database or the next query's session") {
  const Served served;
  auto client = Client::in(*served.server);
  directly(served.url, "CREATE SEQUENCE kpi_sandbox_test.counter");
  for (const auto* sql :
       {"DELETE FROM kpi_sandbox_test.orders",
        "WITH x AS (DELETE FROM kpi_sandbox_test.orders RETURNING 1) SELECT * FROM x",
        "INSERT INTO kpi_sandbox_test.customer VALUES (99, 'x')", "CREATE TABLE kpi_sandbox_test.t (a int)",
        "CREATE TEMP TABLE t (a int)", "SELECT 1; DELETE FROM kpi_sandbox_test.orders",
        "SELECT * INTO kpi_sandbox_test.t FROM kpi_sandbox_test.orders", "COMMIT", "ROLLBACK",
        "SET default_transaction_read_only = off", "COPY kpi_sandbox_test.orders TO STDOUT",
        "DO $$ BEGIN END $$", "EXPLAIN ANALYZE DELETE FROM kpi_sandbox_test.orders",
        "SELECT nextval('kpi_sandbox_test.counter')", "SELECT * FROM kpi_sandbox_test.orders FOR UPDATE",
        "LISTEN x", "TRUNCATE kpi_sandbox_test.orders"}) {
    CAPTURE(sql);
    CHECK(client.ask(sql)["status"] == "failed");
  }
  client.ask(
      "SELECT set_config('default_transaction_read_only', 'off', false), set_config('statement_timeout', "
      "'0', false)");
  client.ask("SELECT set_config('transaction_read_only', 'off', true)");
  client.ask("SELECT pg_advisory_lock(4711)");
  client.ask("SELECT lo_creat(-1)");
  CHECK(client.ask("DELETE FROM kpi_sandbox_test.orders")["state"] == "25006");
  CHECK(client.ask("SHOW default_transaction_read_only")["status"] == "completed");
  CHECK(served.ask_directly("SELECT count(*) FROM kpi_sandbox_test.orders") == "3000");
  CHECK(served.ask_directly("SELECT count(*) FROM pg_largeobject_metadata") == "0");
  CHECK(served.ask_directly("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND objid = 4711 AND "
                            "database = (SELECT oid FROM pg_database WHERE datname = current_database())") ==
        "0");
}

TEST_CASE(
    "sandbox::Postgres: a query that runs too long, or whose client left, is cancelled in the database") {
  const Served served(std::chrono::seconds(2));
  auto client = Client::in(*served.server);
  const auto late = client.ask("SELECT pg_sleep(30)");
  CHECK(late["state"] == "57014");
  CHECK(late["error_type"] == "timed-out");
  const Served patient(std::chrono::seconds(60));
  httplib::Client impatient(patient.server->url());
  impatient.set_read_timeout(std::chrono::milliseconds(400));
  const auto login =
      impatient.Post("/api/session", Json{{"username", "admin@kpi.local"}, {"password", password}}.dump(),
                     "application/json");
  const auto id = Json::parse(login->body)["id"].get<std::string>();
  const Json sleep{
      {"database", 1}, {"type", "native"}, {"native", {{"query", "SELECT pg_sleep(50), 'left behind'"}}}};
  CHECK_FALSE(impatient.Post("/api/dataset", {{"X-Metabase-Session", id}}, sleep.dump(), "application/json"));
  impatient.stop();
  std::this_thread::sleep_for(std::chrono::seconds(1));
  CHECK(patient.activity("count(*)", "state = 'active' AND query LIKE '%left behind%'") == "0");
}

TEST_CASE(
    "sandbox::Postgres: more queries than connections wait their turn, and broken connections are replaced") {
  const Served served;
  std::vector<std::future<Json>> many;
  for (int i = 0; i < 20; ++i) {
    many.push_back(std::async(std::launch::async,
                              [&] { return Client::in(*served.server).ask("SELECT pg_sleep(0.1), 1"); }));
  }
  for (auto& one : many) CHECK(one.get()["status"] == "completed");
  CHECK(std::stoi(served.activity("count(*)", "application_name = 'kpi sandbox'")) <= 8);
  CHECK(served.activity("count(pg_terminate_backend(pid))", "true") != "0");
  std::this_thread::sleep_for(std::chrono::milliseconds(200));
  CHECK(Client::in(*served.server).ask("SELECT 1")["status"] == "completed");
}
