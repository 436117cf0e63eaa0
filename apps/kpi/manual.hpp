#pragma once

#include <CLI/CLI.hpp>

#include <string>

// The command line in words, for help, and as other programs want it: man pages and shell completions.
namespace kpi::app {

/// "kpi config show": what is typed to get to `command`.
[[nodiscard]] std::string path_of(const CLI::App& command);
/// "kpi validate [OPTIONS] [REPORT]"
[[nodiscard]] std::string synopsis_of(const CLI::App& command);
/// "-o, --output FILE"; of an argument "REPORT".
[[nodiscard]] std::string flags_of(const CLI::Option& option);

/// The man page (roff, section 1) of `command`, "kpi" itself or one below it.
[[nodiscard]] std::string man_page(const CLI::App& command);
/// "kpi-discover", "kpi": how a command's page is called.
[[nodiscard]] std::string page_name(const CLI::App& command);

/// A man page of section 7 from a help topic's text.
[[nodiscard]] std::string topic_page(const std::string& topic, const std::string& text);

/// The completion script of `shell`: "bash", "zsh" or "fish".
[[nodiscard]] std::string completion(const CLI::App& root, const std::string& shell);

}  // namespace kpi::app
