#include "common.hpp"

#include "help_format.hpp"

#include <kpi/base/text.hpp>
#include <kpi/config/number.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <unistd.h>

namespace kpi::app {
namespace {

/// "-j,--jobs" -> "--jobs": how messages name it.
std::string long_name(const std::string& names) {
  const auto at = names.find("--");
  return names.substr(at == std::string::npos ? 0 : at);
}

}  // namespace

CLI::Option* Flags::key(const std::string& names, const std::string& key, const std::string& help,
                        const std::string& value_name) {
  auto* sources = &common_.sources;
  sources->flag_names[key] = long_name(names);
  return command_
      .add_option_function<std::string>(
          names, [sources, key](const std::string& value) { sources->flags[key] = {value}; }, help)
      ->take_last()
      ->type_name(value_name);
}

CLI::Option* Flags::keys(const std::string& names, const std::string& key, const std::string& help,
                         const std::string& value_name) {
  auto* sources = &common_.sources;
  sources->flag_names[key] = long_name(names);
  return command_
      .add_option_function<std::vector<std::string>>(
          names, [sources, key](const std::vector<std::string>& values) { sources->flags[key] = values; },
          help)
      ->allow_extra_args(false)
      ->type_name(value_name);
}

void Flags::talk() {
  auto* sources = &common_.sources;
  for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry) {
    const std::string_view text = *entry;
    const auto equals = text.find('=');
    if (equals == std::string_view::npos) continue;
    sources->environment.emplace(text.substr(0, equals), text.substr(equals + 1));
  }
  command_
      .add_option_function<std::string>(
          "--config", [sources](const std::string& file) { sources->file = file; },
          "Configuration file (default: $KPI_CONFIG, ./kpi.yaml, $XDG_CONFIG_HOME/kpi/config.yaml)")
      ->check(some_file())
      ->take_last()
      ->type_name("FILE")
      ->group(common_group);
  command_.add_flag("-q,--quiet", common_.console.quiet, "Say nothing on standard error but an error")
      ->group(common_group);
  command_.add_flag("-v,--verbose", common_.console.verbosity, "Say more; twice: still more")
      ->group(common_group);
  add_choice(command_, "--log-format", common_.console.format,
             "How lines on standard error look (default: text)",
             std::array{std::pair{"text", LogFormat::text}, std::pair{"json", LogFormat::json}})
      ->group(common_group);
  add_choice(command_, "--color", common_.console.color,
             "Colours: on a terminal (auto, the default), always or never",
             std::array{std::pair{"auto", Color::automatic}, std::pair{"always", Color::always},
                        std::pair{"never", Color::never}})
      ->group(common_group);
}

void Flags::stage() {
  key("--tenant", "tenant", "Whose state, cache and cards (default: default)", "NAME")->group(common_group);
  key("--state", "state", "SQLite state file (default: $XDG_STATE_HOME/kpi/state.db)", "FILE")
      ->group(common_group);
  key("-j,--jobs", "jobs", "Requests of a kind under way at once (default: 4)", "N")->group(common_group);
  command_.add_flag("--sandbox", common_.sandbox, "Use the embedded server instead of a configured Metabase")
      ->group(common_group);
  talk();
}

void Flags::output(const std::string& usual) {
  command_.add_option("-o,--output", common_.output, "Write the report to FILE (default: standard output)")
      ->take_last()
      ->type_name("FILE")
      ->group(common_group);
  add_choice(command_, "--format", common_.format,
             "How it is written: html is one file, github annotates, table is for a terminal (default: " +
                 usual + ")",
             render::format_names)
      ->group(common_group);
}

void Flags::dry_run(const std::string& help) { command_.add_flag("--dry-run", common_.dry_run, help); }

CLI::Validator one_of(std::vector<std::string> words) {
  return {[words = std::move(words)](std::string& value) -> std::string {
            if (std::find(words.begin(), words.end(), value) != words.end()) return "";
            const auto near = nearest(value, words);
            return fmt::format("\"{}\" is none of {}{}", single_line(shorten(value, 60)), join(words, ", "),
                               near ? fmt::format("; did you mean {}?", *near) : "");
          },
          "", "one of"};
}

CLI::Validator number_between(double least, double most) {
  return {[least, most](std::string& value) -> std::string {
            const auto number = config::decimal_number(value);
            if (number && *number >= least && *number <= most) return "";
            return fmt::format("\"{}\" is no number from {} to {}", single_line(shorten(value, 60)), least,
                               most);
          },
          "", "number"};
}

CLI::Validator some_file() {
  return {[](std::string& value) -> std::string { return value.empty() ? "names no file" : ""; }, "", "file"};
}

CLI::Validator no_password() {
  return {
      [](std::string& value) -> std::string {
        const auto scheme = value.find("://");
        if (scheme == std::string::npos) return "";
        const auto rest = value.substr(scheme + 3);
        const auto authority = rest.substr(0, rest.find_first_of("/?#"));
        const auto at = authority.rfind('@');
        const bool in_front =
            at != std::string::npos && authority.substr(0, at).find(':') != std::string::npos;
        const auto query = lower(rest.find('?') == std::string::npos ? "" : rest.substr(rest.find('?')));
        if (!in_front && query.find("password=") == std::string::npos) return "";
        // Not a word of the value: it would be a secret in a log.
        return "the URL holds a password, which would show in a process list; give it in the environment or "
               "a password file (~/.pgpass)";
      },
      "", "no password"};
}

}  // namespace kpi::app
