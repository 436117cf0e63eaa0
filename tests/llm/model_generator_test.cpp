#include "llm/fixture.hpp"

#include <kpi/llm/model_generator.hpp>

#include <doctest/doctest.h>

#include <filesystem>
#include <memory>

using namespace kpi;

namespace {

struct Setup {
  model::Database database = test::shop();
  model::Domain domain = test::domain();
  config::ModelTable models;
  test::FakeState state;
  test::FakeChat::Log log;
  llm::ModelOptions options;

  Setup() { models.prices = {{"openai", "test-*", 1.0, 0.5, 2.0}}; }

  Result<llm::Draft> run(std::vector<Result<llm::Answer>> answers, std::stop_token stop = {}) {
    auto prompts = llm::Prompts::load(std::filesystem::path(KPI_SOURCE_DIR) / "prompts");
    REQUIRE(prompts);
    llm::ModelGenerator generator(std::make_unique<test::FakeChat>(std::move(answers), log),
                                  std::move(*prompts), models, &state, options);
    return generator.generate({database, *database.table("TB_ORDER"), domain, "default", 15, 20}, stop);
  }
};

}  // namespace

TEST_CASE("llm::ModelGenerator: an answer becomes KPIs with their source and cost") {
  Setup setup;
  const auto draft = setup.run({test::said(test::kpis_text(16))});
  REQUIRE(draft);
  REQUIRE(draft->kpis.size() == 16);
  CHECK(draft->calls == 1);
  CHECK(draft->attempts == 1);
  CHECK(draft->cost_usd.value() == doctest::Approx(0.002));
  const auto& kpi = draft->kpis.front();
  CHECK(kpi.name == "KPI 1");
  CHECK(kpi.database_id == 7);
  CHECK(kpi.tables == std::vector<std::string>{"TB_ORDER"});
  CHECK(kpi.source.provider == "openai");
  CHECK(kpi.source.model == "test-model");
  CHECK(kpi.source.prompt_sha256.size() == 64);
  CHECK_FALSE(kpi.source.cached);
}

TEST_CASE("llm::ModelGenerator: a second run finds the stored answer and makes no call") {
  Setup setup;
  REQUIRE(setup.run({test::said(test::kpis_text(16))}));
  const auto again = setup.run({test::said(test::kpis_text(16))});
  REQUIRE(again);
  CHECK(setup.log.asked.size() == 1);
  CHECK(again->calls == 0);
  CHECK(again->cached_calls == 1);
  CHECK(again->cost_usd.value() == 0.0);
  CHECK(again->kpis.front().source.cached);
  setup.options.use_cache = false;
  REQUIRE(setup.run({test::said(test::kpis_text(16))}));
  CHECK(setup.log.asked.size() == 2);
}

TEST_CASE("llm::ModelGenerator: an answer that cannot be read is stored all the same, and not found again") {
  Setup setup;
  const auto draft = setup.run({test::said("Sorry, no JSON today.")});
  REQUIRE_FALSE(draft);
  CHECK(draft.error().code == "llm.unreadable");
  CHECK(draft.error().fault == Fault::item);
  REQUIRE(setup.state.calls.size() == 2);  // the answer and its top-up
  CHECK(setup.state.calls[0].outcome == "unreadable");
  CHECK(setup.state.calls[0].completion_tokens == 500);
}

TEST_CASE("llm::ModelGenerator: a short answer is topped up once, naming what exists") {
  Setup setup;
  const std::vector<Result<llm::Answer>> answers{test::said(test::kpis_text(10), llm::Finish::length),
                                                 test::said(test::kpis_text(9, 8))};
  const auto draft = setup.run(answers);
  REQUIRE(draft);
  CHECK(draft->kpis.size() == 16);  // three of the second answer were there already
  CHECK(draft->attempts == 2);
  CHECK(draft->calls == 2);
  REQUIRE(setup.log.asked.size() == 2);
  CHECK(setup.log.asked[0].user.find("KPI 10") == std::string::npos);
  CHECK(setup.log.asked[1].user.find("- KPI 10\n") != std::string::npos);
  const auto again = setup.run(answers);
  REQUIRE(again);
  CHECK(again->cached_calls == 2);
  CHECK(again->kpis.size() == 16);
}

