#include "support/fault_server.hpp"
#include "system/fault_proxy.hpp"
#include "system/fixture.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <filesystem>
#include <string>
#include <thread>
#include <vector>

// kpi validate as a user has it: gates, model repair by a server of its own, a query that hangs.
using namespace kpi::test;
using kpi::Json;

namespace {

/// Four joins by inequality over 500 rows: legal, harmless, and hours of work.
constexpr const char* endless =
    "SELECT count(*) AS n FROM TB_ORDER a JOIN TB_ORDER b ON a.amount < b.amount JOIN TB_ORDER c ON b.amount "
    "< "
    "c.amount JOIN TB_ORDER d ON c.amount < d.amount JOIN TB_ORDER e ON d.amount < e.amount";

Json kpi_of(const std::string& name, const std::string& sql, const std::string& provider = "") {
  Json kpi{{"name", name}, {"database_id", 1}, {"sql", sql}};
  if (!provider.empty()) kpi["source"] = {{"provider", provider}, {"model", "gpt-4.1-mini"}};
  return kpi;
}

std::string candidates(const std::vector<Json>& kpis) {
  Json report{{"report", "candidates"}, {"version", 1}, {"kpis", Json::array()}};
  for (const auto& kpi : kpis) report["kpis"].push_back(kpi);
  return kpi::dump_json(report);
}

/// A chat server that answers every question with one statement.
kpi::test::Handler says(const std::string& sql) {
  return [sql](const Received&, std::size_t) {
    const Json kpis{{"kpis", {{{"name", "x"}, {"sql", sql}}}}};
    return json_reply(kpi::dump_json(
        Json{{"model", "gpt-4.1-mini"},
             {"choices",
              {{{"index", 0},
                {"message", {{"role", "assistant"}, {"content", kpi::dump_json(kpis)}}},
                {"finish_reason", "stop"}}}},
             {"usage", {{"prompt_tokens", 1000}, {"completion_tokens", 100}, {"total_tokens", 1100}}}}));
  };
}

constexpr const char* wrong = "SELECT sum(amuont) AS s FROM TB_ORDER WHERE status = 'PAID'";
constexpr const char* right = "SELECT sum(amount) AS s FROM TB_ORDER WHERE status = 'PAID'";

}  // namespace

TEST_CASE("kpi validate --min-success, --fail-on: exit 1 and the one line that says by how much") {
  World world;
  world.serve_sqlite(small_company());
  const auto report = candidates({kpi_of("a", "SELECT count(*) AS n FROM TB_ORDER WHERE status = 'PAID'"),
                                  kpi_of("b", "SELECT count(*) AS n FROM NOWHERE"),
                                  kpi_of("c", "SELECT max(amount) AS m FROM TB_ORDER")});
  const auto short_of = world.kpi({"validate", "--sandbox", "--min-success", "90"}, report);
  CHECK(short_of.exit_code == 1);
  CHECK(error_line(short_of).find("2 of 3 KPIs hold (66.6%), 1 fewer than --min-success 90 asks for") !=
        std::string::npos);
  CHECK(json_of(short_of.out)["summary"]["rejected"] == 1);
  CHECK(world.kpi({"validate", "--sandbox", "--min-success", "66"}, report).exit_code == 0);

  const auto found = world.kpi({"validate", "--sandbox", "--fail-on", "guard.*,schema.*"}, report);
  CHECK(found.exit_code == 1);
  CHECK(error_line(found).find("1 KPI with a finding of --fail-on guard.*,schema.* (the first: "
                               "schema.unknown_table in \"b\")") != std::string::npos);
  CHECK(world.kpi({"validate", "--sandbox", "--fail-on", "guard.*"}, report).exit_code == 0);

  const auto both =
      world.kpi({"validate", "--sandbox", "--min-success", "90", "--fail-on", "schema.*"}, report);
  CHECK(both.exit_code == 1);
  CHECK(error_line(both).find("asks for; 1 KPI with a finding of --fail-on schema.*") != std::string::npos);
}

