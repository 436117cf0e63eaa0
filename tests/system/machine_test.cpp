// Odd machines: each ends with the exit code and a line that says what to do.
#include "support/fault_server.hpp"
#include "support/paths.hpp"
#include "system/fault_proxy.hpp"
#include "system/generate_fixture.hpp"

#include <kpi/base/file.hpp>

#include <doctest/doctest.h>
#include <sqlite3.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <map>
#include <thread>

using namespace kpi;
using namespace kpi::test;

TEST_CASE("kpi register: a file that may not grow (RLIMIT_FSIZE) is exit 5, and what was done is kept") {
  World world;
  world.serve_sqlite(small_company());
  const SandboxServer metabase(world);
  world.environment["METABASE_URL"] = metabase.url();
  world.write("validation.json", validated_report(40));
  auto command =
      world.command({"-c", "ulimit -f 400; exec \"$0\" register -q validation.json", kpi::test::kpi_program});
  command.program = "/bin/sh";
  const auto limited = run(command);
  CAPTURE(limited.err);
  CHECK(limited.exit_code == 5);
  CHECK(error_line(limited).find("no room left") != std::string::npos);
  CHECK(limited.out.empty());

  const auto after = world.kpi({"register", "-q", "validation.json"});
  CAPTURE(after.err);
  CHECK(after.exit_code == 0);
  CHECK(metabase.get("/api/card").size() == 40);
  CHECK(world.kpi({"state", "check"}).exit_code == 0);
}

TEST_CASE("kpi generate: no model is asked where there is no room for its answer (exit 5)") {
  ModelWorld world({"tb_a", "tb_b"});
  auto command =
      world.command({"-c", "ulimit -f 800; exec \"$0\" generate -q schema.json", kpi::test::kpi_program});
  command.program = "/bin/sh";
  const auto limited = run(command);
  CAPTURE(limited.err);
  CHECK(limited.exit_code == 5);
  CHECK(error_line(limited).find("for the answers of model calls: no file may grow beyond 0.4 MB here") !=
        std::string::npos);
  CHECK(limited.out.empty());
  CHECK(world.model.asked().empty());

  const auto after = run(world.generate());
  CAPTURE(after.err);
  CHECK(after.exit_code == 0);
  CHECK(world.model.asked().size() == 2);
}

TEST_CASE(
    "kpi generate: a disk that gets full while models are asked is exit 5, and no answer is paid for twice") {
  const std::vector<std::string> tables{"tb_a", "tb_b", "tb_c", "tb_d", "tb_e", "tb_f", "tb_g", "tb_h"};
  ModelWorld world(tables);
  const auto full = world.file("full");
  world.model.restart([&](const Asked& asked, std::size_t) {
    std::ofstream(full).close();
    return completion(kpi_list(asked.table, 15));
  });
  world.environment["KPI_TEST_FULL"] = full.string();
  world.environment["LD_PRELOAD"] =
      (std::filesystem::path(kpi::test::kpi_program).parent_path() / "kpi_full_disk.so").string();
  world.environment["ASAN_OPTIONS"] = "verify_asan_link_order=0";
  const auto stopped = run(world.generate({"--jobs", "4"}));
  CAPTURE(stopped.err);
  CHECK(stopped.exit_code == 5);
  // Said of the answer that took the room set aside, or of the next question's row, whichever came first.
  CHECK(error_line(stopped).find("make room and run the same command again") != std::string::npos);
  CHECK(stopped.out.empty());
  CHECK_FALSE(world.model.asked().empty());
  CHECK(world.model.asked().size() <= 4);  // those under way

  std::filesystem::remove(full);
  world.environment.erase("LD_PRELOAD");
  const auto after = run(world.generate({"--jobs", "4"}));
  CAPTURE(after.err);
  CHECK(after.exit_code == 0);
  for (const auto& table : tables) CHECK(world.model.count(table) == 1);
}

