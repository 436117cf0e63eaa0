#include "workspace.hpp"

#include <kpi/config/keys.hpp>

#include <doctest/doctest.h>

#include <array>
#include <set>

using kpi::test::contains;
using kpi::test::row;
using kpi::test::Workspace;

TEST_CASE("config::load: without any source every key has its default and says so") {
  const Workspace place;
  const auto loaded = place.load();
  CHECK(loaded.settings.tenant == "default");
  CHECK(loaded.settings.jobs == 4);
  CHECK(loaded.settings.state.filename() == "state.db");
  CHECK(loaded.settings.sandbox.data.filename() == "sandbox");
  CHECK(loaded.settings.discover.include == std::vector<std::string>{"*"});
  CHECK(loaded.settings.registration.collection == "KPIs");
  CHECK_FALSE(loaded.settings.llm.budget_usd.has_value());
  CHECK(loaded.warnings.empty());
  CHECK_FALSE(loaded.file.has_value());
  CHECK(loaded.shown.size() == kpi::config::keys().size());
  for (const auto& shown : loaded.shown) CHECK(shown.origin == "default");
}

TEST_CASE("config::load: flag counts more than environment, .env, file and default, in this order") {
  Workspace place;
  CHECK(row(place.load(), "jobs").value == "4");

  place.write("kpi.yaml", "tenant: acme\njobs: 5\n");
  CHECK(place.load().settings.jobs == 5);
  CHECK(row(place.load(), "jobs").origin == "kpi.yaml:2");

  place.write(".env", "KPI_JOBS=6\n");
  CHECK(place.load().settings.jobs == 6);
  CHECK(row(place.load(), "jobs").origin == ".env");

  place.sources.environment["KPI_JOBS"] = "7";
  CHECK(place.load().settings.jobs == 7);
  CHECK(row(place.load(), "jobs").origin == "environment KPI_JOBS");

  place.sources.flags["jobs"] = {"8"};
  place.sources.flag_names["jobs"] = "--jobs";
  CHECK(place.load().settings.jobs == 8);
  CHECK(row(place.load(), "jobs").origin == "flag --jobs");
  CHECK(row(place.load(), "tenant").origin == "kpi.yaml:1");
}

TEST_CASE("config::load: every key is read from the environment under its section and name") {
  const std::map<std::string, std::string> sample{
      {"tenant", "acme"},           {"metabase.url", "https://m"},       {"llm.provider", "rules"},
      {"llm.base_url", "http://o"}, {"sandbox.database", "sqlite:a.db"}, {"sandbox.until", "2026-02-28"},
      {"llm.temperature", "0.5"},   {"generate.per_table", "3..7"},      {"llm.prompt_tokens", "9000"}};
  for (const auto& key : kpi::config::keys()) {
    Workspace place;
    const auto name = key.environment_names().back();
    CAPTURE(name);
    CHECK(name.starts_with("KPI_"));
    const auto given = sample.find(std::string(key.name));
    const std::string plain = key.section() == "features" ? "off" : "9";
    place.sources.environment[name] = given == sample.end() ? plain : given->second;
    const auto loaded = place.load();
    CHECK(row(loaded, key.name).origin == "environment " + name);
    CHECK(loaded.warnings.empty());
  }
}

TEST_CASE("config::load: the well-known environment names are read") {
  Workspace place;
  place.sources.environment.insert({{"METABASE_URL", "https://bi.example.com"},
                                    {"METABASE_USERNAME", "kpi@example.com"},
                                    {"METABASE_PASSWORD", "p w"},
                                    {"METABASE_API_KEY", "mb_1"},
                                    {"METABASE_SESSION", "s-1"},
                                    {"OPENAI_API_KEY", "sk-1"},
                                    {"OPENAI_BASE_URL", "http://localhost:11434/v1"},
                                    {"ANTHROPIC_API_KEY", "sk-2"},
                                    {"KPI_TENANT", "acme"},
                                    {"KPI_STATE", "/var/lib/kpi.db"},
                                    {"KPI_SANDBOX_DATABASE", "sqlite:a.db, postgres://h/b"},
                                    {"KPI_SANDBOX_DATA", "/tmp/x"}});
  const auto settings = place.load().settings;
  CHECK(settings.metabase.url == "https://bi.example.com");
  CHECK(settings.metabase.username == "kpi@example.com");
  CHECK(settings.metabase.password.reveal() == "p w");
  CHECK(settings.metabase.api_key.reveal() == "mb_1");
  CHECK(settings.metabase.session.reveal() == "s-1");
  CHECK(settings.llm.openai_api_key.reveal() == "sk-1");
  CHECK(settings.llm.base_url == "http://localhost:11434/v1");
  CHECK(settings.llm.anthropic_api_key.reveal() == "sk-2");
  CHECK(settings.tenant == "acme");
  CHECK(settings.state == "/var/lib/kpi.db");
  CHECK(settings.sandbox.database == std::vector<std::string>{"sqlite:a.db", "postgres://h/b"});
  CHECK(settings.sandbox.data == "/tmp/x");
}

