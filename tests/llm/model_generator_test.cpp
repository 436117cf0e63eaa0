#include "llm/fixture.hpp"

#include <kpi/base/text.hpp>
#include <kpi/llm/model_generator.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <memory>
#include <thread>
#include <unistd.h>

using namespace kpi;

namespace {

struct Setup : test::ChatSetup {
  std::int64_t prompt_tokens = 12'000;

  Result<llm::Draft> run(std::vector<Result<llm::Answer>> answers, std::stop_token stop = {}) {
    auto read = llm::Prompts::load(prompts());
    REQUIRE(read);
    llm::ModelGenerator generator(client(std::move(answers)), std::move(*read), prompt_tokens);
    return generator.generate({database, *database.table("TB_ORDER"), domain, "default", 15, 20}, spent,
                              stop);
  }
};

}  // namespace

TEST_CASE("llm::ModelGenerator: an answer becomes KPIs with their source and cost") {
  Setup setup;
  const auto draft = setup.run({test::said(test::kpis_text(16))});
  REQUIRE(draft);
  REQUIRE(draft->kpis.size() == 16);
  CHECK(setup.spent.calls == 1);
  CHECK(setup.spent.attempts == 1);
  CHECK(setup.spent.cost_usd.value() == doctest::Approx(0.002));
  const auto& kpi = draft->kpis.front();
  CHECK(kpi.name == "KPI 1");
  CHECK(kpi.database_id == 7);
  CHECK(kpi.tables == std::vector<std::string>{"TB_ORDER"});
  CHECK(kpi.source.provider == "openai");
  CHECK(kpi.source.model == "test-model");
  CHECK(kpi.source.prompt_sha256.size() == 64);
  CHECK_FALSE(kpi.source.cached);
}

TEST_CASE("llm::ModelGenerator: the displays that an answer may name are those that the prompt offers") {
  const auto offered = llm::answer_schema()["properties"]["kpis"]["items"]["properties"]["display"]["enum"]
                           .get<std::vector<std::string>>();
  CHECK(std::find(offered.begin(), offered.end(), "trend") != offered.end());
  Json list = Json::array();
  for (const auto& display : offered)
    list.push_back({{"name", "As " + display}, {"sql", "SELECT '" + display + "'"}, {"display", display}});
  Setup setup;
  const auto draft = setup.run({test::said(dump_json(Json{{"kpis", list}}))});
  REQUIRE(draft);
  REQUIRE(draft->kpis.size() == offered.size());
  for (std::size_t i = 0; i < offered.size(); ++i) CHECK(draft->kpis[i].result.display == offered[i]);
  CHECK(setup.log.asked.front().system.find(R"("display":")" + join(offered, "|") + '"') !=
        std::string::npos);
}

TEST_CASE("llm::ModelGenerator: a second run finds the stored answer and makes no call") {
  Setup setup;
  REQUIRE(setup.run({test::said(test::kpis_text(16))}));
  const auto again = setup.run({test::said(test::kpis_text(16))});
  REQUIRE(again);
  CHECK(setup.log.asked.size() == 1);
  CHECK(setup.spent.calls == 0);
  CHECK(setup.spent.cached_calls == 1);
  CHECK(setup.spent.cost_usd.value() == 0.0);
  CHECK(again->kpis.front().source.cached);
  setup.options.use_cache = false;
  REQUIRE(setup.run({test::said(test::kpis_text(16))}));
  CHECK(setup.log.asked.size() == 2);
}

