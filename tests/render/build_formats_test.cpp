#include "render/fixture.hpp"

#include <kpi/base/json.hpp>
#include <kpi/base/text.hpp>
#include <kpi/render/build_formats.hpp>
#include <kpi/render/formats.hpp>
#include <kpi/sql/analyzer.hpp>

#include <doctest/doctest.h>

#include <set>

using namespace kpi;
using namespace kpi::render;
using namespace kpi::render::test;

namespace {

model::ValidationReport mixed() {
  model::ValidationReport report;
  report.envelope.run = {"r1", "acme", "1.2.3", "2026-02-03T04:05:06Z", 10, "kpi validate"};
  auto good = plain_kpi("aaaaaaaaaaaaaaaa", "Orders", model::Verdict::passed, 80);
  good.validation->findings = {{"lint.no_time_window", model::Severity::note, "all time", {}}};
  auto bad = plain_kpi("bbbbbbbbbbbbbbbb", "Revenue: total, all", model::Verdict::rejected, 0);
  bad.tables = {"TB_PAY"};
  bad.sql = "SELECT 매출,\n  amuont FROM TB_PAY";
  bad.validation->findings = {
      {"lint.select_star", model::Severity::warning, "names no columns", {}},
      {"schema.unknown_column", model::Severity::error, "no column amuont\nin TB_PAY, 50% sure", 17}};
  bad.validation->execution = model::Execution{model::RunStatus::failed, "x", 1500, 0, false, {}};
  report.kpis = {good, bad};
  return report;
}

/// A reader of XML that takes nothing but well-formed elements, attributes and references; the names of the
/// elements in order, or "" and why not.
std::string elements_of(const std::string& xml) {
  std::string names;
  std::vector<std::string> open;
  std::size_t at = xml.find("?>") + 2;
  while (at < xml.size()) {
    if (xml[at] != '<') {
      if (xml[at] == '>' || (static_cast<unsigned char>(xml[at]) < 0x20 && xml[at] != '\n')) return "";
      if (xml[at] == '&' && xml.substr(at, 7).find(';') == std::string::npos) return "";
      ++at;
      continue;
    }
    const auto end = xml.find('>', at);  // none in an attribute: it is always written as a reference
    if (end == std::string::npos) return "";
    auto inside = xml.substr(at + 1, end - at - 1);
    if (inside.find('<') != std::string::npos || count_of(inside, "\"") % 2 != 0) return "";
    const bool closes = inside.starts_with("/"), alone = inside.ends_with("/");
    const auto name = inside.substr(closes ? 1 : 0, inside.find_first_of(" /", 1) - (closes ? 1 : 0));
    if (closes) {
      if (open.empty() || open.back() != name) return "";
      open.pop_back();
    } else {
      names += name + " ";
      if (!alone) open.push_back(name);
    }
    at = end + 1;
  }
  return open.empty() ? names : "";
}

/// What is missing of what SARIF 2.1.0 asks for ("" where nothing is). Source: the standard's own schema.
std::string missing_of(const Json& log) {
  if (log.value("version", "") != "2.1.0") return "version";
  if (!log.contains("runs") || log["runs"].size() != 1) return "runs";
  const auto& run = log["runs"][0];
  const auto& driver = run["tool"]["driver"];
  if (driver.value("name", "").empty()) return "tool.driver.name";
  std::set<std::string> ids;
  for (const auto& rule : driver["rules"]) {
    if (!ids.insert(rule.value("id", "")).second || rule.value("id", "").empty()) return "rule.id";
    if (rule["shortDescription"].value("text", "").empty()) return "rule.shortDescription.text";
    const auto level = rule["defaultConfiguration"].value("level", "");
    if (level != "error" && level != "warning" && level != "note") return "rule level";
  }
  for (const auto& invocation : run["invocations"]) {
    if (!invocation["executionSuccessful"].is_boolean()) return "executionSuccessful";
  }
  for (const auto& result : run["results"]) {
    if (result["message"].value("text", "").empty()) return "result.message.text";
    const auto& rules = driver["rules"];
    const auto index = result["ruleIndex"].get<std::size_t>();
    if (index >= rules.size() || rules[index]["id"] != result["ruleId"]) return "ruleIndex";
    if (result["locations"].size() != 1) return "locations";
    const auto& location = result["locations"][0];
    if (location.contains("physicalLocation")) {
      const auto& physical = location["physicalLocation"];
      if (physical["artifactLocation"].value("uri", "").empty()) return "uri";
      if (physical["region"].value("startLine", 0) < 1) return "startLine";
      if (physical["artifactLocation"].contains("index") &&
          physical["artifactLocation"]["index"].get<std::size_t>() >= run["artifacts"].size())
        return "artifact index";
    }
  }
  return "";
}

Json sarif_of(const Verdicts& verdicts, const Source& source = {}) {
  auto json = parse_json(sarif(verdicts, source), "sarif");
  REQUIRE(json);
  return *json;
}

}  // namespace

