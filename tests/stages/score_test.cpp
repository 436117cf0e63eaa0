#include "support/paths.hpp"
#include "validate_fixture.hpp"

#include <kpi/config/resources.hpp>
#include <kpi/stages/score.hpp>
#include <kpi/stages/score_components.hpp>

#include <fmt/format.h>

#include <cstdlib>
#include <filesystem>

using namespace kpi;

namespace {

using Rows = std::vector<std::vector<Json>>;

const std::vector<config::ScoringWeight>& shipped() {
  static const auto weights =
      *config::read_scoring(std::filesystem::path(kpi::test::source_dir) / "config" / "scoring.yaml");
  return weights;
}

/// A KPI that passed all checks, with the facts of its rows.
struct Scored {
  model::Kpi kpi;
  std::optional<stages::ResultFacts> facts;
};

Scored made(const char* name, model::Shape shape, model::Unit unit, std::string sql, Rows rows) {
  Scored one;
  one.kpi = test::candidate(name, std::move(sql));
  one.kpi.id = name;
  one.kpi.category = "Sales";
  one.kpi.result = {shape, unit, "bar"};
  auto& validation = one.kpi.validation.emplace();
  validation.status = model::Verdict::passed;
  validation.references = {{"orders", "status"}, {"orders", "total_amount"}};
  const auto result = test::FakeMetabase::rows(std::move(rows));
  auto& run = validation.execution.emplace();
  run.status = model::RunStatus::ok;
  run.elapsed_ms = 5;
  stages::describe(run, result, true);
  one.facts = stages::facts_of(one.kpi.result, result);
  return one;
}

int score_of(const Scored& one) {
  std::vector<model::Kpi> kpis{one.kpi};
  stages::score_all(kpis, {one.facts}, shipped());
  return kpis[0].score->total;
}

Scored breakdown(std::size_t groups) {
  Rows rows;
  for (std::size_t i = 0; i < groups; ++i) rows.push_back({"g" + std::to_string(i), 10 + i * i % 97});
  return made("Orders by country", model::Shape::breakdown, model::Unit::count,
              "SELECT status, count(*) AS n FROM orders WHERE status > 0 GROUP BY status", std::move(rows));
}

stages::Judgement reason(const Scored& one, std::string_view component) {
  const stages::Coverage none({});
  const auto said = stages::judge(component, stages::Subject(one.kpi, &*one.facts, none));
  REQUIRE(said.has_value());
  return *said;
}

}  // namespace

TEST_CASE("stages::score_all: the file that is shipped names components that there are, and no others") {
  const auto known = stages::score_component_names();
  CHECK(shipped().size() == known.size());
  double sum = 0;
  for (const auto& weight : shipped()) {
    CAPTURE(weight.component);
    CHECK(std::find(known.begin(), known.end(), weight.component) != known.end());
    sum += weight.weight;
  }
  CHECK(sum == doctest::Approx(1.0));
}

TEST_CASE("stages::score_all: a closed gate is 0 and says why") {
  for (const char* code : {"result.empty", "result.all_null", "result.constant", "dup.id", "dup.name",
                           "dup.fingerprint", "dup.result"}) {
    CAPTURE(code);
    auto one = breakdown(12);
    one.kpi.validation->findings.push_back({code, model::Severity::warning, "", std::nullopt});
    std::vector<model::Kpi> kpis{one.kpi};
    stages::score_all(kpis, {one.facts}, shipped());
    CHECK(kpis[0].score->total == 0);
    CHECK(kpis[0].score->rank == 0);
    CHECK(kpis[0].score->formula.substr(0, 3) == "0: ");
    CHECK(kpis[0].score->components.empty());
  }
}

TEST_CASE("stages::score_all: the total is the sum that the report shows") {
  const auto one = breakdown(12);
  std::vector<model::Kpi> kpis{one.kpi};
  stages::score_all(kpis, {one.facts}, shipped());
  double sum = 0;
  double weight = 0;
  for (const auto& part : kpis[0].score->components) {
    CHECK_FALSE(part.reason.empty());
    sum += part.weight * part.value;
    weight += part.weight;
  }
  CHECK(kpis[0].score->total == static_cast<int>(std::lround(100 * sum / weight)));
}

