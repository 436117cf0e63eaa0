#include <kpi/metabase/read.hpp>
#include <kpi/metabase/read_query.hpp>

#include <doctest/doctest.h>

#include <array>
#include <optional>
#include <string>

using namespace kpi::metabase;

TEST_CASE("metabase::read: a release is read from every spelling of a version") {
  struct Case {
    const char* version;
    std::optional<int> release;
  };
  static constexpr std::array cases{Case{"v0.46.6", 46},
                                    Case{"v1.50.5 (48f6978)", 50},
                                    Case{"v0.63", 63},
                                    Case{"vUNKNOWN", std::nullopt},
                                    Case{"vLOCAL_DEV", std::nullopt},
                                    Case{"", std::nullopt},
                                    Case{"v0.", std::nullopt},
                                    Case{"v2025.1", std::nullopt}};
  for (const auto& c : cases) {
    CAPTURE(c.version);
    CHECK(release_of(c.version) == c.release);
  }
}

TEST_CASE("metabase::read: numbers may be written as text, and what is none is not known") {
  const kpi::Json json{
      {"a", "9007199254740993"}, {"b", 3.0}, {"c", "x"}, {"d", 1.5}, {"e", nullptr}, {"f", "2.5"}};
  CHECK(whole_of(json, "a") == 9007199254740993);
  CHECK(whole_of(json, "b") == 3);
  CHECK_FALSE(whole_of(json, "c"));
  CHECK_FALSE(whole_of(json, "d"));
  CHECK_FALSE(whole_of(json, "e"));
  CHECK_FALSE(whole_of(kpi::Json("text"), "a"));
  CHECK(number_of(json, "f") == 2.5);
}

TEST_CASE("metabase::read: ill-formed UTF-8 in an answer does not cost the answer") {
  const auto json = json_of("{\"name\":\"caf\xE9\"}");
  REQUIRE(json);
  CHECK(text_of(*json, "name") == "caf\xEF\xBF\xBD");
  CHECK_FALSE(json_of("{\"name\":\"caf"));
}

TEST_CASE("metabase::read: a database's message reads as if Metabase had put nothing before the statement") {
  struct Case {
    const char* name;
    const char* message;
    const char* comment;
    const char* sql;
    const char* cleaned;
  };
  static constexpr std::array cases{
      Case{"counted from the comment", "ERROR: column \"foo\" does not exist\n  Position: 21",
           "-- Metabase:: x\n", "SELECT foo", "ERROR: column \"foo\" does not exist\n  Position: 5"},
      Case{"no comment", "ERROR: no\n  Position: 8", "", "SELECT foo", "ERROR: no\n  Position: 8"},
      Case{"a comment that nobody told of", "ERROR: no\n  Position: 126", "", "SELECT foo", "ERROR: no"},
      Case{"in French", "ERREUR\n  Position : 21", "-- Metabase:: x\n", "SELECT foo",
           "ERREUR\n  Position : 5"},
      Case{"in characters, not bytes", "ERROR\n  Position: 17", "", "SELECT 'éééé', x",
           "ERROR\n  Position: 17"},
      Case{"the statement quoted",
           "Column not found; SQL:\n-- Metabase:: userID: 1 queryHash: ab\nSELECT foo [42]", "", "SELECT foo",
           "Column not found; SQL:\nSELECT foo [42]"}};
  for (const auto& c : cases) {
    CAPTURE(c.name);
    CHECK(clean_message(c.message, c.comment, c.sql) == c.cleaned);
  }
  CHECK(clean_message(std::string(5'000, 'x'), "", "").size() == 2'000);
}