TEST_CASE("render::junit: a suite a table, a case a KPI, a failure where it was rejected") {
  const auto text = junit(verdicts(mixed()));
  CAPTURE(text);
  CHECK(elements_of(text) == "testsuites testsuite testcase system-out testsuite testcase failure ");
  CHECK(text.find("<testsuites name=\"kpi validation\" tests=\"2\" failures=\"1\" errors=\"0\" skipped=\"0\" "
                  "time=\"1.500\">") != std::string::npos);
  CHECK(text.find("<testsuite name=\"TB_PAY\" id=\"1\" package=\"kpi.validation\" hostname=\"localhost\" "
                  "timestamp=\"2026-02-03T04:05:06\" tests=\"1\" failures=\"1\"") != std::string::npos);
  CHECK(text.find("<testcase classname=\"TB_PAY\" name=\"Revenue: total, all\" time=\"1.500\">") !=
        std::string::npos);
  CHECK(text.find(
            "<failure type=\"schema.unknown_column\" message=\"no column amuont in TB_PAY, 50% sure\">") !=
        std::string::npos);
  CHECK(text.find("note lint.no_time_window: all time") != std::string::npos);
}

TEST_CASE("render::junit: stays XML, whatever the names") {
  const auto check = [](const auto& report, const char* part) {
    const auto text = junit(verdicts(report));
    CAPTURE(text);
    CHECK(elements_of(text).find(part) != std::string::npos);
    CHECK(is_utf8(text));
    CHECK(text.find("timestamp=\"1970-01-01T00:00:00\"") !=
          std::string::npos);  // what is no time is not passed on
  };
  check(hostile_schema(), "testcase error ");
  check(hostile_candidates(), "testcase failure testsuite testcase system-out ");
  check(hostile_validation(), "testcase failure ");
  check(hostile_registration(), "testcase failure ");
  check(hostile_audit(), "testcase failure ");
}

TEST_CASE("render::verdicts: an item that failed is told once, by its own words or those of errors[]") {
  model::CandidatesReport report;
  report.tables = {{1, "public", "orders", model::TableStatus::failed, 0, 2, "no answer"},
                   {1, "public", "users", model::TableStatus::ok, 15, 1, {}}};
  report.envelope.errors = {{"generate", "public.orders", "llm.timeout", "no answer"},
                            {"generate", "public.users", "llm.partial", "half an answer"},
                            {"generate", "elsewhere", "llm.refused", "no"}};
  const auto all = verdicts(report);
  REQUIRE(all.items.size() == 3);
  CHECK(all.items[0].findings.size() == 1);
  CHECK(all.items[0].findings[0].code == "generate.failed");
  CHECK(all.items[1].findings[0].code == "llm.partial");
  CHECK(all.items[2].group == "errors");
  CHECK(elements_of(junit(all)).find("testcase error") != std::string::npos);
}

