// kpi config show: the effective settings, each with where it came from.
#include "common.hpp"
#include "invocation.hpp"
#include "report_io.hpp"
#include "session.hpp"

#include <kpi/base/json.hpp>

#include <algorithm>

namespace kpi::app {
namespace {

struct ConfigShow {
  Common common;
  bool json = false;
};

std::string table_of(const std::vector<config::Shown>& shown) {
  std::size_t key_width = 0, value_width = 0;
  constexpr std::size_t widest = 24;  // a long path pushes its own line out, not all the others
  for (const auto& one : shown) {
    key_width = std::max(key_width, one.key.size());
    value_width = std::max(value_width, std::min(one.value.size(), widest));
  }
  std::string text;
  for (const auto& one : shown) {
    text += fmt::format("{:<{}}  {:<{}}  {}\n", one.key, key_width, one.value, value_width, one.origin);
  }
  return text;
}

std::string json_of(const std::vector<config::Shown>& shown) {
  Json json = Json::object();
  for (const auto& one : shown) json[one.key] = {{"value", one.value}, {"origin", one.origin}};
  return dump_json(json, 2) + "\n";
}

Result<Ending> run_config_show(const ConfigShow& command, Surroundings& around) {
  auto session = Session::open(command.common, around, "kpi config show");
  if (!session) return std::move(session).error();
  const auto& shown = (*session)->loaded().shown;
  auto written = write_output("", command.json ? json_of(shown) : table_of(shown));
  if (!written) return std::move(written).error();
  return Ending{*written == Written::closed ? Exit::closed : Exit::done, ""};
}

}  // namespace

void add_config(CLI::App& root, Invocation& invocation) {
  auto self = std::make_shared<ConfigShow>();
  auto* group = root.add_subcommand("config", "Show the effective settings (kpi config show)");
  group->require_subcommand(1);
  auto* command = group->add_subcommand("show", "Print every setting and where it came from; secrets masked");
  command->add_flag("--json", self->json, "As JSON");
  Flags flags(*command, self->common);
  flags.stage();
  command->callback([self, &invocation] {
    invocation.run = [self](Surroundings& around) { return run_config_show(*self, around); };
  });
}

}  // namespace kpi::app