TEST_CASE("llm::ModelGenerator: still short after the top-up is no failure") {
  Setup setup;
  const auto draft = setup.run({test::said(test::kpis_text(3)), test::said(test::kpis_text(3))});
  REQUIRE(draft);
  CHECK(draft->kpis.size() == 3);
  CHECK(setup.log.asked.size() == 2);
}

TEST_CASE("llm::ModelGenerator: refusals, filters and empty answers are told apart and not asked again") {
  for (const auto& [finish, code] :
       {std::pair{llm::Finish::refusal, "llm.refused"}, std::pair{llm::Finish::filtered, "llm.filtered"},
        std::pair{llm::Finish::empty, "llm.empty"}}) {
    Setup setup;
    const auto draft = setup.run({test::said("", finish)});
    REQUIRE_FALSE(draft);
    CHECK(draft.error().code == code);
    CHECK(setup.log.asked.size() == 1);
    CHECK(setup.state.calls.size() == 1);
  }
}

TEST_CASE("llm::ModelGenerator: what fails for all is passed on as it is") {
  Setup setup;
  const auto draft = setup.run({Error{Fault::unreachable, "llm.credentials", "openai", "refused", ""}});
  REQUIRE_FALSE(draft);
  CHECK(draft.error().fault == Fault::unreachable);
  CHECK(setup.state.calls.empty());
}

TEST_CASE("llm::ModelGenerator: keeps the first answer when the top-up fails") {
  Setup setup;
  const auto draft =
      setup.run({test::said(test::kpis_text(5)), Error{Fault::item, "llm.server", "openai", "down", ""}});
  REQUIRE(draft);
  CHECK(draft->kpis.size() == 5);
  REQUIRE_FALSE(draft->notes.empty());
}

TEST_CASE("llm::ModelGenerator: a budget stops the call that could overrun it") {
  Setup setup;
  setup.options.budget_usd = 0.001;
  const auto draft = setup.run({test::said(test::kpis_text(16))});
  REQUIRE_FALSE(draft);
  CHECK(draft.error().code == "llm.budget");
  CHECK(setup.log.asked.empty());
  setup.models.prices.clear();
  CHECK(setup.run({test::said(test::kpis_text(16))}).error().code == "llm.unpriced");
}

TEST_CASE("llm::ModelGenerator: an unknown price is an unknown cost, never none") {
  Setup setup;
  setup.models.prices.clear();
  const auto draft = setup.run({test::said(test::kpis_text(16))});
  REQUIRE(draft);
  CHECK_FALSE(draft->cost_usd.has_value());
}

TEST_CASE("llm::ModelGenerator: stopped before it asks, it asks nothing") {
  Setup setup;
  std::stop_source stop;
  stop.request_stop();
  const auto draft = setup.run({test::said(test::kpis_text(16))}, stop.get_token());
  REQUIRE_FALSE(draft);
  CHECK(draft.error().fault == Fault::interrupted);
  CHECK(setup.log.asked.empty());
}

TEST_CASE("llm::estimate: forecasts tokens and cost without a call") {
  Setup setup;
  auto prompts = llm::Prompts::load(std::filesystem::path(KPI_SOURCE_DIR) / "prompts");
  REQUIRE(prompts);
  const std::vector<llm::TableTask> tasks{
      {setup.database, setup.database.tables[0], setup.domain, "default", 15, 20},
      {setup.database, setup.database.tables[1], setup.domain, "default", 15, 20}};
  const auto total = llm::estimate(*prompts, tasks, setup.models, "openai", "test-model");
  CHECK(total.calls == 2);
  CHECK(total.prompt_tokens > 1000);
  CHECK(total.cost_usd.value() > 0);
  CHECK_FALSE(llm::estimate(*prompts, tasks, setup.models, "openai", "other").cost_usd.has_value());
}
