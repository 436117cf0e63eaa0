#include "support/fault_server.hpp"
#include "system/fixture.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <csignal>
#include <string>
#include <thread>
#include <vector>

// A stage that the user stopped writes no report: half of one must not stand where a whole one stood, nor
// reach a `register --prune` down the pipe. What it has paid for is kept.
using namespace kpi::test;
using kpi::Json;

namespace {

template <class Done>
bool wait_until(const Done& done) {
  for (int i = 0; i < 600 && !done(); ++i) std::this_thread::sleep_for(std::chrono::milliseconds(100));
  return done();
}

/// Answers the first table and keeps the second one waiting.
Reply one_table_only(const Received&, std::size_t call) {
  Json list = Json::array();
  for (int i = 0; i < 15; ++i) {
    list.push_back({{"name", "KPI " + std::to_string(i)},
                    {"sql", "SELECT count(*) + " + std::to_string(i) + " AS n FROM TB_ORDER"}});
  }
  auto reply = json_reply(kpi::dump_json(
      Json{{"model", "m"},
           {"choices",
            {{{"index", 0},
              {"message", {{"role", "assistant"}, {"content", kpi::dump_json(Json{{"kpis", list}})}}},
              {"finish_reason", "stop"}}}},
           {"usage", {{"prompt_tokens", 10}, {"completion_tokens", 10}, {"total_tokens", 20}}}}));
  if (call == 1) reply.delay = std::chrono::seconds(100);
  return reply;
}

}  // namespace

TEST_CASE("kpi generate: Ctrl-C leaves no half report, and keeps what was paid for") {
  World world;
  world.serve_sqlite(small_company());
  const auto schema = world.kpi({"discover", "--sandbox", "-q"});
  REQUIRE(schema.exit_code == 0);
  world.write("before.json", "what stood there");
  const FaultServer model(one_table_only);
  std::vector<std::string> arguments{"generate",  "--provider", "openai", "--base-url",
                                     model.url(), "-j",         "1"};
  const auto whole = arguments;
  SUBCASE("to standard output") {}
  SUBCASE("to a file") { arguments.insert(arguments.end(), {"-o", world.file("before.json").string()}); }
  {
    Process process(world.command(arguments, schema.out));
    REQUIRE(wait_until([&] { return model.received().size() >= 2; }));
    process.signal(SIGINT);
    const auto ended = process.wait();
    CHECK(ended.exit_code == 130);
    CHECK(error_line(ended).find("interrupted") != std::string::npos);
    CHECK(ended.out.empty());
    CHECK(world.read("before.json") == "what stood there");
  }
  const auto before = model.received().size();
  const auto again = world.kpi(whole, schema.out);
  CHECK(again.exit_code == 0);
  CHECK(json_of(again.out)["summary"]["cached_calls"] == 1);
  CHECK(model.received().size() == before + 1);
}

TEST_CASE("kpi validate: Ctrl-C leaves no half report, and the same command goes on from there") {
  // A Metabase that answers the first query and keeps the second one waiting, once.
  std::atomic<bool> hung = false;
  const FaultServer metabase([&hung](const Received& request, std::size_t) {
    if (request.target != "/api/dataset") {
      if (request.target.find("/api/database") != std::string::npos)
        return json_reply(R"({"data":[{"id":1,"name":"shop","engine":"postgres"}],"total":1})");
      return json_reply(R"({"version":{"tag":"v0.56.1"}})");
    }
    auto reply = json_reply(
        R"({"status":"completed","data":{"rows":[[42]],"cols":[{"name":"n","base_type":"type/Integer"}]}})");
    if (request.body.find("hangs") != std::string::npos && !hung.exchange(true))
      reply.delay = std::chrono::seconds(100);
    return reply;
  });
  World world;
  world.environment["METABASE_URL"] = metabase.url();
  world.environment["METABASE_API_KEY"] = "mb_0123456789abcdef";
  world.write("before.json", "what stood there");
  world.write("candidates.json", R"({"report":"candidates","version":1,"metabase":{"url":")" +
                                     metabase.url() +
                                     R"("},"databases":[{"id":1,"name":"shop","dialect":"postgres","tables":[
      {"name":"orders","fields":[{"name":"n","type":"type/Integer"},{"name":"hangs","type":"type/Integer"}]}]}],"kpis":[
      {"name":"quick","database_id":1,"sql":"SELECT max(n) AS n FROM orders"},
      {"name":"slow","database_id":1,"sql":"SELECT max(hangs) AS n FROM orders"}]})");
  std::vector<std::string> arguments{"validate", "candidates.json", "-j", "1"};
  SUBCASE("to standard output") {}
  SUBCASE("to a file") { arguments.insert(arguments.end(), {"-o", "before.json"}); }
  Process process(world.command(arguments));
  REQUIRE(wait_until([&] {
    const auto received = metabase.received();
    return !received.empty() && received.back().body.find("hangs") != std::string::npos;
  }));
  process.signal(SIGINT);
  const auto ended = process.wait();
  CHECK(ended.exit_code == 130);
  CHECK(error_line(ended).find("interrupted") != std::string::npos);
  CHECK(ended.out.empty());
  CHECK(world.read("before.json") == "what stood there");

  const auto sent = [&](const char* part) {
    const auto all = metabase.received();
    return std::count_if(all.begin(), all.end(),
                         [&](const auto& one) { return one.body.find(part) != std::string::npos; });
  };
  const auto again = world.kpi(arguments);
  CHECK(again.exit_code == 0);
  CHECK(again.err.find("1 KPI was validated before") != std::string::npos);
  CHECK(sent("max(n)") == 1);
  CHECK(sent("max(hangs)") == 2);
  // That try came to its end: the next one looks at the data afresh.
  CHECK(world.kpi(arguments).exit_code == 0);
  CHECK(sent("max(n)") == 2);
}

TEST_CASE("kpi discover: Ctrl-C while Metabase is silent says what was waited for, and what to do") {
  const FaultServer metabase([](const Received&, std::size_t) {
    auto reply = json_reply("{}");
    reply.delay = std::chrono::seconds(100);
    return reply;
  });
  World world;
  world.environment["METABASE_URL"] = metabase.url();
  world.environment["METABASE_API_KEY"] = "mb_0123456789abcdef";
  Process process(world.command({"discover"}));
  REQUIRE(wait_until([&] { return !metabase.received().empty(); }));
  process.signal(SIGINT);
  const auto ended = process.wait();
  CHECK(ended.exit_code == 130);
  CHECK(ended.out.empty());
  const auto line = error_line(ended);
  CAPTURE(line);
  CHECK(line.find(metabase.url()) != std::string::npos);
  CHECK(line.ends_with(" had not answered yet: interrupted; run the same command again to go on"));
}

TEST_CASE("kpi run: Ctrl-C leaves no half report in the folder") {
  World world;
  world.serve_sqlite(small_company());
  const FaultServer model(one_table_only);
  Process process(world.command({"run", "--sandbox", "--provider", "openai", "--base-url", model.url(), "-j",
                                 "1", "--out", "reports"}));
  REQUIRE(wait_until([&] { return model.received().size() >= 2; }));
  process.signal(SIGINT);
  const auto ended = process.wait();
  CHECK(ended.exit_code == 130);
  CHECK(ended.out.empty());
  CHECK(std::filesystem::exists(world.file("reports/schema.json")));
  CHECK_FALSE(std::filesystem::exists(world.file("reports/candidates.json")));
}
