#include "system/fixture.hpp"

#include <kpi/base/clock.hpp>

#include <doctest/doctest.h>

#include <string>
#include <vector>

// kpi run as a timer has it: what it archives, when it begins anew, what it builds on.
using namespace kpi;
using namespace kpi::test;

namespace {

/// Two tables, and a model's recorded answer of two KPIs for each.
struct TwoTables : World {
  TwoTables() {
    serve_sqlite(R"(CREATE TABLE TB_A (id INTEGER PRIMARY KEY, amount NUMERIC(12,2));
                    CREATE TABLE TB_B (id INTEGER PRIMARY KEY, amount NUMERIC(12,2));
                    INSERT INTO TB_A VALUES (1, 2.5), (2, 3.5);
                    INSERT INTO TB_B VALUES (1, 4.5), (2, 5.5);)");
    environment["KPI_GENERATE_PER_TABLE"] = "1..2";
    std::filesystem::create_directory(file("recorded"));
    for (const std::string table : {"TB_A", "TB_B"}) record(table);
  }

  void record(const std::string& table) const {
    Json kpis = Json::array();
    for (const std::string function : {"COUNT", "MAX"}) {
      kpis.push_back({{"name", function + " of " + table},
                      {"description", "What it comes to."},
                      {"sql", "SELECT " + function + "(amount) AS n FROM " + table},
                      {"tables", Json::array({table})}});
    }
    write("recorded/" + table + ".json", dump_json({{"kpis", kpis}}));
  }
  void lose(const std::string& table) const { std::filesystem::remove(file("recorded") / (table + ".json")); }

