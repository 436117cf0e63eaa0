#pragma once

#include "console.hpp"

#include <kpi/config/settings.hpp>
#include <kpi/render/format.hpp>

#include <CLI/CLI.hpp>

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace kpi::app {

/// The flags all stages share, as parsed.
struct Common {
  config::Sources
      sources;  ///< flags that stand for configuration keys are noted here; kpi::config checks them
  ConsoleOptions console;
  std::string output;                    ///< empty or "-": standard output
  std::optional<render::Format> format;  ///< none: JSON for a stage, what suits the place for kpi report
  std::string subject;  ///< the report a stage read, where it is a file: build servers show findings in it
  bool sandbox = false;
  bool dry_run = false;
};

/// Adds flags to a command. `common` must live until the command line is parsed.
class Flags {
public:
  Flags(CLI::App& command, Common& common) : command_(command), common_(common) {}

  /// A flag that stands for configuration key `key`; the last one counts.
  CLI::Option* key(const std::string& names, const std::string& key, const std::string& help,
                   const std::string& value_name);
  /// The same, given any number of times with one value each.
  CLI::Option* keys(const std::string& names, const std::string& key, const std::string& help,
                    const std::string& value_name);

  /// --config, --quiet, -v, --log-format, --color: what every command has.
  void talk();
  /// --tenant, --state, -j, --sandbox, and all of talk().
  void stage();
  /// -o and --format, which is `usual` where it is not given.
  void output(const std::string& usual = "json, which stages read");
  void dry_run(const std::string& help);

private:
  CLI::App& command_;
  Common& common_;
};

/// A vector option that takes one value each time it is given, so that `--include 'a*' -` leaves the `-`
/// alone.
template <class T>
CLI::Option* add_repeatable(CLI::App& command, const std::string& names, std::vector<T>& target,
                            const std::string& help) {
  return command.add_option(names, target, help)->allow_extra_args(false);
}

/// Lets one of `words` through; any other is refused with all of them, and the nearest.
[[nodiscard]] CLI::Validator one_of(std::vector<std::string> words);
/// Lets a number from `least` to `most` through.
[[nodiscard]] CLI::Validator number_between(double least, double most);
/// Lets any text but "" through: a variable that is not set makes `--config "$NAME"` empty.
[[nodiscard]] CLI::Validator some_file();

/// A flag whose value is one of the words of `choices`, pairs of word and value; the last one counts.
template <class Target, class Choices>
CLI::Option* add_choice(CLI::App& command, const std::string& names, Target& target, const std::string& help,
                        const Choices& choices) {
  std::vector<std::string> words;
  for (const auto& [word, value] : choices) words.emplace_back(word);
  std::string text;
  for (const auto& word : words) text += (text.empty() ? "" : "|") + word;
  const auto set = [&target, choices](const std::string& wanted) {
    for (const auto& [word, value] : choices) {
      if (word == wanted) target = value;
    }
  };
  return command.add_option_function<std::string>(names, set, help)
      ->check(one_of(std::move(words)))
      ->take_last()
      ->option_text(text);
}

/// Refuses a URL that holds a password: it would show in a process list.
[[nodiscard]] CLI::Validator no_password();

}  // namespace kpi::app