TEST_CASE(
    "render::verdicts: a card that broke is an error, one that drifted a warning, a strange one a note") {
  using model::AuditStatus;
  model::AuditReport report;
  for (const auto status :
       {AuditStatus::ok, AuditStatus::broken, AuditStatus::drifted, AuditStatus::unmanaged})
    report.cards.push_back({"k", 1, "n", "u", status, "why", {}});
  const auto all = verdicts(report);
  CHECK(all.items[0].findings.empty());
  CHECK(all.items[1].findings[0].severity == model::Severity::error);
  CHECK(all.items[2].findings[0].severity == model::Severity::warning);
  CHECK(all.items[3].findings[0].severity == model::Severity::note);
  for (std::size_t i = 1; i < all.items.size(); ++i)
    CHECK_FALSE(meaning_of(all.items[i].findings[0].code).empty());
}

TEST_CASE("render::sarif: has every member that the standard requires, for every kind of report") {
  CHECK(missing_of(sarif_of(verdicts(mixed()))).empty());
  CHECK(missing_of(sarif_of(verdicts(hostile_schema()))).empty());
  CHECK(missing_of(sarif_of(verdicts(hostile_candidates()))).empty());
  CHECK(missing_of(sarif_of(verdicts(hostile_validation()))).empty());
  CHECK(missing_of(sarif_of(verdicts(hostile_registration()))).empty());
  CHECK(missing_of(sarif_of(verdicts(hostile_audit()))).empty());
}

TEST_CASE("render::sarif: a rule says what the catalogue says, for every code of it") {
  model::ValidationReport report;
  auto kpi = plain_kpi("aaaaaaaaaaaaaaaa", "All", model::Verdict::rejected, 0);
  for (const auto& kind : sql::finding_catalogue())
    kpi.validation->findings.push_back({std::string(kind.code), kind.severity, "m", {}});
  report.kpis = {kpi};
  const auto log = sarif_of(verdicts(report));
  CHECK(missing_of(log).empty());
  const auto& rules = log["runs"][0]["tool"]["driver"]["rules"];
  REQUIRE(rules.size() == sql::finding_catalogue().size());
  for (std::size_t i = 0; i < rules.size(); ++i) {
    CAPTURE(rules[i]["id"].get<std::string>());
    CHECK(rules[i]["id"] == std::string(sql::finding_catalogue()[i].code));
    CHECK(rules[i]["help"]["text"].get<std::string>().starts_with("Example: "));
    CHECK(rules[i]["fullDescription"]["text"] == rules[i]["shortDescription"]["text"]);
  }
}

TEST_CASE("render::sarif: a rule that no catalogue knows has the texts that code scanning asks for too") {
  const auto log = sarif_of(verdicts(hostile_audit()));
  const auto& rules = log["runs"][0]["tool"]["driver"]["rules"];
  REQUIRE_FALSE(rules.empty());
  for (const auto& rule : rules) {
    CAPTURE(rule.dump());
    for (const char* text : {"shortDescription", "fullDescription", "help"})
      CHECK_FALSE(rule[text]["text"].get<std::string>().empty());
  }
}

TEST_CASE("render::sarif: points at the finding's line and column in the embedded SQL") {
  const auto log = sarif_of(verdicts(mixed()));
  const auto& run = log["runs"][0];
  const auto& error = run["results"][2];
  CHECK(error["ruleId"] == "schema.unknown_column");
  CHECK(error["level"] == "error");
  const auto& place = error["locations"][0]["physicalLocation"];
  CHECK(run["artifacts"][place["artifactLocation"]["index"].get<std::size_t>()]["contents"]["text"] ==
        "SELECT 매출,\n  amuont FROM TB_PAY");
  CHECK(place["region"]["startLine"] == 2);    // byte 17 is past the first line's 15 bytes and two blanks
  CHECK(place["region"]["startColumn"] == 3);  // of the second
  // The same finding keeps its fingerprint from run to run, and two findings have two.
  CHECK(sarif(verdicts(mixed()), {}) == sarif(verdicts(mixed()), {}));
  CHECK(error["partialFingerprints"] != run["results"][1]["partialFingerprints"]);
}