TEST_CASE("llm::ModelGenerator: an answer without a KPI is stored, told apart, and never paid for again") {
  struct Case {
    const char* text;
    llm::Finish finish;
    const char* outcome;
    const char* code;
    std::size_t asked;  // with the top-up, where one may help
  };
  for (const auto& c : {Case{"Sorry, no JSON today.", llm::Finish::stop, "no_json", "llm.unreadable", 2},
                        Case{"[]", llm::Finish::stop, "empty_list", "llm.empty_list", 2},
                        Case{R"([{"name":"A"}])", llm::Finish::stop, "unusable", "llm.unreadable", 2},
                        Case{"", llm::Finish::empty, "empty", "llm.empty", 2},
                        Case{R"([{"name":"A","sq)", llm::Finish::length, "cut", "llm.cut", 1},
                        Case{"", llm::Finish::length, "cut", "llm.cut", 1},
                        Case{"", llm::Finish::refusal, "refused", "llm.refused", 1},
                        Case{"", llm::Finish::filtered, "filtered", "llm.filtered", 1}}) {
    CAPTURE(c.text);
    CAPTURE(c.outcome);
    Setup setup;
    const auto draft = setup.run({test::said(c.text, c.finish)});
    REQUIRE_FALSE(draft);
    CHECK(draft.error().code == c.code);
    CHECK(draft.error().fault == Fault::item);
    CHECK(setup.log.asked.size() == c.asked);
    REQUIRE(setup.state.calls.size() == c.asked);
    CHECK(setup.state.calls[0].outcome == c.outcome);
    CHECK(setup.state.calls[0].completion_tokens == 500);
    CHECK(setup.spent.calls == static_cast<std::int64_t>(c.asked));
    CHECK(setup.spent.completion_tokens == 500 * static_cast<std::int64_t>(c.asked));
    CHECK(setup.spent.cost_usd.value() == doctest::Approx(0.002 * static_cast<double>(c.asked)));

    const auto again = setup.run({test::said(test::kpis_text(16))});
    REQUIRE_FALSE(again);
    CHECK(again.error().code == c.code);
    CHECK(setup.log.asked.size() == c.asked);
    CHECK(setup.spent.calls == 0);
    CHECK(setup.spent.cached_calls == static_cast<std::int64_t>(c.asked));

    setup.options.use_cache = false;
    CHECK(setup.run(
        {test::said(test::kpis_text(16)), test::said(test::kpis_text(16)), test::said(test::kpis_text(16))}));
    setup.options.use_cache = true;  // what was good is found before what was not
    CHECK(setup.run({test::said("")}));
    CHECK(setup.spent.calls == 0);
  }
}

TEST_CASE(
    "llm::ModelGenerator: an answer that was cut is asked for again only where a longer one is allowed") {
  Setup setup;
  setup.options.max_tokens = 100;
  const std::vector<Result<llm::Answer>> cut{test::said("[{", llm::Finish::length)};
  CHECK_FALSE(setup.run(cut));
  CHECK_FALSE(setup.run(cut));
  CHECK(setup.log.asked.size() == 1);
  const auto is_stored = [&setup] {
    llm::Prompt prompt{setup.log.asked[0].system, setup.log.asked[0].user};
    return *setup.client({test::said("")})->is_stored(prompt);
  };
  CHECK(is_stored());
  setup.options.max_tokens = 200;
  CHECK_FALSE(is_stored());  // so a forecast counts it
  CHECK(setup.run({test::said(""), test::said(test::kpis_text(16))}));
  CHECK(setup.log.asked.size() == 2);
  CHECK(is_stored());
}

TEST_CASE("llm::ModelGenerator: a short answer is topped up once, naming what exists") {
  Setup setup;
  const std::vector<Result<llm::Answer>> answers{test::said(test::kpis_text(10), llm::Finish::length),
                                                 test::said(test::kpis_text(9, 8))};
  const auto draft = setup.run(answers);
  REQUIRE(draft);
  CHECK(draft->kpis.size() == 16);  // three of the second answer were there already
  CHECK(setup.spent.attempts == 2);
  CHECK(setup.spent.calls == 2);
  REQUIRE(setup.log.asked.size() == 2);
  CHECK(setup.log.asked[0].user.find("KPI 10") == std::string::npos);
  CHECK(setup.log.asked[1].user.find("- KPI 10\n") != std::string::npos);
  const auto again = setup.run(answers);
  REQUIRE(again);
  CHECK(setup.spent.cached_calls == 2);
  CHECK(again->kpis.size() == 16);
}

TEST_CASE("llm::ModelGenerator: still short after the top-up is no failure") {
  Setup setup;
  const auto draft = setup.run({test::said(test::kpis_text(3)), test::said(test::kpis_text(3))});
  REQUIRE(draft);
  CHECK(draft->kpis.size() == 3);
  CHECK(setup.log.asked.size() == 2);
  CHECK_FALSE(draft->shortfall.has_value());  // it was asked for, and there is no more
}

TEST_CASE("llm::ModelGenerator: what fails for all is passed on as it is") {
  Setup setup;
  const auto draft = setup.run({Error{Fault::unreachable, "llm.credentials", "openai", "refused", ""}});
  REQUIRE_FALSE(draft);
  CHECK(draft.error().fault == Fault::unreachable);
  REQUIRE(setup.state.calls.size() == 1);
  CHECK(setup.state.calls[0].outcome == "failed");
  CHECK(setup.state.calls[0].cost_usd == 0.0);
  CHECK(setup.spent.calls == 0);
}

