#include "validate_fixture.hpp"

#include <atomic>
#include <chrono>
#include <future>
#include <utility>

using namespace kpi;
using test::candidate;
using test::candidates;
using test::has;

namespace {

constexpr const char* broken = "SELECT count(*) AS n FROM orders WHERE total_amuont_x > 5 AND status = 1";
constexpr const char* right = "SELECT count(*) AS n FROM orders WHERE total_amount > 5 AND status = 1";
constexpr const char* other = "SELECT sum(total_amount) AS n FROM orders WHERE status = 1";

model::Kpi repaired_by(test::FakeRepairer& repairer, const char* sql, int rounds = 2) {
  test::Stage stage;
  stages::ValidateOptions options;
  options.repair_rounds = rounds;
  const auto outcome =
      test::validate(stage, candidates({candidate("Big orders", sql)}), options, 1, repairer.port());
  REQUIRE(outcome.has_value());
  return outcome->report.kpis.at(0);
}

/// A model that answers only once the database was asked for somebody else.
class PatientRepairer final : public llm::Repairer {
public:
  std::promise<void> other_ran;
  std::atomic<int> in_time = 0;

  Result<std::string> repair(const llm::RepairTask&, llm::Spent&, std::stop_token) override {
    constexpr std::chrono::seconds for_ever{60};
    if (ran_.wait_for(for_ever) == std::future_status::ready) ++in_time;
    return std::string(right);
  }
  [[nodiscard]] std::string_view provider() const override { return "openai"; }
  [[nodiscard]] std::string_view model() const override { return "test-model"; }

private:
  std::shared_future<void> ran_ = other_ran.get_future().share();
};

}  // namespace

TEST_CASE("stages::validate: KPIs that wait for a model keep no other from the database") {
  PatientRepairer repairer;
  test::Stage stage;
  stage.metabase.answer = [&, told = false](const std::string& sql) mutable {
    if (sql.find("customers") != std::string::npos && !std::exchange(told, true))
      repairer.other_ran.set_value();
    return test::FakeMetabase::rows({{1}});
  };
  auto sound = candidate("Customers", "SELECT count(*) AS n FROM customers");
  sound.tables = {"customers"};
  const auto report = candidates({candidate("A", broken), candidate("B", broken), sound});
  const auto outcome = test::validate(stage, report, {}, 2, [&](const model::Kpi&) { return &repairer; });
  REQUIRE(outcome.has_value());
  CHECK(repairer.in_time == 2);
}

TEST_CASE("stages::ModelRepair: a correction that works is taken, and written down") {
  test::FakeRepairer repairer({right});
  const auto kpi = repaired_by(repairer, broken);
  CHECK(kpi.sql == right);
  CHECK(kpi.validation->status == model::Verdict::repaired);
  REQUIRE(kpi.validation->repairs.size() == 1);
  CHECK(kpi.validation->repairs[0].kind == "model");
  CHECK(kpi.validation->repairs[0].code == "schema.unknown_column");
  CHECK(kpi.validation->repairs[0].before == broken);
  CHECK(kpi.validation->repairs[0].after == right);
  CHECK(test::outcome_of(kpi, "repair") == "changed");
  REQUIRE(repairer.told.size() == 1);
  CHECK(repairer.told[0].complaints.at(0).find("total_amuont_x") != std::string::npos);
  CHECK(repairer.told[0].tables.at(0) == "orders");
}

TEST_CASE(
    "stages::ModelRepair: a correction that asks something else is dropped, and the next round told why") {
  test::FakeRepairer repairer({other, right});
  const auto kpi = repaired_by(repairer, broken);
  CHECK(kpi.sql == right);
  REQUIRE(repairer.told.size() == 2);
  CHECK(repairer.told[0].failed.empty());
  REQUIRE(repairer.told[1].failed.size() == 1);
  CHECK(repairer.told[1].failed[0].sql == other);
  CHECK(repairer.told[1].failed[0].why.find("another question") != std::string::npos);
}

