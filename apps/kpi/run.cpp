// kpi run: all five stages. Flags, and where one tenant's run works.
#include "run.hpp"

#include "help_format.hpp"
#include "tenant_lock.hpp"

#include <kpi/base/text.hpp>

namespace kpi::app {
namespace {

constexpr const char* runs_folder = "kpi-runs";
/// A run that was begun longer ago is not gone on with. Well below a day, so that tonight's of a nightly
/// timer never takes yesterday's for its own, whatever seconds lie between.
constexpr std::chrono::hours longest_resume{12};

/// The folder to work in: --out, else with --from the newest run's, else one that was stopped within the last
/// hours, else a new one.
std::filesystem::path folder_for(const Run& command, const Session& session, const NewRun& new_run) {
  if (!command.out.empty()) return command.out;
  const std::filesystem::path runs = runs_folder;
  const auto& tenant = session.settings().tenant;
  if (!command.fresh) {
    const auto found = command.from.empty() ? unfinished_run(runs, tenant, new_run.not_before)
                                            : newest_run(runs, tenant, Which::any);
    if (found) return *found;
  }
  return runs / new_run.id;
}

/// With --changed-only: compares with the schema report of the tenant's last run that registered every table
/// (no dry run, no --table, nothing failed), where there is one and --since names no other; the first run
/// takes every table.
void look_back(Run& command, const Session& session) {
  if (!command.generate.changed_only || !command.discover.since.empty()) return;
  std::optional<std::filesystem::path> last;
  if (command.out.empty()) {
    last = newest_run(runs_folder, session.settings().tenant, Which::covers_all);
  } else if (covers_all(command.out)) {
    last = command.out;
  }
  std::error_code ignored;
  if (last && std::filesystem::exists(*last / "schema.json", ignored)) {
    command.discover.since = (*last / "schema.json").string();
  } else {
    command.generate.changed_only = false;
  }
}

}  // namespace

Result<Ending> run_tenant(Run command, Surroundings& around, std::filesystem::path& folder) {
  auto session = Session::open(command.common, around, "kpi run");
  if (!session) return std::move(session).error();
  if (auto fine = check_output(command.common.output); !fine) return std::move(fine).error();
  if (command.generate.changed_only && command.registration.prune) {
    return Error{Fault::input, "usage", "run",
                 "--changed-only with --prune would archive the KPIs of every table that did not change",
                 "leave one of them out"};
  }
  if (!command.generate.tables.empty() && command.registration.prune) {
    return Error{Fault::input, "usage", "run",
                 "--table with --prune would archive the KPIs of every other table", "leave one of them out"};
  }
  auto alone = lock_run(**session);
  if (!alone) return std::move(alone).error();
  const auto now = (*session)->clock().now();
  const NewRun new_run{new_run_id((*session)->clock()), (*session)->settings().tenant, iso_time(now),
                       iso_time(now - longest_resume)};
  look_back(command, **session);
  folder = folder_for(command, **session, new_run);
  const auto begin = command.fresh          ? Begin::afresh
                     : command.from.empty() ? Begin::where_stopped
                                            : Begin::on_reports;
  auto checkpoint = Checkpoint::open(folder, new_run, begin);
  if (!checkpoint) return std::move(checkpoint).error();
  return run_stages(**session, command, *checkpoint);
}

void add_run(CLI::App& root, Invocation& invocation) {
  auto self = std::make_shared<Run>();
  auto* command =
      root.add_subcommand("run",
                          "All five stages, each with a report in one folder; goes on where it was "
                          "stopped");
  Flags flags(*command, self->common);
  command->add_option("--out", self->out, "Folder for all reports (default: kpi-runs/RUN_ID)")
      ->type_name("DIR");
  auto* resume =
      command->add_flag("--resume", self->resume,
                        "Go on with a run that was begun within the last 12 hours and stopped (the default)");
  auto* fresh = command->add_flag("--fresh", self->fresh, "Start over")->excludes(resume);
  command
      ->add_option("--from", self->from,
                   "Run this stage and those after it again, on the reports that are there")
      ->check(one_of({stage_names.begin(), stage_names.end()}))
      ->excludes(fresh)
      ->option_text("STAGE");
  const auto of_stage = [command](const std::string& name) {
    command->option_defaults()->group("Stage " + name);
  };
  of_stage("discover");
  add_flags(flags, *command, self->discover);
  of_stage("generate");
  add_flags(flags, *command, self->generate);
  of_stage("validate");
  add_flags(flags, *command, self->validate);
  of_stage("register");
  add_flags(flags, *command, self->registration);
  flags.output();
  flags.stage();
  command
      ->add_flag("--all-tenants", self->all_tenants,
                 "One run for each of the configuration's tenants; with --out in DIR/TENANT")
      ->group(common_group)
      ->excludes("--tenant");
  command->callback([self, &invocation] {
    invocation.run = [self](Surroundings& around) {
      std::filesystem::path folder;
      return self->all_tenants ? run_all_tenants(*self, around) : run_tenant(*self, around, folder);
    };
  });
}

}  // namespace kpi::app
