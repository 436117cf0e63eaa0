// Wall time of `kpi validate` against a Metabase that takes 100 ms a query: 500 KPIs of one table each, over
// real HTTP, beside ceil(KPIs / jobs) * 100 ms. bench_validate [KPIS]; exit 1 where it is over 1.15 times
// that.
#include "support/fault_server.hpp"
#include "support/paths.hpp"

#include <kpi/config/resources.hpp>
#include <kpi/http/client.hpp>
#include <kpi/metabase/client.hpp>
#include <kpi/stages/validate.hpp>

#include <fmt/format.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <string>

namespace {

using namespace kpi;

constexpr std::chrono::milliseconds latency{100};
constexpr double most = 1.15;

test::Reply answer(const test::Received& request) {
  if (request.target != "/api/dataset") return test::json_reply(R"({"version":{"tag":"v0.56.1"}})");
  auto reply = test::json_reply(
      R"({"status":"completed","running_time":99,"data":{"rows":[[42]],"cols":[{"name":"n","base_type":"type/Integer"}]}})");
  reply.delay = latency;
  return reply;
}

model::CandidatesReport report_of(std::size_t count) {
  model::CandidatesReport report;
  auto& database = report.databases.emplace_back();
  database.id = 1;
  database.name = "bench";
  database.dialect = model::Dialect::postgres;
  auto& table = database.tables.emplace_back();
  table.name = "orders";
  for (const char* name : {"order_id", "amount", "status"}) {
    auto& field = table.fields.emplace_back();
    field.name = name;
    field.type = "type/Integer";
  }
  for (std::size_t i = 0; i < count; ++i) {
    auto& kpi = report.kpis.emplace_back();
    kpi.name = "Orders over " + std::to_string(i);
    kpi.database_id = 1;
    kpi.tables = {"orders"};
    kpi.sql = "SELECT COUNT(*) AS n FROM orders WHERE status = 1 AND amount > " + std::to_string(i);
  }
  return report;
}

double seconds_with(std::size_t jobs, const model::CandidatesReport& report, metabase::Client& client,
                    const sql::Analyzer& analyzer, const std::vector<config::ScoringWeight>& weights) {
  const model::Domain domain;
  SilentProgress progress;
  const stages::Context context{{}, "", jobs, system_clock(), progress, {}};
  const auto begin = std::chrono::steady_clock::now();
  const auto outcome =
      stages::validate(report, {}, {nullptr, &client, analyzer, domain, weights, {}}, context);
  const double passed = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  if (!outcome || model::success_rate(outcome->report.kpis) < 1.0) {
    fmt::print(stderr, "not all KPIs passed: {}\n", outcome ? "see the checks" : outcome.error().line());
    std::exit(2);
  }
  return passed;
}

}  // namespace

int main(int argc, char** argv) {
  const std::size_t count = argc > 1 ? static_cast<std::size_t>(std::atol(argv[1])) : 500;
  const test::FaultServer server([](const test::Received& request, std::size_t) { return answer(request); });
  auto http = http::Client::make({}, system_clock());
  metabase::ClientOptions options;
  options.url = server.url();
  options.api_key = "bench";
  auto client = metabase::Client::make(options, **http, system_clock());
  sql::Policy policy;
  policy.postgres_functions = {"count"};
  const auto analyzer = sql::Analyzer::make(policy);
  const auto weights =
      config::read_scoring(std::filesystem::path(kpi::test::source_dir) / "config" / "scoring.yaml");
  if (!http || !client || !analyzer || !weights) return 2;
  const auto report = report_of(count);
  bool fine = true;
  for (const std::size_t jobs : {1U, 4U, 8U}) {
    const double least = static_cast<double>((count + jobs - 1) / jobs) * 0.1;
    const double took = seconds_with(jobs, report, **client, *analyzer, *weights);
    fmt::print("{} KPIs, {} jobs: {:.2f} s, {:.3f} x of {:.2f} s\n", count, jobs, took, took / least, least);
    fine = fine && took <= most * least;
  }
  return fine ? 0 : 1;
}
