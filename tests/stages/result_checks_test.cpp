#include "validate_fixture.hpp"

#include <kpi/stages/duplicates.hpp>
#include <kpi/stages/infer_shape.hpp>
#include <kpi/stages/result_checks.hpp>
#include <kpi/stages/without_values.hpp>

#include <fmt/format.h>

using namespace kpi;

namespace {

using Rows = std::vector<std::vector<Json>>;

struct Judged {
  std::vector<model::Finding> findings;
  stages::ResultFacts facts;
  [[nodiscard]] bool has(std::string_view code) const {
    return std::any_of(findings.begin(), findings.end(), [&](const auto& one) { return one.code == code; });
  }
};

Judged judge(model::Shape shape, model::Unit unit, Rows rows, const std::string& name = "Orders",
             std::chrono::milliseconds elapsed = std::chrono::milliseconds(5)) {
  model::Kpi kpi = test::candidate(name, "SELECT 1");
  kpi.result = {shape, unit, "line"};
  kpi.validation.emplace();
  auto result = test::FakeMetabase::rows(std::move(rows));
  result.elapsed = elapsed;
  stages::ResultLimits limits;
  limits.max_groups = 50;
  limits.now = WallTime(std::chrono::sys_days(std::chrono::year(2026) / 11 / 21).time_since_epoch());
  Judged judged;
  judged.facts = stages::facts_of(kpi.result, result);
  judged.findings = stages::check_result(kpi, result, judged.facts, limits);
  return judged;
}

Judged series(const std::vector<std::string>& times, const std::string& name = "Orders a month") {
  Rows rows;
  int value = 1;
  for (const auto& time : times) rows.push_back({time, value += 3});
  return judge(model::Shape::series, model::Unit::count, std::move(rows), name);
}

}  // namespace

TEST_CASE("stages::check_result: a series with gaps, by its own grain") {
  struct Case {
    const char* name;
    std::vector<std::string> times;
    bool gaps;
  };
  const std::vector<Case> cases{
      {"months", {"2026-01", "2026-02", "2026-03", "2026-04"}, false},
      {"months as timestamps",
       {"2026-01-01T00:00:00Z", "2026-02-01T00:00:00Z", "2026-03-01T00:00:00Z", "2026-04-01T00:00:00Z"},
       false},
      {"a month is missing", {"2026-01-01", "2026-02-01", "2026-04-01", "2026-05-01"}, true},
      {"days over a month's end", {"2026-02-27", "2026-02-28", "2026-03-01", "2026-03-02"}, false},
      {"a day is missing", {"2026-02-27", "2026-02-28", "2026-03-02", "2026-03-03"}, true},
      {"weeks over a year's end", {"2026-W52", "2026-W53", "2027-W01", "2027-W02"}, false},
      {"weeks that begin with a Monday", {"2025-W51", "2025-W52", "2026-W00", "2026-W01", "2026-W02"}, false},
      {"weeks of a year that begins on a Sunday", {"2023-W51", "2023-W52", "2024-W01", "2024-W02"}, false},
      {"a week is missing", {"2026-W09", "2026-W10", "2026-W12", "2026-W13"}, true},
      {"weeks", {"2026-03-02", "2026-03-09", "2026-03-16", "2026-03-23"}, false},
      {"quarters", {"2025-Q3", "2025-Q4", "2026-Q1", "2026-Q2"}, false},
      {"years, one missing", {"2021", "2022", "2024", "2025"}, true},
      {"downwards", {"2026-04", "2026-03", "2026-02", "2026-01"}, false},
      {"several rows a month", {"2026-01", "2026-01", "2026-02", "2026-02", "2026-03", "2026-04"}, false},
      {"too few to tell", {"2026-01", "2026-06"}, false}};
  for (const auto& one : cases) {
    CAPTURE(one.name);
    const auto judged = series(one.times);
    CHECK(judged.has("result.gaps") == one.gaps);
    CHECK_FALSE(judged.has("result.unordered"));
  }
}

TEST_CASE("stages::check_result: a series out of order, and one that ends in the future") {
  CHECK(series({"2026-01", "2026-03", "2026-02", "2026-04"}).has("result.unordered"));
  CHECK(series({"2026-10", "2026-11", "2026-12"}).has("result.future"));
  CHECK_FALSE(series({"2026-09", "2026-10", "2026-11"}).has("result.future"));
  // Today begins earlier elsewhere.
  CHECK_FALSE(series({"2026-11-20", "2026-11-21", "2026-11-22"}).has("result.future"));
  CHECK_FALSE(series({"2026-10", "2026-11", "2026-12"}, "Expiry by month").has("result.future"));
}

