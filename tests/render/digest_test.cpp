#include "render/fixture.hpp"

#include <kpi/model/failures.hpp>
#include <kpi/render/digest.hpp>
#include <kpi/render/explain.hpp>
#include <kpi/sql/analyzer.hpp>

#include <doctest/doctest.h>

using namespace kpi;
using namespace kpi::render;
using namespace kpi::render::test;

namespace {

model::ValidationReport three() {
  model::ValidationReport report;
  report.kpis = {plain_kpi("aaaaaaaaaaaaaaaa", "Lower", model::Verdict::passed, 40),
                 plain_kpi("bbbbbbbbbbbbbbbb", "Higher", model::Verdict::repaired, 90),
                 plain_kpi("cccccccccccccccc", "Gone", model::Verdict::rejected, 0)};
  report.kpis[2].validation->findings = {
      {"schema.unknown_column", model::Severity::error, "no column x", {}},
      {"schema.unknown_column", model::Severity::error, "no column y", {}}};
  return report;
}

}  // namespace

TEST_CASE("render::working_kpis: what holds, by business function, the best first, with its card") {
  auto validation = three();
  model::RegistrationReport registration;
  registration.kpis = validation.kpis;
  registration.kpis[1].registration =
      model::Registration{model::CardStatus::created, 7, "http://h/question/7", "KPIs/Sales", {}};
  registration.kpis[0].registration =
      model::Registration{model::CardStatus::skipped, {}, {}, "", "score below 50"};
  const auto text = working_kpis(validation, &registration);
  CAPTURE(text);
  CHECK(text.find("2 of 3 KPIs hold, in 1 business function.") != std::string::npos);
  CHECK(text.find("## Sales (2)") != std::string::npos);
  CHECK(text.find("| 90 | Higher |") < text.find("| 40 | Lower |"));
  CHECK(text.find("[card 7](<http://h/question/7>)") != std::string::npos);
  CHECK(text.find("skipped: score below 50") != std::string::npos);
  CHECK(text.find("Gone") == std::string::npos);
}

TEST_CASE("render::working_kpis: what scores 0 is left to the failures") {
  auto validation = three();
  validation.kpis[0].validation->findings = {{"dup.result", model::Severity::warning, "as Higher", {}}};
  validation.kpis[0].score->total = 0;
  const auto text = working_kpis(validation, nullptr);
  CAPTURE(text);
  CHECK(
      text.find("1 of 3 KPIs hold, in 1 business function. 1 more run and score 0; failures.md says why.") !=
      std::string::npos);
  CHECK(text.find("Lower") == std::string::npos);
  CHECK(failures({nullptr, nullptr, &validation, nullptr, nullptr}).find("Lower") != std::string::npos);
}

TEST_CASE("render::failures: by cause, each KPI once, with what would prevent it") {
  auto validation = three();
  validation.kpis[0].validation->findings = {{"result.empty", model::Severity::warning, "gave no rows", {}}};
  validation.kpis[0].score->total = 0;
  model::AuditReport audit;
  audit.cards = {{"k", 1, "Card", "u", model::AuditStatus::broken, "gone", {}}};
  const auto text = failures({nullptr, nullptr, &validation, nullptr, &audit});
  CAPTURE(text);
  CHECK(text.find("| 1 | names a column that does not exist | failed | domain |") != std::string::npos);
  CHECK(text.find("## names a column that does not exist (1)") != std::string::npos);
  CHECK(text.find("- schema.unknown\\_column: ") != std::string::npos);
  CHECK(text.find("- Gone (TB\\_ORDER): no column x") != std::string::npos);
  CHECK(text.find("no column y") == std::string::npos);
  CHECK(text.find("What would prevent it (domain): say in the domain's glossary") != std::string::npos);
  CHECK(text.find("## is a card that runs no more (1)") != std::string::npos);
  CHECK(text.find("| 1 | gives no rows | runs, and scores 0 | data |") != std::string::npos);
  CHECK(text.find("- Lower (TB\\_ORDER): gave no rows") > text.find("is a card that runs no more (1)"));
  CHECK(text.find("Higher") == std::string::npos);
  const model::ValidationReport nothing;
  CHECK(failures({nullptr, nullptr, &nothing, nullptr, nullptr}) == "# Failures\n\nNothing failed.\n");
}

TEST_CASE("model::cause_of: every code that fails a KPI has its cause, with what prevents it") {
  for (const auto& kind : sql::finding_catalogue()) {
    const bool gate = kind.code == "result.empty" || kind.code == "result.all_null" ||
                      kind.code == "result.constant" || kind.code.starts_with("dup.");
    if (kind.severity != model::Severity::error && !gate) continue;
    CAPTURE(std::string(kind.code));
    const auto* cause = model::cause_of(kind.code, "");
    REQUIRE(cause != nullptr);
    CHECK_FALSE(cause->advice.empty());
  }
  for (const char* code : {"generate.failed", "register.failed", "audit.broken", "llm.budget",
                           "state.day_budget", "http.timeout", "metabase.refused"}) {
    CAPTURE(code);
    CHECK(model::cause_of(code, "") != nullptr);
  }
  CHECK(model::cause_of("nobody.knows", "") == nullptr);
}

