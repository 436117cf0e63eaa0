// What values and files are refused, and how that is said.
#include "workspace.hpp"

#include <doctest/doctest.h>

#include <array>

using kpi::test::contains;
using kpi::test::Workspace;

TEST_CASE("config::load: a value of the wrong type names file, line, key and what would be right") {
  struct Case {
    const char* text;
    const char* code;
    const char* place;
    const char* says;
  };
  static constexpr std::array cases{
      Case{"tenant: a\njobs: many\n", "config.value", "kpi.yaml:2",
           "jobs must be a whole number from 1 to 64"},
      Case{"jobs: [1]\n", "config.invalid", "kpi.yaml:1", "jobs must be a number, and is a list"},
      Case{"jobs: 1.5\n", "config.value", "kpi.yaml:1", "jobs must be a whole number"},
      Case{"metabase: http://m\n", "config.invalid", "kpi.yaml:1", "metabase must hold keys"},
      Case{"metabase:\n  url: {a: b}\n", "config.invalid", "kpi.yaml:2",
           "metabase.url must be text, and is a map"},
      Case{"\ndiscover:\n  include:\n    - a\n    - [b]\n", "config.invalid", "kpi.yaml:5",
           "a list of words"},
      Case{"- a\n- b\n", "config.invalid", "kpi.yaml:1", "must be a map"},
      Case{"tenant: a\n  jobs: 2\n", "config.invalid", "kpi.yaml:2", "is not YAML"},
      Case{"jobs: 2\njobs: 3\n", "config.invalid", "kpi.yaml:2", "jobs is there twice"},
      Case{"a: &x [1]\nb: *x\n", "config.invalid", "kpi.yaml:2", "aliases"},
      Case{"discover:\n  include: *\n", "config.invalid", "kpi.yaml:2", "in quotes"},
      Case{"discover:\n  include: *_LOG\n", "config.invalid", "kpi.yaml:2", "in quotes"},
      Case{"metabase:\n\turl: http://m\n", "config.invalid", "kpi.yaml:2", "no tabs"},
      Case{"tenant: a\n---\ntenant: b\n", "config.invalid", "kpi.yaml", "more than one document"},
      Case{"tenant: \"\xFF\"\n", "config.invalid", "kpi.yaml:1", "UTF-8"},
  };
  for (const auto& c : cases) {
    CAPTURE(c.text);
    const Workspace place;
    place.write("kpi.yaml", c.text);
    const auto error = place.failure();
    CHECK(error.fault == kpi::Fault::input);
    CHECK(error.code == c.code);
    CAPTURE(error.line());
    CHECK(contains(error.line(), c.place));
    CHECK(contains(error.line(), c.says));
  }
}