TEST_CASE("kpi validate --min-success: holds for no report without a KPI, unless it asks for none") {
  World world;
  world.serve_sqlite(small_company());
  const auto gated =
      world.kpi({"validate", "--no-execute", "--sandbox", "--min-success", "1"}, candidates({}));
  CHECK(gated.exit_code == 1);
  CHECK(error_line(gated).find("there is no KPI to judge, and --min-success 1 asks for some that hold") !=
        std::string::npos);
  CHECK(json_of(gated.out)["summary"]["total"] == 0);
  CHECK(
      world.kpi({"validate", "--no-execute", "--sandbox", "--min-success", "0"}, candidates({})).exit_code ==
      0);
  CHECK(world.kpi({"validate", "--no-execute", "--sandbox"}, candidates({})).exit_code == 0);
}

TEST_CASE("kpi validate --min-success: counts whole KPIs, and what is just reached is reached") {
  World world;
  world.serve_sqlite(small_company());
  std::vector<Json> kpis;
  for (int i = 0; i < 100; ++i)
    kpis.push_back(kpi_of("k" + std::to_string(i),
                          i < 29 ? "SELECT count(*) AS n FROM TB_ORDER WHERE amount > " + std::to_string(i)
                                 : "DELETE FROM TB_ORDER"));
  const auto report = candidates(kpis);
  // 0.29 * 100 is 28.999999999999996.
  CHECK(world.kpi({"validate", "--no-execute", "--sandbox", "--min-success", "29"}, report).exit_code == 0);
  const auto missed = world.kpi({"validate", "--no-execute", "--sandbox", "--min-success", "29.5"}, report);
  CHECK(missed.exit_code == 1);
  CHECK(error_line(missed).find("29 of 100 KPIs hold (29.0%), 1 fewer than --min-success 29.5 asks for") !=
        std::string::npos);
}

TEST_CASE("kpi validate: why KPIs failed stands in the summary, with what would prevent it") {
  World world;
  world.serve_sqlite(small_company());
  const auto ended = world.kpi(
      {"validate", "--sandbox", "-q"},
      candidates({kpi_of("a", "SELECT count(*) AS n FROM NOWHERE"), kpi_of("b", "DELETE FROM TB_ORDER"),
                  kpi_of("c", "SELECT count(*) AS n FROM NOWHERE_ELSE")}));
  const auto causes = json_of(ended.out)["summary"]["by_cause"];
  REQUIRE(causes.size() == 2);
  CHECK(causes[0]["cause"] == "names a table that does not exist");
  CHECK(causes[0]["count"] == 2);
  CHECK(causes[0]["prevention"]["kind"] == "domain");
  CHECK_FALSE(causes[1]["prevention"]["advice"].get<std::string>().empty());
}

TEST_CASE("kpi validate --repair: a model that was asked for corrects, is paid once, and is recorded") {
  World world;
  world.serve_sqlite(small_company());
  const FaultServer model(says(right));
  world.environment["OPENAI_API_KEY"] = "sk-planted-secret-key";
  const auto report = candidates({kpi_of("Paid", wrong, "rules")});
  const std::vector<std::string> flags{"validate", "--sandbox",  "--provider",
                                       "openai",   "--base-url", model.url()};
  const auto ended = world.kpi(flags, report);
  CAPTURE(ended.err);
  REQUIRE(ended.exit_code == 0);
  const auto json = json_of(ended.out);
  const auto& kpi = json["kpis"][0];
  CHECK(kpi["sql"] == right);
  CHECK(kpi["validation"]["status"] == "repaired");
  REQUIRE_FALSE(kpi["validation"]["repairs"].empty());
  CHECK(kpi["validation"]["repairs"].back()["kind"] == "model");
  CHECK(json["summary"]["repair"]["llm_calls"] == 1);
  CHECK(json["summary"]["repair"]["cost_usd"].get<double>() > 0);
  REQUIRE(model.received().size() == 1);
  CHECK(model.received()[0].body.find("amuont") != std::string::npos);
  CHECK(ended.out.find("planted-secret") == std::string::npos);

  const auto again = world.kpi(flags, report);
  CHECK(json_of(again.out)["kpis"][0]["sql"] == right);
  CHECK(json_of(again.out)["summary"]["repair"]["cached_calls"] == 1);
  CHECK(model.received().size() == 1);

  auto other = flags;
  other.insert(other.end(), {"--tenant", "other"});
  CHECK(world.kpi(other, report).exit_code == 0);
  CHECK(model.received().size() == 2);  // what one tenant paid for is not another's
}

