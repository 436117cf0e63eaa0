// kpi: business metrics from a database, proved and registered in Metabase. Parses the command line, carries
// out what it asks for, and is alone in printing an Error and picking the exit code.
#include "console.hpp"
#include "exit.hpp"
#include "invocation.hpp"
#include "signals.hpp"
#include "usage.hpp"
#include "version.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <cstdio>
#include <exception>
#include <optional>

namespace {

using kpi::app::Exit;

constexpr const char* about =
    "kpismith: business metrics from a database, proved and registered as cards in Metabase.\n"
    "\n"
    "  kpi discover | kpi generate | kpi validate | kpi register > registration.json\n"
    "\n"
    "Each stage reads the report of the one before it from a file or a pipe, and writes its own to -o FILE "
    "or\n"
    "standard output. Without a Metabase, add --sandbox to discover, validate and register.";

constexpr const char* footer =
    "Credentials come from the environment or .env: METABASE_URL, METABASE_USERNAME, METABASE_PASSWORD (or\n"
    "METABASE_API_KEY, METABASE_SESSION), OPENAI_API_KEY, OPENAI_BASE_URL, ANTHROPIC_API_KEY.";

void add_commands(CLI::App& root, kpi::app::Invocation& invocation) {
  using namespace kpi::app;
  root.get_formatter()->column_width(34);
  add_discover(root, invocation);
  add_generate(root, invocation);
  add_validate(root, invocation);
  add_register(root, invocation);
  add_audit(root, invocation);
  add_run(root, invocation);
  add_sandbox(root, invocation);
  add_init(root, invocation);
  add_doctor(root, invocation);
  add_report(root, invocation);
  add_config(root, invocation);
  add_history(root, invocation);
  add_state(root, invocation);
  add_help(root, invocation);
  root.set_version_flag("--version", fmt::format("kpi {}", version));
  for (auto* command : root.get_subcommands(nullptr)) {
    command->set_version_flag("--version", fmt::format("kpi {}", version));
  }
  root.footer(std::string(footer) + "\n\nExit codes:\n" + kpi::app::exit_codes_text());
  root.require_subcommand(1);
}

/// Help and version, or none for a command line that asks for neither. Help is what was asked for: it goes to
/// standard output.
std::optional<Exit> parse(CLI::App& root, int argc, char** argv, kpi::app::Console& console) {
  try {
    root.parse(argc, argv);
    return std::nullopt;
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() == 0) {
      root.exit(error);
      return std::fflush(stdout) == 0 ? Exit::done : Exit::closed;
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
    console.error(ending.error().line());
    return kpi::app::exit_of(ending.error().fault);
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