TEST_CASE("stages::check_result: a series by segment and then by time is in order") {
  const auto unordered = [](Rows rows) {
    return judge(model::Shape::series, model::Unit::count, std::move(rows)).has("result.unordered");
  };
  const Rows sorted{{"a", "2026-01", 5}, {"a", "2026-02", 7}, {"b", "2026-01", 9}, {"b", "2026-02", 4}};
  CHECK_FALSE(unordered(sorted));
  CHECK_FALSE(
      unordered({{"2026-02", "a", 5}, {"2026-01", "a", 7}, {"2026-02", "b", 9}, {"2026-01", "b", 4}}));
  CHECK_FALSE(unordered({{"a", "x", "2026-02", 5},
                         {"a", "x", "2026-03", 7},
                         {"a", "y", "2026-01", 9},
                         {"a", "y", "2026-02", 1}}));
  // A segment comes back, runs both ways, or one up and one down.
  CHECK(unordered({sorted[0], sorted[3], sorted[2], sorted[1]}));
  CHECK(unordered({{"a", "2026-01", 5}, {"a", "2026-03", 7}, {"a", "2026-02", 9}, {"b", "2026-01", 4}}));
  CHECK(unordered({sorted[0], sorted[1], sorted[3], sorted[2]}));
  // A text of each row's own makes no segments, and neither does a figure.
  CHECK(unordered({{"2026-01", "a", 1}, {"2026-03", "b", 2}, {"2026-02", "c", 3}, {"2026-04", "d", 4}}));
  CHECK(unordered({{"2026-02", 1}, {"2026-03", 1}, {"2026-01", 2}, {"2026-02", 2}}));
}

TEST_CASE("stages::check_result: a series by the second of each row, and one by the minute or the hour") {
  const auto by = [](const char* form, int step) {
    std::vector<std::string> times;
    for (int i = 0; i < 12; ++i) times.push_back(fmt::format(fmt::runtime(form), (i * step) % 60));
    return series(times);
  };
  const auto raw = by("2026-03-01T10:10:{:02}.125Z", 7);
  CHECK(raw.has("result.raw_moments"));
  CHECK_FALSE(raw.has("result.gaps"));
  CHECK_FALSE(by("2026-03-01 10:{:02}:00", 3).has("result.raw_moments"));
  CHECK_FALSE(by("2026-03-01 10:{:02}", 3).has("result.raw_moments"));
  CHECK_FALSE(series({"2026-03-01T10:10:07Z", "2026-03-01T10:11:09Z"}).has("result.raw_moments"));
}

TEST_CASE("stages::check_result: what is called a rate divides, averages or reads one") {
  const auto flagged = [](const char* name, const char* sql) {
    auto kpi = test::candidate(name, sql);
    kpi.validation.emplace();
    const auto result = test::FakeMetabase::rows({{7}});
    const auto facts = stages::facts_of(kpi.result, result);
    const auto findings = stages::check_result(kpi, result, facts, {});
    return std::any_of(findings.begin(), findings.end(),
                       [](const auto& one) { return one.code == "result.not_a_rate"; });
  };
  CHECK(flagged("User Churn Rate", "SELECT count(*) - lag(count(*)) OVER (ORDER BY m) AS churn_rate FROM t"));
  CHECK(flagged("Return percentage", "SELECT count(*) AS n FROM t WHERE returned = 1"));
  for (const auto& one :
       {std::pair{"Return rate", "SELECT 100.0 * sum(returned) / NULLIF(count(*), 0) FROM t"},
        std::pair{"Return rate", "SELECT avg(CASE WHEN returned THEN 1.0 ELSE 0 END) FROM t"},
        std::pair{"Highest commission rate", "SELECT max(commission_rate) FROM t"},
        std::pair{"Discount rate", "SELECT max((info ->> 'discount_rate')::numeric) AS discount FROM t"},
        std::pair{"Number of rate changes", "SELECT count(*) FROM t"},
        std::pair{"Sign-up rate per day", "SELECT day, count(*) FROM t GROUP BY day"},
        std::pair{"Operated hours", "SELECT count(*) FROM t"}}) {
    CAPTURE(one.first);
    CAPTURE(one.second);
    CHECK_FALSE(flagged(one.first, one.second));
  }
}