TEST_CASE("config::load: an empty environment variable counts as not set") {
  Workspace place;
  place.sources.environment["METABASE_URL"] = "";
  place.sources.environment["KPI_JOBS"] = " ";
  place.sources.environment["KPI_CONFIG"] = "";
  place.write(".env", "METABASE_URL=http://from.env\n");
  const auto loaded = place.load();
  CHECK(row(loaded, "metabase.url").origin == ".env");
  CHECK(row(loaded, "jobs").origin == "default");
}

TEST_CASE("config::load: no secret is ever shown, from wherever it came") {
  Workspace place;
  place.sources.environment["METABASE_PASSWORD"] = "hunter2-in-environment";
  place.sources.environment["KPI_SANDBOX_DATABASE"] =
      "postgres://kpi:hunter2-in-url@h/b?password=hunter2-too";
  place.sources.environment["KPI_METABASE_PROXY"] = "http://me:hunter2@proxy:3128";
  place.write(".env", "OPENAI_API_KEY=hunter2-in-file\n");
  const auto loaded = place.load();
  CHECK(loaded.settings.sandbox.database.front() == "postgres://kpi:hunter2-in-url@h/b?password=hunter2-too");
  for (const auto& shown : loaded.shown) CHECK_FALSE(contains(shown.value, "hunter2"));
  CHECK(row(loaded, "metabase.password").value == "********");
  CHECK(row(loaded, "metabase.api_key").value == "");
  CHECK(row(loaded, "sandbox.database").value == "postgres://kpi:********@h/b?password=********");
}

TEST_CASE("config::load: a secret is refused in the file and as a flag, and the message does not repeat it") {
  SUBCASE("in the file") {
    const Workspace place;
    place.write("kpi.yaml", "metabase:\n  url: http://m\n  password: hunter2\n");
    const auto error = place.failure();
    CHECK(error.code == "config.invalid");
    CHECK(contains(error.line(), "kpi.yaml:3"));
    CHECK(contains(error.line(), "METABASE_PASSWORD"));
    CHECK_FALSE(contains(error.line(), "hunter2"));
  }
  SUBCASE("as a flag") {
    Workspace place;
    place.sources.flags["metabase.password"] = {"hunter2"};
    const auto error = place.failure();
    CHECK(error.code == "config.value");
    CHECK_FALSE(contains(error.line(), "hunter2"));
  }
  SUBCASE("inside a database URL, as a flag") {
    Workspace place;
    place.sources.flags["sandbox.database"] = {"postgres://kpi:hunter2@localhost/shop"};
    const auto error = place.failure();
    CHECK(error.fault == kpi::Fault::input);
    CHECK(error.code == "config.value");
    CHECK(contains(error.line(), "KPI_SANDBOX_DATABASE"));
    CHECK_FALSE(contains(error.line(), "hunter2"));
  }
  SUBCASE("inside a database URL, in the file") {
    const Workspace place;
    place.write("kpi.yaml", "sandbox:\n  database: 'postgres://h/b?user=kpi&password=hunter2'\n");
    CHECK_FALSE(contains(place.failure().line(), "hunter2"));
  }
  SUBCASE("inside the address of Metabase, which reports show") {
    Workspace place;
    place.sources.environment["METABASE_URL"] = "http://kpi:hunter2@m";
    CHECK(place.failure().code == "config.value");
    CHECK_FALSE(contains(place.failure().line(), "hunter2"));
  }
  SUBCASE("a secret with a line end, which would split a header") {
    Workspace place;
    place.sources.environment["OPENAI_API_KEY"] = "hunter2\r\nX-Evil: 1";
    CHECK(place.failure().code == "config.value");
    CHECK_FALSE(contains(place.failure().line(), "hunter2"));
  }
}

