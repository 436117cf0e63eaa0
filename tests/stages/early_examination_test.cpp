#include "validate_fixture.hpp"

#include <kpi/stages/early_examination.hpp>

#include <chrono>
#include <future>

using namespace kpi;
using test::candidate;
using test::candidates;

namespace {

std::vector<model::Kpi> three() {
  return {candidate("Orders", "SELECT count(*) AS n FROM orders"),
          candidate("Newest order", "SELECT max(order_id) AS n FROM orders"),
          candidate("Unbound", "SELECT sum(nosuch) AS n FROM orders")};
}

std::vector<Json> judged(const Result<stages::Outcome<model::ValidationReport>>& outcome) {
  REQUIRE(outcome.has_value());
  std::vector<Json> kpis;
  for (const auto& kpi : outcome->report.kpis) kpis.push_back(to_json(kpi));
  return kpis;
}

struct Early {
  test::Stage stage;
  std::promise<void> seen;  ///< once `expected` queries were sent
  std::size_t expected = 2;

  Early() {
    stage.metabase.schema = {test::small_shop()};
    stage.metabase.answer = [this](const std::string&) {
      if (stage.metabase.queries_seen.size() == expected) seen.set_value();
      return test::FakeMetabase::rows({{1}});
    };
  }

  /// The KPIs as validation hands them on: with their ids.
  static model::CandidatesReport report() {
    auto made = candidates(three());
    for (auto& kpi : made.kpis) {
      kpi.id = model::kpi_id("default", "shop", "orders", kpi.name);
      kpi.category = "Sales";
    }
    return made;
  }

  std::unique_ptr<stages::EarlyExamination> examine(const std::vector<model::Kpi>& kpis) {
    auto early = std::make_unique<stages::EarlyExamination>(std::vector{test::small_shop()}, options,
                                                            stage.analyzer, stage.metabase, stage.context(2));
    auto all_seen = seen.get_future();
    early->take(kpis);
    constexpr std::chrono::seconds for_ever{60};
    CHECK(all_seen.wait_for(for_ever) == std::future_status::ready);
    early->end();
    return early;
  }

  Result<stages::Outcome<model::ValidationReport>> validate(stages::EarlyExamination* early) {
    auto& m = stage.metabase;
    return stages::validate(report(), options,
                            {&m, &m, stage.analyzer, stage.domain, test::weights(), {}, nullptr, early},
                            stage.context());
  }

  stages::ValidateOptions options;
};

}  // namespace

TEST_CASE("stages::EarlyExamination: what it has examined is not asked again, and comes to the same") {
  Early plain;
  plain.expected = 0;
  const auto expected = judged(plain.validate(nullptr));
  Early e;
  const auto early = e.examine(Early::report().kpis);
  CHECK(judged(e.validate(early.get())) == expected);
  CHECK(e.stage.metabase.queries_seen.size() == 2);
  // It is handed out once: the same report validated again is asked about again.
  CHECK(judged(e.validate(early.get())) == expected);
  CHECK(e.stage.metabase.queries_seen.size() == 4);
}

TEST_CASE("stages::EarlyExamination: what it did not come to is left to validation") {
  Early e;
  e.expected = 1;
  const auto all = Early::report().kpis;
  const auto early = e.examine({all.front()});
  early->take(all);  // it has ended: nothing of this is begun
  CHECK(e.stage.metabase.queries_seen.size() == 1);
  CHECK(judged(e.validate(early.get())).size() == 3);
  CHECK(e.stage.metabase.queries_seen.size() == 2);
}

TEST_CASE("stages::EarlyExamination: keeps nothing of a server that it lost") {
  Early e;
  e.stage.metabase.answer = [&e](const std::string&) -> Result<metabase::QueryResult> {
    if (e.stage.metabase.queries_seen.size() == 1) e.seen.set_value();
    return test::FakeMetabase::unreachable();
  };
  const auto all = Early::report().kpis;
  const auto early = e.examine({all.front()});
  e.stage.metabase.answer = [](const std::string&) { return test::FakeMetabase::rows({{1}}); };
  const auto kpis = judged(e.validate(early.get()));
  CHECK(kpis.at(0)["validation"]["execution"]["status"] == "ok");
}