TEST_CASE("config::load: values out of range are refused, the bounds themselves are fine") {
  struct Case {
    const char* key;
    const char* value;
    bool good;
  };
  static constexpr std::array cases{
      Case{"jobs", "1", true},
      Case{"jobs", "64", true},
      Case{"jobs", "0", false},
      Case{"jobs", "65", false},
      Case{"jobs", "-1", false},
      Case{"jobs", "99999999999999999999", false},
      Case{"jobs", "", false},
      Case{"generate.per_table", "15..20", true},
      Case{"generate.per_table", "7", true},
      Case{"generate.per_table", "1..100", true},
      Case{"generate.per_table", "0..3", false},
      Case{"generate.per_table", "5..3", false},
      Case{"generate.per_table", "1..101", false},
      Case{"generate.per_table", "..3", false},
      Case{"generate.per_table", "1..2..3", false},
      Case{"validate.timeout_s", "3600", true},
      Case{"validate.timeout_s", "0", false},
      Case{"validate.timeout_s", "3601", false},
      Case{"validate.max_rows", "1048575", true},
      Case{"validate.max_rows", "1048576", false},
      Case{"validate.repair", "0", true},
      Case{"llm.temperature", "0", true},
      Case{"llm.temperature", "nan", false},
      Case{"llm.temperature", "2.1", false},
      Case{"llm.budget_usd", "0", true},
      Case{"llm.budget_usd", "0.05", true},
      Case{"llm.budget_usd", "-1", false},
      Case{"llm.budget_usd", "inf", false},
      Case{"llm.provider", "Rules", false},
      Case{"register.min_score", "101", false},
      Case{"register.collection", "KPIs/Sales", true},
      Case{"register.collection", "/KPIs", false},
      Case{"register.collection", "A//B", false},
      Case{"metabase.url", "localhost:3000", false},
      Case{"metabase.url", "http://", false},
      Case{"metabase.url", "HTTPS://m.example.com/bi/", true},
      Case{"sandbox.until", "2026-02-29", false},
      Case{"sandbox.until", "2028-02-29", true},
      Case{"sandbox.until", "26-1-1", false},
      Case{"sandbox.database", "mysql://h/b", false},
      Case{"sandbox.database", "sqlite:", false},
      Case{"state", "", false},
      Case{"discover.include", "a\nb", false},
  };
  for (const auto& c : cases) {
    CAPTURE(c.key);
    CAPTURE(c.value);
    Workspace place;
    place.sources.flags[c.key] = {c.value};
    const auto loaded = kpi::config::load(place.sources);
    CHECK(loaded.has_value() == c.good);
    if (!loaded) CHECK(loaded.error().code == "config.value");
  }
}

TEST_CASE("config::load: a tenant's name fits into a card's marker") {
  struct Case {
    std::string name;
    bool good;
  };
  const std::array cases{Case{"acme", true},
                         Case{"Acme-2_x.eu", true},
                         Case{std::string(64, 'a'), true},
                         Case{std::string(65, 'a'), false},
                         Case{"", false},
                         Case{"a:b", false},
                         Case{"a b", false},
                         Case{"../x", false},
                         Case{".hidden", false},
                         Case{"회사", false},
                         Case{"a\n", false}};
  for (const auto& c : cases) {
    CAPTURE(c.name);
    Workspace place;
    place.sources.flags["tenant"] = {c.name};
    CHECK(kpi::config::load(place.sources).has_value() == c.good);
  }
}

TEST_CASE("config::load: a hostile file is refused and crashes nothing") {
  std::string bomb = "a: &a [x, x, x, x, x, x, x, x, x]\n";
  for (char c = 'b'; c <= 'k'; ++c) {
    const char before = static_cast<char>(c - 1);
    bomb += std::string(1, c) + ": &" + c + " [";
    for (int i = 0; i < 9; ++i) bomb += std::string(i == 0 ? "*" : ", *") + before;
    bomb += "]\n";
  }
  std::string items;
  for (int i = 0; i < 30'000; ++i) items += "- x\n";
  const std::array files{bomb,
                         items,
                         std::string(100'000, '['),
                         std::string(100'000, '{'),
                         "a: " + std::string(50'000, '['),
                         std::string(2'000'000, 'a'),
                         std::string("a: \0b\n", 6),
                         std::string("\xFF\xFE\x00t", 4),
                         std::string("? [a]\n: b\n"),
                         std::string("%YAML 9.9\n---\n&a !<tag:x> ! *a\n"),
                         std::string("\t\n: :\n- -\n"),
                         std::string("tenant: \"never closed\n"),
                         std::string("{a: b, c") + std::string(1000, ','),
                         std::string("jobs: !!binary aGVsbG8=\n")};
  for (const auto& text : files) {
    CAPTURE(text.substr(0, 60));
    const Workspace place;
    place.write("kpi.yaml", text);
    const auto error = place.failure();
    CHECK(error.fault == kpi::Fault::input);
    CHECK(contains(error.line(), "kpi.yaml"));
    CHECK(error.line().size() < 400);
  }
}
