#include <doctest/doctest.h>

#include <fuzz/corpus.hpp>
#include <fuzz/sql_properties.hpp>

using namespace kpi::sql::test;

TEST_CASE("sql::Analyzer: keeps its promises on all that the fuzzer ever kept") {
  const auto inputs = kpi::fuzz::corpus();
  CHECK(inputs.size() >= 100);
  for (const std::string& input : inputs) {
    CAPTURE(kpi::fuzz::escaped(input));
    CHECK(broken_promise(input) == "");
  }
}

TEST_CASE("sql::Analyzer: keeps its promises on every statement of the guard's corpus") {
  for (const std::string& statement : lines("guard/allowed.sql")) {
    CAPTURE(statement);
    CHECK(broken_promise(statement) == "");
  }
  for (const std::string& row : lines("guard/refused.sql")) {
    CAPTURE(row);
    CHECK(broken_promise(row.substr(row.find('\t') + 1)) == "");
  }
}