TEST_CASE("stages::facts_of: a code beside a figure is not what is measured") {
  auto result = test::FakeMetabase::rows({{"2026-01", 3, 1}, {"2026-02", 8, 1}, {"2026-03", 5, 1}});
  result.columns[1].name = "method_type";
  result.columns[2].name = "count";
  auto kpi = test::candidate("Methods by type per month", "SELECT 1");
  kpi.validation.emplace();
  for (const auto unit : {model::Unit::number, model::Unit::currency}) {
    kpi.result = {model::Shape::series, unit, "line"};
    const auto facts = stages::facts_of(kpi.result, result);
    CHECK(facts.measures == std::vector<std::size_t>{2});
    const auto findings = stages::check_result(kpi, result, facts, {});
    CHECK(std::any_of(findings.begin(), findings.end(),
                      [](const auto& one) { return one.code == "result.constant"; }));
  }
  // Where there is nothing else, the code is all that can be looked at.
  result.columns[2].name = "status";
  CHECK(stages::facts_of(kpi.result, result).measures == std::vector<std::size_t>{1, 2});
}

TEST_CASE("stages::check_result: the same value everywhere, and two rows that are alike by chance") {
  const auto flat = judge(model::Shape::breakdown, model::Unit::count, {{"a", 4}, {"b", 4}, {"c", 4}});
  CHECK(flat.has("result.constant"));
  CHECK_FALSE(
      judge(model::Shape::breakdown, model::Unit::count, {{"a", 4}, {"b", 4}}).has("result.constant"));
  CHECK_FALSE(judge(model::Shape::breakdown, model::Unit::count, {{"a", 4}, {"b", 4}, {"c", 5}})
                  .has("result.constant"));
  CHECK_FALSE(judge(model::Shape::scalar, model::Unit::count, {{4}}).has("result.constant"));
}

TEST_CASE("stages::check_result: groups, range, nulls and time") {
  Rows many;
  for (int i = 0; i < 51; ++i) many.push_back({"g" + std::to_string(i), i});
  CHECK(judge(model::Shape::breakdown, model::Unit::count, many).has("result.too_many_rows"));
  many.pop_back();
  CHECK_FALSE(judge(model::Shape::breakdown, model::Unit::count, many).has("result.too_many_rows"));
  CHECK(judge(model::Shape::scalar, model::Unit::count, {{-3}}).has("result.out_of_range"));
  CHECK(judge(model::Shape::scalar, model::Unit::duration, {{-0.5}}).has("result.out_of_range"));
  CHECK_FALSE(judge(model::Shape::scalar, model::Unit::currency, {{-3}}).has("result.out_of_range"));
  CHECK(judge(model::Shape::breakdown, model::Unit::count, {{"a", nullptr}, {"b", nullptr}})
            .has("result.all_null"));
  CHECK(judge(model::Shape::scalar, model::Unit::count, {{3}}, "Orders", std::chrono::seconds(11))
            .has("run.slow"));
}

TEST_CASE("stages::facts_of: one digest for one result, whatever its columns are called and typed") {
  const auto digest = [](Rows rows) {
    return judge(model::Shape::breakdown, model::Unit::count, std::move(rows)).facts;
  };
  const auto first = digest({{"a", 10}, {"b", 20}, {"c", 35}});
  CHECK(first.telling);
  CHECK(first.digest == digest({{"a", 10.0}, {"b", 20.0}, {"c", "35"}}).digest);
  CHECK(first.digest == digest({{10, "a"}, {20, "b"}, {35, "c"}}).digest);
  CHECK(first.digest != digest({{"a", 10}, {"b", 20}, {"c", 36}}).digest);
  CHECK_FALSE(digest({{12}}).telling);
  CHECK_FALSE(digest({{50000}}).telling);
  CHECK(digest({{123456}}).telling);
}

TEST_CASE("stages::find_duplicates: of two the better scored stays") {
  const auto made = [](const char* name, int score, std::vector<std::string> tables) {
    auto kpi = test::candidate(name, "SELECT 1");
    kpi.id = name;
    kpi.tables = std::move(tables);
    kpi.validation.emplace().status = model::Verdict::passed;
    kpi.score.emplace().total = score;
    return kpi;
  };
  auto facts = judge(model::Shape::breakdown, model::Unit::count, {{"a", 10}, {"b", 20}, {"c", 35}}).facts;
  const std::vector<model::Kpi> kpis{made("low", 40, {"orders"}), made("high", 70, {"orders"}),
                                     made("elsewhere", 10, {"customers"})};
  const auto found = stages::find_duplicates(kpis, {facts, facts, facts});
  REQUIRE(found[0].has_value());
  CHECK(found[0]->code == "dup.result");
  CHECK(found[0]->message.find("high") != std::string::npos);
  CHECK_FALSE(found[1].has_value());
  CHECK_FALSE(found[2].has_value());
  facts.telling = false;
  CHECK_FALSE(stages::find_duplicates(kpis, {facts, facts, facts})[0].has_value());
  facts.telling = true;

  SUBCASE("one of the same name is told by its table") {
    auto mine = made("Top carriers", 40, {"shipments", "carriers"});
    auto theirs = made("Top carriers", 50, {"carriers", "shipments"});
    mine.id = "1";
    theirs.id = "2";
    CHECK(stages::find_duplicates({mine, theirs}, {facts, facts})[0]->message ==
          "gives the result of \"Top carriers\" of carriers");
  }
}