TEST_CASE("stages::score_all: 10 to 25 groups say more than 1 or 5,000") {
  CHECK(score_of(breakdown(12)) > score_of(breakdown(2)));
  CHECK(score_of(breakdown(12)) > score_of(breakdown(200)));
  CHECK(score_of(breakdown(2)) > score_of(breakdown(1)));
  CHECK(score_of(breakdown(60)) > score_of(breakdown(1500)));
}

TEST_CASE("stages::score_all: what is zero almost everywhere is worth little") {
  Rows rows;
  for (int i = 0; i < 20; ++i) rows.push_back({"g" + std::to_string(i), i == 0 ? 7 : 0});
  auto one = breakdown(20);
  const auto lively = score_of(one);
  one.facts = stages::facts_of(one.kpi.result, test::FakeMetabase::rows(rows));
  CHECK(score_of(one) < lively - 10);
  for (const auto& part : [&] {
         std::vector<model::Kpi> kpis{one.kpi};
         stages::score_all(kpis, {one.facts}, shipped());
         return kpis[0].score->components;
       }()) {
    if (part.name == "informativeness") CHECK(part.value == 0.0);
  }
}

TEST_CASE("stages::score_all: a safe rate is worth more than an unsafe one, a finding costs") {
  const Rows rows{{40.5}};
  const auto safe = made("Paid rate", model::Shape::scalar, model::Unit::percent,
                         "SELECT round(100.0 * count(CASE WHEN status = 1 THEN 1 END) / NULLIF(count(*), 0), "
                         "1) AS r FROM orders",
                         rows);
  const auto unguarded =
      made("Paid rate", model::Shape::scalar, model::Unit::percent,
           "SELECT 100 * (SELECT count(*) FROM orders WHERE status = 1) / (SELECT count(*) FROM "
           "customers) AS r",
           rows);
  CHECK(score_of(safe) > score_of(unguarded));
  auto suspect = safe;
  suspect.kpi.validation->findings.push_back(
      {"result.multiplied_rows", model::Severity::warning, "", std::nullopt});
  CHECK(score_of(suspect) < score_of(safe) - 15);
}

TEST_CASE("stages::score_all: cents made units are no rate, and two times beside each other are no list") {
  const auto amount =
      made("Amount of orders", model::Shape::scalar, model::Unit::currency,
           "SELECT sum(total_amount) / 100.0 AS amount FROM orders WHERE status = 1", {{12.5}});
  CHECK(reason(amount, "ratio_safety").reason == "no rate");
  const auto twice =
      made("Orders: last 30 days against the 30 days before", model::Shape::table, model::Unit::count,
           "SELECT count(*) AS a, count(*) AS b FROM orders WHERE created_at >= date('now', '-59 days')",
           {{234, 274}});
  CHECK(reason(twice, "comparability").value >= 0.9);
  CHECK(reason(twice, "informativeness").reason == "2 figures side by side");
  const auto list = made("Orders", model::Shape::table, model::Unit::count,
                         "SELECT status, total_amount FROM orders", {{1, 2}, {2, 3}, {4, 5}});
  CHECK(reason(list, "comparability").reason == "a list");
}

TEST_CASE("stages::score_all: a bare count is worth less than a figure about the business") {
  const auto bare = made("Number of orders", model::Shape::scalar, model::Unit::count,
                         "SELECT count(*) AS n FROM orders", {{500}});
  const auto chosen =
      made("Paid orders of 30 days", model::Shape::scalar, model::Unit::count,
           "SELECT count(*) AS n FROM orders WHERE status = 1 AND created_at >= date('now', '-30 "
           "days')",
           {{50}});
  CHECK(score_of(chosen) > score_of(bare) + 10);
}

TEST_CASE("stages::score_all: one group more moves a score by little") {
  for (std::size_t groups = 2; groups < 700; ++groups) {
    CAPTURE(groups);
    CHECK(std::abs(score_of(breakdown(groups)) - score_of(breakdown(groups + 1))) <= 4);
  }
}

