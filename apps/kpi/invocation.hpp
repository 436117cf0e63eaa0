#pragma once

#include "console.hpp"
#include "exit.hpp"

#include <CLI/CLI.hpp>

#include <functional>
#include <stop_token>

namespace kpi::app {

/// What main hands to the command it runs.
struct Surroundings {
  Console& console;
  std::stop_token stop;
};

/// What the command line asked for. Parsing fills it in; main carries it out.
struct Invocation {
  std::function<Result<Ending>(Surroundings&)> run;
};

// One file each. Every one adds its subcommand to `root`, and opens nothing.
void add_discover(CLI::App& root, Invocation& invocation);
void add_generate(CLI::App& root, Invocation& invocation);
void add_validate(CLI::App& root, Invocation& invocation);
void add_register(CLI::App& root, Invocation& invocation);
void add_audit(CLI::App& root, Invocation& invocation);
void add_run(CLI::App& root, Invocation& invocation);
void add_sandbox(CLI::App& root, Invocation& invocation);
void add_init(CLI::App& root, Invocation& invocation);
void add_doctor(CLI::App& root, Invocation& invocation);
void add_report(CLI::App& root, Invocation& invocation);
void add_config(CLI::App& root, Invocation& invocation);
void add_history(CLI::App& root, Invocation& invocation);
void add_state(CLI::App& root, Invocation& invocation);
void add_help(CLI::App& root,
              Invocation& invocation);  ///< and completion and man; last, as it shows all others

}  // namespace kpi::app
