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

/// How far a command has come, on a fast machine as on a slow one: the requests it has sent.
class Progress {
public:
  Progress(const FaultProxy& metabase, const CountingModel& model) : metabase_(metabase), model_(model) {}
  [[nodiscard]] std::size_t requests() const { return metabase_.requests() + model_.calls() - begun_; }
  void begin() {
    begun_ = 0;
    begun_ = requests();
  }
  /// Waits until `count` requests were sent since begin(), or `process` has ended.
  void wait_for(std::size_t count, const Process& process) const {
    while (requests() < count && !process.has_ended())
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }

private:
  const FaultProxy& metabase_;
  const CountingModel& model_;
  std::size_t begun_ = 0;
};

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

  const auto run = [&world] {
    return world.command({"run", "-q", "-j", "3", "--out", "reports", "-o", "registration.json"});
  };
  const auto registering = [&world] {
    return world.command({"register", "-q", "-o", "registration.json", "reports/validation.json"});
  };
  Progress progress(proxy, model);
  const auto requests_of = [&progress](const Command& command) {
    progress.begin();
    const auto ended = kpi::test::run(command);
    CAPTURE(ended.err);
    REQUIRE(ended.exit_code == 0);
    return progress.requests();
  };
  const auto of_run = requests_of(run());
  const auto of_registering = requests_of(registering());

  std::mt19937 chance(11);
  std::vector<std::chrono::steady_clock::time_point> deaths;
  int killed = 0;
  int begun = 0;
  for (; killed < kills() && begun < 4 * kills(); ++begun) {
    // Something to do each time: other prompts, and cards that somebody deleted for good.
    world.environment["KPI_GENERATE_PER_TABLE"] = "3.." + std::to_string(6 + killed / 4);
    auto cards = metabase.get("/api/card");
    for (const auto& card : cards) {
      if (chance() % 4 == 0) metabase.remove("/api/card/" + card["id"].dump());
    }
    proxy.fail(static_cast<int>(chance() % 12));
    const bool alone = begun % 3 == 2;
    progress.begin();
    Process process(alone ? registering() : run());
    // While a request is under way, or what follows on it.
    progress.wait_for(chance() % (alone ? of_registering : of_run), process);
    std::this_thread::sleep_for(std::chrono::milliseconds(chance() % 30));
    process.signal(SIGKILL);
    deaths.push_back(std::chrono::steady_clock::now());
    const auto ended = process.wait();
    killed += ended.exit_code == 128 + SIGKILL ? 1 : 0;
    CHECK(ended.exit_code != 70);
  }
  CHECK(killed == kills());

  proxy.fail(0);
  const auto resumed = kpi::test::run(run());
  CAPTURE(resumed.err);
  REQUIRE(resumed.exit_code == 0);
  // What was deleted after it was registered is for the next run to find.
  const auto paid_before = model.calls();
  const auto last = world.kpi({"run", "--fresh", "--out", "reports", "-o", "registration.json"});
  CAPTURE(last.err);
  REQUIRE(last.exit_code == 0);
  CHECK(model.calls() == paid_before);
  const auto report = json_of(world.read("registration.json"));
  std::map<std::string, int> wanted;
  for (const auto& kpi : report["kpis"]) {
    const auto status = kpi["registration"]["status"].get<std::string>();
    if (status != "skipped") wanted[kpi["id"].get<std::string>()] = 1;
  }
  CHECK(wanted.size() >= static_cast<std::size_t>(3 * tables));
  const auto standing = cards_by_kpi(metabase);
  for (const auto& cards : standing) {
    CAPTURE(cards.first);
    CHECK(cards.second == 1);
  }
  for (const auto& kpi : wanted) {
    CAPTURE(kpi.first);
    CHECK(standing.contains(kpi.first));
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
  MESSAGE("killed " << killed << " of " << begun << " at one of " << of_run << " requests, " << proxy.faults()
                    << " faults in " << proxy.requests() << " requests, " << model.calls()
                    << " model calls for " << first.size() << " prompts");
}