TEST_CASE("stages::ModelRepair: one that is no better is dropped, and the KPI stays as it was") {
  const char* as_bad = "SELECT count(*) AS n FROM orders WHERE nosuch > 5 AND status = 1";
  test::FakeRepairer repairer({as_bad});
  const auto kpi = repaired_by(repairer, broken);
  CHECK(kpi.sql == broken);
  CHECK(kpi.validation->status == model::Verdict::rejected);
  CHECK(kpi.validation->repairs.empty());
  CHECK(repairer.told.size() == 2);
  CHECK(test::outcome_of(kpi, "repair") == "failed");
}

TEST_CASE("stages::ModelRepair: an answer goes through the guard like any other text") {
  test::Stage stage;
  test::FakeRepairer repairer({"SELECT count(*) AS n FROM orders WHERE status = 1; DROP TABLE orders"});
  const auto outcome =
      test::validate(stage, candidates({candidate("Big orders", broken)}), {}, 1, repairer.port());
  REQUIRE(outcome.has_value());
  CHECK(outcome->report.kpis.at(0).sql == broken);
  CHECK(stage.metabase.queries_seen.empty());
}

TEST_CASE("stages::ModelRepair: what works, or what nobody may correct, is not asked about") {
  test::FakeRepairer repairer({right});
  CHECK(repaired_by(repairer, right).validation->status == model::Verdict::passed);
  CHECK(repairer.told.empty());
  CHECK(repaired_by(repairer, broken, 0).validation->status == model::Verdict::rejected);
  CHECK(repairer.told.empty());

  test::Stage stage;
  const auto nobody = [](const model::Kpi&) -> llm::Repairer* { return nullptr; };
  const auto outcome = test::validate(stage, candidates({candidate("Big orders", broken)}), {}, 1, nobody);
  REQUIRE(outcome.has_value());
  CHECK(outcome->report.repair.asked == 0);
  CHECK(test::outcome_of(outcome->report.kpis.at(0), "repair") == "none");
}

TEST_CASE("stages::ModelRepair: a result that cannot be meant is corrected too") {
  test::Stage stage;
  const std::string twice = "SELECT round(100.0 * 100 * count(*) / 500, 1) AS paid_percent FROM orders";
  const std::string once = "SELECT round(100.0 * count(*) / 500, 1) AS paid_percent FROM orders";
  stage.metabase.answer = [&](const std::string& sql) {
    auto result = test::FakeMetabase::rows({{sql == once ? 40 : 4000}});
    result.columns[0].name = "paid_percent";
    return Result<metabase::QueryResult>(result);
  };
  auto kpi = candidate("Share of paid orders", twice);
  kpi.result.unit = model::Unit::percent;
  test::FakeRepairer repairer({once});
  const auto outcome = test::validate(stage, candidates({kpi}), {}, 1, repairer.port());
  REQUIRE(outcome.has_value());
  CHECK(outcome->report.kpis.at(0).sql == once);
  CHECK(outcome->report.repair.asked == 1);
  CHECK(outcome->report.repair.accepted == 1);
  CHECK(outcome->report.repair.cost_usd.value() == doctest::Approx(0.25));
}

TEST_CASE(
    "stages::ModelRepair: a model that cannot be asked costs the others nothing, and is asked no more") {
  test::Stage stage;
  test::FakeRepairer repairer(
      {Error{Fault::unreachable, "llm.credentials", "openai", "refused the key", ""}});
  const auto outcome = test::validate(
      stage,
      candidates({candidate("a", broken), candidate("b", "SELECT max(nosuch) AS n FROM orders"),
                  candidate("c", "SELECT count(*) AS n FROM orders")}),
      {}, 1, repairer.port());
  REQUIRE(outcome.has_value());
  CHECK(outcome->partial);
  CHECK(repairer.told.size() == 1);
  REQUIRE(outcome->report.envelope.errors.size() == 1);
  CHECK(outcome->report.envelope.errors[0].code == "llm.credentials");
  CHECK(outcome->report.kpis.at(2).validation->status == model::Verdict::passed);
}
