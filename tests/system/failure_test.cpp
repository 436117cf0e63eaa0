#include "support/fault_server.hpp"
#include "support/paths.hpp"
#include "system/fixture.hpp"

#include <doctest/doctest.h>

#include <chrono>
#include <csignal>
#include <thread>

using namespace kpi::test;

TEST_CASE("kpi discover: a server that cannot be used is exit 3 and says what to do") {
  World world;
  world.environment["METABASE_USERNAME"] = "me@example.com";
  world.environment["METABASE_PASSWORD"] = "a-secret-of-mine";
  SUBCASE("nobody listens") {
    world.environment["METABASE_URL"] = refused_url();
    check_failed(world.kpi({"discover"}), 3, "127.0.0.1");
  }
  SUBCASE("the credentials are refused") {
    const FaultServer server([](const Received&, std::size_t) {
      return json_reply(R"({"errors":{"password":"did not match stored password"}})", 401);
    });
    world.environment["METABASE_URL"] = server.url();
    const auto ended = world.kpi({"discover"});
    check_failed(ended, 3, "METABASE_PASSWORD");
    CHECK(ended.err.find("a-secret-of-mine") == std::string::npos);
  }
  SUBCASE("something else than JSON") {
    const FaultServer server([](const Received&, std::size_t) {
      Reply reply;
      reply.body = "hello";
      return reply;
    });
    world.environment["METABASE_URL"] = server.url();
    check_failed(world.kpi({"discover"}), 3, server.url());
  }
  SUBCASE("a proxy's page") {
    const FaultServer server([](const Received&, std::size_t) {
      Reply reply;
      reply.status = 403;
      reply.headers = {{"Content-Type", "text/html"}};
      reply.body = "<html><body>Access denied by proxy</body></html>";
      return reply;
    });
    world.environment["METABASE_URL"] = server.url();
    check_failed(world.kpi({"discover"}), 3, server.url());
  }
}

TEST_CASE("kpi discover --sandbox: a database of that name does not exist") {
  World world;
  world.serve_sqlite(small_company());
  check_failed(world.kpi({"discover", "--sandbox", "--database", "compani"}), 2, "compani");
}

TEST_CASE("kpi discover --sandbox: no tables at all, or none that match, is a note and exit 0") {
  World world;
  SUBCASE("an empty database") { world.serve_sqlite("PRAGMA user_version = 1;"); }
  SUBCASE("no match") { world.serve_sqlite("CREATE TABLE other (id INTEGER);"); }
  const auto ended = world.kpi({"discover", "--sandbox", "--include", "TB_*"});
  CAPTURE(ended.err);
  CHECK(ended.exit_code == 0);
  CHECK(json_of(ended.out)["summary"]["tables"] == 0);
  CHECK(ended.err.find("no table") != std::string::npos);
  const auto candidates = world.kpi({"generate", "-q"}, ended.out);
  CHECK(candidates.exit_code == 0);
  CHECK(json_of(candidates.out)["kpis"].empty());
}

TEST_CASE("kpi sandbox: a database that is not there is exit 2") {
  World world;
  check_failed(world.kpi({"sandbox", "--database", "sqlite:" + world.file("none.sqlite").string()}), 2,
               "none.sqlite");
}

TEST_CASE("kpi: standard output closed early is 141 and silent") {
  World world;
  world.serve_sqlite(small_company());
  Process process(world.command({"discover", "--sandbox", "-q"}));
  process.close_output();
  const auto ended = process.wait();
  CHECK(ended.exit_code == 141);
  CHECK(ended.err.empty());
}

TEST_CASE("kpi: a full disk is exit 5") {
  World world;
  world.serve_sqlite(small_company());
  auto command = world.command({"-c", "\"$0\" discover --sandbox -q > /dev/full", kpi::test::kpi_program});
  command.program = "/bin/sh";
  const auto full = run(command);
  CHECK(full.exit_code == 5);
  CHECK(error_line(full).find("standard output") != std::string::npos);

  const auto device = world.kpi({"discover", "--sandbox", "-q", "-o", "/dev/full"});
  CHECK(device.exit_code == 5);
  CHECK(error_line(device).find("/dev/full") != std::string::npos);
}

TEST_CASE("kpi: a closed standard output is no place for a report, and no other file takes its number") {
  World world;
  world.serve_sqlite(small_company());
  auto command = world.command({"-c", "\"$0\" discover --sandbox -q >&-", kpi::test::kpi_program});
  command.program = "/bin/sh";
  CHECK(run(command).exit_code == 5);
}

TEST_CASE("kpi: Ctrl-C while it waits for its input is exit 130 at once") {
  const World world;
  auto command = world.command({"validate", "-"});
  command.input_terminal = true;  // open, and nobody types
  Process process(command);
  REQUIRE(process.wait_until_it_takes(SIGINT));
  process.signal(SIGINT);
  const auto ended = process.wait();
  CHECK(ended.exit_code == 130);
  CHECK(error_line(ended).find("interrupted") != std::string::npos);
  CHECK(ended.out.empty());
}

TEST_CASE("kpi: Ctrl-C while a server keeps it waiting ends it within the grace") {
  const DeafPort deaf;
  World world;
  world.environment["METABASE_URL"] = "http://127.0.0.1:" + std::to_string(deaf.port());
  world.environment["METABASE_API_KEY"] = "mb_0123456789abcdef";
  Process process(world.command({"discover"}));
  REQUIRE(process.wait_until_it_takes(SIGTERM));
  std::this_thread::sleep_for(std::chrono::milliseconds(200));  // it has asked by now, or is about to
  const auto before = std::chrono::steady_clock::now();
  process.signal(SIGTERM);
  const auto ended = process.wait();
  CHECK(ended.exit_code == 130);
  CHECK(std::chrono::steady_clock::now() - before < std::chrono::seconds(10));
  (void)error_line(ended);
}

TEST_CASE("kpi doctor: says what fails, on what, and what to do") {
  World world;
  world.environment["METABASE_URL"] = refused_url();
  const auto ended = world.kpi({"doctor"});
  check_failed(ended, 3, "doctor: 1 check failed");
  CHECK(ended.err.find("ok    state file") != std::string::npos);
  CHECK(ended.err.find("fail  metabase") != std::string::npos);

  world.serve_sqlite(small_company());
  const auto well = world.kpi({"doctor", "--sandbox"});
  CAPTURE(well.err);
  CHECK(well.exit_code == 0);
  CHECK(well.out.find("SELECT 1 took") != std::string::npos);
  CHECK(well.out.find("ok    root collection ") != std::string::npos);
  CHECK(well.out.find(" seen by All Users (1 user, may edit), Administrators") != std::string::npos);
}
