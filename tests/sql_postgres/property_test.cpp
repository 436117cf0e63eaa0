#include "statements.hpp"

#include <kpi/sql/format.hpp>

#include <doctest/doctest.h>
#include <libpq-fe.h>

#include <cstdlib>
#include <memory>
#include <sql/same_tree.hpp>
#include <sql/support.hpp>
#include <unistd.h>

// What kpi::sql promises of a statement, held against the database that runs it.
using namespace kpi;
using namespace kpi::sql;
using namespace kpi::sql::test;

namespace {

struct Finish {
  void operator()(PGconn* connection) const { PQfinish(connection); }
};
struct Clear {
  void operator()(PGresult* result) const { PQclear(result); }
};
using Connection = std::unique_ptr<PGconn, Finish>;
using Rows = std::unique_ptr<PGresult, Clear>;

// The tables of shop(), and those that the guard's corpus speaks of besides.
constexpr const char* tables = R"(
  CREATE TABLE users (id int PRIMARY KEY, name text, email text, active bool, is_test bool, created_at timestamptz);
  CREATE TABLE orders (id int PRIMARY KEY, user_id int, status text, state int, amount bigint, weight float8,
    created_at timestamptz, paid_at timestamptz, due date, deleted_at timestamptz, info jsonb, tags text[]);
  CREATE TABLE order_items (id int PRIMARY KEY, order_id int, quantity int, price_cents int, amount bigint);
  CREATE TABLE "Mixed" (id int PRIMARY KEY, "createdAt" timestamptz, "Amount" int);
  CREATE TABLE categories (id int, parent_id int, name text);
  CREATE TABLE c (id int, p int);
  CREATE TABLE odd_names ("update" int, "grant" int, "delete" int, "from" int, "select" int, "table" int, "where" int,
    lock_time int, copy_count int, call_id int, do_it int, notify_at int);
  CREATE TABLE deleted_items (id int);
  CREATE TABLE copy_jobs (id int);
  CREATE TABLE "Order Table" ("Weird Name" int);
  INSERT INTO users SELECT i, 'n' || i, 'e' || i, i % 2 = 0, i % 9 = 0, now() - i * interval '1 day'
    FROM generate_series(1, 20) i;
  INSERT INTO orders SELECT i, i % 20 + 1, (ARRAY['new', 'paid', 'done'])[i % 3 + 1], i % 5, i * 10, i / 3.0,
    now() - i * interval '1 hour', now(), CURRENT_DATE - i, NULL,
    jsonb_build_object('total', i, 'gift', true, 'address', jsonb_build_object('city', 'x')), ARRAY['a'] FROM
    generate_series(1, 60) i;
  INSERT INTO order_items SELECT i, i % 60 + 1, i % 4, i * 100, i FROM generate_series(1, 120) i;
)";

Connection connect(const std::string& address) {
  Connection connection(PQconnectdb(address.c_str()));
  REQUIRE_MESSAGE(PQstatus(connection.get()) == CONNECTION_OK, PQerrorMessage(connection.get()));
  return connection;
}

Rows run(const Connection& connection, const char* statement) {
  return Rows(PQexec(connection.get(), statement));
}

// A database of this process's own, with the tables above: CTest runs several tests of this program at once.
Connection shop_database() {
  const char* address = std::getenv("KPI_TEST_POSTGRES");  // NOLINT: nothing else runs yet
  REQUIRE_MESSAGE(address != nullptr, "KPI_TEST_POSTGRES names no server; run the test through ctest");
  const Connection server = connect(address);
  const std::string name = "kpi_sql_property_" + std::to_string(getpid());
  const Rows created = run(server, ("CREATE DATABASE " + name).c_str());
  REQUIRE_MESSAGE(PQresultStatus(created.get()) == PGRES_COMMAND_OK, PQerrorMessage(server.get()));
  std::string own = address;
  own.replace(own.rfind('/'), std::string::npos, "/" + name);
  Connection connection = connect(own);
  const Rows made = run(connection, tables);
  REQUIRE_MESSAGE(PQresultStatus(made.get()) == PGRES_COMMAND_OK, PQerrorMessage(connection.get()));
  return connection;
}

