#include "common.hpp"

#include <kpi/base/text.hpp>

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
      ->take_last()
      ->type_name("FILE");
  command_.add_flag("-q,--quiet", common_.console.quiet, "Say nothing on standard error but an error");
  command_.add_flag("-v,--verbose", common_.console.verbosity, "Say more; twice: still more");
  command_
      .add_option("--log-format", common_.console.format, "How lines on standard error look: text or json")
      ->transform(CLI::CheckedTransformer(std::vector<std::pair<std::string, LogFormat>>{
          {"text", LogFormat::text}, {"json", LogFormat::json}}))
      ->option_text("text|json");
  command_.add_option("--color", common_.console.color, "Colours on a terminal: auto, always or never")
      ->transform(CLI::CheckedTransformer(std::vector<std::pair<std::string, Color>>{
          {"auto", Color::automatic}, {"always", Color::always}, {"never", Color::never}}))
      ->option_text("auto|always|never");
}

void Flags::stage() {
  key("--tenant", "tenant", "Whose state, cache and cards", "NAME");
  key("--state", "state", "SQLite state file (default: $XDG_STATE_HOME/kpi/state.db)", "FILE");
  key("-j,--jobs", "jobs", "Requests under way at once (default: 4)", "N");
  command_.add_flag("--sandbox", common_.sandbox, "Use the embedded server instead of a configured Metabase");
  talk();
}

void Flags::output(const std::string& usual) {
  std::vector<std::pair<std::string, render::Format>> named;
  std::string names;
  for (const auto& [name, format] : render::format_names) {
    named.emplace_back(name, format);
    names += (names.empty() ? "" : "|") + std::string(name);
  }
  command_.add_option("-o,--output", common_.output, "Write the report to FILE (default: standard output)")
      ->take_last()
      ->type_name("FILE");
  command_
      .add_option("--format", common_.format,
                  "json, md, html (one file), junit, sarif, github (annotations) or table (for a terminal); "
                  "default: " +
                      usual)
      ->transform(CLI::CheckedTransformer(named))
      ->option_text(names);
}

void Flags::dry_run(const std::string& help) { command_.add_flag("--dry-run", common_.dry_run, help); }

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
