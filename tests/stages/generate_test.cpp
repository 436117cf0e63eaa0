#include "fixture.hpp"

#include <kpi/stages/generate.hpp>

#include <algorithm>
#include <atomic>
#include <mutex>

using namespace kpi;

namespace {

/// Writes `count` KPIs a table, or fails as told.
class FakeGenerator final : public llm::Generator {
public:
  int count = 15;
  int distinct_names = 100;
  std::optional<Error> failure;
  std::optional<Error> shortfall;
  std::string fails_on;  ///< a table's name; empty: all
  std::atomic<int> calls = 0;
  std::string seen;  ///< the tables that it was handed

  Result<llm::Draft> generate(const llm::TableTask& task, llm::Spent& spent, std::stop_token stop) override {
    if (stop.stop_requested()) return Error{Fault::interrupted, "llm.interrupted", "fake", "stopped", ""};
    ++calls;
    {
      const std::lock_guard lock(mutex_);
      seen += dump_json(model::to_json(task.table));
    }
    ++spent.attempts;
    ++spent.calls;
    spent.add({.prompt_tokens = 100, .completion_tokens = 10}, 0.25);
    if (failure && (fails_on.empty() || fails_on == task.table.name)) return *failure;
    llm::Draft draft;
    draft.shortfall = shortfall;
    for (int i = 0; i < count; ++i) {
      model::Kpi kpi;
      kpi.name = task.table.name + " " + std::to_string(i % distinct_names);
      kpi.sql = "SELECT count(*) + " + std::to_string(i) + " FROM " + task.table.name;
      kpi.source.provider = "fake";
      draft.kpis.push_back(std::move(kpi));
    }
    return draft;
  }
  [[nodiscard]] std::string_view provider() const override { return "fake"; }
  [[nodiscard]] std::string_view model() const override { return ""; }

private:
  std::mutex mutex_;
};

model::SchemaReport small_schema() {
  model::SchemaReport schema;
  schema.envelope.metabase_url = "http://m";
  schema.databases = {test::small_shop()};
  return schema;
}

}  // namespace

TEST_CASE("stages::generate: the same bytes whatever the number of jobs") {
  const auto text = [](std::size_t jobs) {
    test::Stage stage;
    FakeGenerator generator;
    auto outcome =
        stages::generate(small_schema(), {}, {generator, nullptr, stage.domain}, stage.context(jobs));
    REQUIRE(outcome.has_value());
    return model::report_text(outcome->report);
  };
  const auto one = text(1);
  CHECK(one == text(2));
  CHECK(one == text(8));
}

TEST_CASE("stages::generate: gives ids, categories and tables, and never the same name twice") {
  test::Stage stage;
  FakeGenerator generator;
  const auto outcome =
      stages::generate(small_schema(), {}, {generator, nullptr, stage.domain}, stage.context());
  REQUIRE(outcome.has_value());
  const auto& kpis = outcome->report.kpis;
  REQUIRE(kpis.size() == 30);
  CHECK(kpis[0].id == model::kpi_id("default", "shop", "customers", "customers 0"));
  CHECK(kpis[0].category == "People");
  CHECK(kpis[15].category == "Sales");
  CHECK(kpis[0].tables == std::vector<std::string>{"customers"});
  CHECK(outcome->report.tables[0].status == model::TableStatus::ok);

  generator.distinct_names = 10;
  const auto repeated =
      stages::generate(small_schema(), {}, {generator, nullptr, stage.domain}, stage.context());
  REQUIRE(repeated.has_value());
  CHECK(repeated->report.kpis.size() == 20);
  CHECK(repeated->report.tables[0].status == model::TableStatus::too_short);
}

TEST_CASE("stages::generate: a table that fails is reported and the rest goes on") {
  test::Stage stage;
  FakeGenerator generator;
  generator.failure = Error{Fault::item, "llm.unreadable", "llm", "answered nonsense", ""};
  generator.fails_on = "customers";
  const auto outcome =
      stages::generate(small_schema(), {}, {generator, nullptr, stage.domain}, stage.context());
  REQUIRE(outcome.has_value());
  CHECK(outcome->partial);
  CHECK(outcome->report.kpis.size() == 15);
  CHECK(outcome->report.tables[0].status == model::TableStatus::failed);
  CHECK(outcome->report.envelope.errors.at(0).code == "llm.unreadable");
  // What it took is counted, whatever came of it.
  CHECK(outcome->report.llm_calls == 2);
  CHECK(outcome->report.prompt_tokens == 200);
  CHECK(outcome->report.completion_tokens == 20);
  CHECK(outcome->report.cost_usd == 0.5);

  SUBCASE("or filled by the fallback") {
    FakeGenerator fallback;
    const auto filled =
        stages::generate(small_schema(), {}, {generator, &fallback, stage.domain}, stage.context());
    REQUIRE(filled.has_value());
    CHECK(filled->report.kpis.size() == 30);
    // And still it is said that the model failed.
    CHECK(filled->partial);
    REQUIRE(filled->report.envelope.errors.size() == 1);
    CHECK(filled->report.envelope.errors[0].code == "llm.unreadable");
    CHECK(filled->report.tables[0].status == model::TableStatus::ok);
    CHECK(filled->report.tables[0].error == "llm: answered nonsense");
    CHECK_FALSE(filled->report.tables[1].error.has_value());
  }
}

