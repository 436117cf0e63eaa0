#include "render/fixture.hpp"

#include <kpi/base/json.hpp>
#include <kpi/render/assets.hpp>
#include <kpi/render/html.hpp>

#include <doctest/doctest.h>

#include <set>

using namespace kpi;
using namespace kpi::render;
using namespace kpi::render::test;

namespace {

/// What stands between `before` and the next `after`; fails the test where they are not there.
std::string between(const std::string& text, const std::string& before, const std::string& after) {
  const auto from = text.find(before);
  REQUIRE(from != std::string::npos);
  const auto to = text.find(after, from + before.size());
  REQUIRE(to != std::string::npos);
  return text.substr(from + before.size(), to - from - before.size());
}

Json data_of(const std::string& page) {
  auto json = parse_json(between(page, "id=\"data\">", "</script>"), "data");
  REQUIRE(json);
  return *json;
}

/// True if `text` occurs in any string of `json`.
bool holds(const Json& json, const std::string& text) {
  if (json.is_string()) return json.get<std::string>().find(text) != std::string::npos;
  if (!json.is_structured()) return false;
  for (const auto& part : json) {
    if (holds(part, text)) return true;
  }
  return false;
}

void check_hostile(const std::string& page) {
  CAPTURE(page);
  // The template's own two and no more: nothing a name holds begins or ends an element.
  CHECK(count_of(page, "<script") == 2);
  CHECK(count_of(page, "</script") == 2);
  CHECK(count_of(page, "<img") == 0);
  CHECK(count_of(page, "<!--") == 0);
  CHECK(page.find("href=\"javascript") == std::string::npos);
  CHECK(page.find('\x1b') == std::string::npos);
  CHECK(page.find("\xE2\x80\xAE") == std::string::npos);
  CHECK(holds(data_of(page), "</script><script>alert(1)"));  // it is there, and it is data
}

}  // namespace

TEST_CASE("render::html: names stay text in every kind of report") {
  check_hostile(html(hostile_schema()));
  check_hostile(html(hostile_candidates()));
  check_hostile(html(hostile_validation()));
  check_hostile(html(hostile_registration()));
  check_hostile(html(hostile_audit()));
}

TEST_CASE("render::html: the policy allows the page's own script and style, by hash, and nothing else") {
  const auto page = html(hostile_validation());
  const auto policy = between(page, "http-equiv=\"Content-Security-Policy\" content=\"", "\"");
  CHECK(policy.find("default-src &apos;none&apos;") != std::string::npos);
  CHECK(policy.find("unsafe") == std::string::npos);
  CHECK(policy.find("http") == std::string::npos);
  const auto script = between(page, "<script>", "</script>");
  const auto style = between(page, "<style>", "</style>");
  CHECK(script == std::string(assets::script));
  const auto quoted = [](std::string hash) { return "&apos;" + hash.substr(1, hash.size() - 2) + "&apos;"; };
  // kainjow writes + / = as they are.
  CHECK(policy.find("script-src " + quoted(csp_hash(script)) + ";") != std::string::npos);
  CHECK(policy.find("style-src " + quoted(csp_hash(style)) + ";") != std::string::npos);
}

TEST_CASE("render::csp_hash: is the base 64 of SHA-256") {
  // Source: the well-known digest of the empty text.
  CHECK(csp_hash("") == "'sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU='");
}

TEST_CASE("render::html: nothing in the page asks for anything from outside") {
  const auto page = html(model::RegistrationReport{});
  const auto frame = page.substr(0, page.find("id=\"data\""));
  for (const char* part : {" src=", "@import", "url(", "//cdn", "http://", "https://"}) {
    CAPTURE(part);
    CHECK(frame.find(part) == std::string::npos);
  }
  for (const char* part : {"innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(",
                           "fetch(", "XMLHttpRequest", "import("}) {
    CAPTURE(part);
    CHECK(assets::script.find(part) == std::string_view::npos);
  }
}

