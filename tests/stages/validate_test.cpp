#include "validate_fixture.hpp"

using namespace kpi;
using test::candidate;
using test::candidates;
using test::has;
using test::validate;
using test::weights;

TEST_CASE("stages::validate: nothing that the guard refuses is ever sent") {
  test::Stage stage;
  const auto outcome = validate(
      stage, candidates({candidate("a", "DELETE FROM orders"), candidate("b", "SELECT 1; DROP TABLE orders"),
                         candidate("c", "PRAGMA writable_schema = 1"),
                         candidate("d", "SELECT nosuch FROM orders"), candidate("e", "nonsense")}));
  REQUIRE(outcome.has_value());
  CHECK(stage.metabase.queries_seen.empty());
  for (const auto& kpi : outcome->report.kpis) {
    CAPTURE(kpi.sql);
    CHECK(kpi.validation->status == model::Verdict::rejected);
    CHECK(kpi.score->total == 0);
  }
}

TEST_CASE("stages::validate: what runs passes, and the text that was checked is the text that was sent") {
  test::Stage stage;
  const std::string sql = "SELECT count(*) AS orders FROM orders WHERE status = 1";
  const auto outcome = validate(stage, candidates({candidate("Open orders", sql)}));
  REQUIRE(outcome.has_value());
  const auto& kpi = outcome->report.kpis.at(0);
  CHECK(kpi.validation->status == model::Verdict::passed);
  CHECK(stage.metabase.queries_seen == std::vector<std::string>{sql});
  CHECK(kpi.validation->execution->rows == 1);
  CHECK(kpi.score->total > 0);
  CHECK(kpi.id == model::kpi_id("default", "shop", "orders", "Open orders"));
  CHECK(kpi.category == "Sales");
  CHECK_FALSE(kpi.validation->fingerprint.empty());
}

TEST_CASE("stages::validate: a statement the database refuses is a result, not a failure") {
  test::Stage stage;
  stage.metabase.answer = [](const std::string&) {
    metabase::QueryResult result;
    result.error = "no such function: foo";
    return Result<metabase::QueryResult>(result);
  };
  const auto outcome = validate(stage, candidates({candidate("a", "SELECT count(*) FROM orders")}));
  REQUIRE(outcome.has_value());
  CHECK_FALSE(outcome->partial);
  CHECK(has(outcome->report.kpis.at(0), "run.error"));
  CHECK(outcome->report.kpis.at(0).validation->status == model::Verdict::rejected);
}

TEST_CASE("stages::validate: results are judged by their rows, which are not kept") {
  test::Stage stage;
  const auto check = [&](std::vector<std::vector<Json>> rows, const char* code) {
    CAPTURE(code);
    stage.metabase.answer = [rows](const std::string&) {
      auto result = test::FakeMetabase::rows(rows);
      return Result<metabase::QueryResult>(result);
    };
    auto kpi = candidate("Share of paid orders", "SELECT count(*) FROM orders");
    kpi.result.unit = model::Unit::percent;
    const auto outcome = validate(stage, candidates({kpi}));
    REQUIRE(outcome.has_value());
    const auto& judged = outcome->report.kpis.at(0);
    CHECK(has(judged, code));
    CHECK(judged.validation->status == model::Verdict::passed);  // results warn, they never reject
    CHECK(model::report_text(outcome->report).find("private-row") == std::string::npos);
  };
  check({}, "result.empty");
  check({{nullptr}}, "result.all_null");
  check({{"private-row", 4711}}, "result.out_of_range");
}

TEST_CASE("stages::validate: a share is judged by the column that holds it, a change by nothing") {
  test::Stage stage;
  auto result = test::FakeMetabase::rows({{"2026-01", 900, 140}});
  result.columns[1].name = "orders";
  result.columns[2].name = "paid_percent";
  stage.metabase.answer = [&](const std::string&) { return Result<metabase::QueryResult>(result); };
  auto kpi = candidate("Paid share by month", "SELECT count(*) FROM orders");
  kpi.result = {model::Shape::series, model::Unit::percent, "line"};
  const auto judged = validate(stage, candidates({kpi}));
  REQUIRE(judged.has_value());
  CHECK(has(judged->report.kpis.at(0), "result.out_of_range"));
  result.rows = {{"2026-01", 900, 40}};
  CHECK_FALSE(has(validate(stage, candidates({kpi}))->report.kpis.at(0), "result.out_of_range"));
  result.rows = {{"2026-01", 900, -40}};
  result.columns[2].name = "change_percent";
  CHECK_FALSE(has(validate(stage, candidates({kpi}))->report.kpis.at(0), "result.out_of_range"));
}

TEST_CASE("stages::validate: two KPIs that ask the same are one") {
  test::Stage stage;
  const auto outcome =
      validate(stage, candidates({candidate("Orders", "SELECT count(*) FROM orders"),
                                  candidate("Number of orders", "select COUNT( * )\nfrom orders"),
                                  candidate("orders!", "SELECT count(*) FROM orders WHERE status = 1")}));
  REQUIRE(outcome.has_value());
  const auto& kpis = outcome->report.kpis;
  CHECK(kpis[0].score->total > 0);
  CHECK(has(kpis[1], "dup.fingerprint"));
  CHECK(kpis[1].score->total == 0);
  CHECK(has(kpis[2], "dup.id"));
}