TEST_CASE(
    "kpi validate: without flags only what a model wrote is corrected, by that model, and rules never pay") {
  World world;
  world.serve_sqlite(small_company());
  const FaultServer model(says(right));
  world.environment["OPENAI_API_KEY"] = "sk-planted-secret-key";
  world.environment["OPENAI_BASE_URL"] = model.url();
  const auto by_hand = candidates({kpi_of("Paid", wrong), kpi_of("Paid too", wrong, "rules")});
  CHECK(json_of(world.kpi({"validate", "--sandbox", "-q"}, by_hand).out)["summary"]["rejected"] == 2);
  CHECK(model.received().empty());

  const auto by_model = candidates({kpi_of("Paid", wrong, "openai")});
  CHECK(json_of(world.kpi({"validate", "--sandbox", "-q", "--provider", "rules"}, by_model)
                    .out)["summary"]["rejected"] == 1);
  CHECK(json_of(world.kpi({"validate", "--sandbox", "-q", "--repair", "0"}, by_model)
                    .out)["summary"]["rejected"] == 1);
  CHECK(model.received().empty());
  CHECK(json_of(world.kpi({"validate", "--sandbox", "-q"}, by_model).out)["summary"]["repaired"] == 1);
  CHECK(model.received().size() == 1);

  SUBCASE("and for a tenant whose features.model_repair is off none is, whoever asks") {
    world.write("kpi.yaml", "tenants:\n  plain:\n    features:\n      model_repair: off\n");
    const std::vector<std::string> flags{"validate", "--sandbox", "--tenant", "plain"};
    CHECK(json_of(world.kpi(flags, by_model).out)["summary"]["rejected"] == 1);
    auto asked = flags;
    asked.insert(asked.end(), {"--provider", "openai"});
    const auto ended = world.kpi(asked, by_model);
    CHECK(json_of(ended.out)["summary"]["rejected"] == 1);
    CHECK(ended.err.find("features.model_repair is off") != std::string::npos);
    CHECK(model.received().size() == 1);
  }
  SUBCASE("and where the model's key is not at hand, that is a warning and no failure") {
    world.environment.erase("OPENAI_API_KEY");
    world.environment.erase("OPENAI_BASE_URL");
    const auto ended = world.kpi({"validate", "--sandbox"}, by_model);
    CHECK(ended.exit_code == 0);
    CHECK(ended.err.find("no model repair by openai") != std::string::npos);
    check_failed(world.kpi({"validate", "--sandbox", "--provider", "openai"}, by_model), 2, "OPENAI_API_KEY");
  }
}

TEST_CASE("kpi validate --budget: money that is used up is exit 4, with a whole report") {
  World world;
  world.serve_sqlite(small_company());
  const FaultServer model(says(right));
  world.environment["OPENAI_API_KEY"] = "sk-planted-secret-key";
  const auto ended =
      world.kpi({"validate", "--sandbox", "--provider", "openai", "--model", "gpt-4.1-mini", "--base-url",
                 model.url(), "--budget", "0.000001"},
                candidates({kpi_of("Paid", wrong), kpi_of("b", "SELECT max(amount) AS m FROM TB_ORDER")}));
  CHECK(ended.exit_code == 4);
  CHECK(model.received().empty());
  const auto json = json_of(ended.out);
  CHECK(json["summary"]["passed"] == 1);
  CHECK(json["errors"][0]["code"] == "llm.budget");
}

TEST_CASE("kpi validate --timeout: a KPI that hangs costs its own timeout and nothing else") {
  World world;
  world.serve_sqlite(small_company());
  world.environment["KPI_VALIDATE_MAX_PLAN_ROWS"] = "0";  // else its plan is enough to refuse it
  const auto ended =
      world.kpi({"validate", "--sandbox", "--timeout", "1", "-q", "-j", "2"},
                candidates({kpi_of("hangs", endless), kpi_of("b", "SELECT max(amount) AS m FROM TB_ORDER"),
                            kpi_of("c", "SELECT min(amount) AS m FROM TB_ORDER")}));
  CHECK(ended.exit_code == 0);
  const auto json = json_of(ended.out);
  CHECK(json["summary"]["passed"] == 2);
  const auto& findings = json["kpis"][0]["validation"]["findings"];
  CHECK(std::any_of(findings.begin(), findings.end(),
                    [](const auto& one) { return one["code"] == "run.timeout"; }));
}

