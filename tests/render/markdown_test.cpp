#include <kpi/render/formats.hpp>
#include <kpi/render/listing.hpp>
#include <kpi/render/markdown.hpp>
#include <kpi/render/summary.hpp>

#include <doctest/doctest.h>

#include <string>

using namespace kpi;
using namespace kpi::render;

namespace {

model::Kpi hostile_kpi() {
  model::Kpi kpi;
  kpi.id = "0123456789abcdef";
  kpi.name = "Revenue | <script>alert(1)</script>\n# not a heading";
  kpi.description = "[click](javascript:evil) *now*\x1b[31m";
  kpi.category = "Sales & Revenue Analytics";
  kpi.tables = {"public.TB_ORDER"};
  kpi.sql = "SELECT '```' AS fence";
  return kpi;
}

std::size_t count_of(const std::string& text, const std::string& part) {
  std::size_t count = 0;
  for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + part.size())) ++count;
  return count;
}

}  // namespace

TEST_CASE("render::markdown_text: leaves nothing that Markdown, HTML or a terminal would act on") {
  struct Case {
    const char* text;
    const char* expected;
  };
  static constexpr std::array cases{
      Case{"plain", "plain"},
      Case{"a|b", "a\\|b"},
      Case{"<b>&amp;", "&lt;b&gt;&amp;amp;"},
      Case{"two\nlines", "two lines"},
      Case{"[x](y)", "\\[x\\]\\(y\\)"},
      Case{"- item", "\\- item"},
      Case{"red \x1b[31m", "red \\[31m"},
      Case{"TB_ORDER", "TB\\_ORDER"},
      Case{"12. item", "12\\. item"},
      Case{"https://evil.example", "https\\://evil.example"},
      Case{"www.evil.example", "www\\.evil.example"},
  };
  for (const auto& one : cases) {
    CAPTURE(one.text);
    CHECK(markdown_text(one.text) == one.expected);
  }
}

TEST_CASE("render::markdown_code: fences SQL that holds fences") {
  CHECK(markdown_code("SELECT 1") == "```sql\nSELECT 1\n```\n");
  CHECK(markdown_code("SELECT '```'") == "````sql\nSELECT '```'\n````\n");
}

TEST_CASE("render::markdown: shows a KPI of hostile names without its tricks") {
  model::CandidatesReport report;
  report.kpis.push_back(hostile_kpi());
  const auto text = markdown(report);
  CHECK(text.find("<script>") == std::string::npos);
  CHECK(text.find("](javascript") == std::string::npos);
  CHECK(text.find('\x1b') == std::string::npos);
  CHECK(count_of(text, "\n# ") + (text.starts_with("# ") ? 1U : 0U) == 1);
  CHECK(text.find("## Sales &amp; Revenue Analytics") != std::string::npos);
  CHECK(text.find("````sql\nSELECT '```' AS fence\n````") != std::string::npos);
}

TEST_CASE("render::markdown: a registration report is a table a collection") {
  model::RegistrationReport report;
  auto kpi = hostile_kpi();
  kpi.registration =
      model::Registration{model::CardStatus::created, 7, "http://h/question/7", "KPIs/Sales", {}};
  report.kpis.push_back(kpi);
  kpi.registration = model::Registration{model::CardStatus::skipped, {}, {}, "", "score 0"};
  report.kpis.push_back(kpi);
  const auto text = markdown(report);
  CHECK(text.find("## KPIs/Sales") != std::string::npos);
  CHECK(text.find("## Not registered") != std::string::npos);
  // Four cells, though the name has a pipe in it.
  CHECK(text.find("| Revenue \\| &lt;script&gt;") != std::string::npos);
}

TEST_CASE("render::markdown_link: links to addresses alone") {
  CHECK(markdown_link("card 7", "http://h/question/7") == "[card 7](<http://h/question/7>)");
  CHECK(markdown_link("a]b", "http://h/a|b") == "[a\\]b](<http://h/a%7Cb>)");
  CHECK(markdown_link("card 7", "javascript:alert(1)") == "card 7");
}

TEST_CASE("render::summary: names the collections that cards stand in") {
  model::RegistrationReport report;
  auto kpi = hostile_kpi();
  kpi.registration = model::Registration{model::CardStatus::created, 7, {}, "KPIs/Sales", {}};
  report.kpis.push_back(kpi);
  kpi.registration->status = model::CardStatus::unchanged;
  report.kpis.push_back(kpi);
  kpi.registration->status = model::CardStatus::skipped;
  report.kpis.push_back(kpi);
  const auto lines = summary(report);
  REQUIRE(lines.size() == 2);
  CHECK(lines[0] == "register: 1 created, 0 updated, 1 unchanged, 1 skipped, 0 failed; 0 s");
  CHECK(lines[1] == "    2  KPIs/Sales");
}

TEST_CASE("render::summary: a dry run does not say that cards were archived") {
  model::RegistrationReport report;
  report.archived.push_back({"0123456789abcdef", 7, "Old", true});
  CHECK(summary(report).front().find(", 1 to archive; ") != std::string::npos);
  CHECK(markdown(report).find("## To archive\n") != std::string::npos);
  CHECK(listings(report).at(1).title == "To archive");
  CHECK((summary(report).front() + markdown(report)).find("rchived") == std::string::npos);

  report.archived.front().planned = false;
  CHECK(summary(report).front().find(", 1 archived; ") != std::string::npos);
  CHECK(markdown(report).find("## Archived\n") != std::string::npos);
  CHECK(listings(report).at(1).title == "Archived");
}

TEST_CASE("render::percent_text: a share is cut and not rounded") {
  CHECK(percent_text(4999.0 / 5000) == "99.9%");
  CHECK(percent_text(1.0) == "100.0%");
  CHECK(percent_text(0.29) == "29.0%");
  CHECK(percent_text(2.0 / 3) == "66.6%");
  CHECK(percent_text(0.0) == "0.0%");
}

TEST_CASE("render::summary: every line stays one line, whatever failed") {
  model::ValidationReport report;
  report.envelope.errors.push_back({"validate", "a\nkpi: fake", "x", "b\x1b[2J"});
  for (const auto& line : summary(report)) {
    CHECK(line.find('\n') == std::string::npos);
    CHECK(line.find('\x1b') == std::string::npos);
  }
}
