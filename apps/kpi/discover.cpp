// kpi discover: Metabase -> schema report. Flags and wiring; the work is stages::discover.
#include "finish.hpp"
#include "invocation.hpp"
#include "stage_commands.hpp"

#include <kpi/stages/discover.hpp>

namespace kpi::app {

void add_flags(Flags& flags, CLI::App& command, DiscoverFlags& target) {
  flags.keys("--database", "discover.database",
             "Database to look at, by name or id; repeatable (default: all)", "NAME|ID");
  flags.keys("--include", "discover.include", "Tables to take, by name, any case; repeatable (default: *)",
             "GLOB");
  flags.keys("--exclude", "discover.exclude", "Tables to leave out; repeatable", "GLOB");
  flags.key("--schema", "discover.schema", "Schemas to look at (default: *)", "GLOB");
  command.add_option("--since", target.since, "Earlier schema report: adds what changed since then")
      ->type_name("REPORT");
}

Result<stages::Outcome<model::SchemaReport>> discover(Session& session, Ports& ports,
                                                      const DiscoverFlags& flags, const std::string& run_id) {
  const auto& settings = session.settings().discover;
  stages::DiscoverOptions options;
  options.databases = settings.database;
  options.include = settings.include;
  options.exclude = settings.exclude;
  options.schema = settings.schema;
  options.inferred_keys = session.settings().features.inferred_keys;
  if (!flags.since.empty()) {
    auto since = load_report<model::SchemaReport>(flags.since, session.stop());
    if (!since) return std::move(since).error();
    options.since = std::move(since->report);
  }
  auto domain = ports.domain();
  if (!domain) return std::move(domain).error();
  auto metabase = ports.metabase();
  if (!metabase) return std::move(metabase).error();
  return stages::discover(options, {**metabase, **domain}, session.context(ports.metabase_url(), run_id));
}

namespace {

struct Discover {
  Common common;
  DiscoverFlags flags;
};

Result<Ending> run_discover(const Discover& command, Surroundings& around) {
  auto session = Session::open(command.common, around, "kpi discover");
  if (!session) return std::move(session).error();
  if (auto fine = check_output(command.common.output); !fine) return std::move(fine).error();
  Ports ports(**session);
  auto outcome = discover(**session, ports, command.flags);
  if (!outcome) return std::move(outcome).error();
  return finish(**session, *outcome, "discover");
}

}  // namespace

void add_discover(CLI::App& root, Invocation& invocation) {
  auto self = std::make_shared<Discover>();
  auto* command =
      root.add_subcommand("discover", "Find databases, tables, columns and relationships -> schema report");
  Flags flags(*command, self->common);
  add_flags(flags, *command, self->flags);
  flags.output();
  flags.stage();
  command->callback([self, &invocation] {
    invocation.run = [self](Surroundings& around) { return run_discover(*self, around); };
  });
}

}  // namespace kpi::app