TEST_CASE("stages::score_all: what stands alone, is whole or has no name says little") {
  const auto one_month = made("Orders by month", model::Shape::series, model::Unit::count,
                              "SELECT a, count(*) FROM orders WHERE status = 1 GROUP BY 1", {{"2026-01", 7}});
  CHECK(reason(one_month, "comparability").reason == "one point in time");
  const auto one_group = made("Top seller", model::Shape::breakdown, model::Unit::count,
                              "SELECT a, count(*) FROM orders GROUP BY 1 LIMIT 1", {{"Kim", 7}});
  CHECK(reason(one_group, "comparability").value < 0.5);
  const auto rate = [](double value, model::Unit unit) {
    return made("Active rate", model::Shape::scalar, unit,
                "SELECT 1.0 * count(CASE WHEN status = 1 THEN 1 END) / NULLIF(count(*), 0) FROM orders",
                {{value}});
  };
  CHECK(reason(rate(1.0, model::Unit::ratio), "informativeness").value <= 0.1);
  CHECK(reason(rate(100.0, model::Unit::percent), "informativeness").value <= 0.1);
  CHECK(reason(rate(1.0, model::Unit::percent), "informativeness").value > 0.4);
  const auto nameless = made("Equipment per partner", model::Shape::table, model::Unit::number,
                             "SELECT avg(n) FROM orders GROUP BY partner_id", {{1.5}, {2.5}, {4.0}, {9.0}});
  CHECK(reason(nameless, "informativeness").value <= 0.1);
}

TEST_CASE("stages::score_all: segments that only have a number are hard to compare") {
  auto named = breakdown(12);
  named.kpi.validation->execution->columns[0] = {"grade", "type/Text"};
  auto numbered = named;
  numbered.kpi.validation->execution->columns[0] = {"partner_id", "type/Integer"};
  CHECK(reason(numbered, "comparability").value < reason(named, "comparability").value);
  CHECK(score_of(numbered) < score_of(named) - 5);
}

TEST_CASE("stages::score_all: rows kept clean are not rows chosen") {
  const auto counted = [](const char* where) {
    auto one = made("Products", model::Shape::scalar, model::Unit::count,
                    "SELECT count(*) AS n FROM orders WHERE " + std::string(where), {{400}});
    one.kpi.validation->references = {{"orders", "order_id"}};
    return score_of(one);
  };
  CHECK(counted("order_id IS NOT NULL") == counted("is_test IS NOT TRUE"));
  CHECK(counted("status = 3") > counted("order_id IS NOT NULL"));
}

TEST_CASE("stages::score_all: a series by the second, or a rate that is none, falls behind a plain one") {
  Rows months;
  for (int i = 0; i < 12; ++i) months.push_back({fmt::format("2026-{:02}-01", i + 1), 10 + i * i % 7});
  const auto plain =
      made("Sales by month", model::Shape::series, model::Unit::currency,
           "SELECT a, sum(total_amount) FROM orders WHERE status = 1 GROUP BY 1 ORDER BY 1", months);
  for (const char* code : {"result.raw_moments", "result.not_a_rate"}) {
    CAPTURE(code);
    auto doubtful = plain;
    doubtful.kpi.validation->findings.push_back({code, model::Severity::warning, "", std::nullopt});
    CHECK(score_of(doubtful) < score_of(plain) - 10);
  }
}

TEST_CASE("stages::score_all: a figure in doubt falls behind a plain one, a matter of style does not") {
  auto one = breakdown(12);
  const auto form = reason(one, "comparability").value;
  CHECK(form > 0.3);
  const auto with = [&](const char* code, model::Severity severity) {
    auto found = one;
    found.kpi.validation->findings.push_back({code, severity, "", std::nullopt});
    return found;
  };
  for (const char* code :
       {"result.raw_moments", "result.not_a_rate", "result.out_of_range", "lint.fan_out"}) {
    CAPTURE(code);
    const auto doubtful = with(code, model::Severity::warning);
    CHECK(reason(doubtful, "comparability").value == doctest::Approx(0.3));
    CHECK(reason(doubtful, "comparability").reason.find(code) != std::string::npos);
  }
  CHECK(reason(with("result.gaps", model::Severity::note), "comparability").value == form);
  CHECK(reason(with("lint.unordered_series", model::Severity::warning), "comparability").value == form);
}

TEST_CASE("stages::score_all: a count with a rate beside it is no rate") {
  const Rows rows{{"a", 3, 1.5}, {"b", 9, 2.5}, {"c", 4, 3.5}};
  const char* sql =
      "SELECT status, count(*) AS users, round(1.0 * count(*) / NULLIF(count(DISTINCT order_id), 0), 2) AS "
      "per_order FROM orders GROUP BY 1";
  const auto count = made("Users", model::Shape::breakdown, model::Unit::count, sql, rows);
  const auto rate = made("Users per order", model::Shape::breakdown, model::Unit::ratio, sql, rows);
  CHECK(reason(count, "ratio_safety").value == doctest::Approx(0.6));
  CHECK(reason(rate, "ratio_safety").value == doctest::Approx(1.0));
}

