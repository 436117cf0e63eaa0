#include "manual.hpp"

#include "examples.hpp"
#include "help_format.hpp"
#include "version.hpp"

#include <kpi/base/text.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

namespace kpi::app {
namespace {

constexpr std::size_t page_width = 72;  ///< of 80, less the indent of a man page

/// Text that roff shows as it is: no hyphen, quote or tilde becomes a prettier one that no shell understands.
std::string roff(const std::string& text) {
  std::string escaped = replace_all(replace_all(text, "\\", "\\e"), "-", "\\-");
  static constexpr std::array<std::pair<const char*, const char*>, 4> plain{
      {{"'", "\\(aq"}, {"`", "\\(ga"}, {"^", "\\(ha"}, {"~", "\\(ti"}}};
  for (const auto& [character, name] : plain) escaped = replace_all(escaped, character, name);
  std::string lines;
  for (const auto& line : split(escaped, '\n')) {
    if (line.starts_with(".")) lines += "\\&";
    lines += line + "\n";
  }
  if (!lines.empty()) lines.pop_back();
  return lines;
}

std::vector<const CLI::App*> commands_of(const CLI::App& app) {
  const auto list = app.get_subcommands([](const CLI::App*) { return true; });
  return {list.begin(), list.end()};
}

std::vector<std::string> long_flags(const CLI::App& app) {
  std::vector<std::string> names;
  for (const auto* option : app.get_options()) {
    for (const auto& name : option->get_lnames()) names.push_back("--" + name);
  }
  return names;
}

/// The words that `option` takes, where its help names them all ("text|json"); else none.
std::vector<std::string> choices_of(const CLI::Option& option) {
  const auto& text = option.get_option_text();
  const bool listed = text.find('|') != std::string::npos &&
                      text.find_first_not_of("abcdefghijklmnopqrstuvwxyz|") == std::string::npos;
  return listed ? split(text, '|') : std::vector<std::string>();
}

/// `command` and those below it.
std::vector<const CLI::App*> family_of(const CLI::App& command) {
  std::vector<const CLI::App*> all{&command};
  for (const auto* inner : commands_of(command)) all.push_back(inner);
  return all;
}

/// "    --color) words='auto always never' ;;" for every flag whose words are known. A flag means the same in
/// every command.
std::string choice_cases(const CLI::App& root, std::string_view variable, std::string_view open,
                         std::string_view close) {
  std::string cases;
  std::vector<std::string> seen;
  for (const auto* command : commands_of(root)) {
    for (const auto* app : family_of(*command)) {
      for (const auto* option : app->get_options()) {
        const auto choices = choices_of(*option);
        for (const auto& name : option->get_lnames()) {
          if (choices.empty() || std::find(seen.begin(), seen.end(), name) != seen.end()) continue;
          seen.push_back(name);
          cases += fmt::format("    --{}) {}={}{}{} ;;\n", name, variable, open, join(choices, " "), close);
        }
      }
    }
  }
  return cases;
}

std::string one_line(const CLI::App& app) {
  const auto text = app.get_description();
  return text.substr(0, text.find('\n'));
}

/// Single quotes as a POSIX shell and fish want them.
std::string quoted(const std::string& text) { return "'" + replace_all(text, "'", "'\\''") + "'"; }

/// What may stand after `command` beside files: commands, flags, and the words of its arguments.
std::vector<std::string> words_after(const CLI::App& command) {
  std::vector<std::string> words;
  for (const auto* app : family_of(command)) {
    if (app != &command) words.push_back(app->get_name());
    for (auto& flag : long_flags(*app)) {
      if (std::find(words.begin(), words.end(), flag) == words.end()) words.push_back(std::move(flag));
    }
    for (const auto* option : app->get_options()) {
      if (!option->get_positional()) continue;
      for (auto& word : choices_of(*option)) words.push_back(std::move(word));
    }
  }
  return words;
}

std::string bash_completion(const CLI::App& root) {
  std::string cases;
  std::vector<std::string> names;
  for (const auto* command : commands_of(root)) {
    names.push_back(command->get_name());
    cases += fmt::format("    {}) words='{}' ;;\n", command->get_name(), join(words_after(*command), " "));
  }
  return "# bash completion of kpi, made by kpi completion bash\n"
         "_kpi() {\n"
         "  local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD-1]} words=\n"
         "  COMPREPLY=()\n"
         "  case $previous in\n" +
         choice_cases(root, "words", "'", "'") +
         "  esac\n"
         "  if [[ -n $words ]]; then\n"
         "    COMPREPLY=($(compgen -W \"$words\" -- \"$current\"))\n"
         "    return\n"
         "  fi\n"
         "  case ${COMP_WORDS[1]} in\n" +
         cases + fmt::format("    *) words='{} --help --version' ;;\n", join(names, " ")) +
         "  esac\n"
         "  [[ $COMP_CWORD -eq 1 ]] && words='" +
         join(names, " ") +
         " --help --version'\n"
         "  if [[ $COMP_CWORD -gt 1 && $current != -* ]]; then\n"
         "    COMPREPLY=($(compgen -W \"$(printf '%s\\n' $words | grep -v '^-')\" -- \"$current\"; compgen "
         "-f -- \"$current\"))\n"
         "  else\n"
         "    COMPREPLY=($(compgen -W \"$words\" -- \"$current\"))\n"
         "  fi\n"
         "}\n"
         "complete -o filenames -F _kpi kpi\n";
}

std::string zsh_completion(const CLI::App& root) {
  const auto described = [](const std::string& name, const std::string& help) {
    return "        " + quoted(replace_all(name, ":", "\\:") + ":" + help) + "\n";
  };
  std::string commands, cases;
  for (const auto* command : commands_of(root)) {
    commands += described(command->get_name(), one_line(*command));
    cases += fmt::format("    {})\n      flags=(\n", command->get_name());
    for (const auto* app : family_of(*command)) {
      if (app != command) cases += described(app->get_name(), one_line(*app));
      for (const auto* option : app->get_options()) {
        const auto help = single_line(option->get_description());
        for (const auto& name : option->get_lnames()) cases += described("--" + name, help);
        if (!option->get_positional()) continue;
        for (const auto& word : choices_of(*option)) cases += described(word, help);
      }
    }
    cases += "      )\n      ;;\n";
  }
  return "#compdef kpi\n"
         "# zsh completion of kpi, made by kpi completion zsh\n"
         "_kpi() {\n"
         "  local -a commands flags choices\n"
         "  commands=(\n" +
         commands +
         "  )\n"
         "  if (( CURRENT == 2 )); then\n"
         "    _describe command commands\n"
         "    return\n"
         "  fi\n"
         "  case $words[CURRENT-1] in\n" +
         choice_cases(root, "choices", "(", ")") +
         "  esac\n"
         "  if (( $#choices )); then\n"
         "    compadd -a choices\n"
         "    return\n"
         "  fi\n"
         "  case $words[2] in\n" +
         cases +
         "  esac\n"
         "  if [[ $PREFIX == -* ]]; then\n"
         "    _describe flag flags\n"
         "  else\n"
         "    flags=(${flags:#--*})\n"
         "    _describe word flags\n"
         "    _files\n"
         "  fi\n"
         "}\n"
         "_kpi \"$@\"\n";
}

/// One line a flag of `app`, which is, or is below, the command `name`.
std::string fish_flags(const std::string& name, const CLI::App& app) {
  std::string text;
  for (const auto* option : app.get_options()) {
    const auto choices = choices_of(*option);
    const auto begin = fmt::format("complete -c kpi -n '__fish_seen_subcommand_from {}'", name);
    const auto help = quoted(single_line(option->get_description()));
    if (option->get_positional()) {
      if (!choices.empty()) text += fmt::format("{} -a '{}' -d {}\n", begin, join(choices, " "), help);
      continue;
    }
    std::string names;
    for (const auto& flag : option->get_lnames()) names += " -l " + flag;
    for (const auto& flag : option->get_snames()) names += " -s " + flag;
    const auto takes = option->get_expected_max() == 0 ? std::string()
                       : choices.empty()               ? std::string(" -r")
                                                       : " -x -a '" + join(choices, " ") + "'";
    text += fmt::format("{}{}{} -d {}\n", begin, names, takes, help);
  }
  return text;
}

std::string fish_completion(const CLI::App& root) {
  std::string text = "# fish completion of kpi, made by kpi completion fish\n";
  for (const auto* command : commands_of(root)) {
    const auto& name = command->get_name();
    text += fmt::format("complete -c kpi -n __fish_use_subcommand -a {} -d {}\n", name,
                        quoted(one_line(*command)));
    text += fish_flags(name, *command);
    for (const auto* inner : commands_of(*command)) {
      text += fmt::format("complete -c kpi -n '__fish_seen_subcommand_from {}' -a {} -d {}\n", name,
                          inner->get_name(), quoted(one_line(*inner)));
      text += fish_flags(inner->get_name(), *inner);
    }
  }
  return text;
}

}  // namespace

std::string path_of(const CLI::App& command) {
  const auto* parent = command.get_parent();
  return parent == nullptr ? command.get_name() : path_of(*parent) + " " + command.get_name();
}

std::string synopsis_of(const CLI::App& command) {
  if (!commands_of(command).empty()) return path_of(command) + " COMMAND [OPTIONS]";
  std::string text = path_of(command) + " [OPTIONS]";
  for (const auto* option : command.get_options()) {
    if (!option->get_positional()) continue;
    text += option->get_required() ? " " + flags_of(*option) : " [" + flags_of(*option) + "]";
  }
  return text;
}

std::string flags_of(const CLI::Option& option) {
  std::vector<std::string> names;
  for (const auto& name : option.get_snames()) names.push_back("-" + name);
  for (const auto& name : option.get_lnames()) names.push_back("--" + name);
  std::string text = names.empty() ? option.get_name() : join(names, ", ");
  if (option.get_expected_max() == 0) return text;
  const auto& shown = option.get_option_text().empty() ? option.get_type_name() : option.get_option_text();
  return names.empty() ? (shown.empty() ? text : shown) : text + " " + shown;
}

std::string page_name(const CLI::App& command) { return replace_all(path_of(command), " ", "-"); }

std::string man_page(const CLI::App& command) {
  const auto name = page_name(command);
  std::string text = fmt::format(".TH {} 1 \"\" \"kpi {}\" \"User commands\"\n", roff(name), version);
  text += fmt::format(".SH NAME\n{} \\- {}\n", roff(name), roff(one_line(command)));
  const auto commands = commands_of(command);
  const auto path = path_of(command);
  text += fmt::format(".SH SYNOPSIS\n.B {}\n{}\n", roff(path),
                      roff(synopsis_of(command).substr(path.size() + 1)));
  text += ".SH DESCRIPTION\n.nf\n" + roff(laid_out(command.get_description(), page_width)) + "\n.fi\n";
  if (!commands.empty()) {
    text += ".SH COMMANDS\n";
    for (const auto* inner : commands)
      text += fmt::format(".TP\n.B {}\n{}\n", roff(inner->get_name()), roff(one_line(*inner)));
  }
  text += ".SH OPTIONS\n";
  for (const auto* option : command.get_options())
    text += fmt::format(".TP\n.B {}\n{}\n", roff(flags_of(*option)),
                        roff(single_line(option->get_description())));
  if (const auto examples = examples_of(path); !examples.empty())
    text += ".SH EXAMPLES\n.nf\n" + roff(examples) + ".fi\n";
  if (!command.get_footer().empty())
    text += ".SH NOTES\n.nf\n" + roff(laid_out(command.get_footer(), page_width)) + "\n.fi\n";
  return text + ".SH SEE ALSO\nkpi(1), kpi\\-reports(7), kpi\\-codes(7), kpi\\-troubleshooting(7)\n";
}

std::string topic_page(const std::string& topic, const std::string& text) {
  return fmt::format(
      ".TH {} 7 \"\" \"kpi {}\" \"kpi\"\n.SH NAME\n{} \\- kpi help {}\n.SH DESCRIPTION\n.nf\n{}\n.fi\n",
      roff("kpi-" + topic), version, roff("kpi-" + topic), roff(topic), roff(text));
}

std::string completion(const CLI::App& root, const std::string& shell) {
  if (shell == "bash") return bash_completion(root);
  return shell == "zsh" ? zsh_completion(root) : fish_completion(root);
}

}  // namespace kpi::app
