#include "system/fixture.hpp"

#include <doctest/doctest.h>

using namespace kpi::test;

TEST_CASE("kpi: help and version are asked for and succeed") {
  const World world;
  const auto help = world.kpi({"--help"});
  CHECK(help.exit_code == 0);
  for (const char* name : {"discover", "generate", "validate", "register", "audit", "run", "sandbox", "init",
                           "doctor", "report", "config"}) {
    CAPTURE(name);
    CHECK(help.out.find(name) != std::string::npos);
    CHECK(world.kpi({name, "--help"}).exit_code == 0);
  }
  const auto version = world.kpi({"--version"});
  CHECK(version.exit_code == 0);
  CHECK(version.out.starts_with("kpi "));
}

TEST_CASE("kpi: a command line that is wrong is exit 2 and one line that says where help is") {
  const World world;
  struct Case {
    std::vector<std::string> arguments;
    const char* part;
  };
  const std::vector<Case> cases{
      {{}, "see kpi --help"},
      {{"valdate"}, "did you mean validate?"},
      {{"nonsense"}, "no command \"nonsense\""},
      {{"validate", "--min-sucess", "3"}, "did you mean --min-success?"},
      {{"validate", "--min-success", "300"}, "--min-success"},
      {{"validate", "--min-success"}, "see kpi validate --help"},
      {{"discover", "surplus"}, "one argument too many"},
      {{"config", "sho"}, "did you mean show?"},
      {{"discover", "--jobs", "many"}, "--jobs"},
      {{"discover", "--log-format", "xml"}, "--log-format"},
      {{"generate", "--per-table", "20..15", "-"}, "--per-table"},
      {{"generate", "--provider", "opnai", "-"}, "provider"},
      {{"generate", "--provider", "openai", "-"}, "OPENAI_API_KEY"},
      {{"audit", "--fail-on", "brocken"}, "--fail-on"},
      {{"validate", "--fail-on", "guard.*,shcema.*"}, "no finding has a code like \"shcema.*\""},
      {{"validate", "--fail-on", "broken"}, "no finding has a code like \"broken\""},
      {{"run", "--fail-on", "brocken"}, "no finding has a code like \"brocken\""},
      {{"register", "--plan", "a", "--apply", "b"}, "--"},
      {{"validate", "no-such-file.json"}, "no-such-file.json"},
      {{"discover", "-o", "no/such/folder/schema.json"}, "no/such/folder"},
      {{"history", "--since", "yesterday"}, "2026-11-21"},
      {{"history", "--since", "2026-13-01"}, "2026-11-21"},
      {{"state", "backup", "/nonexistent/x.db"}, "/nonexistent/x.db"},
      {{"sandbox", "--release", "v0.45.0"}, "from v0.46 to v0.63"},
      {{"--config", "x", "discover"}, "stands after the command"},
      {{"discover", "--include"}, "--include needs a value: --include GLOB; see"},
      {{"discover", "--config", ""}, "names no file"},
      {{"discover", "--config", "."}, "name a file"},
      {{"discover", "--color", "sometimes"}, "\"sometimes\" is none of auto, always, never"},
      {{"discover", "--format", "htm"}, "did you mean html?"},
      {{"discover", "--format", "0"}, "is none of json"},
      {{"validate", "--min-success", "nan", "-"}, "\"nan\" is no number from 0 to 100"},
      {{"validate", "--fail-on", "guard.*,gaurd.*", "-"}, "did you mean guard.*?"},
      {{"validate", "--fail-on", "broken", "-"}, "no finding has a code like \"broken\""},
      {{"run", "--fail-on", "stale,brokn"}, "did you mean broken?"},
      {{"history", "--kind", "querry"}, "did you mean query?"},
      {{"state", "check"}, "there is no "},
      {{"discover"}, "there are no credentials"},
      {{"run", "--provider", "rules"}, "there are no credentials"},
  };
  for (const auto& one : cases) {
    CAPTURE(one.part);
    check_failed(world.kpi(one.arguments), 2, one.part);
  }
}

