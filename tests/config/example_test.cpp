#include "workspace.hpp"

#include <kpi/base/text.hpp>
#include <kpi/config/keys.hpp>

#include <doctest/doctest.h>

using kpi::test::contains;
using kpi::test::Workspace;

TEST_CASE("config::example_config: names every key, and loads as it is without a change or a warning") {
  const auto text = kpi::config::example_config();
  for (const auto& key : kpi::config::keys()) {
    CAPTURE(key.name);
    CHECK(contains(text, key.help));
  }
  const Workspace place;
  place.write("kpi.yaml", text);
  const auto loaded = place.load();
  CHECK(loaded.warnings.empty());
  for (const auto& shown : loaded.shown) CHECK(shown.origin == "default");
}

TEST_CASE("config::example_config: what is uncommented gives the default it shows") {
  const Workspace place;
  const auto defaults = place.load();
  std::string text;
  for (const auto& line : kpi::split(kpi::config::example_config(), '\n')) {
    const auto hash = line.find("# ");
    const auto colon = line.find(':');
    const auto body = hash == std::string::npos ? std::string() : line.substr(hash + 2);
    const bool is_key = colon != std::string::npos && hash != std::string::npos && hash < colon &&
                        body.find(' ') == body.find(": ") + 1;
    text += (is_key ? line.substr(0, hash) + body : line) + "\n";
  }
  CHECK(contains(text, "\njobs: 4\n"));
  CHECK(contains(text, "\n  include: [\"*\"]\n"));
  place.write("kpi.yaml", text);
  const auto loaded = place.load();
  CHECK(loaded.warnings.empty());
  CHECK(loaded.settings.jobs == defaults.settings.jobs);
  for (std::size_t i = 0; i < loaded.shown.size(); ++i)
    CHECK(loaded.shown[i].value == defaults.shown[i].value);
}

TEST_CASE("config::example_env: names every variable, and loads as it is without a change or a warning") {
  const auto text = kpi::config::example_env();
  for (const auto& key : kpi::config::keys()) CHECK(contains(text, key.environment_names().front() + "="));
  const Workspace place;
  place.write(".env", text);
  const auto loaded = place.load();
  CHECK(loaded.warnings.empty());
  for (const auto& shown : loaded.shown) CHECK(shown.origin == "default");
}