TEST_CASE("stages::facts_of: a result that was cut tells nothing of another") {
  auto result = test::FakeMetabase::rows({{"a", 10}, {"b", 20}, {"c", 35}});
  CHECK(stages::facts_of({model::Shape::breakdown, model::Unit::count, "bar"}, result).telling);
  result.truncated = true;
  CHECK_FALSE(stages::facts_of({model::Shape::breakdown, model::Unit::count, "bar"}, result).telling);
}

TEST_CASE("stages::find_duplicates: one name twice on a table, by fingerprint first") {
  auto first = test::candidate("Total Orders", "SELECT 1");
  first.id = "1";
  first.validation.emplace().status = model::Verdict::passed;
  first.score.emplace().total = 50;
  auto second = first;
  second.id = "2";
  second.name = "total  orders!";
  CHECK(stages::find_duplicates({first, second}, {})[1]->code == "dup.name");
  first.validation->fingerprint = second.validation->fingerprint = "f";
  CHECK(stages::find_duplicates({first, second}, {})[1]->code == "dup.fingerprint");
  second.tables = {"customers"};
  first.validation->fingerprint = "g";
  CHECK_FALSE(stages::find_duplicates({first, second}, {})[1].has_value());
}

TEST_CASE("stages::without_values: what a message quotes stays only where it is no data") {
  const auto schema = test::small_shop();
  const std::string sql = "SELECT 'open' FROM orders";
  const auto cut = [&](const char* message) { return stages::without_values(message, sql, &schema); };
  CHECK(cut("invalid input syntax for type integer: \"Kim\"") ==
        "invalid input syntax for type integer: \"...\"");
  CHECK(cut("column \"status\" is text") == "column \"status\" is text");
  CHECK(cut("value 'open' and 'shut'") == "value 'open' and '...'");
  CHECK(cut("bad: \"half a secr") == "bad: ...");
  CHECK(cut("can't cast it") == "can't cast it");
  CHECK(cut("duplicate key\nDETAIL: Key (email)=(a@b.c) exists") == "duplicate key");
}

TEST_CASE("stages::infer_shape: a KPI that says nothing of its result gets what its rows have") {
  const auto inferred = [](const char* name, Rows rows, model::ResultShape told = {}) {
    auto kpi = test::candidate(name, "SELECT 1");
    kpi.result = std::move(told);
    stages::infer_shape(kpi, test::FakeMetabase::rows(std::move(rows)));
    return kpi.result;
  };
  CHECK(inferred("Orders", {{7}}).shape == model::Shape::scalar);
  CHECK(inferred("Orders", {{"2026-01", 7}, {"2026-02", 9}}).display == "line");
  CHECK(inferred("Orders", {{"KR", 7}, {"DE", 9}}).shape == model::Shape::breakdown);
  CHECK(inferred("Orders", {{"KR", "a"}, {"DE", "b"}}).shape == model::Shape::table);
  CHECK(inferred("Return rate", {{0.4}}).unit == model::Unit::ratio);
  CHECK(inferred("Return rate", {{40}}).unit == model::Unit::percent);
  CHECK(inferred("Return rate", {{4000}}).unit == model::Unit::number);
  // An average and the most of a thing, side by side.
  CHECK(inferred("Items per order", {{2.5, 9}}).shape == model::Shape::table);
  CHECK(inferred("Orders by stars", {{1, 9}, {2, 7}}).shape == model::Shape::breakdown);
  CHECK(inferred("Orders by country", {{"KR", 9}}).shape == model::Shape::breakdown);
  const auto unit = [](const char* sql, double value) {
    auto kpi = test::candidate("Engagement rate", sql);
    kpi.result = {};
    stages::infer_shape(kpi, test::FakeMetabase::rows({{value}}));
    return kpi.result.unit;
  };
  CHECK(unit("SELECT sum(likes) / NULLIF(count(*), 0) FROM t", 50.7) == model::Unit::number);
  CHECK(unit("SELECT 100 * sum(likes) / NULLIF(count(*), 0) FROM t", 50.7) == model::Unit::percent);
  CHECK(unit("SELECT sum(paid) / NULLIF(count(*), 0) FROM t", 0.5) == model::Unit::ratio);
  CHECK(inferred("Orders", {{7}}, {model::Shape::table, model::Unit::currency, "table"}).shape ==
        model::Shape::table);
}
