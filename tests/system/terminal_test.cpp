#include "system/fixture.hpp"

#include <kpi/base/text.hpp>

#include <doctest/doctest.h>

#include <algorithm>

using namespace kpi;
using namespace kpi::test;

namespace {

/// A schema report of `tables` tables that rules write for.
std::string wide_schema(int tables) {
  Json list = Json::array();
  for (int i = 0; i < tables; ++i) {
    list.push_back({{"id", i + 1},
                    {"name", "TB_" + std::to_string(i)},
                    {"fields",
                     {{{"name", "id"}, {"type", "type/Integer"}},
                      {{"name", "amount"}, {"type", "type/Decimal"}},
                      {{"name", "status"}, {"type", "type/Text"}},
                      {{"name", "created_at"}, {"type", "type/DateTime"}}}}});
  }
  Json report{{"report", "schema"},
              {"version", 1},
              {"databases",
               {{{"id", 1}, {"name", "db"}, {"engine", "sqlite"}, {"dialect", "sqlite"}, {"tables", list}}}}};
  return dump_json(report);
}

}  // namespace

TEST_CASE("kpi: a terminal gets a bar that fits it, and a pipe gets plain lines") {
  World world;
  auto command = world.command({"generate", "--provider", "rules", "-j", "2"}, wide_schema(40));
  command.environment["TERM"] = "xterm";
  SUBCASE("on a terminal") {
    command.terminal = Terminal::standard_error;
    command.columns = 60;
    const auto ended = run(command);
    CHECK(ended.exit_code == 0);
    CHECK(ended.err.find("of 40 tables") != std::string::npos);
    for (const auto& part : split(ended.err, '\r')) {
      const auto bar = part.starts_with("\x1b[K") ? part.substr(3) : part;
      const auto line = bar.substr(0, bar.find('\n'));
      CAPTURE(line);
      if (line.starts_with("[") || line.starts_with("generate ")) CHECK(line.size() < 60);
    }
  }
  SUBCASE("on a pipe") {
    const auto ended = run(command);
    CHECK(ended.exit_code == 0);
    CHECK(ended.err.find('\r') == std::string::npos);
    CHECK(ended.err.find('\x1b') == std::string::npos);
  }
  SUBCASE("quiet") {
    command.arguments.emplace_back("-q");
    command.terminal = Terminal::standard_error;
    const auto ended = run(command);
    CHECK(ended.exit_code == 0);
    CHECK(ended.err.empty());
  }
  SUBCASE("NO_COLOR") {
    command.environment["NO_COLOR"] = "1";
    command.terminal = Terminal::standard_error;
    const auto ended = run(command);
    CHECK(ended.err.find("\x1b[1m") == std::string::npos);
  }
  SUBCASE("as JSON, every line is one") {
    command.arguments.insert(command.arguments.end(), {"--log-format", "json"});
    const auto ended = run(command);
    CHECK(ended.exit_code == 0);
    for (const auto& line : split(trim(ended.err), '\n')) {
      CAPTURE(line);
      CHECK(parse_json(line, "log").has_value());
    }
  }
}

TEST_CASE("kpi: --color always colours a pipe too") {
  World world;
  const auto ended = world.kpi({"generate", "--provider", "rules", "--color", "always"}, wide_schema(1));
  CHECK(ended.err.find("\x1b[1m") != std::string::npos);
}
