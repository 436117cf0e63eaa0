#include <kpi/config/dotenv.hpp>

#include <doctest/doctest.h>

#include <array>

TEST_CASE("config::dotenv: lines are read as shells and other tools read them") {
  struct Case {
    const char* text;
    const char* value;  ///< of A; nullptr: not set
  };
  static constexpr std::array cases{
      Case{"A=b", "b"},
      Case{"A=b\r\n", "b"},
      Case{"\xEF\xBB\xBF"
           "A=b",
           "b"},
      Case{"export A=b", "b"},
      Case{"  A = b  ", "b"},
      Case{"A=", ""},
      Case{"A=''", ""},
      Case{"A=b # comment", "b"},
      Case{"A=b#c", "b#c"},
      Case{"A=#c", ""},
      Case{"A=b=c", "b=c"},
      Case{"A=b c", "b c"},
      Case{"A='b # c'", "b # c"},
      Case{"A='b\\n$C'", "b\\n$C"},
      Case{"A=\"b\\nc\\t\\\"\\\\\\$\" # comment", "b\nc\t\"\\$"},
      Case{"A=\"b\\qc\"", "b\\qc"},
      Case{"A=\"b\nc\"", "b\nc"},
      Case{"A=$B", "$B"},
      Case{"A=b\nA=c", "c"},
      Case{"# A=b", nullptr},
      Case{"A", nullptr},
      Case{"1A=b", nullptr},
      Case{"A B=c", nullptr},
      Case{"A=\"b", nullptr},
      Case{"A='b' c", nullptr},
      Case{"", nullptr},
  };
  for (const auto& c : cases) {
    CAPTURE(c.text);
    const auto read = kpi::config::parse_dotenv(c.text);
    const auto at = read.values.find("A");
    CHECK((at != read.values.end()) == (c.value != nullptr));
    if (at != read.values.end() && c.value != nullptr) CHECK(at->second == c.value);
  }
}

TEST_CASE("config::dotenv: what cannot be read is a warning with its line and without its text") {
  const auto read = kpi::config::parse_dotenv("A=1\nhunter2\nB=\"hunter2\nC=3\nD='x\ny'\nE=5\nhunter2 too\n");
  REQUIRE(read.warnings.size() == 3);
  CHECK(read.warnings[0] == ".env:2: not KEY=VALUE; the line is ignored");
  CHECK(read.warnings[1] == ".env:3: the quote is not closed; the line is ignored");
  CHECK(read.warnings[2] == ".env:8: not KEY=VALUE; the line is ignored");
  CHECK(read.values.at("C") == "3");
  CHECK(read.values.at("D") == "x\ny");
  CHECK(read.values.at("E") == "5");
}