TEST_CASE("stages::generate: a machine that fails after a table was finished is a machine's fault") {
  test::Stage stage;
  FakeGenerator generator;
  generator.failure = Error{Fault::machine, "state.full", "state", "no room left", "make room"};
  generator.fails_on = "orders";
  const auto outcome =
      stages::generate(small_schema(), {}, {generator, nullptr, stage.domain}, stage.context());
  REQUIRE_FALSE(outcome.has_value());
  CHECK(outcome.error().fault == Fault::machine);
  FakeGenerator fallback;
  const auto filled =
      stages::generate(small_schema(), {}, {generator, &fallback, stage.domain}, stage.context());
  REQUIRE_FALSE(filled.has_value());
  CHECK(filled.error().fault == Fault::machine);
  CHECK(fallback.calls == 0);
}

TEST_CASE("stages::generate: personal columns of a report by another hand are flagged and emptied") {
  test::Stage stage;
  FakeGenerator generator;
  auto schema = small_schema();
  auto& email = schema.databases[0].tables[0].fields[2];
  REQUIRE(email.name == "email");
  email.values.emplace().emplace_back("kim@example.com");
  email.stats.emplace().percent_email = 1.0;
  const auto outcome = stages::generate(schema, {}, {generator, nullptr, stage.domain}, stage.context());
  REQUIRE(outcome.has_value());
  CHECK(generator.seen.find("\"customer_id\"") != std::string::npos);
  CHECK(generator.seen.find("kim@example.com") == std::string::npos);
  CHECK(model::report_text(outcome->report).find("kim@example.com") == std::string::npos);
  CHECK(outcome->report.databases[0].tables[0].fields[2].pii);
}

TEST_CASE("stages::generate: what would fail for every table ends the stage after one call") {
  test::Stage stage;
  FakeGenerator generator;
  generator.failure = Error{Fault::unreachable, "llm.credentials", "openai", "refused the key (401)", ""};
  const auto outcome =
      stages::generate(small_schema(), {}, {generator, nullptr, stage.domain}, stage.context());
  REQUIRE_FALSE(outcome.has_value());
  CHECK(outcome.error().code == "llm.credentials");
  CHECK(generator.calls == 1);
}

TEST_CASE("stages::generate: with a fallback, what would fail for every table is met once") {
  test::Stage stage;
  FakeGenerator generator;
  generator.failure = Error{Fault::unreachable, "llm.credentials", "openai", "refused the key (401)", ""};
  FakeGenerator fallback;
  const auto outcome =
      stages::generate(small_schema(), {}, {generator, &fallback, stage.domain}, stage.context());
  REQUIRE(outcome.has_value());
  CHECK(outcome->partial);
  CHECK(outcome->report.envelope.errors.size() == 2);
  CHECK(outcome->report.kpis.size() == 30);
  CHECK(generator.calls == 1);
  CHECK(fallback.calls == 2);
}

TEST_CASE("stages::generate: a table whose missing KPIs could not be asked for is short, and says why") {
  test::Stage stage;
  FakeGenerator generator;
  generator.count = 4;
  generator.shortfall = Error{Fault::item, "llm.budget", "fake", "the budget is used up", ""};
  const auto outcome =
      stages::generate(small_schema(), {}, {generator, nullptr, stage.domain}, stage.context());
  REQUIRE(outcome);
  CHECK(outcome->partial);
  const auto& report = outcome->report;
  REQUIRE(report.envelope.errors.size() == report.tables.size());
  CHECK(report.envelope.errors[0].code == "llm.budget");
  CHECK(report.tables[0].status == model::TableStatus::too_short);
  CHECK(report.tables[0].kpis == 4);
  CHECK(report.tables[0].error.value_or("").find("the budget is used up") != std::string::npos);
}

TEST_CASE("stages::generate: too few KPIs are called short, too many are cut") {
  test::Stage stage;
  FakeGenerator generator;
  generator.count = 30;
  stages::GenerateOptions options;
  options.tables = {"orders"};
  auto outcome =
      stages::generate(small_schema(), options, {generator, nullptr, stage.domain}, stage.context());
  REQUIRE(outcome.has_value());
  CHECK(outcome->report.kpis.size() == 20);
  CHECK(outcome->report.tables.size() == 1);
  generator.count = 3;
  outcome = stages::generate(small_schema(), options, {generator, nullptr, stage.domain}, stage.context());
  REQUIRE(outcome.has_value());
  CHECK(outcome->report.tables[0].status == model::TableStatus::too_short);
  CHECK_FALSE(outcome->partial);
}

TEST_CASE("stages::generate: tells of a table's KPIs when they are written, as the report will have them") {
  test::Stage stage;
  FakeGenerator generator;
  generator.count = 25;  // more than the report takes
  std::mutex mutex;
  std::vector<std::string> told;
  stages::GeneratePorts ports{generator, nullptr, stage.domain};
  ports.on_kpis = [&](const std::vector<model::Kpi>& kpis) {
    const std::lock_guard lock(mutex);
    for (const auto& kpi : kpis) told.push_back(dump_json(to_json(kpi)));
  };
  const auto outcome = stages::generate(small_schema(), {}, ports, stage.context(4));
  REQUIRE(outcome.has_value());
  std::vector<std::string> reported;
  for (const auto& kpi : outcome->report.kpis) reported.push_back(dump_json(to_json(kpi)));
  std::sort(told.begin(), told.end());
  std::sort(reported.begin(), reported.end());
  CHECK(told == reported);
  CHECK(told.size() == 40);
}