TEST_CASE("stages::validate: a server lost midway leaves a whole report that says so") {
  test::Stage stage;
  int sent = 0;
  stage.metabase.answer = [&](const std::string&) -> Result<metabase::QueryResult> {
    if (++sent > 1) return test::FakeMetabase::unreachable();
    return test::FakeMetabase::rows({{1}});
  };
  const auto outcome = validate(stage, candidates({candidate("a", "SELECT count(*) FROM orders"),
                                                   candidate("b", "SELECT max(order_id) FROM orders"),
                                                   candidate("c", "SELECT min(order_id) FROM orders")}));
  REQUIRE(outcome.has_value());
  CHECK(outcome->partial);
  CHECK(sent == 2);  // nothing more is sent to a server that is gone
  CHECK(outcome->report.envelope.errors.size() == 2);
  CHECK(outcome->report.kpis[0].validation->status == model::Verdict::passed);
  CHECK(has(outcome->report.kpis[2], "run.skipped"));

  SUBCASE("and one that was never there fails the stage") {
    stage.metabase.answer = [](const std::string&) -> Result<metabase::QueryResult> {
      return test::FakeMetabase::unreachable();
    };
    const auto lost = validate(stage, candidates({candidate("a", "SELECT count(*) FROM orders")}));
    REQUIRE_FALSE(lost.has_value());
    CHECK(lost.error().fault == Fault::unreachable);
  }
}

TEST_CASE("stages::validate: without execution nothing is asked of Metabase") {
  test::Stage stage;
  stages::ValidateOptions options;
  options.execute = false;
  const auto outcome =
      stages::validate(candidates({candidate("a", "SELECT count(*) FROM orders")}), options,
                       {nullptr, nullptr, stage.analyzer, stage.domain, weights()}, stage.context());
  REQUIRE(outcome.has_value());
  CHECK(outcome->report.kpis.at(0).validation->status == model::Verdict::passed);
  CHECK(outcome->report.kpis.at(0).validation->execution->status == model::RunStatus::skipped);
}

TEST_CASE("stages::validate: a report of another Metabase is matched by database name") {
  test::Stage stage;
  auto report = candidates({candidate("a", "SELECT count(*) FROM orders")});
  report.envelope.metabase_url = "http://elsewhere";
  report.databases[0].id = 99;
  report.kpis[0].database_id = 99;
  const auto outcome = validate(stage, report);
  REQUIRE(outcome.has_value());
  CHECK(outcome->report.kpis.at(0).database_id == 7);
  CHECK(outcome->report.databases.at(0).id == 7);

  report.databases[0].name = "unheard of";
  const auto refused = validate(stage, report);
  REQUIRE_FALSE(refused.has_value());
  CHECK(refused.error().fault == Fault::input);
}

TEST_CASE("stages::validate: a KPI written by hand needs no more than name, SQL and database") {
  test::Stage stage;
  model::CandidatesReport report;
  model::Kpi kpi;
  kpi.name = "Orders";
  kpi.sql = "SELECT count(*) FROM orders";
  kpi.database_id = 7;
  model::Kpi lost = kpi;
  lost.database_id = 12;
  report.kpis = {kpi, lost};
  const auto outcome = validate(stage, report);
  REQUIRE(outcome.has_value());
  const auto& made = outcome->report.kpis.at(0);
  CHECK(made.tables == std::vector<std::string>{"orders"});
  CHECK(made.id == model::kpi_id("default", "shop", "orders", "Orders"));
  CHECK(made.validation->status == model::Verdict::passed);
  CHECK(has(outcome->report.kpis.at(1), "schema.unknown_database"));
}

TEST_CASE("stages::validate: the same bytes whatever the number of jobs") {
  std::vector<model::Kpi> kpis;
  for (int i = 0; i < 40; ++i) {
    kpis.push_back(
        candidate("k" + std::to_string(i), "SELECT count(*) + " + std::to_string(i) + " FROM orders"));
  }
  const auto text = [&](std::size_t jobs) {
    test::Stage stage;
    const auto outcome = validate(stage, candidates(kpis), {}, jobs);
    REQUIRE(outcome.has_value());
    return model::report_text(outcome->report);
  };
  CHECK(text(1) == text(8));
}

TEST_CASE("stages::validate: each step of a KPI says how far it came") {
  test::Stage stage;
  const auto outcome = validate(stage, candidates({candidate("good", "SELECT count(*) AS n FROM orders;"),
                                                   candidate("bad", "SELECT nosuch FROM orders")}));
  REQUIRE(outcome.has_value());
  const auto& good = outcome->report.kpis.at(0);
  std::string names;
  for (const auto& step : good.validation->steps) names += step.name + " ";
  CHECK(names == "guard parse bind lint mend plan run result score ");
  for (const char* step : {"guard", "parse", "bind", "run", "result", "score"})
    CHECK(test::outcome_of(good, step) == "ok");
  CHECK(test::outcome_of(good, "mend") == "changed");
  CHECK(test::outcome_of(good, "plan") == "skipped");
  const auto& bad = outcome->report.kpis.at(1);
  CHECK(test::outcome_of(bad, "bind") == "failed");
  CHECK(test::outcome_of(bad, "run") == "none");
}

