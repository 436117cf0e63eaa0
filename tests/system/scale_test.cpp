// Many cards: how many requests a plan takes. KPI_TEST_CARDS sets how many cards (450).
#include "system/fault_proxy.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>

using namespace kpi;
using namespace kpi::test;

namespace {

constexpr int categories = 10;
constexpr int page_rows = 200;

int cards() {
  const char* wanted = std::getenv("KPI_TEST_CARDS");
  return wanted == nullptr ? 450 : std::max(categories, std::atoi(wanted));
}

/// The pages that listing all managed collections takes.
std::size_t pages(const Json& report) {
  std::map<std::string, int> sizes;
  for (const auto& kpi : report["kpis"]) ++sizes[kpi["registration"]["collection"].get<std::string>()];
  std::size_t count = 1;  // of the collection above them
  for (const auto& [collection, size] : sizes) {
    count += static_cast<std::size_t>((size + page_rows - 1) / page_rows);
  }
  return count;
}

}  // namespace

TEST_CASE(
    "kpi register: an unchanged run of many cards asks for the pages of their lists and six things more") {
  World world;
  world.serve_sqlite(small_company());
  const SandboxServer metabase(world);
  FaultProxy proxy(metabase.url(), 1);
  world.environment["METABASE_URL"] = proxy.url();
  world.environment["KPI_STATE"] = world.file("state.db").string();
  world.write("validation.json", validated_report(cards(), categories));
  struct Run {
    Json summary;
    std::size_t requests;
    std::chrono::milliseconds beyond;  ///< wall time less the time the server took
    std::size_t pages;
  };
  const auto run = [&] {
    const auto asked = proxy.requests();
    const auto waited = proxy.waited();
    const auto begin = std::chrono::steady_clock::now();
    auto command = world.command({"register", "-q", "-o", "registration.json", "validation.json"});
    command.timeout = std::chrono::minutes(20);
    const auto ended = kpi::test::run(command);
    const auto wall = std::chrono::steady_clock::now() - begin;
    CAPTURE(ended.err);
    REQUIRE(ended.exit_code == 0);
    const auto report = json_of(world.read("registration.json"));
    return Run{report["summary"], proxy.requests() - asked,
               std::chrono::duration_cast<std::chrono::milliseconds>(wall - (proxy.waited() - waited)),
               pages(report)};
  };

  CHECK(run().summary["created"] == cards());
  run();  // learns from the lists when each card was last edited
  const auto unchanged = run();
  CHECK(unchanged.summary["unchanged"] == cards());
  CHECK(unchanged.requests <= unchanged.pages + 6);
  MESSAGE(cards() << " cards, " << unchanged.pages << " pages: " << unchanged.requests << " requests, "
                  << unchanged.beyond.count() << " ms beyond the server's time");

  auto card = metabase.get("/api/card").front();
  card["name"] = "Renamed by a person";
  metabase.put("/api/card/" + card["id"].dump(), {{"name", card["name"]}});
  const auto edited = run();
  CHECK(edited.summary["unchanged"] == cards() - 1);
  CHECK(edited.summary["skipped"] == 1);
  CHECK(edited.requests <= edited.pages + 7);

  for (const char* name : {"state.db", "state.db-wal", "state.db-shm"}) {
    std::filesystem::remove(world.file(name));
  }
  const auto without_state = run();
  CHECK(without_state.summary["unchanged"] == cards() - 1);
  CHECK(without_state.summary["skipped"] == 1);
  CHECK(without_state.requests <= without_state.pages + 7);
}
