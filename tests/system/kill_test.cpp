#include "system/fault_proxy.hpp"
#include "system/fixture.hpp"

#include <kpi/base/text.hpp>

#include <doctest/doctest.h>

#include <csignal>
#include <cstdlib>
#include <map>
#include <random>
#include <thread>

using namespace kpi;
using namespace kpi::test;

namespace {

constexpr int tables = 4;

/// Live cards by the KPI id of their marker.
std::map<std::string, int> cards_by_kpi(const SandboxServer& metabase) {
  std::map<std::string, int> cards;
  for (const auto& card : metabase.get("/api/card")) {
    const auto description = card["description"].is_string() ? card["description"].get<std::string>() : "";
    const auto at = description.rfind("kpi:default:");
    if (at != std::string::npos) ++cards[description.substr(at + 12, 16)];
  }
  return cards;
}

int kills() {
  const char* wanted = std::getenv("KPI_TEST_KILLS");
  return wanted == nullptr ? 12 : std::max(1, std::atoi(wanted));
}

}  // namespace

TEST_CASE(
    "kpi run: killed again and again behind a server with faults, leaves each KPI one card and pays once") {
  World world;
  world.serve_sqlite(numbered_company(tables));
  const SandboxServer metabase(world);
  FaultProxy proxy(metabase.url(), 7);
  const CountingModel model(std::chrono::milliseconds(60));
  world.environment["METABASE_URL"] = proxy.url();
  world.environment["OPENAI_API_KEY"] = "sk-not-a-real-key-0123456789";
  world.environment["OPENAI_BASE_URL"] = model.url();
  world.environment["KPI_GENERATE_PER_TABLE"] = "3..6";

  std::mt19937 chance(11);
  std::vector<std::chrono::steady_clock::time_point> deaths;
  int killed = 0;
  for (int i = 0; i < kills(); ++i) {
    // Something to do each time: other prompts, and cards that somebody deleted for good.
    world.environment["KPI_GENERATE_PER_TABLE"] = "3.." + std::to_string(6 + i / 4);
    auto cards = metabase.get("/api/card");
    for (const auto& card : cards) {
      if (chance() % 4 == 0) metabase.remove("/api/card/" + card["id"].dump());
    }
    proxy.fail(static_cast<int>(chance() % 12));
    const bool alone = i % 3 == 2 && std::filesystem::exists(world.file("reports") / "validation.json");
    auto command =
        alone ? world.command({"register", "-q", "-o", "registration.json", "reports/validation.json"})
              : world.command({"run", "-q", "-j", "3", "--out", "reports", "-o", "registration.json"});
    Process process(command);
    std::this_thread::sleep_for(std::chrono::milliseconds(30 + chance() % (alone ? 900 : 2500)));
    process.signal(SIGKILL);
    deaths.push_back(std::chrono::steady_clock::now());
    const auto ended = process.wait();
    killed += ended.exit_code == 128 + SIGKILL ? 1 : 0;
    CHECK(ended.exit_code != 70);
  }
  CHECK(killed > 0);

  proxy.fail(0);
  const auto last = world.kpi({"run", "--out", "reports", "-o", "registration.json"});
  CAPTURE(last.err);
  REQUIRE(last.exit_code == 0);
  const auto report = json_of(world.read("registration.json"));
  std::map<std::string, int> wanted;
  for (const auto& kpi : report["kpis"]) {
    const auto status = kpi["registration"]["status"].get<std::string>();
    if (status != "skipped") wanted[kpi["id"].get<std::string>()] = 1;
  }
  CHECK(wanted.size() >= static_cast<std::size_t>(3 * tables));
  const auto standing = cards_by_kpi(metabase);
  for (const auto& [kpi_id, count] : standing) {
    CAPTURE(kpi_id);
    CHECK(count == 1);
  }
  for (const auto& [kpi_id, one] : wanted) {
    CAPTURE(kpi_id);
    CHECK(standing.contains(kpi_id));
  }
  CHECK(world.kpi({"state", "check"}).exit_code == 0);

  // An answer that was on its way when the process died could not be kept; every other is paid for once.
  std::map<std::string, std::chrono::steady_clock::time_point> first;
  int twice = 0;
  for (const auto& paid : model.paid()) {
    const auto [at, is_first] = first.emplace(paid.prompt, paid.at);
    if (is_first) continue;
    constexpr std::chrono::milliseconds stored_within{250};
    const bool died_on_the_way = std::any_of(deaths.begin(), deaths.end(), [&](const auto& death) {
      return death < at->second + stored_within && death > at->second - std::chrono::seconds(1);
    });
    at->second = paid.at;
    twice += died_on_the_way ? 0 : 1;
  }
  CHECK(twice == 0);
  MESSAGE("killed " << killed << " of " << kills() << ", " << proxy.faults() << " faults in "
                    << proxy.requests() << " requests, " << model.paid().size() << " model calls for "
                    << first.size() << " prompts");
}