TEST_CASE(
    "render::html: the data hold a row and a detail for each KPI, with links only where they are addresses") {
  model::RegistrationReport report;
  report.collection_url = "https://bi.example.com/collection/5";
  auto good = plain_kpi("aaaaaaaaaaaaaaaa", "Orders", model::Verdict::passed, 80);
  good.registration = model::Registration{
      model::CardStatus::created, 7, "https://bi.example.com/question/7", "KPIs/Sales", {}};
  good.extra["secret_of_another_tool"] = "x";
  auto bad = hostile_kpi();
  report.kpis = {good, bad};
  const auto page = html(report);
  const auto data = data_of(page);
  const auto& main = data["listings"][0];
  REQUIRE(main["rows"].size() == 2);
  REQUIRE(data["details"].size() == 2);
  CHECK(data["details"][0]["id"] == good.id);
  CHECK_FALSE(data["details"][0].contains("secret_of_another_tool"));
  CHECK(main["links"][0] == "https://bi.example.com/question/7");
  CHECK(main["links"][1] == "");
  CHECK(data["tones"]["created"] == "good");
  CHECK(page.find("<a href=\"https://bi.example.com/collection/5\"") != std::string::npos);
  for (const auto& row : main["rows"]) CHECK(row.size() == main["columns"].size());
}

TEST_CASE("render::html: tiles group the digits of large counts, as the table does") {
  model::CandidatesReport report;
  for (const auto& one : {std::pair{999, "<dd>999</dd>"}, std::pair{1000, "<dd>1,000</dd>"}}) {
    report.kpis.resize(static_cast<std::size_t>(one.first),
                       plain_kpi("aaaaaaaaaaaaaaaa", "Orders", model::Verdict::passed, 80));
    CAPTURE(one.first);
    CHECK(html(report).find(one.second) != std::string::npos);
  }
}

TEST_CASE("render::html: what a result spans, and its one value, reach the page") {
  auto kpi = plain_kpi("aaaaaaaaaaaaaaaa", "Orders", model::Verdict::passed, 80);
  auto& run = kpi.validation->execution.emplace();
  run.status = model::RunStatus::ok;
  run.rows = 1;
  run.value = 7;
  auto& column = run.columns.emplace_back();
  column.name = "orders";
  column.min = 7;
  column.max = 7;
  model::ValidationReport report;
  report.kpis = {kpi};
  const auto told = data_of(html(report))["details"][0]["validation"]["execution"];
  CHECK(told["value"] == 7);
  CHECK(told["columns"][0]["min"] == 7);
  CHECK(told["columns"][0]["max"] == 7);
}

TEST_CASE("render::html: charts name columns that are there") {
  const auto check = [](const std::string& page) {
    const auto data = data_of(page);
    const auto columns = data["listings"][0]["columns"].size();
    CHECK_FALSE(data["charts"].empty());
    for (const auto& chart : data["charts"]) {
      CHECK(chart["column"].get<std::size_t>() < columns);
      if (chart["split"] >= 0)
        CHECK(data["listings"][0]["columns"][chart["split"].get<std::size_t>()]["kind"] == "status");
    }
  };
  check(html(hostile_schema()));
  check(html(hostile_candidates()));
  check(html(hostile_validation()));
  check(html(hostile_registration()));
  check(html(hostile_audit()));
}

TEST_CASE("render::safe_link: lets plain http and https through, and nothing else") {
  CHECK(safe_link("https://bi.example.com:8443/question/7?a=1#b") ==
        "https://bi.example.com:8443/question/7?a=1#b");
  CHECK(safe_link("HTTP://h/1") == "HTTP://h/1");
  for (const char* url :
       {"", "javascript:alert(1)", "data:text/html,x", "//h", "http:/h", "https://h/\" onclick=\"x",
        "https://h/a b", "https://h/<b>", "file:///etc/passwd", " https://h", "https://h/\xE2\x80\xAE"}) {
    CAPTURE(url);
    CHECK(safe_link(url).empty());
  }
}
