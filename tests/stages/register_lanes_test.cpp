#include "register_fixture.hpp"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <mutex>
#include <thread>

using namespace kpi;
using kpi::test::Registrar;
using kpi::test::valid;

namespace {

/// Runs a card only when four stand: none would ever run if those that wait kept others from being created.
class WaitingQueries final : public metabase::Queries {
public:
  explicit WaitingQueries(test::FakeMetabase& metabase) : metabase_(metabase) {}

  Result<metabase::QueryResult> query(const metabase::Query& query, std::stop_token stop) override {
    return metabase_.query(query, std::move(stop));
  }

  Result<metabase::QueryResult> run_card(std::int64_t id, std::chrono::milliseconds timeout,
                                         std::stop_token stop) override {
    const int running = ++running_;
    {
      const std::lock_guard lock(mutex_);
      most_ = std::max(most_, running);
    }
    const auto given_up = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    while (standing() < 4 && std::chrono::steady_clock::now() < given_up)
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    if (standing() < 4) waited_in_vain = true;
    auto result = metabase_.run_card(id, timeout, std::move(stop));
    --running_;
    return result;
  }

  [[nodiscard]] int most() const { return most_; }
  std::atomic<bool> waited_in_vain = false;

private:
  [[nodiscard]] std::size_t standing() const { return metabase_.all_cards(false, {})->size(); }

  test::FakeMetabase& metabase_;
  std::atomic<int> running_ = 0;
  std::mutex mutex_;
  int most_ = 0;  // guarded by mutex_
};

}  // namespace

TEST_CASE("stages::register: cards are created while others run, `jobs` at once of each") {
  Registrar r;
  model::ValidationReport report;
  for (const char* name : {"A", "B", "C", "D", "E", "F"}) report.kpis.push_back(valid(name));
  WaitingQueries queries(r.stage.metabase);
  const stages::RegisterPorts ports{r.stage.metabase, r.stage.metabase, queries, **r.state, r.stage.analyzer};
  const auto outcome = stages::register_cards(report, {}, ports, r.stage.context(2));
  REQUIRE(outcome.has_value());
  CHECK_FALSE(queries.waited_in_vain);
  CHECK(queries.most() <= 2);
  for (const auto& kpi : outcome->report.kpis) {
    CAPTURE(kpi.name);
    REQUIRE(kpi.registration->execution);
    CHECK(kpi.registration->execution->status == model::RunStatus::ok);
  }
}
