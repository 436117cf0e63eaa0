#include "support/paths.hpp"
#include "system/fixture.hpp"

#include <doctest/doctest.h>
#include <libpq-fe.h>

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <memory>
#include <unistd.h>

using namespace kpi;
using namespace kpi::test;

namespace {

/// A database of the test's own in the tests' PostgreSQL, dropped when this goes.
class PostgresDatabase {
public:
  explicit PostgresDatabase(const std::string& sql) {
    const char* server = std::getenv("KPI_TEST_POSTGRES");
    if (server == nullptr) return;
    server_ = server;
    name_ = "kpi_system_" + std::to_string(::getpid());
    execute(server_, "CREATE DATABASE " + name_);
    url_ = server_.substr(0, server_.rfind('/') + 1) + name_;
    execute(url_, sql);
  }
  ~PostgresDatabase() {
    if (!name_.empty()) execute(server_, "DROP DATABASE " + name_ + " WITH (FORCE)");
  }
  PostgresDatabase(const PostgresDatabase&) = delete;
  PostgresDatabase& operator=(const PostgresDatabase&) = delete;
  /// "" where the tests' server is not up.
  [[nodiscard]] const std::string& url() const { return url_; }

private:
  static void execute(const std::string& url, const std::string& sql) {
    const std::unique_ptr<PGconn, decltype(&PQfinish)> connection(PQconnectdb(url.c_str()), PQfinish);
    const std::unique_ptr<PGresult, decltype(&PQclear)> result(PQexec(connection.get(), sql.c_str()),
                                                               PQclear);
    const auto status = PQresultStatus(result.get());
    if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK) FAIL(PQerrorMessage(connection.get()));
  }
  std::string server_, name_, url_;
};

const char* const postgres_company = R"(
  CREATE TABLE tb_customer (customer_id bigint PRIMARY KEY, name text NOT NULL, country text, created_at timestamptz NOT NULL);
  CREATE TABLE tb_order (order_id bigint PRIMARY KEY, customer_id bigint NOT NULL REFERENCES tb_customer,
                         status text NOT NULL, amount numeric(12,2), created_at timestamptz NOT NULL, shipped_at timestamptz, detail jsonb);
  INSERT INTO tb_customer SELECT i, 'Customer ' || i, (ARRAY['DE','KR','US'])[1 + i % 3], now() - i * interval '7 days'
    FROM generate_series(1, 50) i;
  INSERT INTO tb_order SELECT i, 1 + i % 50, (ARRAY['OPEN','PAID','DONE'])[1 + i % 3], (i * 37) % 900 + 0.5,
    now() - (i % 360) * interval '1 day', CASE WHEN i % 3 = 2 THEN now() - (i % 350) * interval '1 day' END,
    jsonb_build_object('channel', (ARRAY['web','app'])[1 + i % 2], 'weight', i % 20) FROM generate_series(1, 500) i;
  ANALYZE;
)";

struct Piped {
  Json candidates, validation, registration;
};

/// discover | generate | validate | register, each a process, each checked.
Piped pipe(const World& world, const std::vector<std::string>& register_flags = {}) {
  const auto stage = [&](std::vector<std::string> arguments, const std::string& input) {
    const auto ended = world.kpi(std::move(arguments), input);
    CAPTURE(ended.err);
    REQUIRE(ended.exit_code == 0);
    CHECK(ended.err.find("kpi: ") == std::string::npos);
    return ended.out;
  };
  const auto schema = stage({"discover", "--sandbox", "--include", "TB_*"}, "");
  const auto candidates = stage({"generate", "--provider", "rules"}, schema);
  const auto validation = stage({"validate", "--sandbox"}, candidates);
  std::vector<std::string> arguments{"register", "--sandbox"};
  arguments.insert(arguments.end(), register_flags.begin(), register_flags.end());
  const auto registration = stage(arguments, validation);
  return {json_of(candidates), json_of(validation), json_of(registration)};
}

void check_two_runs(const World& world) {
  const auto first = pipe(world);
  CHECK(first.candidates["kpis"].size() >= 20);
  CHECK(first.validation["summary"]["success_rate"].get<double>() >= 0.95);
  const auto created = first.registration["summary"]["created"].get<int>();
  CHECK(created >= 15);
  CHECK(first.registration["summary"]["failed"] == 0);

  const auto second = pipe(world);
  CHECK(second.registration["summary"]["created"] == 0);
  CHECK(second.registration["summary"]["updated"] == 0);
  CHECK(second.registration["summary"]["unchanged"] == created);
}

}  // namespace

