#include "manual.hpp"

#include "version.hpp"

#include <kpi/base/text.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <vector>

namespace kpi::app {
namespace {

/// Text that roff shows as it is.
std::string roff(const std::string& text) {
  std::string escaped = replace_all(replace_all(text, "\\", "\\e"), "-", "\\-");
  std::string lines;
  for (const auto& line : split(escaped, '\n')) {
    if (line.starts_with(".") || line.starts_with("'")) lines += "\\&";
    lines += line + "\n";
  }
  if (!lines.empty()) lines.pop_back();
  return lines;
}

std::string path_of(const CLI::App& app) {
  const auto* parent = app.get_parent();
  return parent == nullptr ? "kpi" : path_of(*parent) + " " + app.get_name();
}

/// "-o,--output FILE"
std::string flags_of(const CLI::Option& option) {
  std::vector<std::string> names;
  for (const auto& name : option.get_snames()) names.push_back("-" + name);
  for (const auto& name : option.get_lnames()) names.push_back("--" + name);
  std::string text = names.empty() ? option.get_name() : join(names, ", ");
  if (option.get_expected_max() == 0) return text;
  const auto& shown = option.get_option_text().empty() ? option.get_type_name() : option.get_option_text();
  return names.empty() ? (shown.empty() ? text : shown) : text + " " + shown;
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

std::string one_line(const CLI::App& app) {
  const auto text = app.get_description();
  return text.substr(0, text.find('\n'));
}

/// Single quotes as a POSIX shell and fish want them.
std::string quoted(const std::string& text) { return "'" + replace_all(text, "'", "'\\''") + "'"; }

std::string bash_completion(const CLI::App& root) {
  std::string cases;
  std::vector<std::string> names;
  for (const auto* command : commands_of(root)) {
    names.push_back(command->get_name());
    auto words = long_flags(*command);
    for (const auto* inner : commands_of(*command)) {
      words.push_back(inner->get_name());
      for (const auto& flag : long_flags(*inner)) {
        if (std::find(words.begin(), words.end(), flag) == words.end()) words.push_back(flag);
      }
    }
    cases += fmt::format("    {}) words='{}' ;;\n", command->get_name(), join(words, " "));
  }
  return "# bash completion of kpi, made by kpi completion bash\n"
         "_kpi() {\n"
         "  local current=${COMP_WORDS[COMP_CWORD]} words\n"
         "  COMPREPLY=()\n"
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
    return quoted(replace_all(name, ":", "\\:") + ":" + help);
  };
  std::string commands, cases;
  for (const auto* command : commands_of(root)) {
    commands += "    " + described(command->get_name(), one_line(*command)) + "\n";
    cases += fmt::format("    {})\n      words=(\n", command->get_name());
    for (const auto* inner : commands_of(*command))
      cases += "        " + described(inner->get_name(), one_line(*inner)) + "\n";
    for (const auto* option : command->get_options()) {
      for (const auto& name : option->get_lnames())
        cases += "        " + described("--" + name, single_line(option->get_description())) + "\n";
    }
    cases += "      )\n      ;;\n";
  }
  return "#compdef kpi\n"
         "# zsh completion of kpi, made by kpi completion zsh\n"
         "_kpi() {\n"
         "  local -a commands flags\n"
         "  commands=(\n" +
         commands +
         "  )\n"
         "  if (( CURRENT == 2 )); then\n"
         "    _describe command commands\n"
         "    return\n"
         "  fi\n"
         "  case $words[2] in\n" +
         replace_all(cases, "words=(", "flags=(") +
         "  esac\n"
         "  _describe flag flags\n"
         "  _files\n"
         "}\n"
         "_kpi \"$@\"\n";
}

std::string fish_completion(const CLI::App& root) {
  std::string text = "# fish completion of kpi, made by kpi completion fish\n";
  for (const auto* command : commands_of(root)) {
    const auto& name = command->get_name();
    text += fmt::format("complete -c kpi -n __fish_use_subcommand -a {} -d {}\n", name,
                        quoted(one_line(*command)));
    for (const auto* inner : commands_of(*command)) {
      text += fmt::format("complete -c kpi -n '__fish_seen_subcommand_from {}' -a {} -d {}\n", name,
                          inner->get_name(), quoted(one_line(*inner)));
    }
    for (const auto* option : command->get_options()) {
      for (const auto& flag : option->get_lnames()) {
        text += fmt::format("complete -c kpi -n '__fish_seen_subcommand_from {}' -l {}{} -d {}\n", name, flag,
                            option->get_expected_max() == 0 ? "" : " -r",
                            quoted(single_line(option->get_description())));
      }
    }
  }
  return text;
}

}  // namespace

std::string page_name(const CLI::App& command) { return replace_all(path_of(command), " ", "-"); }

std::string man_page(const CLI::App& command) {
  const auto name = page_name(command);
  std::string text = fmt::format(".TH {} 1 \"\" \"kpi {}\" \"User commands\"\n", roff(name), version);
  text += fmt::format(".SH NAME\n{} \\- {}\n", roff(name), roff(one_line(command)));
  std::string operands;
  for (const auto* option : command.get_options()) {
    if (option->get_positional()) operands += " [" + flags_of(*option) + "]";
  }
  const auto commands = commands_of(command);
  text += fmt::format(".SH SYNOPSIS\n.B {}\n{}\n", roff(path_of(command)),
                      roff(commands.empty() ? "[OPTIONS]" + operands : "COMMAND [OPTIONS]"));
  text += ".SH DESCRIPTION\n.nf\n" + roff(command.get_description()) + "\n.fi\n";
  if (!commands.empty()) {
    text += ".SH COMMANDS\n";
    for (const auto* inner : commands)
      text += fmt::format(".TP\n.B {}\n{}\n", roff(inner->get_name()), roff(one_line(*inner)));
  }
  text += ".SH OPTIONS\n";
  for (const auto* option : command.get_options())
    text += fmt::format(".TP\n.B {}\n{}\n", roff(flags_of(*option)),
                        roff(single_line(option->get_description())));
  if (!command.get_footer().empty()) text += ".SH NOTES\n.nf\n" + roff(command.get_footer()) + "\n.fi\n";
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