TEST_CASE("render::sarif: names the report's file and the KPI's line where they are known") {
  const auto report = mixed();
  const auto text = model::report_text(report);
  const auto log = sarif_of(verdicts(report), Source::of("out/my report.json", text));
  const auto& place = log["runs"][0]["results"][2]["locations"][0]["physicalLocation"];
  CHECK(place["artifactLocation"]["uri"] == "out/my%20report.json");
  const auto line = place["region"]["startLine"].get<std::size_t>();
  CHECK(split(text, '\n')[line - 1].find("bbbbbbbbbbbbbbbb") != std::string::npos);
}

TEST_CASE("render::Source: a table or a column of a KPI's name is not the KPI") {
  const auto source = Source::of("c.json", R"({"report": "candidates",
 "databases": [{"name": "Orders", "tables": [{"name": "Orders"}]}],
 "tables": [{"name": "Orders", "kpis": 1}],
 "kpis": [
  {"name": "Orders", "sql": "SELECT 1"}]})");
  Examined item;
  item.name = "Orders";
  CHECK(source.line_of(item) == 5);
}

TEST_CASE("render::sarif: brackets and braces of a message are no link and no placeholder") {
  const auto text = sarif(verdicts(hostile_validation()), {});
  CHECK(text.find("\\\\[y\\\\](javascript") != std::string::npos);
  CHECK(text.find("{{{{{{data}}}}}}") != std::string::npos);
}

TEST_CASE("render::github: one command a line, errors first, escaped as the runner unescapes") {
  const auto text = github(verdicts(mixed()), Source::of("a,b:c.json", model::report_text(mixed())));
  const auto lines = split(trim(text), '\n');
  REQUIRE(lines.size() == 3);
  CAPTURE(text);
  CHECK(lines[0].starts_with("::error file=a%2Cb%3Ac.json,line="));
  CHECK(
      lines[0].ends_with(",title=schema.unknown_column%3A Revenue%3A total%2C all (TB_PAY)::no column amuont "
                         "in TB_PAY, 50%25 sure"));
  CHECK(lines[1].starts_with("::warning file="));
  CHECK(lines[2].starts_with("::notice title=kpi validation::validate: 50.0% of 2 KPIs") == false);
  CHECK(lines[2].starts_with("::notice title=kpi validation::validate: 50.0%25 of 2 KPIs"));
}

TEST_CASE("render::github: a title is short enough to be shown, whatever the name") {
  auto report = mixed();
  for (auto& kpi : report.kpis) kpi.name = std::string(3000, 'k');
  for (const auto& line : split(trim(github(verdicts(report), {})), '\n')) {
    const auto from = line.find("title=");
    CHECK(line.find("::", from) - from < 255);
  }
}

TEST_CASE("render::github: no name begins a command of its own") {
  const auto check = [](const auto& report) {
    const auto text = github(verdicts(report), {"f\n::error::x", {}});
    for (const auto& line : split(trim(text), '\n')) {
      CAPTURE(line);
      CHECK((line.starts_with("::error file=") || line.starts_with("::warning file=") ||
             line.starts_with("::notice title=kpi ")));
      CHECK(line.find('\r') == std::string::npos);
    }
  };
  check(hostile_schema());
  check(hostile_candidates());
  check(hostile_validation());
  check(hostile_registration());
  check(hostile_audit());
}

TEST_CASE("render::format_of_file: goes by the end of the name") {
  CHECK(format_of_file("a/b.HTML") == Format::html);
  CHECK(format_of_file("x.sarif.json") == Format::sarif);
  CHECK(format_of_file("x.json") == Format::json);
  CHECK(format_of_file("TEST-x.xml") == Format::junit);
  CHECK_FALSE(format_of_file("html"));
}