TEST_CASE(
    "kpi discover | generate | validate | register: leaves cards on SQLite, and creates nothing twice") {
  World world;
  world.serve_sqlite(small_company());
  check_two_runs(world);

  const auto audit = world.kpi({"audit", "--sandbox", "--fail-on", "broken,orphan"});
  CAPTURE(audit.err);
  CHECK(audit.exit_code == 0);
  CHECK(json_of(audit.out)["summary"]["ok"].get<int>() > 0);
}

TEST_CASE(
    "kpi discover | generate | validate | register: leaves cards on PostgreSQL, and creates nothing twice") {
  World world;
  const PostgresDatabase database(postgres_company);
  if (database.url().empty()) {
    MESSAGE("KPI_TEST_POSTGRES is not set: run through CTest");
    return;
  }
  world.environment["KPI_SANDBOX_DATABASE"] = database.url();
  check_two_runs(world);
}

TEST_CASE("kpi: the whole product is one line of shell") {
  World world;
  world.serve_sqlite(small_company());
  auto command = world.command(
      {"-c",
       "set -o pipefail; \"$0\" discover --sandbox --include 'TB_*' | \"$0\" generate --provider "
       "rules | \"$0\" validate --sandbox | \"$0\" register --sandbox > registration.json",
       kpi::test::kpi_program});
  command.program = "/bin/bash";
  const auto ended = run(command);
  CAPTURE(ended.err);
  CHECK(ended.exit_code == 0);
  CHECK(json_of(world.read("registration.json"))["summary"]["created"].get<int>() >= 15);
  CHECK(ended.err.find("register: ") != std::string::npos);
}

TEST_CASE("kpi: two pipes at once on one sandbox and one state file create each card once") {
  World world;
  world.serve_sqlite(small_company());
  const auto schema = world.kpi({"discover", "--sandbox", "-q"}).out;
  const auto candidates = world.kpi({"generate", "--provider", "rules", "-q"}, schema).out;
  const auto both = [&](const std::vector<std::string>& arguments, const std::string& input) {
    Process one(world.command(arguments, input));
    Process two(world.command(arguments, input));
    std::vector<Ended> ended{one.wait(), two.wait()};
    for (const auto& each : ended) {
      CAPTURE(each.err);
      CHECK(each.exit_code == 0);
    }
    return ended;
  };
  const auto validated = both({"validate", "--sandbox", "-q"}, candidates);
  CHECK(json_of(validated[0].out)["summary"] == json_of(validated[1].out)["summary"]);

  const auto registered = both({"register", "--sandbox", "-q"}, validated[0].out);
  const auto first = json_of(registered[0].out)["summary"];
  const auto second = json_of(registered[1].out)["summary"];
  CHECK(first["created"].get<int>() + second["created"].get<int>() ==
        first["unchanged"].get<int>() + second["unchanged"].get<int>());
  CHECK(std::min(first["created"].get<int>(), second["created"].get<int>()) == 0);
}

TEST_CASE("kpi register: a saved plan is carried out as it is, and refused where Metabase has moved on") {
  World world;
  world.serve_sqlite(small_company());
  const auto schema = world.kpi({"discover", "--sandbox", "-q"}).out;
  const auto candidates = world.kpi({"generate", "--provider", "rules", "-q"}, schema).out;
  world.write("validation.json", world.kpi({"validate", "--sandbox", "-q"}, candidates).out);

  const auto planned = world.kpi({"register", "--sandbox", "--plan", "plan.json", "validation.json"});
  CAPTURE(planned.err);
  CHECK(planned.exit_code == 0);
  const int count = json_of(planned.out)["summary"]["planned"].get<int>();
  CHECK(count > 0);
  CHECK(
      world.kpi({"register", "--sandbox", "--dry-run", "--detailed-exitcode", "validation.json"}).exit_code ==
      1);

  const auto applied = world.kpi({"register", "--sandbox", "--apply", "plan.json"});
  CAPTURE(applied.err);
  CHECK(applied.exit_code == 0);
  CHECK(json_of(applied.out)["summary"]["created"] == count);

  check_failed(world.kpi({"register", "--sandbox", "--apply", "plan.json"}), 2, "moved on");
  CHECK(
      world.kpi({"register", "--sandbox", "--dry-run", "--detailed-exitcode", "validation.json"}).exit_code ==
      0);
}