TEST_CASE("llm::ChatClient: asks nothing more once every question would fail the same way") {
  Setup setup;
  llm::ChatClient client(
      std::make_unique<test::FakeChat>(
          std::vector<Result<llm::Answer>>{
              Error{Fault::unreachable, "llm.credentials", "openai", "refused", ""}, test::said("well")},
          setup.log),
      {setup.models, &setup.state, setup.clock}, setup.options);
  llm::Spent spent;
  CHECK_FALSE(client.ask({"s", "u"}, spent, {}));
  const auto second = client.ask({"s", "another"}, spent, {});
  REQUIRE_FALSE(second);
  CHECK(second.error().code == "llm.credentials");
  CHECK(setup.log.asked.size() == 1);
}

TEST_CASE("llm::ChatClient: a question that somebody else is asking is waited for, and not paid twice") {
  Setup setup;
  setup.state.busy = 3;
  setup.state.when_free = [&setup] {
    // What the other one got, under the key that this client asks for.
    Setup other;
    REQUIRE(other.run({test::said(test::kpis_text(16))}));
    setup.state.calls = other.state.calls;
  };
  const auto draft = setup.run({test::said("never asked")});
  REQUIRE(draft);
  CHECK(draft->kpis.size() == 16);
  CHECK(setup.log.asked.empty());
  CHECK(setup.spent.calls == 0);
  CHECK(setup.spent.cached_calls == 1);
  CHECK(setup.clock.sleeps().size() == 3);

  Setup failed;  // the other one got nothing: now it is ours to ask
  failed.state.busy = 2;
  CHECK(failed.run({test::said(test::kpis_text(16))}));
  CHECK(failed.log.asked.size() == 1);

  Setup anew;
  anew.state.busy = 1000;
  anew.options.use_cache = false;  // and so would take no answer of another's
  CHECK(anew.run({test::said(test::kpis_text(16))}));
  CHECK(anew.clock.sleeps().empty());
}

TEST_CASE("llm::Purse: waits for what others set aside and do not need, not for what never comes") {
  llm::Purse purse(1.0);
  CHECK(purse.reserve(0.8));
  CHECK_FALSE(purse.reserve(0.8));
  const auto seen = purse.settlements();
  std::jthread other([&] { purse.settle(0.8, 0.1); });
  CHECK(purse.await_settlement(seen, {}));
  CHECK(purse.reserve(0.8));
  purse.put_back(0.8);
  CHECK_FALSE(purse.await_settlement(purse.settlements(), {}));
}