TEST_CASE("kpi validate: a query whose plan is over the limit is refused, and never sent to be run") {
  World world;
  world.serve_sqlite(small_company());
  const SandboxServer metabase(world);
  FaultProxy between(metabase.url(), 1);
  world.environment["METABASE_URL"] = between.url();
  const auto report =
      candidates({kpi_of("dear", endless), kpi_of("b", "SELECT max(amount) AS m FROM TB_ORDER")});
  const auto ended = world.kpi({"validate", "-q"}, report);
  CAPTURE(ended.err);
  REQUIRE(ended.exit_code == 0);
  const auto json = json_of(ended.out);
  const auto& dear = json["kpis"][0]["validation"];
  CHECK(dear["status"] == "rejected");
  CHECK(dear["execution"].is_null());
  CHECK(dear["plan"]["rows"].get<double>() > 1e10);
  const auto& findings = dear["findings"];
  CHECK(std::any_of(findings.begin(), findings.end(), [](const auto& one) {
    return one["code"] == "run.cost" &&
           one["message"].template get<std::string>().find("validate.max_plan_rows") != std::string::npos;
  }));
  CHECK(json["summary"]["by_cause"][0]["cause"] == "is too dear by the database's own plan");
  std::size_t planned = 0;
  for (const auto& sql : between.queries()) {
    if (sql.find("a.amount < b.amount") == std::string::npos) continue;
    CAPTURE(sql);
    CHECK(sql.rfind("EXPLAIN", 0) == 0);
    ++planned;
  }
  CHECK(planned == 1);
}

namespace {

/// What differs from run to run by the contract, and must not count.
Json without_times(Json json) {
  if (!json.is_structured()) return json;
  if (json.is_object()) json.erase("elapsed_ms");
  for (auto& one : json) one = without_times(one);
  return json;
}

}  // namespace

TEST_CASE("kpi run: killed while it validates, goes on from there to the same bytes") {
  World world;
  world.serve_sqlite(numbered_company(2));
  const SandboxServer metabase(world);
  FaultProxy between(metabase.url(), 1);
  between.slow(std::chrono::milliseconds(30));
  world.environment["METABASE_URL"] = between.url();
  const auto command = [&](const char* folder) {
    return world.command({"run", "--provider", "rules", "--dry-run", "-j", "1", "--out", folder});
  };
  std::vector<std::string> before;
  {
    Process process(command("killed"));
    for (int i = 0; i < 600 && between.queries().size() < 12; ++i)
      std::this_thread::sleep_for(std::chrono::milliseconds(50));
    process.signal(SIGKILL);
    REQUIRE(process.wait().exit_code == 128 + SIGKILL);
    before = between.queries();
  }
  REQUIRE(before.size() >= 12);
  REQUIRE_FALSE(std::filesystem::exists(world.file("killed") / "validation.json"));
  const auto again = Process(command("killed")).wait();
  CAPTURE(again.err);
  REQUIRE(again.exit_code == 0);
  CHECK(again.err.find("validated before, by a try that was stopped") != std::string::npos);
  CHECK_FALSE(std::filesystem::exists(world.file("killed") / "validation.unfinished.jsonl"));
  const auto all = between.queries();
  std::size_t twice = 0;
  for (auto i = before.size(); i < all.size(); ++i)
    twice += static_cast<std::size_t>(std::count(before.begin(), before.end(), all[i]));
  CHECK(twice <= 3);  // of the one KPI that was under way: its plan, its query, a probe of its join

  REQUIRE(Process(command("whole")).wait().exit_code == 0);
  const auto resumed = without_times(json_of(world.read("killed/validation.json")));
  const auto whole = without_times(json_of(world.read("whole/validation.json")));
  CHECK(resumed["kpis"].size() > 20);
  CHECK(kpi::dump_json(resumed["kpis"]) == kpi::dump_json(whole["kpis"]));
  CHECK(kpi::dump_json(resumed["summary"]) == kpi::dump_json(whole["summary"]));
  CHECK(between.queries().size() - all.size() > all.size() - before.size());
}
