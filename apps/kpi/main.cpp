// kpi: business metrics from a database, proved and registered in Metabase. Parses the command line, carries
// out what it asks for, and is alone in printing an Error and picking the exit code.
#include "console.hpp"
#include "exit.hpp"
#include "help_format.hpp"
#include "invocation.hpp"
#include "report_io.hpp"
#include "signals.hpp"
#include "usage.hpp"
#include "version.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <exception>
#include <memory>
#include <optional>
#include <sstream>
#include <utility>
#include <vector>

namespace {

using kpi::app::Exit;

constexpr const char* about =
    "kpismith: business metrics from a database, proved and registered as cards in Metabase.\n"
    "\n"
    "  kpi discover | kpi generate | kpi validate | kpi register > registration.json\n"
    "\n"
    "Each stage reads the report of the one before it from a file or a pipe, and writes its own to -o FILE "
    "or standard output. Without a Metabase, add --sandbox to discover, validate and register.\n"
    "\n"
    "To begin: kpi init, kpi doctor, kpi run. To see it work first: kpi run --sandbox --provider rules.";

/// What each command is for: help shows them by it, in the order in which they are added.
constexpr std::array<std::pair<const char*, const char*>, 16> command_groups{
    {{"discover", "Stages"},
     {"generate", "Stages"},
     {"validate", "Stages"},
     {"register", "Stages"},
     {"audit", "Stages"},
     {"run", "Stages"},
     {"sandbox", "A Metabase to try it on"},
     {"init", "Set up and look"},
     {"doctor", "Set up and look"},
     {"config", "Set up and look"},
     {"report", "Set up and look"},
     {"history", "Set up and look"},
     {"state", "Set up and look"},
     {"help", "Help"},
     {"completion", "Help"},
     {"man", "Help"}}};

constexpr const char* footer =
    "Credentials come from the environment or .env: METABASE_URL, METABASE_USERNAME, METABASE_PASSWORD (or "
    "METABASE_API_KEY, METABASE_SESSION), OPENAI_API_KEY, OPENAI_BASE_URL, ANTHROPIC_API_KEY.";

/// Columns that help is laid out in: those of the terminal, within what reads well.
constexpr int narrowest_help = 40;
constexpr int widest_help = 110;

/// Puts the flags that all commands have where they are shown last.
void tidy(CLI::App& app, const std::string& version) {
  app.set_version_flag("--version", version)->group(kpi::app::common_group);
  app.get_help_ptr()->group(kpi::app::common_group);
  for (auto* command : app.get_subcommands(nullptr)) tidy(*command, version);
}

void add_commands(CLI::App& root, kpi::app::Invocation& invocation) {
  using namespace kpi::app;
  // Commands that are added take it over.
  root.formatter(std::make_shared<HelpFormatter>(
      static_cast<std::size_t>(std::clamp(output_columns(), narrowest_help, widest_help))));
  add_discover(root, invocation);
  add_generate(root, invocation);
  add_validate(root, invocation);
  add_register(root, invocation);
  add_audit(root, invocation);
  add_run(root, invocation);
  add_sandbox(root, invocation);
  add_init(root, invocation);
  add_doctor(root, invocation);
  add_config(root, invocation);
  add_report(root, invocation);
  add_history(root, invocation);
  add_state(root, invocation);
  add_help(root, invocation);
  tidy(root, fmt::format("kpi {}", version));
  for (const auto& [command, group] : command_groups) root.get_subcommand(command)->group(group);
  root.footer(std::string(footer) + "\n\nExit codes:\n" + kpi::app::exit_codes_text());
  root.require_subcommand(1);
}

/// How it ends where help or the version was asked for, or the command line is wrong; none where there is a
/// command to carry out. Help that was asked for goes to standard output.
std::optional<Exit> parse(CLI::App& root, int argc, char** argv, kpi::app::Console& console) {
  try {
    root.parse(argc, argv);
    return std::nullopt;
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() == 0) {
      std::ostringstream text;
      root.exit(error, text, text);
      auto written = kpi::app::write_output("", text.str());
      if (written) return *written == kpi::app::Written::closed ? Exit::closed : Exit::done;
      console.error(written.error().line());
      return kpi::app::exit_of(written.error().fault);
    }
    if (argc == 1) {  // nothing at all was asked: help, but no success
      (void)std::fputs(root.help().c_str(), stderr);
      console.error("usage: no command was given; see kpi --help");
    } else {
      console.error(kpi::app::usage_line(root, error, argv[1]));
    }
    return Exit::usage;
  }
}

Exit carry_out(int argc, char** argv, kpi::app::Console& console, const kpi::app::Signals& signals) {
  CLI::App root(about, "kpi");
  kpi::app::Invocation invocation;
  add_commands(root, invocation);
  if (const auto ended = parse(root, argc, argv, console)) return *ended;

  kpi::app::Surroundings around{console, signals.token()};
  const auto ending = invocation.run(around);
  if (!ending) {
    auto error = ending.error();
    if (error.fault == kpi::Fault::interrupted && error.advice.empty()) {
      error.advice = "run the same command again to go on";
    }
    console.error(error.line());
    return kpi::app::exit_of(error.fault);
  }
  if (!ending->why.empty()) console.error(ending->why);
  return ending->code;
}

Exit defect(kpi::app::Console& console, const char* what) {
  console.error(fmt::format("this is a defect in kpi {}: {}; please report it with the command and this line",
                            kpi::app::version, what));
  return Exit::defect;
}

}  // namespace

int main(int argc, char** argv) {
  kpi::app::keep_standard_streams();
  const kpi::app::Signals signals;
  kpi::app::Console console;
  Exit code = Exit::defect;
  try {
    code = carry_out(argc, argv, console, signals);
  } catch (const std::exception& thrown) {
    code = defect(console, thrown.what());
  } catch (...) {
    code = defect(console, "an unknown exception");
  }
  return static_cast<int>(code);
}
