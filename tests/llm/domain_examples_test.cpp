// What the shipped domain files show a model has to be what we ask of one.
#include "support/paths.hpp"

#include <kpi/config/resources.hpp>
#include <kpi/sql/analyzer.hpp>

#include <doctest/doctest.h>

#include <filesystem>

using namespace kpi;

TEST_CASE("llm::Prompts: every worked example that ships would pass validation as it stands") {
  const std::filesystem::path source = kpi::test::source_dir;
  auto policy = config::read_sql_policy(source / "config" / "sql-policy.yaml");
  REQUIRE(policy);
  const auto analyzer = sql::Analyzer::make(std::move(*policy));
  REQUIRE(analyzer);
  std::size_t examples = 0;
  for (const auto& entry : std::filesystem::directory_iterator(source / "config" / "domains")) {
    const auto domain = config::read_domain(source, entry.path().string());
    REQUIRE(domain);
    for (const auto& example : domain->examples) {
      CAPTURE(domain->name);
      CAPTURE(example.name);
      ++examples;
      for (const auto& finding : analyzer->analyze(example.sql, model::Dialect::postgres, nullptr).findings) {
        CAPTURE(finding.code);
        CHECK_MESSAGE(finding.severity == model::Severity::note, finding.message);
      }
      CHECK(analyzer->mend(example.sql, model::Dialect::postgres, nullptr).repairs.empty());
    }
  }
  CHECK(examples >= 15);
}
