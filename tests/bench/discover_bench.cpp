// kpi discover on a large database: its peak memory beside the size of Metabase's answer, its time beside a
// DOM parse of that answer. bench_discover [TABLES, 10000] [PROGRAM]; the server and the parse are processes
// of their own, so that what they hold is not counted.
#include "support/fault_server.hpp"
#include "support/large_metadata.hpp"
#include "support/paths.hpp"

#include <kpi/base/json.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <string>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>
#include <vector>

namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point begin) {
  return std::chrono::duration<double>(Clock::now() - begin).count();
}

struct Child {
  pid_t pid = 0;
  FILE* says = nullptr;
};

/// Runs `work` in a process of its own; what it prints to `out` can be read from the child's `says`.
Child spawn(const std::function<void(FILE* out)>& work) {
  std::array<int, 2> ends{};
  if (::pipe(ends.data()) != 0) std::exit(2);
  const pid_t pid = ::fork();
  if (pid == 0) {
    ::close(ends[0]);
    FILE* out = ::fdopen(ends[1], "w");
    work(out);
    std::fflush(out);
    ::_exit(0);
  }
  ::close(ends[1]);
  return {pid, ::fdopen(ends[0], "r")};
}

std::string line_of(const Child& child) {
  std::array<char, 256> line{};
  if (std::fgets(line.data(), line.size(), child.says) == nullptr) return {};
  std::string text = line.data();
  while (!text.empty() && text.back() == '\n') text.pop_back();
  return text;
}

}  // namespace

int main(int argc, char** argv) {
  const std::size_t tables = argc > 1 ? static_cast<std::size_t>(std::atol(argv[1])) : 10'000;
  const std::string program = argc > 2 ? argv[2] : kpi::test::kpi_program;

  const Child parse = spawn([&](FILE* out) {
    const std::string answer = kpi::test::large_metadata(tables);
    const auto begin = Clock::now();
    const auto dom = nlohmann::json::parse(answer);
    fmt::print(out, "{} {} {}\n", answer.size(), seconds_since(begin), dom.size());
  });
  const std::string parsed = line_of(parse);
  ::waitpid(parse.pid, nullptr, 0);
  const double answer_mb = std::atof(parsed.c_str()) / 1e6;
  const double parse_s = std::atof(parsed.c_str() + std::min(parsed.find(' '), parsed.size()));

  const Child server = spawn([&](FILE* out) {
    const std::string answer = kpi::test::large_metadata(tables);
    const kpi::test::FaultServer http([&](const kpi::test::Received& request, std::size_t) {
      if (request.target == "/api/database") return kpi::test::json_reply(kpi::test::large_database_list());
      if (request.target == "/api/database/1/metadata") return kpi::test::json_reply(answer);
      return kpi::test::json_reply(R"({"version":{"tag":"v0.50.0"}})");
    });
    fmt::print(out, "{}\n", http.url());
    std::fflush(out);
    for (;;) ::pause();
  });
  const std::string url = line_of(server);

  const std::string report = "/tmp/kpi-bench-" + std::to_string(::getpid()) + ".json";
  const auto begin = Clock::now();
  const pid_t kpi = ::fork();
  if (kpi == 0) {
    ::setenv("METABASE_URL", url.c_str(), 1);
    ::setenv("METABASE_API_KEY", "mb_bench", 1);
    ::execl(program.c_str(), "kpi", "discover", "--include", "*", "-o", report.c_str(), nullptr);
    ::_exit(127);
  }
  int status = 0;
  rusage usage{};
  ::wait4(kpi, &status, 0, &usage);
  const double discover_s = seconds_since(begin);
  ::kill(server.pid, SIGKILL);
  ::waitpid(server.pid, nullptr, 0);
  FILE* written = std::fopen(report.c_str(), "r");
  double report_mb = 0;
  if (written != nullptr) {
    std::fseek(written, 0, SEEK_END);
    report_mb = static_cast<double>(std::ftell(written)) / 1e6;
    std::fclose(written);
    std::remove(report.c_str());
  }
  const double peak_mb = static_cast<double>(usage.ru_maxrss) * 1024 / 1e6;
  fmt::print(
      "tables {}\nanswer {:.0f} MB, DOM parse {:.2f} s\ndiscover: exit {}, peak {:.0f} MB = {:.2f} x the "
      "answer, "
      "{:.2f} s = {:.2f} x the parse, report {:.0f} MB\n",
      tables, answer_mb, parse_s, WIFEXITED(status) ? WEXITSTATUS(status) : -1, peak_mb, peak_mb / answer_mb,
      discover_s, discover_s / parse_s, report_mb);
  return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? 0 : 1;
}