  [[nodiscard]] Ended run(const std::vector<std::string>& more = {}) const {
    std::vector<std::string> arguments{"run",        "--sandbox", "--replay", "recorded",
                                       "--no-cache", "--out",     "reports"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return kpi(arguments);
  }

  /// As if the last run had been stopped before `stages`, and begun at `started_at`.
  void stopped_before(const std::vector<std::string>& stages, const std::string& started_at) const {
    auto checkpoint = json_of(read("reports/run.json"));
    checkpoint["finished"] = false;
    checkpoint["started_at"] = started_at;
    for (const auto& stage : stages) checkpoint["stages"].erase(stage);
    write("reports/run.json", dump_json(checkpoint));
  }
};

bool says(const Ended& ended, const std::string& part) { return ended.err.find(part) != std::string::npos; }

std::string hours_ago(int hours) { return iso_time(system_clock().now() - std::chrono::hours(hours)); }

}  // namespace

TEST_CASE("kpi run --prune: archives nothing for what a stage before did not come to") {
  const TwoTables world;
  const auto whole = world.run({"--prune"});
  CAPTURE(whole.err);
  REQUIRE(whole.exit_code == 0);
  REQUIRE(json_of(whole.out)["summary"]["created"] == 4);

  world.lose("TB_B");
  const auto partly = world.run({"--prune"});
  CAPTURE(partly.err);
  CHECK(partly.exit_code == 4);
  CHECK(says(partly, "generate left items out: --prune is put off"));
  CHECK(json_of(partly.out)["summary"]["archived"] == 0);
  const auto on_it = world.run({"--prune", "--from", "register"});
  CHECK(on_it.exit_code == 4);
  CHECK(says(on_it, "--prune is put off"));
  CHECK(json_of(on_it.out)["summary"]["archived"] == 0);

  // It came to its end: the next one looks at the database again.
  const auto next = world.run();
  CHECK(next.exit_code == 4);
  CHECK_FALSE(says(next, "done before"));

  check_failed(world.run({"--prune", "--table", "TB_A"}), 2, "every other table");
  check_failed(world.run({"--prune", "--include", "TYPO"}), 2, "--force");
}

TEST_CASE("kpi run: goes on with what was stopped today, and not with what is older or came to its end") {
  const TwoTables world;
  REQUIRE(world.run().exit_code == 0);
  CHECK_FALSE(says(world.run(), "done before"));
  world.stopped_before({"register", "audit"}, hours_ago(11));
  const auto today = world.run();
  CHECK(says(today, "discover: done before"));
  CHECK(says(today, "validate: done before"));
  CHECK_FALSE(says(today, "register: done before"));
  // How many requests are under way at once shows in no report.
  world.stopped_before({"register", "audit"}, hours_ago(1));
  const auto slower = world.run({"-j", "1", "--budget", "5"});
  CHECK(slower.exit_code == 0);
  CHECK(says(slower, "discover: done before"));
  CHECK(says(slower, "validate: done before"));
  world.stopped_before({"register", "audit"}, hours_ago(1));
  CHECK_FALSE(says(world.run({"--per-table", "1..1"}), "generate: done before"));
  // Nightly timers are late by seconds, now this one, now that one.
  world.stopped_before({"register", "audit"}, hours_ago(23));
  const auto last_night = world.run();
  CHECK(last_night.exit_code == 0);
  CHECK_FALSE(says(last_night, "done before"));
}

TEST_CASE("kpi run --from: runs that stage again whatever stands there, on reports that are whole") {
  const TwoTables world;
  check_failed(world.run({"--from", "validate"}), 2, "needs the report of discover");
  REQUIRE(world.run().exit_code == 0);
  world.stopped_before({"validate", "register", "audit"}, hours_ago(1));
  const auto again = world.run({"--from", "discover"});
  CAPTURE(again.err);
  CHECK(again.exit_code == 0);
  CHECK_FALSE(says(again, "done before"));

  world.stopped_before({"validate", "register", "audit"}, hours_ago(1));
  check_failed(world.run({"--from", "register"}), 2, "needs the report of validate");
}

TEST_CASE("kpi run --changed-only: compares with a run that registered every table, and with no other") {
  const TwoTables world;
  const auto created = [](const Ended& ended) { return json_of(ended.out)["summary"]["created"].get<int>(); };
  SUBCASE("a dry run is none") {
    REQUIRE(world.run({"--dry-run"}).exit_code == 0);
    CHECK(created(world.run({"--changed-only"})) == 4);
  }
  SUBCASE("a run of one table is none") {
    REQUIRE(world.run({"--table", "TB_A"}).exit_code == 0);
    CHECK(created(world.run({"--changed-only"})) == 2);
  }
  SUBCASE("a run that lost a table is none") {
    world.lose("TB_B");
    REQUIRE(world.run().exit_code == 4);
    world.record("TB_B");
    CHECK(created(world.run({"--changed-only"})) == 2);
  }
  REQUIRE(world.run({"--changed-only"}).exit_code == 0);
  CHECK(json_of(world.read("reports/candidates.json"))["tables"].empty());
  CHECK(world.run({"--changed-only", "--min-success", "80"}).exit_code == 0);  // nothing new breaks no gate
}

TEST_CASE("kpi run: its audit takes over what registration has just measured; kpi audit runs every card") {
  const TwoTables world;
  const auto card_runs = [&] {
    int runs = 0;
    for (const auto& event : json_of(world.kpi({"history", "--kind", "query", "--json"}).out)) {
      runs += event["action"] == "run card" ? 1 : 0;
    }
    return runs;
  };
  REQUIRE(world.run().exit_code == 0);
  const auto in_run = json_of(world.read("reports/audit.json"))["cards"];
  REQUIRE(in_run.size() == 4);
  for (const auto& card : in_run) {
    CHECK(card["measured_by"] == "register");
    CHECK(card["status"] == "ok");
    CHECK(card.contains("elapsed_ms"));
  }
  CHECK(card_runs() == 4);

  const auto alone = json_of(world.kpi({"audit", "--sandbox"}).out)["cards"];
  REQUIRE(alone.size() == 4);
  for (const auto& card : alone) CHECK_FALSE(card.contains("measured_by"));
  CHECK(card_runs() == 8);

  // Nothing is written this time, so nothing was measured.
  REQUIRE(world.run().exit_code == 0);
  CHECK_FALSE(json_of(world.read("reports/audit.json"))["cards"][0].contains("measured_by"));
  CHECK(card_runs() == 12);
}