TEST_CASE("config::load: an unknown key is a warning that names the nearest one") {
  const Workspace place;
  place.write("kpi.yaml", "tenent: acme\nmetabase:\n  user: x\nmetabas:\n  url: http://m\nzebra: 1\n");
  const auto warnings = place.load().warnings;
  REQUIRE(warnings.size() == 4);
  CHECK(warnings[0] == "kpi.yaml:1: tenent is not a key and is ignored; did you mean tenant?");
  CHECK(contains(warnings[1],
                 "kpi.yaml:3: metabase.user is not a key and is ignored; did you mean metabase.username?"));
  CHECK(contains(warnings[2], "did you mean metabase?"));
  CHECK(warnings[3] == "kpi.yaml:6: zebra is not a key and is ignored");
}

TEST_CASE("config::load: an unknown variable of ours is a warning that names the nearest one") {
  Workspace place;
  place.sources.environment["KPI_SANDBOX_DATABSE"] = "sqlite:hunter2";
  place.sources.environment["METABASE_USER"] = "x";
  place.sources.environment["METABASE_ANYTHING_ELSE"] = "x";
  place.sources.environment["KPI_SHARE"] = "/x";
  place.sources.environment["KPI_TEST_POSTGRES"] = "x";
  place.write(".env", "KPI_TENNANT=a\nUNRELATED=1\n");
  const auto warnings = place.load().warnings;
  REQUIRE(warnings.size() == 3);
  CHECK(warnings[0] ==
        "environment: KPI_SANDBOX_DATABSE is not known and is ignored; did you mean KPI_SANDBOX_DATABASE?");
  CHECK(contains(warnings[1], "did you mean METABASE_USERNAME?"));
  CHECK(warnings[2] == ".env: KPI_TENNANT is not known and is ignored; did you mean KPI_TENANT?");
}

TEST_CASE("config::load: the file is the one named, else kpi.yaml here, else the user's own") {
  Workspace place;
  place.write("home/.config/kpi/config.yaml", "tenant: home\n");
  CHECK(place.load().settings.tenant == "home");
  place.write("xdg/kpi/config.yaml", "tenant: xdg\n");
  place.sources.environment["XDG_CONFIG_HOME"] = (place.folder() / "xdg").string();
  CHECK(place.load().settings.tenant == "xdg");
  place.write("kpi.yaml", "tenant: here\n");
  CHECK(place.load().settings.tenant == "here");
  CHECK(place.load().file == place.folder() / "kpi.yaml");
  place.write("dotenv.yaml", "tenant: dotenv\n");
  place.write(".env", "KPI_CONFIG=dotenv.yaml\n");
  CHECK(place.load().settings.tenant == "dotenv");
  place.write("named.yaml", "tenant: named\n");
  place.sources.environment["KPI_CONFIG"] = "named.yaml";
  CHECK(place.load().settings.tenant == "named");
  CHECK(row(place.load(), "tenant").origin == "named.yaml:1");
  place.write("flag.yaml", "tenant: flag\n");
  place.sources.file = "flag.yaml";
  CHECK(place.load().settings.tenant == "flag");
  place.sources.file = "missing.yaml";
  CHECK(place.failure().code == "config.unreadable");
  place.sources.file = ".";
  CHECK(place.failure().code == "config.unreadable");
}

TEST_CASE("config::load: paths in a file are relative to the file, others to where one stands") {
  Workspace place;
  place.write("etc/kpi.yaml",
              "state: state.db\nsandbox:\n  data: ~/box\n  database: [sqlite:shop.db, sqlite:/abs.db]\n"
              "generate: {domain: own.yaml}\n");
  place.sources.file = "etc/kpi.yaml";
  const auto settings = place.load().settings;
  CHECK(settings.state == place.folder() / "etc" / "state.db");
  CHECK(settings.sandbox.data == place.folder() / "home" / "box");
  CHECK(
      settings.sandbox.database ==
      std::vector<std::string>{"sqlite:" + (place.folder() / "etc" / "shop.db").string(), "sqlite:/abs.db"});
  CHECK(settings.generate.domain == (place.folder() / "etc" / "own.yaml").string());
  place.sources.environment["KPI_STATE"] = "mine.db";
  CHECK(place.load().settings.state == "mine.db");
}

TEST_CASE("config::load: empty sections and values are not set") {
  const Workspace place;
  place.write("kpi.yaml", "metabase:\ndiscover:\n  include: []\n  schema: ''\ntenant: ~\n");
  const auto loaded = place.load();
  CHECK(loaded.warnings.empty());
  CHECK(loaded.settings.discover.include == std::vector<std::string>{"*"});
  CHECK(loaded.settings.tenant == "default");
}

TEST_CASE("config::load: .env that is a folder is another program's, one that is too large is refused") {
  const Workspace folder;
  std::filesystem::create_directories(folder.folder() / ".env");
  CHECK(folder.load().warnings.empty());
  const Workspace large;
  large.write(".env", std::string(2'000'000, 'x'));
  CHECK(large.failure().code == "config.unreadable");
}

