// How close `kpi generate` comes to what a model's latency allows: 34 tables, each answered after the same
// wait, at 1, 4, 8 and 16 jobs. Prints the wall time over ceil(tables / jobs) * latency (bound: 1.15, start
// of the process included) and what a second run asks. Usage: bench_generate [latency in ms, default 2000]
#include "support/model_double.hpp"
#include "support/process.hpp"

#include <kpi/base/file.hpp>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>

using namespace kpi;
using namespace kpi::test;

namespace {

constexpr int tables = 34;

std::string schema() {
  Json list = Json::array();
  for (int i = 1; i <= tables; ++i) {
    Json fields = Json::array();
    for (int f = 0; f < 24; ++f)
      fields.push_back(
          {{"name", "column_" + std::to_string(f)}, {"type", "type/Integer"}, {"description", "A column."}});
    list.push_back({{"name", "tb_" + std::to_string(i)}, {"fields", std::move(fields)}});
  }
  const Json database{{"id", 1}, {"name", "shop"}, {"dialect", "postgres"}, {"tables", std::move(list)}};
  return dump_json({{"report", "schema"}, {"version", 1}, {"databases", Json::array({database})}});
}

double seconds_of(const Command& command, int& failures) {
  const auto begin = std::chrono::steady_clock::now();
  if (run(command).exit_code != 0) ++failures;
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

}  // namespace

int main(int argc, char** argv) {
  const std::chrono::milliseconds latency{argc > 1 ? std::atoi(argv[1]) : 2000};
  int failures = 0;
  for (const int jobs : {1, 4, 8, 16}) {
    ModelDouble model([&](const Asked& asked, std::size_t) {
      auto reply = completion(kpi_list(asked.table, 16));
      reply.delay = latency;
      return reply;
    });
    const TemporaryFolder folder;
    if (!write_file(folder.path() / "schema.json", schema())) return 1;
    Command command;
    command.directory = folder.path();
    command.timeout = std::chrono::minutes(10);
    command.environment = {{"HOME", folder.path().string()},
                           {"XDG_STATE_HOME", (folder.path() / "state").string()},
                           {"OPENAI_API_KEY", "sk-none"},
                           {"OPENAI_BASE_URL", model.url()}};
    command.arguments = {"generate", "schema.json", "-q", "-o", "out.json", "--jobs", std::to_string(jobs)};
    const double first = seconds_of(command, failures);
    const auto asked = model.asked().size();
    const double second = seconds_of(command, failures);
    const double ideal =
        static_cast<double>((tables + jobs - 1) / jobs) * static_cast<double>(latency.count()) / 1000;
    std::printf("jobs %2d: %6.2f s, %.3f x of %.2f s; most at once %zu; second run %.2f s, %zu calls\n", jobs,
                first, first / ideal, ideal, model.server().peak_concurrency(), second,
                model.asked().size() - asked);
    if (asked != tables || model.asked().size() != asked || first > 1.15 * ideal) ++failures;
  }
  return failures == 0 ? 0 : 1;
}
