// Statements a second on one core: guard + bind + lint + fingerprint beside the library's bare parse, in one
// run. bench_sql [FILE of statements, one a line] [SECONDS]; without a file, the guard's own corpus of
// allowed statements.
#include <fmt/format.h>
#include <pg_query.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <sql/support.hpp>
#include <string>

namespace {

using Clock = std::chrono::steady_clock;

// Calls `work` on the statements, over and over, for about `seconds`; how many a second.
template <class Work>
double rate(const std::vector<std::string>& statements, double seconds, const Work& work) {
  std::size_t done = 0;
  const auto begin = Clock::now();
  double passed = 0;
  while (passed < seconds) {
    for (const std::string& statement : statements) work(statement);
    done += statements.size();
    passed = std::chrono::duration<double>(Clock::now() - begin).count();
  }
  return static_cast<double>(done) / passed;
}

// Resident memory in kilobytes, as Linux tells it.
long resident() {
  std::ifstream status("/proc/self/status");
  std::string line;
  while (std::getline(status, line)) {
    if (line.rfind("VmRSS:", 0) == 0) return std::atol(line.c_str() + 6);
  }
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  using namespace kpi;
  const std::string file = argc > 1 ? argv[1] : std::string(KPI_SOURCE_DIR) + "/tests/sql/guard/allowed.sql";
  const double seconds = argc > 2 ? std::atof(argv[2]) : 3;
  std::vector<std::string> statements;
  std::ifstream in(file);
  for (std::string line; std::getline(in, line);) {
    if (!line.empty()) statements.push_back(line);
  }
  if (statements.empty()) {
    fmt::print(stderr, "no statements in {}\n", file);
    return 2;
  }
  const auto& analyzer = sql::test::analyzer();
  const double bare = rate(statements, seconds, [](const std::string& statement) {
    const PgQueryParseResult result = pg_query_parse(statement.c_str());
    pg_query_free_parse_result(result);
  });
  const double whole = rate(statements, seconds, [&](const std::string& statement) {
    (void)analyzer.analyze(statement, model::Dialect::postgres, &sql::test::shop());
  });
  const long before = resident();
  const double mending = rate(statements, seconds, [&](const std::string& statement) {
    (void)analyzer.mend(statement, model::Dialect::postgres, &sql::test::shop());
  });
  fmt::print(
      "statements {}\nbare parse {:.0f}/s\nanalyze {:.0f}/s, {:.1f} x the parse\nmend {:.0f}/s\nmemory {} "
      "kB, {} kB later\n",
      statements.size(), bare, whole, bare / whole, mending, before, resident());
  return 0;
}