TEST_CASE("llm::ModelGenerator: keeps the first answer when the top-up fails") {
  Setup setup;
  const auto draft =
      setup.run({test::said(test::kpis_text(5)), Error{Fault::item, "llm.server", "openai", "down", ""}});
  REQUIRE(draft);
  CHECK(draft->kpis.size() == 5);
  REQUIRE(draft->shortfall.has_value());
  CHECK(draft->shortfall->code == "llm.server");

  Setup full;
  const auto none =
      full.run({test::said(test::kpis_text(5)), Error{Fault::machine, "state.full", "state", "full", ""}});
  REQUIRE_FALSE(none);
  CHECK(none.error().code == "state.full");
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

TEST_CASE("llm::dearest_cost_of: no call that keeps to its limits costs more") {
  config::ModelTable models;
  models.prices = {{"anthropic", "m", 3.0, 0.3, 15.0, 3.75}, {"openai", "m", 2.0, 0.5, 8.0, 2.0}};
  const auto most = llm::dearest_cost_of(models, "anthropic", "m", 3000, 8000);
  REQUIRE(most.has_value());
  CHECK(*most == doctest::Approx((4000 * 3.75 + 8000 * 15.0) / 1e6));
  CHECK(*most >= llm::cost_of(models, "anthropic", "m",
                              {.prompt_tokens = 4000, .cache_write_tokens = 4000, .completion_tokens = 8000})
                     .value());
  CHECK(llm::dearest_cost_of(models, "openai", "m", 3000, 0).value() == doctest::Approx(4000 * 2.0 / 1e6));
  CHECK_FALSE(llm::dearest_cost_of(models, "openai", "other", 1, 1).has_value());
}

TEST_CASE("llm::ModelGenerator: an unknown price is an unknown cost, never none") {
  Setup setup;
  setup.models.prices.clear();
  const auto draft = setup.run({test::said(test::kpis_text(16))});
  REQUIRE(draft);
  CHECK_FALSE(setup.spent.cost_usd.has_value());
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

TEST_CASE("llm::ModelGenerator: tries that were lost on the way count at their most") {
  Setup setup;
  setup.log.lose = 1;
  REQUIRE(setup.run({test::said(test::kpis_text(16))}));
  CHECK(setup.spent.calls == 2);
  CHECK(setup.spent.cost_usd.value() > 2.0 * 8000 / 1e6);
  CHECK(setup.state.calls.at(0).cost_usd.value() == doctest::Approx(setup.spent.cost_usd.value()));

  Setup never;
  never.log.lose = 2;
  CHECK_FALSE(never.run({Error{Fault::item, "http.reset", "openai", "broke off", ""}}));
  CHECK(never.spent.calls == 2);
  CHECK(never.spent.cost_usd.value() > 2 * 2.0 * 8000 / 1e6);
  CHECK(never.state.calls.at(0).outcome == "lost");
  CHECK(never.run({test::said(test::kpis_text(16)), test::said(test::kpis_text(16))}));
  CHECK(never.log.asked.size() == 2);  // nothing came, so it is asked for again
}

TEST_CASE("llm::ModelGenerator: where nothing can be stored nothing is paid") {
  Setup setup;
  setup.state.full = true;
  const auto draft = setup.run({test::said(test::kpis_text(16))});
  REQUIRE_FALSE(draft);
  CHECK(draft.error().code == "state.full");
  CHECK(setup.log.asked.empty());
}

TEST_CASE("llm::ModelGenerator: a recording that fails is said, and the answer is stored for another try") {
  Setup setup;
  const auto folder = std::filesystem::temp_directory_path() / ("kpi-record-" + std::to_string(::getpid()));
  std::ofstream(folder) << "a file, and no folder";
  setup.options.record = folder;
  const auto draft = setup.run({test::said(test::kpis_text(16))});
  REQUIRE_FALSE(draft);
  CHECK(draft.error().fault == Fault::machine);
  CHECK(setup.spent.calls == 1);
  CHECK(setup.spent.cost_usd.value() == doctest::Approx(0.002));
  std::filesystem::remove(folder);
  CHECK(setup.run({test::said("never asked")}));
  CHECK(setup.log.asked.size() == 1);
  std::filesystem::remove_all(folder);
}

TEST_CASE("llm::ModelGenerator: a prompt that is too long is asked with less detail") {
  Setup setup;
  for (int i = 0; i < 80; ++i)
    setup.database.tables[1].fields.push_back(
        test::field("column_" + std::to_string(i), "Text", std::string(250, 'c')));
  const Error too_long{Fault::item, "llm.too_long", "openai", "too long", ""};
  const auto draft = setup.run({too_long, test::said(test::kpis_text(16))});
  REQUIRE(draft);
  REQUIRE(setup.log.asked.size() == 2);
  CHECK(setup.log.asked[1].user.size() < setup.log.asked[0].user.size());
  CHECK(setup.log.asked[1].user.find("column_79") != std::string::npos);
}

TEST_CASE("llm::estimate: forecasts tokens and cost without a call") {
  Setup setup;
  auto prompts = llm::Prompts::load(test::ChatSetup::prompts());
  REQUIRE(prompts);
  const std::vector<llm::TableTask> tasks{
      {setup.database, setup.database.tables[0], setup.domain, "default", 15, 20},
      {setup.database, setup.database.tables[1], setup.domain, "default", 15, 20}};
  const auto of = [&](const char* model, bool stored) {
    return *llm::estimate(*prompts, {}, tasks, setup.models, "openai", model,
                          [&](const llm::Prompt&) -> Result<bool> { return stored; });
  };
  const auto total = of("test-model", false);
  CHECK(total.calls == 2);
  CHECK(total.prompt_tokens > 1000);
  CHECK(total.cost_usd.value() > 0);
  CHECK_FALSE(of("other", false).cost_usd.has_value());
  const auto second = of("other", true);
  CHECK(second.calls == 0);
  CHECK(second.cached_calls == 2);
  CHECK(second.cost_usd == 0.0);
}