TEST_CASE("kpi validate: a gate that does not hold is exit 1, with the whole report") {
  World world;
  world.serve_sqlite(small_company());
  const std::string candidates = R"({"report": "candidates", "version": 1, "kpis": [
    {"name": "Orders", "sql": "SELECT COUNT(*) AS orders FROM TB_ORDER", "database_id": 1},
    {"name": "Gone", "sql": "DELETE FROM TB_ORDER", "database_id": 1}]})";
  const auto gated = world.kpi({"validate", "--sandbox", "--min-success", "80"}, candidates);
  CAPTURE(gated.err);
  CHECK(gated.exit_code == 1);
  CHECK(error_line(gated).find("--min-success") != std::string::npos);
  CHECK(json_of(gated.out)["summary"]["rejected"] == 1);
  CHECK(world.kpi({"validate", "--sandbox", "--fail-on", "guard.*"}, candidates).exit_code == 1);
  CHECK(world.kpi({"validate", "--sandbox"}, candidates).exit_code == 0);
}

TEST_CASE("kpi run: leaves every report in one folder, and goes on where it was stopped") {
  World world;
  world.serve_sqlite(small_company());
  const auto first = world.kpi({"run", "--sandbox", "--provider", "rules", "--out", "reports"});
  CAPTURE(first.err);
  REQUIRE(first.exit_code == 0);
  CHECK(json_of(first.out)["summary"]["created"].get<int>() >= 15);
  for (const char* name :
       {"schema.json", "candidates.json", "validation.json", "registration.json", "audit.json"}) {
    CAPTURE(name);
    CHECK(std::filesystem::exists(world.file("reports") / name));
  }
  const auto working = world.read("reports/working-kpis.md");
  CHECK(working.find(" KPIs hold, in ") != std::string::npos);
  CHECK(working.find("](<http") != std::string::npos);  // the cards, which are registered by then
  CHECK(world.read("reports/failures.md").starts_with("# Failures\n"));
  SUBCASE("a finished run starts over, and finds its cards") {
    const auto second = world.kpi({"run", "--sandbox", "--provider", "rules", "--out", "reports"});
    CHECK(second.exit_code == 0);
    CHECK(json_of(second.out)["summary"]["created"] == 0);
  }
  SUBCASE("an unfinished one goes on with the stages that are left") {
    auto checkpoint = json_of(world.read("reports/run.json"));
    checkpoint["finished"] = false;
    for (const char* stage : {"validate", "register", "audit"}) checkpoint["stages"].erase(stage);
    world.write("reports/run.json", checkpoint.dump());
    const auto second = world.kpi({"run", "--sandbox", "--provider", "rules", "--out", "reports"});
    CHECK(second.exit_code == 0);
    CHECK(second.err.find("discover: done before") != std::string::npos);
    CHECK(second.err.find("generate: done before") != std::string::npos);
    CHECK(second.err.find("validate: done before") == std::string::npos);
  }
  SUBCASE("from a stage on") {
    const auto second = world.kpi({"run", "--sandbox", "--from", "register", "--out", "reports"});
    CAPTURE(second.err);
    CHECK(second.exit_code == 0);
    CHECK(second.err.find("validate: done before") != std::string::npos);
    CHECK(json_of(second.out)["summary"]["created"] == 0);
  }
}

TEST_CASE("kpi sandbox: says where it listens in one line, and ends when it is stopped") {
  World world;
  world.serve_sqlite(small_company());
  Process process(world.command({"sandbox"}));
  REQUIRE(process.wait_for_output("\n"));
  const auto ready = json_of(process.output());
  CHECK(ready["url"].get<std::string>().starts_with("http://127.0.0.1:"));
  CHECK(ready["username"] == "admin@kpi.local");
  CHECK(ready["databases"].size() == 1);

  // A second kpi reaches it as it would any Metabase, and a wrong password is told from a right one.
  World other;
  other.environment["METABASE_URL"] = ready["url"].get<std::string>();
  other.environment["METABASE_USERNAME"] = "admin@kpi.local";
  other.environment["METABASE_PASSWORD"] = "not-the-password";
  const auto refused = other.kpi({"discover"});
  check_failed(refused, 3, "METABASE_PASSWORD");
  CHECK(refused.err.find("not-the-password") == std::string::npos);
  std::string password = world.read("state/kpi/sandbox/password");
  while (password.ends_with('\n')) password.pop_back();
  other.environment["METABASE_PASSWORD"] = password;
  const auto found = other.kpi({"discover", "-v"});
  CAPTURE(found.err);
  CHECK(found.exit_code == 0);
  CHECK((found.out + found.err).find(password) == std::string::npos);

  process.signal(SIGTERM);
  CHECK(process.wait().exit_code == 0);
}