TEST_CASE("stages::validate: of a result no more than its shape is kept") {
  test::Stage stage;
  stage.metabase.answer = [](const std::string&) {
    auto result = test::FakeMetabase::rows({{"secret-name", 10}, {"other-name", 30}, {nullptr, nullptr}});
    return Result<metabase::QueryResult>(result);
  };
  auto kpi = candidate("Orders by status", "SELECT status, count(*) AS n FROM orders GROUP BY status");
  kpi.result = {model::Shape::breakdown, model::Unit::count, "bar"};
  const auto outcome = validate(stage, candidates({kpi}));
  REQUIRE(outcome.has_value());
  const auto& columns = outcome->report.kpis.at(0).validation->execution->columns;
  REQUIRE(columns.size() == 2);
  CHECK_FALSE(columns[0].min.has_value());
  CHECK(columns[0].null_share.value() == doctest::Approx(0.3333));
  CHECK(columns[1].min.value() == Json(10));
  CHECK(columns[1].max.value() == Json(30));
  const auto text = model::report_text(outcome->report);
  CHECK(text.find("secret-name") == std::string::npos);
  CHECK(text.find("other-name") == std::string::npos);

  SUBCASE("and of one that reads a personal column not even the bounds") {
    auto report = candidates({candidate("People", "SELECT count(DISTINCT email) AS n FROM customers")});
    report.databases[0].tables[0].fields[2].pii = true;
    stage.metabase.answer = [](const std::string&) {
      return Result<metabase::QueryResult>(test::FakeMetabase::rows({{12345}}));
    };
    const auto judged = validate(stage, report);
    REQUIRE(judged.has_value());
    const auto& execution = judged->report.kpis.at(0).validation->execution;
    REQUIRE(execution.has_value());
    CHECK(execution->status == model::RunStatus::ok);
    CHECK_FALSE(execution->value.has_value());
    CHECK_FALSE(execution->columns.at(0).max.has_value());
  }
}

TEST_CASE("stages::validate: what the database quotes from its rows reaches no report") {
  test::Stage stage;
  stage.metabase.answer = [](const std::string&) {
    metabase::QueryResult result;
    result.error = "ERROR: invalid input syntax for type integer: \"Kim Minsu\" in column \"status\"";
    return Result<metabase::QueryResult>(result);
  };
  const auto outcome = validate(stage, candidates({candidate("a", "SELECT max(status) AS s FROM orders")}));
  REQUIRE(outcome.has_value());
  const auto text = model::report_text(outcome->report);
  CHECK(text.find("Kim") == std::string::npos);
  CHECK(text.find("\\\"status\\\"") != std::string::npos);
}

TEST_CASE("stages::validate: a full server is asked again after a pause, a few times") {
  test::Stage stage;
  int sent = 0;
  stage.metabase.answer = [&](const std::string&) -> Result<metabase::QueryResult> {
    if (++sent < 3) return Error{Fault::item, "metabase.saturated", "metabase", "is full", ""};
    return test::FakeMetabase::rows({{5}});
  };
  const auto before = stage.clock.steady();
  const auto outcome = validate(stage, candidates({candidate("a", "SELECT count(*) AS n FROM orders")}));
  REQUIRE(outcome.has_value());
  CHECK(sent == 3);
  CHECK(outcome->report.kpis.at(0).validation->status == model::Verdict::passed);
  CHECK(stage.clock.steady() - before >= std::chrono::milliseconds(750));  // half of 0.5 s and of 1 s

  SUBCASE("and where it stays full, the KPI is an item that failed") {
    stage.metabase.answer = [&](const std::string&) -> Result<metabase::QueryResult> {
      ++sent;
      return Error{Fault::item, "metabase.saturated", "metabase", "is full", ""};
    };
    sent = 0;
    const auto failed = validate(stage, candidates({candidate("a", "SELECT count(*) AS n FROM orders")}));
    REQUIRE(failed.has_value());
    CHECK(failed->partial);
    CHECK(sent == 5);
    CHECK(failed->report.envelope.errors.at(0).code == "metabase.saturated");
  }
}

TEST_CASE("stages::validate: a stage that was stopped has no report") {
  test::Stage stage;
  stage.metabase.answer = [&](const std::string&) {
    stage.stop.request_stop();
    return Result<metabase::QueryResult>(test::FakeMetabase::rows({{5}}));
  };
  const auto outcome = validate(stage, candidates({candidate("a", "SELECT count(*) AS n FROM orders"),
                                                   candidate("b", "SELECT max(order_id) AS n FROM orders")}));
  REQUIRE_FALSE(outcome.has_value());
  CHECK(outcome.error().fault == Fault::interrupted);
  CHECK(stage.metabase.queries_seen.size() == 1);
}