TEST_CASE("kpi run: what is wrong with the command leaves nothing behind") {
  const World world;
  check_failed(world.kpi({"run", "--provider", "openai"}), 2, "OPENAI_API_KEY");
  check_failed(world.kpi({"run", "--provider", "rules", "--from", "validate"}), 2, "--from validate");
  check_failed(world.kpi({"run", "--provider", "rules", "--out", "runs/first"}), 2, "no credentials");
  CHECK_FALSE(std::filesystem::exists(world.file("kpi-runs")));
  CHECK_FALSE(std::filesystem::exists(world.file("runs")));
  world.write("runs", "");  // a file, which no folder can be made in
  check_failed(world.kpi({"run", "--provider", "rules", "--out", "runs/first"}), 5, "runs/first");
  CHECK(std::filesystem::exists(world.file("runs")));
}

TEST_CASE("kpi: a stage without a report, on a terminal, asks for one instead of waiting") {
  const World world;
  auto command = world.command({"validate"});
  command.input_terminal = true;
  check_failed(run(command), 2, "no report was given");
}

TEST_CASE("kpi: a repeatable flag takes one value, so that - is still the input") {
  const World world;
  const auto ended =
      world.kpi({"generate", "--table", "a*", "-"}, "{\"report\": \"schema\", \"version\": 1}");
  CAPTURE(ended.err);
  CHECK(ended.exit_code == 0);
  CHECK(json_of(ended.out)["report"] == "candidates");
}

TEST_CASE("kpi: an input that is no report of the stage before is refused with its place") {
  const World world;
  struct Case {
    const char* input;
    const char* part;
  };
  for (const auto& one :
       {Case{"", "held no report"}, Case{"{\"report\": \"candidates\", \"kpis\": [", "line"},
        Case{"{\"report\": \"schema\", \"version\": 1}", "schema"},
        Case{"{\"report\": \"candidates\", \"version\": 2}", "version"}, Case{"<html>", "standard input"},
        Case{"{\"report\": \"candidates\", \"version\": 1, \"kpis\": [{\"name\": \"x\"}]}", "kpis[0]"}}) {
    CAPTURE(one.input);
    check_failed(world.kpi({"validate", "--no-execute", "-"}, one.input), 2, one.part);
  }
}

TEST_CASE("kpi init: writes a configuration once, and not over one that is there") {
  const World world;
  const auto first = world.kpi({"init"});
  CAPTURE(first.err);
  CHECK(first.exit_code == 0);
  CHECK(std::filesystem::exists(world.file("kpi.yaml")));
  CHECK(std::filesystem::exists(world.file(".env.example")));
  check_failed(world.kpi({"init"}), 2, "--force");
  CHECK(world.kpi({"init", "--force"}).exit_code == 0);
  // What it wrote is a configuration that holds.
  CHECK(world.kpi({"config", "show"}).exit_code == 0);
}

TEST_CASE("kpi config show: names where each value came from, and masks secrets") {
  World world;
  world.environment["METABASE_PASSWORD"] = "correct-horse-battery";
  world.environment["METABASE_URL"] = "https://bi.example";
  const auto shown = world.kpi({"config", "show", "--jobs", "7"});
  CHECK(shown.exit_code == 0);
  CHECK(shown.out.find("flag --jobs") != std::string::npos);
  CHECK(shown.out.find("METABASE_URL") != std::string::npos);
  CHECK(shown.out.find("correct-horse") == std::string::npos);
  CHECK(shown.out.find("********") != std::string::npos);
}

TEST_CASE("kpi validate --list-findings: every code with its severity, its meaning and an example") {
  const World world;
  const auto listed = world.kpi({"validate", "--list-findings"});
  CHECK(listed.exit_code == 0);
  CHECK(listed.out.starts_with("guard.bytes "));
  CHECK(listed.out.find("lint.fan_out") != std::string::npos);
  CHECK(listed.out.find("SELECT sum(o.amount) FROM orders o JOIN order_items i") != std::string::npos);
  CHECK(listed.out.find("dup.fingerprint") != std::string::npos);
}

TEST_CASE("kpi sandbox: a password in a URL is refused, and not repeated") {
  const World world;
  const auto ended = world.kpi({"sandbox", "--database", "postgres://me:hunter22@localhost/x"});
  check_failed(ended, 2, "holds a password");
  CHECK(ended.err.find("hunter22") == std::string::npos);
}
