#include <kpi/base/text.hpp>
#include <kpi/render/summary.hpp>

#include <doctest/doctest.h>

using namespace kpi;

TEST_CASE("render::summary: no table is told from no database, and from a database that was refused") {
  const auto told = [](const model::SchemaReport& report) { return join(render::summary(report), "\n"); };
  model::SchemaReport report;
  CHECK(told(report).find("shows this user no database") != std::string::npos);
  report.envelope.errors.push_back({"discover", "shop", "metabase.forbidden", "no rights"});
  CHECK(told(report).find("no database") == std::string::npos);
  CHECK(told(report).find("no table matches") == std::string::npos);
  report.databases.emplace_back();
  CHECK(told(report).find("no table matches") != std::string::npos);
}
