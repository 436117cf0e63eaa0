#include "usage.hpp"

#include "manual.hpp"

#include <kpi/base/text.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <vector>

namespace kpi::app {
namespace {

std::vector<std::string> command_names(const CLI::App& app) {
  std::vector<std::string> names;
  for (const auto* command : app.get_subcommands(nullptr)) names.push_back(command->get_name());
  return names;
}

std::string suggestion(const std::string& word, const std::vector<std::string>& candidates) {
  const auto near = nearest(word, candidates);
  return near ? fmt::format("; did you mean {}?", *near) : "";
}

/// The innermost command that was recognised.
const CLI::App& innermost(const CLI::App& app) {
  const auto parsed = app.get_subcommands();
  return parsed.empty() ? app : innermost(*parsed.back());
}

std::vector<std::string> flag_names(const CLI::App& command) {
  std::vector<std::string> names;
  for (const auto* option : command.get_options()) {
    for (const auto& name : option->get_lnames()) names.push_back("--" + name);
  }
  return names;
}

}  // namespace

std::string usage_line(const CLI::App& root, const CLI::ParseError& error, const std::string& first) {
  const CLI::App& command = innermost(root);
  const std::string help = fmt::format("; see {} --help", path_of(command));
  const auto commands = command_names(command);
  if (&command == &root && !first.empty() && first.front() != '-') {
    return fmt::format("usage: no command \"{}\"{}{}", single_line(first), suggestion(first, commands), help);
  }
  const int code = error.get_exit_code();
  if (code == static_cast<int>(CLI::ExitCodes::ExtrasError) ||
      code == static_cast<int>(CLI::ExitCodes::RequiredError)) {
    const auto extra = root.remaining(true);
    if (!extra.empty()) {
      const auto word = extra.front();
      const auto name = word.substr(0, word.find('='));
      if (word.starts_with("-")) {
        const auto flags = flag_names(command);
        if (std::find(flags.begin(), flags.end(), name) != flags.end()) {
          return fmt::format("usage: {} stands after the command: {} {}{}", name, path_of(command), name,
                             help);
        }
        return fmt::format("usage: {} has no flag {}{}{}", path_of(command), single_line(name),
                           suggestion(name, flags), help);
      }
      if (!commands.empty()) {
        return fmt::format("usage: {} has no command \"{}\"{}{}", path_of(command), single_line(word),
                           suggestion(word, commands), help);
      }
      return fmt::format("usage: \"{}\" is one argument too many{}", single_line(word), help);
    }
  }
  std::string what = single_line(error.what());
  if (const auto at = what.find(": 1 required "); at != std::string::npos) {
    const auto* option = command.get_option_no_throw(what.substr(0, at));
    if (option != nullptr) what = fmt::format("{} needs a value: {}", what.substr(0, at), flags_of(*option));
  }
  return "usage: " + what + help;
}

}  // namespace kpi::app