TEST_CASE("config::keys: names, environment names and help are unique and there") {
  std::set<std::string> names;
  for (const auto& key : kpi::config::keys()) {
    CHECK_FALSE(key.help.empty());
    CHECK(kpi::config::key_named(key.name) == &key);
    for (const auto& name : key.environment_names()) {
      CAPTURE(name);
      CHECK(names.insert(name).second);
    }
  }
  CHECK(kpi::config::key_named("nothing") == nullptr);
}

TEST_CASE("config::load: a tenant's own keys count more than those for all, and only its own") {
  Workspace place;
  place.write("kpi.yaml",
              "metabase: {url: 'https://all.example'}\n"
              "register: {collection: KPIs}\n"
              "tenants:\n"
              "  acme:\n"
              "    metabase: {url: 'https://acme.example'}\n"
              "    register: {collection: Acme}\n"
              "    features: {dashboards: on}\n"
              "  globex:\n");
  CHECK(place.load().settings.metabase.url == "https://all.example");
  CHECK(place.load().tenants == std::vector<std::string>{"acme", "globex"});

  place.sources.flags["tenant"] = {"acme"};
  const auto acme = place.load();
  CHECK(acme.settings.metabase.url == "https://acme.example");
  CHECK(row(acme, "metabase.url").origin == "kpi.yaml:5");
  CHECK(acme.settings.registration.collection == "Acme");
  CHECK(acme.settings.features.dashboards);

  place.sources.flags["tenant"] = {"globex"};
  CHECK(place.load().settings.metabase.url == "https://all.example");
  CHECK_FALSE(place.load().settings.features.dashboards);

  SUBCASE("one that the file does not name is refused") {
    place.sources.flags["tenant"] = {"globx"};
    CHECK(contains(place.failure().line(), "did you mean globex?"));
  }
  SUBCASE("secrets of one tenant stand in variables of its own") {
    place.sources.environment["METABASE_PASSWORD"] = "for-all";
    place.sources.environment["KPI_TENANTS_ACME_METABASE_PASSWORD"] = "for-acme";
    CHECK(place.load().settings.metabase.password.reveal() == "for-all");
    place.sources.flags["tenant"] = {"acme"};
    const auto loaded = place.load();
    CHECK(loaded.settings.metabase.password.reveal() == "for-acme");
    CHECK(loaded.warnings.empty());
  }
  SUBCASE(
      "what the environment says for all overrides a tenant's own, and says so; for all tenants it is "
      "refused") {
    place.sources.flags["tenant"] = {"acme"};
    place.sources.environment["METABASE_URL"] = "https://other.example";
    const auto loaded = place.load();
    CHECK(loaded.settings.metabase.url == "https://other.example");
    REQUIRE(loaded.warnings.size() == 1);
    CHECK(contains(loaded.warnings[0], "KPI_TENANTS_ACME_METABASE_URL"));
    place.sources.all_tenants = true;
    CHECK(place.failure().code == "config.shared");
  }
}

TEST_CASE("config::load: tenants that cannot be meant are refused with their line") {
  for (const char* text :
       {"tenants: [acme]\n", "tenants: {acme: 3}\n", "tenants: {'a/b': {}}\n",
        "tenants: {acme: {tenant: x}}\n", "tenants: {acme: {metabase: {password: x}}}\n"}) {
    CAPTURE(text);
    Workspace place;
    place.write("kpi.yaml", text);
    CHECK(contains(place.failure().line(), "kpi.yaml:1"));
  }
}

TEST_CASE("config::load: tenants that would share their variables are refused, both named") {
  for (const char* other : {"a_b", "A.B"}) {
    CAPTURE(other);
    Workspace place;
    place.write("kpi.yaml", "tenants:\n  a-b: {}\n  " + std::string(other) + ": {}\n");
    const auto failure = place.failure();
    CHECK(failure.fault == kpi::Fault::input);
    CHECK(contains(failure.line(), "tenants a-b and " + std::string(other)));
    CHECK(contains(failure.line(), "KPI_TENANTS_A_B_"));
  }
}

TEST_CASE("config::load: a switch is on or off and nothing else") {
  Workspace place;
  place.sources.environment["KPI_FEATURES_HISTORY"] = "off";
  CHECK_FALSE(place.load().settings.features.history);
  CHECK(row(place.load(), "features.history").value == "off");
  place.sources.environment["KPI_FEATURES_HISTORY"] = "maybe";
  CHECK(contains(place.failure().line(), "must be on or off"));
}