TEST_CASE("render::digests: names do their tricks in neither file") {
  const auto validation = hostile_validation();
  const auto registration = hostile_registration();
  const auto schema = hostile_schema();
  const auto candidates = hostile_candidates();
  const auto audit = hostile_audit();
  auto works = validation;
  works.kpis[0].validation->status = model::Verdict::passed;
  for (const auto& text : {working_kpis(works, &registration),
                           failures({&schema, &candidates, &validation, &registration, &audit})}) {
    // In a fenced block of SQL markup is text; outside of one there is none.
    std::string outside;
    bool fenced = false;
    std::size_t at = 0;
    while (at < text.size()) {
      const auto end = std::min(text.find('\n', at), text.size());
      const auto line = text.substr(at, end - at);
      if (line.starts_with("```"))
        fenced = !fenced;
      else if (!fenced)
        outside += line + "\n";
      at = end + 1;
    }
    CAPTURE(outside);
    CHECK(outside.find("<script") == std::string::npos);
    CHECK(outside.find("](javascript") == std::string::npos);
    CHECK(outside.find("](<javascript") == std::string::npos);
    CHECK(text.find('\x1b') == std::string::npos);
  }
}

TEST_CASE("render::summands: add up to the score") {
  model::Score score{73, "", {{"a", 1.0, 0.25, ""}, {"b", 0.5, 0.5, ""}, {"c", 0.9, 0.25, ""}}};
  double sum = 0;
  for (const auto& part : summands(score)) sum += part.points;
  CHECK(sum == doctest::Approx(72.5));
  CHECK(summands({0, "0: no rows", {}}).empty());
  // Weights that do not add up to 1, as where a component could not be judged.
  score.components.pop_back();
  CHECK(summands(score)[0].points == doctest::Approx(100.0 / 3));
}

TEST_CASE("render::explanation: is the score as a sum, or the gate that made it 0") {
  auto kpi = plain_kpi("aaaaaaaaaaaaaaaa", "Orders", model::Verdict::passed, 50);
  kpi.score->components = {{"informativeness", 0.8, 0.25, "4 rows"}, {"cost", 0.4, 0.75, "1 to 10 s"}};
  const auto text = explanation(kpi, {});
  CAPTURE(text);
  CHECK(text.find("   20.0  informativeness  0.80 x  25.0  4 rows\n") != std::string::npos);
  CHECK(text.find("   30.0  cost             0.40 x  75.0  1 to 10 s\n") != std::string::npos);
  CHECK(text.find("   50.0  = 50 ") != std::string::npos);
  kpi.score = model::Score{0, "0: no rows", {}};
  CHECK(explanation(kpi, {}).find("\nScore 0: no rows\n") != std::string::npos);
  kpi.score.reset();
  CHECK(explanation(kpi, {}).find("none yet") != std::string::npos);
  const auto wild = explanation(hostile_kpi(), {});
  for (const char c : wild) CHECK((static_cast<unsigned char>(c) >= 0x20 || c == '\n'));
}

TEST_CASE("render::explanation: shows rank, run and SQL, and says each finding once") {
  auto kpi = plain_kpi("aaaaaaaaaaaaaaaa", "Orders", model::Verdict::passed, 50);
  kpi.sql = "SELECT count(*)\nFROM orders";
  kpi.score->components = {{"cost", 0.5, 1.0, "1 to 10 s"}};
  kpi.score->rank = 3;
  kpi.validation->findings = {{"schema.unknown_column", model::Severity::error, "no column x", 7},
                              {"schema.unknown_column", model::Severity::error, "no column y", 9},
                              {"schema.unknown_column", model::Severity::error, "no column x", 30}};
  auto& run = kpi.validation->execution.emplace();
  run.status = model::RunStatus::ok;
  run.rows = 1;
  run.elapsed_ms = 12;
  run.value = 366;
  const auto text = explanation(kpi, {});
  CAPTURE(text);
  CHECK(text.find("Score 50 of 100, rank 3, the sum of:\n") != std::string::npos);
  CHECK(text.find("query      1 row in 12 ms: 366\n") != std::string::npos);
  CHECK(text.ends_with("\nSELECT count(*)\nFROM orders\n"));
  const auto first = text.find("no column x");
  REQUIRE(first != std::string::npos);
  CHECK(text.find("no column x", first + 1) == std::string::npos);
  CHECK(text.find("no column y") != std::string::npos);
}

TEST_CASE("render::kpi_with_id: takes an id, enough of it or a name, and says what is wrong otherwise") {
  const std::vector<model::Kpi> kpis{plain_kpi("abcd111111111111", "A", model::Verdict::passed, 1),
                                     plain_kpi("abcd222222222222", "B", model::Verdict::passed, 1)};
  CHECK((**kpi_with_id(kpis, "abcd222222222222")).name == "B");
  CHECK((**kpi_with_id(kpis, " ABCD1 ")).name == "A");
  CHECK((**kpi_with_id(kpis, "b")).id == "abcd222222222222");
  CHECK(kpi_with_id(kpis, "abcd").error().what.find("2 KPIs") != std::string::npos);
  CHECK(kpi_with_id(kpis, "abc").error().code == "report.no_kpi");
  CHECK(kpi_with_id(kpis, "ffff").error().fault == Fault::input);
}