/// How a statement ended in a read-only transaction: "" or the SQLSTATE, and what the server says.
struct Ended {
  std::string state;
  std::string message;
};

Ended run_read_only(const Connection& connection, const std::string& statement) {
  run(connection, "BEGIN TRANSACTION READ ONLY");
  run(connection, "SET LOCAL statement_timeout = '20s'");
  const Rows rows(
      PQexecParams(connection.get(), statement.c_str(), 0, nullptr, nullptr, nullptr, nullptr, 0));
  Ended ended;
  if (PQresultStatus(rows.get()) != PGRES_TUPLES_OK) {
    const char* state = PQresultErrorField(rows.get(), PG_DIAG_SQLSTATE);
    ended.state = state == nullptr ? "none" : state;
    ended.message = PQresultErrorMessage(rows.get());
  }
  run(connection, "ROLLBACK");
  return ended;
}

// What a read-only transaction would stop, and what no statement that the guard lets pass may come to.
bool is_forbidden(const std::string& state) {
  return state == "25006" || state == "53200" || state == "54000" || state == "42501" || state == "57014" ||
         state.substr(0, 2) == "XX";
}

void keeps_its_form(const std::string& statement) {
  const std::string formatted = format(statement, model::Dialect::postgres);
  CAPTURE(formatted);
  CHECK(same_tree(statement, formatted, model::Dialect::postgres));
  CHECK(analyze(formatted).fingerprint == analyze(statement).fingerprint);
  CHECK(analyze(formatted, &shop()).fingerprint == analyze(statement, &shop()).fingerprint);
}

bool has_schema_error(const Analysis& analysis) {
  return std::any_of(analysis.findings.begin(), analysis.findings.end(), [](const auto& found) {
    return found.code.rfind("schema.", 0) == 0 && found.severity == model::Severity::error;
  });
}

}  // namespace

TEST_CASE(
    "sql::Guard: PostgreSQL runs what it lets pass in a read-only transaction, and it changes nothing") {
  const Connection connection = shop_database();
  const auto statements = lines("guard/allowed.sql");
  std::size_t ran = 0;
  for (const std::string& statement : statements) {
    CAPTURE(statement);
    const Ended ended = run_read_only(connection, statement);
    CAPTURE(ended.message);
    CHECK_FALSE(is_forbidden(ended.state));
    ran += ended.state.empty() ? 1 : 0;
  }
  CAPTURE(statements.size());
  CHECK(ran * 100 >= statements.size() * 85);  // the others name what is not there, or mix types
  for (const char* none :
       {"SELECT 1 FROM pg_largeobject_metadata", "SELECT 1 FROM pg_locks WHERE locktype = 'advisory'",
        "SELECT 1 FROM pg_settings WHERE source = 'session' AND name <> 'client_encoding' AND name "
        "NOT LIKE 'application%'"}) {
    CAPTURE(none);
    CHECK(PQntuples(run(connection, none).get()) == 0);
  }
}

TEST_CASE("sql::format: every statement of the guard's corpus keeps its tree and its fingerprint") {
  for (const std::string& statement : lines("guard/allowed.sql")) {
    CAPTURE(statement);
    keeps_its_form(statement);
  }
}

TEST_CASE("sql::Binder: agrees with PostgreSQL on statements by chance, which keep their form") {
  const Connection connection = shop_database();
  Statements statements(20'240'501);
  std::size_t ran = 0;
  std::size_t unbound = 0;
  for (int i = 0; i < 3'000; ++i) {
    const std::string statement = statements.next();
    CAPTURE(statement);
    const Analysis analysis = analyze(statement, &shop());
    CAPTURE(shown(analysis));
    if (!analysis.may_run()) continue;
    keeps_its_form(statement);
    const Ended ended = run_read_only(connection, statement);
    CAPTURE(ended.message);
    CHECK_FALSE(is_forbidden(ended.state));
    if (ended.state.empty()) {
      ++ran;
      CHECK_FALSE(has_schema_error(analysis));
    }
    // Undefined column, table and function's own names; ambiguous column.
    if (ended.state == "42703" || ended.state == "42P01" || ended.state == "42702") {
      ++unbound;
      CHECK(has_schema_error(analysis));
    }
  }
  CHECK(ran > 300);
  CHECK(unbound > 200);
}
