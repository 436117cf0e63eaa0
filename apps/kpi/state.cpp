// kpi state: backup, restore and check of the state file.
#include "common.hpp"
#include "exit.hpp"
#include "invocation.hpp"
#include "ports.hpp"
#include "report_io.hpp"
#include "session.hpp"

#include <kpi/store/backup.hpp>

#include <fmt/format.h>

namespace kpi::app {
namespace {

struct State {
  Common common;
  std::string file;
};

Result<Ending> back_up(const State& command, Surroundings& around) {
  auto session = Session::open(command.common, around, "kpi state backup");
  if (!session) return std::move(session).error();
  if (auto fine = check_output(command.file); !fine) return std::move(fine).error();
  std::error_code ignored;
  if (std::filesystem::exists(std::filesystem::symlink_status(command.file, ignored))) {
    return Error{Fault::input, "state.exists", "state", command.file + " is there already",
                 "name a new file"};
  }
  Ports ports(**session);
  auto state = ports.state();
  if (!state) return std::move(state).error();
  if (auto done = (*state)->back_up(command.file); !done) return std::move(done).error();
  std::filesystem::permissions(
      command.file, std::filesystem::perms::owner_read | std::filesystem::perms::owner_write, ignored);
  around.console.line(
      fmt::format("state: {} is a copy of {}", command.file, (*session)->settings().state.string()));
  return Ending{};
}

Result<Ending> restore(const State& command, Surroundings& around) {
  auto session = Session::open(command.common, around, "kpi state restore");
  if (!session) return std::move(session).error();
  const auto& state = (*session)->settings().state;
  auto aside = store::restore_state(command.file, state, (*session)->clock());
  if (!aside) return std::move(aside).error();
  if (*aside) around.console.line("state: the damaged file is kept as " + (*aside)->string());
  around.console.line(fmt::format("state: {} is as {} has it", state.string(), command.file));
  return Ending{};
}

Result<Ending> check(const State& command, Surroundings& around) {
  auto session = Session::open(command.common, around, "kpi state check");
  if (!session) return std::move(session).error();
  const auto& state = (*session)->settings().state;
  if (std::error_code ignored; !std::filesystem::exists(state, ignored)) {
    return Error{Fault::input, "state.none", "state", "there is no " + state.string(),
                 "the first command that needs one makes it; name another with --state"};
  }
  if (auto whole = store::check_state(state); !whole) return std::move(whole).error();
  around.console.line("state: " + state.string() + " is whole");
  return Ending{};
}

using Work = Result<Ending> (*)(const State&, Surroundings&);

void add(CLI::App& group, Invocation& invocation, const char* name, const char* help, const char* file_help,
         Work work) {
  auto self = std::make_shared<State>();
  auto* command = group.add_subcommand(name, help);
  if (file_help != nullptr)
    command->add_option("file", self->file, file_help)->required()->option_text("FILE");
  Flags flags(*command, self->common);
  flags.key("--state", "state", "SQLite state file (default: $XDG_STATE_HOME/kpi/state.db)", "FILE");
  flags.talk();
  command->callback([self, &invocation, work] {
    invocation.run = [self, work](Surroundings& around) { return work(*self, around); };
  });
}

}  // namespace

void add_state(CLI::App& root, Invocation& invocation) {
  auto* group = root.add_subcommand("state", "Back up, restore or check the state file");
  group->require_subcommand(1);
  add(*group, invocation, "backup", "Copy the state file, also while other kpi work with it",
      "Where to; a new file", back_up);
  add(*group, invocation, "restore", "Put the state back as a backup holds it",
      "A file that kpi state backup wrote", restore);
  add(*group, invocation, "check", "Look at every page of the state file (PRAGMA integrity_check)", nullptr,
      check);
}

}  // namespace kpi::app