TEST_CASE("stages::score_all: columns and tables that only keep rows clean say nothing of the business") {
  auto plain = breakdown(12);
  plain.kpi.tables = {"orders"};
  auto clean = plain;
  clean.kpi.tables = {"orders", "users"};
  auto& read = clean.kpi.validation->references;
  read.insert(read.end(), {{"orders", "is_test"}, {"users", "deleted_at"}, {"users", "user_id"}});
  CHECK(reason(clean, "specificity").value == reason(plain, "specificity").value);
  CHECK(reason(clean, "specificity").reason == reason(plain, "specificity").reason);
  auto named = clean;
  named.kpi.validation->references.push_back({"users", "region"});
  CHECK(reason(named, "specificity").value > reason(clean, "specificity").value);
  // A KPI about what was deleted has it for its subject.
  auto deleted = clean;
  deleted.kpi.name = "Deleted users by status";
  CHECK(reason(deleted, "specificity").value > reason(clean, "specificity").value);
  // Read by its key and cleaned by nothing: its rows are what is counted.
  auto counted = plain;
  counted.kpi.validation->references.push_back({"users", "user_id"});
  CHECK(reason(counted, "specificity").value > reason(plain, "specificity").value);
  // The KPI's own table tells, whatever it is read by.
  auto own = clean;
  own.kpi.tables = {"users", "orders"};
  CHECK(reason(own, "specificity").value > reason(clean, "specificity").value);
}

TEST_CASE("stages::score_all: over time is no direction, and a time is") {
  const auto named = [](const char* name) {
    return reason(made(name, model::Shape::series, model::Unit::number,
                       "SELECT a, count(*) FROM orders GROUP BY 1", {{"2026-01", 7}, {"2026-02", 9}}),
                  "actionability")
        .value;
  };
  CHECK(named("Files created over time") == named("Files created by month"));
  CHECK(named("Response time by month") > named("Files created by month"));
  CHECK(named("Delivery time over time") > named("Files created over time"));
}

TEST_CASE("stages::score_all: ranks are the same whatever the order, and speed counts in classes") {
  std::vector<model::Kpi> kpis;
  std::vector<std::optional<stages::ResultFacts>> facts;
  for (const std::size_t groups : {2U, 12U, 60U, 12U}) {
    auto one = breakdown(groups);
    one.kpi.id = "id" + std::to_string(kpis.size());
    one.kpi.validation->execution->elapsed_ms = static_cast<std::int64_t>(100 * kpis.size());
    kpis.push_back(one.kpi);
    facts.push_back(one.facts);
  }
  auto reversed = kpis;
  auto reversed_facts = facts;
  std::reverse(reversed.begin(), reversed.end());
  std::reverse(reversed_facts.begin(), reversed_facts.end());
  stages::score_all(kpis, facts, shipped());
  stages::score_all(reversed, reversed_facts, shipped());
  for (std::size_t i = 0; i < kpis.size(); ++i) {
    CHECK(kpis[i].score->rank == reversed[kpis.size() - 1 - i].score->rank);
    CHECK(kpis[i].score->total == reversed[kpis.size() - 1 - i].score->total);
  }
  CHECK(kpis[1].score->rank == 1);
  CHECK(kpis[3].score->rank == 2);
}

TEST_CASE("stages::score_all: a function that has few KPIs lifts those it has") {
  std::vector<model::Kpi> kpis;
  std::vector<std::optional<stages::ResultFacts>> facts;
  for (int i = 0; i < 10; ++i) {
    auto one = breakdown(12);
    one.kpi.id = "id" + std::to_string(i);
    one.kpi.category = i == 9 ? "People" : "Sales";
    one.kpi.tables = {i == 9 ? "customers" : "orders"};
    kpis.push_back(one.kpi);
    facts.push_back(one.facts);
  }
  stages::score_all(kpis, facts, shipped());
  CHECK(kpis[9].score->total > kpis[0].score->total);
  CHECK(kpis[9].score->rank == 1);
}