TEST_CASE("kpi: a state file that cannot be written, or that a newer kpi wrote, is exit 5 with its name") {
  World world;
  world.serve_sqlite(small_company());
  world.write("validation.json", validated_report(1));
  const auto nowhere =
      world.kpi({"register", "--sandbox", "--state", "/proc/none/state.db", "validation.json"});
  CHECK(nowhere.exit_code == 5);
  CHECK(error_line(nowhere).find("/proc/none/state.db") != std::string::npos);

  REQUIRE(world.kpi({"register", "--sandbox", "-q", "--state", "state.db", "validation.json"}).exit_code ==
          0);
  sqlite3* database = nullptr;
  REQUIRE(sqlite3_open(world.file("state.db").c_str(), &database) == SQLITE_OK);
  REQUIRE(sqlite3_exec(database, "PRAGMA user_version = 999", nullptr, nullptr, nullptr) == SQLITE_OK);
  sqlite3_close(database);
  const auto newer = world.kpi({"register", "--sandbox", "--state", "state.db", "validation.json"});
  CHECK(newer.exit_code == 5);
  CHECK(error_line(newer).find("newer kpi") != std::string::npos);
  CHECK(newer.out.empty());
}

TEST_CASE(
    "kpi run: a second run of the tenant is refused while the first is under way, another tenant's is not") {
  const DeafPort deaf;
  World world;
  world.environment["METABASE_URL"] = "http://127.0.0.1:" + std::to_string(deaf.port());
  world.environment["METABASE_API_KEY"] = "mb_0123456789abcdef";
  Process first(world.command({"run", "--provider", "rules", "--out", "a"}));
  const auto running = [&] { return std::filesystem::exists(world.file("a") / "run.lock"); };
  for (int i = 0; i < 300 && !running(); ++i) std::this_thread::sleep_for(std::chrono::milliseconds(100));
  REQUIRE(running());
  const auto second = world.kpi({"run", "--provider", "rules", "--out", "b", "--state", "other.db"});
  CHECK(second.exit_code == 5);
  CHECK(error_line(second).find("another kpi run of tenant default is under way (process ") !=
        std::string::npos);
  CHECK_FALSE(std::filesystem::exists(world.file("b")));

  Process other(world.command({"run", "--provider", "rules", "--out", "c", "--tenant", "acme"}));
  const auto other_running = [&] { return std::filesystem::exists(world.file("c") / "run.lock"); };
  for (int i = 0; i < 300 && !other_running(); ++i)
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
  CHECK(other_running());
  for (auto* process : {&first, &other}) {
    process->signal(SIGINT);
    CHECK(process->wait().exit_code == 130);
  }
}

TEST_CASE("kpi run: a clock that went back since the last run costs no second answer, card or value") {
  World world;
  world.serve_sqlite(numbered_company(2));
  const SandboxServer metabase(world);
  const CountingModel model(std::chrono::milliseconds(1));
  world.environment["METABASE_URL"] = metabase.url();
  world.environment["OPENAI_API_KEY"] = "sk-not-a-real-key-0123456789";
  world.environment["OPENAI_BASE_URL"] = model.url();
  world.environment["KPI_GENERATE_PER_TABLE"] = "3..6";
  world.environment["KPI_STATE"] = world.file("state.db").string();
  REQUIRE(world.kpi({"run", "-q", "--out", "reports", "-o", "first.json"}).exit_code == 0);
  REQUIRE(world.kpi({"audit", "-q", "-o", "audit.json"}).exit_code == 0);
  const auto cards = metabase.get("/api/card").size();
  const auto calls = model.paid().size();
  REQUIRE(calls > 0);

  // What was noted is now of years to come.
  sqlite3* database = nullptr;
  REQUIRE(sqlite3_open(world.file("state.db").c_str(), &database) == SQLITE_OK);
  const char* ahead = R"(
    UPDATE model_calls SET created_at = '2099' || substr(created_at, 5);
    UPDATE events SET created_at = '2099' || substr(created_at, 5);
    UPDATE kpi_values SET created_at = '2099' || substr(created_at, 5);
    UPDATE cards SET saved_at = '2099' || substr(saved_at, 5),
                     last_ok_at = '2099' || substr(last_ok_at, 5);)";
  REQUIRE(sqlite3_exec(database, ahead, nullptr, nullptr, nullptr) == SQLITE_OK);
  sqlite3_close(database);

  const auto again = world.kpi({"run", "--out", "reports", "-o", "again.json"});
  CAPTURE(again.err);
  CHECK(again.exit_code == 0);
  CHECK(model.paid().size() == calls);
  CHECK(metabase.get("/api/card").size() == cards);
  const auto summary = json_of(world.read("again.json"))["summary"];
  CHECK(summary["created"] == 0);
  CHECK(summary["updated"] == 0);
  CHECK(world.kpi({"audit", "-q", "-o", "audit.json"}).exit_code == 0);
  CHECK(world.kpi({"history", "--since", "1970-01-01"}).exit_code == 0);
}

