// Statements a second on one core: guard + bind + lint + fingerprint beside the library's bare parse, in one
// run, and memory over many.
//
//   bench_sql [FILE] [SECONDS for each figure] [STATEMENTS for memory]
//
// FILE is a report of candidates, looked at against the schema in it, or statements, one a line, looked at
// against the tests' shop; without one, the guard's own corpus of allowed statements. 10,000 a second and 12
// times the parse are what the analysis is held to.
#include "support/paths.hpp"

#include <kpi/base/file.hpp>
#include <kpi/base/text.hpp>
#include <kpi/model/report.hpp>

#include <fmt/format.h>
#include <pg_query.h>

#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <fstream>
#include <sql/support.hpp>
#include <string>

namespace {

// This process's own seconds: what else the machine does does not count.
double seconds_of_core() { return static_cast<double>(std::clock()) / CLOCKS_PER_SEC; }

// Calls `work` on the statements, over and over, for about `seconds` of a core; how many a second.
template <class Work>
double rate(const std::vector<std::string>& statements, double seconds, const Work& work) {
  std::size_t done = 0;
  const double begin = seconds_of_core();
  double passed = 0;
  while (passed < seconds) {
    for (const std::string& statement : statements) work(statement);
    done += statements.size();
    passed = seconds_of_core() - begin;
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

// What is looked at, and against which schema.
struct Work {
  std::vector<std::string> statements;
  kpi::model::Database schema = kpi::sql::test::shop();
};

kpi::Result<Work> read_work(const std::string& path) {
  const auto text = kpi::read_file(path);
  if (!text) return text.error();
  Work work;
  if (!path.ends_with(".json")) {
    for (const std::string& line : kpi::split(*text, '\n')) {
      if (!line.empty()) work.statements.push_back(line);
    }
    return work;
  }
  auto report = kpi::model::read_candidates_report(kpi::source_of(*text), path);
  if (!report) return report.error();
  for (const auto& kpi : report->kpis) work.statements.push_back(kpi.sql);
  if (!report->databases.empty()) work.schema = std::move(report->databases.front());
  return work;
}

}  // namespace

int main(int argc, char** argv) {
  using namespace kpi;
  const std::string file =
      argc > 1 ? argv[1] : std::string(kpi::test::source_dir) + "/tests/sql/guard/allowed.sql";
  const double seconds = argc > 2 ? std::atof(argv[2]) : 3;
  const std::size_t many = argc > 3 ? static_cast<std::size_t>(std::atoll(argv[3])) : 100'000;
  const auto work = read_work(file);
  if (!work || work->statements.empty()) {
    fmt::print(stderr, "{}\n", work ? "no statements in " + file : work.error().line());
    return 2;
  }
  const std::vector<std::string>& statements = work->statements;
  std::size_t bytes = 0;
  for (const std::string& statement : statements) bytes += statement.size();
  const auto& analyzer = sql::test::analyzer();
  const auto look = [&](const std::string& statement) {
    (void)analyzer.analyze(statement, model::Dialect::postgres, &work->schema);
  };
  // In turns, so that a machine that slows down meanwhile slows both.
  double bare = 0;
  double whole = 0;
  constexpr int turns = 5;
  for (int turn = 0; turn < turns; ++turn) {
    bare += rate(statements, seconds / turns, [](const std::string& statement) {
      const PgQueryParseResult result = pg_query_parse(statement.c_str());
      pg_query_free_parse_result(result);
    });
    whole += rate(statements, seconds / turns, look);
  }
  const double mending = rate(statements, seconds, [&](const std::string& statement) {
    (void)analyzer.mend(statement, model::Dialect::postgres, &work->schema);
  });
  fmt::print(
      "{} statements of {} bytes each\nbare parse {:.0f}/s\nanalyze {:.0f}/s, {:.1f} x the parse\nmend "
      "{:.0f}/s\n",
      statements.size(), bytes / statements.size(), bare / turns, whole / turns, bare / whole, mending);
  for (const auto dialect : {model::Dialect::postgres, model::Dialect::sqlite}) {
    long at_begin = 0;
    long at_middle = 0;
    for (std::size_t i = 0; i < many; ++i) {
      if (i == many / 10) at_begin = resident();  // caches are warm
      if (i == many / 2) at_middle = resident();
      (void)analyzer.analyze(statements[i % statements.size()], dialect, &work->schema);
    }
    fmt::print("{}: memory over {} statements {} kB, {} kB, {} kB\n", to_string(dialect), many, at_begin,
               at_middle, resident());
  }
  return 0;
}
