#include "system/fixture.hpp"

#include <kpi/base/text.hpp>

#include <doctest/doctest.h>

#include <algorithm>

using namespace kpi;
using namespace kpi::test;

namespace {

/// A validation report by hand: a KPI that holds and one that does not.
const char* const validation = R"({
  "report": "validation", "version": 1,
  "kpis": [
    {"id": "aaaa000000000000", "name": "월별 매출 of every category of goods", "sql": "SELECT 1", "database_id": 1, "category": "Sales",
     "tables": ["TB_ORDER"], "validation": {"status": "passed"},
     "score": {"total": 70, "formula": "f", "components": [{"name": "cost", "value": 0.7, "weight": 1, "reason": "cheap"}]}},
    {"id": "bbbb000000000000", "name": "Broken", "sql": "SELECT amuont FROM TB_ORDER", "database_id": 1, "tables": ["TB_ORDER"],
     "validation": {"status": "rejected",
       "findings": [{"code": "schema.unknown_column", "severity": "error", "message": "no column amuont", "position": 7}]}}
  ]
})";

/// Columns that a line of ASCII and Korean letters takes.
std::size_t columns(const std::string& line) {
  std::size_t count = 0;
  for (const char c : line) {
    const auto byte = static_cast<unsigned char>(c);
    if ((byte & 0xC0U) != 0x80U) count += byte >= 0xEA && byte <= 0xED ? 2 : 1;
  }
  return count;
}

}  // namespace

TEST_CASE("kpi report: a table that fits on a terminal, Markdown in a pipe, and by its name a file") {
  World world;
  world.write("v.json", validation);
  SUBCASE("terminal") {
    for (const int width : {40, 60, 160}) {
      CAPTURE(width);
      auto command = world.command({"report", "v.json"});
      command.environment["TERM"] = "xterm";
      command.environment["NO_COLOR"] = "1";
      command.terminal = Terminal::standard_output;
      command.columns = width;
      const auto ended = run(command);
      CHECK(ended.exit_code == 0);
      const auto table = ended.out.substr(0, ended.out.find("\r\n\r\n"));
      CHECK(table.find("rejected") != std::string::npos);
      CHECK(table.find('\x1b') == std::string::npos);
      for (auto line : split(table, '\n')) {
        CAPTURE(line);
        if (line.ends_with('\r')) line.pop_back();
        CHECK(columns(line) <= static_cast<std::size_t>(width));
      }
      CHECK(ended.out.find("50.0% of 2 KPIs hold") != std::string::npos);
    }
  }
  SUBCASE("colour on a terminal") {
    auto command = world.command({"report", "v.json"});
    command.environment["TERM"] = "xterm";
    command.terminal = Terminal::standard_output;
    CHECK(run(command).out.find("\x1b[31mrejected") != std::string::npos);
  }
  SUBCASE("a pipe") {
    const auto ended = world.kpi({"report", "v.json"});
    CHECK(ended.out.starts_with("# Validation of KPIs"));
  }
  SUBCASE("COLUMNS holds where there is no terminal") {
    world.environment["COLUMNS"] = "50";
    const auto ended = world.kpi({"report", "v.json", "--format", "table", "--color", "always"});
    CHECK(ended.out.find("too narrow for") != std::string::npos);
    CHECK(ended.out.find("\x1b[32mpassed") != std::string::npos);
  }
  SUBCASE("a file") {
    CHECK(world.kpi({"report", "v.json", "-o", "v.html"}).exit_code == 0);
    CHECK(world.read("v.html").starts_with("<!DOCTYPE html>"));
    CHECK(world.kpi({"report", "v.json", "-o", "v.xml"}).exit_code == 0);
    CHECK(world.read("v.xml").find("<testsuites name=\"kpi validation\" tests=\"2\" failures=\"1\"") !=
          std::string::npos);
    CHECK(world.kpi({"report", "v.json", "-o", "v.sarif"}).exit_code == 0);
    const auto log = json_of(world.read("v.sarif"));
    CHECK(log["runs"][0]["results"].size() == 1);
    const auto& place = log["runs"][0]["results"][0]["locations"][0]["physicalLocation"];
    CHECK(place["artifactLocation"]["uri"] == "v.json");
    CHECK(place["region"]["startLine"] == 7);
    CHECK(world.kpi({"report", "v.json", "--format", "json", "-o", "again.html"}).exit_code == 0);
    CHECK(json_of(world.read("again.html"))["summary"]["total"] == 2);
  }
}

TEST_CASE("kpi report --explain: one KPI and its score as a sum") {
  World world;
  world.write("v.json", validation);
  const auto ended = world.kpi({"report", "v.json", "--explain", "aaaa"});
  CHECK(ended.exit_code == 0);
  CHECK(ended.out.find("   70.0  cost  0.70 x 100.0  cheap") != std::string::npos);
  check_failed(world.kpi({"report", "v.json", "--explain", "ffff"}), 2,
               "no KPI of the report has the id or the name ffff");
  check_failed(world.kpi({"report", "--explain", "aaaa", "-"}, R"({"report": "audit", "version": 1})"), 2,
               "holds no KPIs");
}

TEST_CASE("kpi validate --format github: annotates the file of candidates, at the KPI's line") {
  World world;
  world.write("kpis.json", R"({"report": "candidates", "version": 1,
    "databases": [{"id": 1, "name": "db", "engine": "sqlite", "dialect": "sqlite",
      "tables": [{"id": 1, "name": "TB_ORDER", "fields": [{"name": "amount", "type": "type/Decimal"}]}]}],
    "kpis": [
      {"name": "Fine", "sql": "SELECT max(amount) FROM TB_ORDER", "database_id": 1},
      {"name": "Broken", "sql": "SELECT max(quantity_of_goods) FROM TB_ORDER", "database_id": 1}
    ]})");
  const auto ended = world.kpi({"validate", "kpis.json", "--no-execute", "--format", "github"});
  CAPTURE(ended.out);
  CHECK(ended.exit_code == 0);
  const auto lines = split(trim(ended.out), '\n');
  CHECK(lines.front().starts_with("::error file=kpis.json,line=6,title=schema.unknown_column%3A Broken"));
  CHECK(lines.back().starts_with("::notice title=kpi validation::validate: 50.0%25 of 2 KPIs"));
}