TEST_CASE("kpi register: two at once with state files of their own create each card once") {
  World world;
  world.serve_sqlite(small_company());
  const SandboxServer metabase(world);
  world.environment["METABASE_URL"] = metabase.url();
  world.write("validation.json", validated_report(30));
  // As from two machines: neither sees the other's lock.
  auto here = world.command({"register", "-q", "--state", "here.db", "validation.json"});
  auto there = world.command({"register", "-q", "--state", "there.db", "validation.json"});
  there.environment["XDG_STATE_HOME"] = world.file("elsewhere").string();
  Process one(here);
  Process two(there);
  CHECK(one.wait().exit_code == 0);
  CHECK(two.wait().exit_code == 0);
  CHECK(metabase.get("/api/card").size() == 30);
  int live = 0;
  for (const auto& collection : metabase.get("/api/collection")) live += collection["name"] == "KPIs" ? 1 : 0;
  CHECK(live == 1);
}

TEST_CASE("kpi: no secret of a full run reaches a report, a log, the state file or a process list") {
  World world;
  world.serve_sqlite(numbered_company(2));
  const SandboxServer metabase(world);
  const FaultProxy proxy(metabase.url(), 3);
  const CountingModel model(std::chrono::milliseconds(50));
  const std::string key = "sk-known-secret-4711-abcdefgh";
  world.environment["METABASE_URL"] = proxy.url();
  world.environment["OPENAI_API_KEY"] = key;
  world.environment["OPENAI_BASE_URL"] = model.url();
  world.environment["KPI_GENERATE_PER_TABLE"] = "3..6";
  Process process(world.command({"run", "-v", "-v", "--log-format", "json", "--out", "reports"}));
  std::string command_lines;
  const auto look = [&] {
    for (const auto& entry : std::filesystem::directory_iterator("/proc")) {
      auto text = read_file(entry.path() / "cmdline");
      if (text) command_lines += *text + "\n";
    }
  };
  for (int i = 0; i < 20; ++i) {
    look();
    std::this_thread::sleep_for(std::chrono::milliseconds(25));
  }
  const auto ended = process.wait();
  CAPTURE(ended.err);
  REQUIRE(ended.exit_code == 0);
  CHECK(command_lines.find("--log-format") != std::string::npos);  // it was looked at while it ran

  std::vector<std::string> secrets{key, SandboxServer::password};
  const auto tokens = proxy.tokens();
  CHECK_FALSE(tokens.empty());
  secrets.insert(secrets.end(), tokens.begin(), tokens.end());
  std::map<std::string, std::string> places{
      {"standard output", ended.out}, {"standard error", ended.err}, {"process list", command_lines}};
  for (const auto& entry : std::filesystem::recursive_directory_iterator(world.folder())) {
    // The sandbox keeps the sessions it gave out, as a Metabase does: it is the server, not kpi.
    if (!entry.is_regular_file() || entry.path().string().find("/kpi/sandbox/") != std::string::npos)
      continue;
    auto text = read_file(entry.path());
    if (text) places[entry.path().string()] = *text;
  }
  CHECK(places.size() > 8);
  for (const auto& place : places) {
    for (const auto& secret : secrets) {
      CAPTURE(place.first);
      CHECK(place.second.find(secret) == std::string::npos);
    }
  }
}
