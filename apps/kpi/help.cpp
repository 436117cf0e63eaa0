// kpi help TOPIC, kpi completion SHELL, kpi man: the same help for people, shells and man.
#include "common.hpp"
#include "exit.hpp"
#include "help_format.hpp"
#include "help_texts.hpp"
#include "invocation.hpp"
#include "manual.hpp"
#include "report_io.hpp"

#include <kpi/base/file.hpp>
#include <kpi/base/text.hpp>
#include <kpi/sql/analyzer.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace kpi::app {
namespace {

constexpr std::array topics{"codes", "reports", "troubleshooting"};

std::string codes_text() {
  constexpr std::string_view indent = "\n    ";
  constexpr std::size_t width = 74;  // of 80, less the indent
  std::string text = "FINDINGS, as validate --fail-on takes them (globs: guard.*)\n\n";
  const auto add = [&](std::string_view line) {
    text += replace_all(fmt::format("\n{}", wrapped(line, width)), "\n", indent);
  };
  for (const auto& kind : sql::finding_catalogue()) {
    text += fmt::format("{}  ({})", kind.code, model::to_string(kind.severity));
    add(kind.meaning);
    if (!kind.example.empty()) add(fmt::format("for example: {}", kind.example));
    text += '\n';
  }
  return text + "\nEXIT CODES\n\n" + exit_codes_text();
}

/// The text of one of `topics`.
std::string topic_text(const std::string& topic) {
  if (topic == "codes") return codes_text();
  return std::string(topic == "reports" ? help_reports : help_troubleshooting);
}

Result<Ending> print(const std::string& text) {
  auto written = write_output("", text);
  if (!written) return std::move(written).error();
  return Ending{*written == Written::closed ? Exit::closed : Exit::done, ""};
}

/// Every page into `folder`: kpi.1, kpi-discover.1, ..., kpi-codes.7.
Result<Ending> write_pages(const CLI::App& root, const std::filesystem::path& folder) {
  if (auto made = make_directories(folder); !made) return std::move(made).error();
  const auto write = [&](const std::string& name, const std::string& text) {
    return write_file(folder / name, text);
  };
  if (auto done = write("kpi.1", man_page(root)); !done) return std::move(done).error();
  for (const auto* command : root.get_subcommands([](const CLI::App*) { return true; })) {
    if (auto done = write(page_name(*command) + ".1", man_page(*command)); !done)
      return std::move(done).error();
    for (const auto* inner : command->get_subcommands([](const CLI::App*) { return true; })) {
      if (auto done = write(page_name(*inner) + ".1", man_page(*inner)); !done)
        return std::move(done).error();
    }
  }
  for (const std::string topic : topics) {
    if (auto done = write("kpi-" + topic + ".7", topic_page(topic, topic_text(topic))); !done)
      return std::move(done).error();
  }
  return Ending{};
}

/// What `command --help` prints. (Its own help() would be that of the command that was parsed.)
std::string help_of(const CLI::App& command) {
  return command.get_formatter()->make_help(&command, "", CLI::AppFormatMode::Normal);
}

/// `words` are a topic, a command ("validate") or one below it ("config show"), or nothing.
Result<Ending> show_help(const CLI::App& root, const std::vector<std::string>& words) {
  if (words.empty()) {
    return print(help_of(root) + "\nkpi help TOPIC tells more of: " +
                 join(std::vector<std::string>(topics.begin(), topics.end()), ", ") +
                 "; kpi COMMAND --help of a command\n");
  }
  if (words.size() == 1 && std::find(topics.begin(), topics.end(), words.front()) != topics.end()) {
    return print(topic_text(words.front()));
  }
  const CLI::App* command = &root;
  for (const auto& word : words) {
    std::vector<std::string> names;
    const CLI::App* found = nullptr;
    for (const auto* inner : command->get_subcommands([](const CLI::App*) { return true; })) {
      if (inner->get_name() == word) found = inner;
      names.push_back(inner->get_name());
    }
    if (found == nullptr) {
      if (command == &root) names.insert(names.end(), topics.begin(), topics.end());
      const auto near = nearest(word, names);
      return Error{Fault::input, "usage", "help",
                   fmt::format("there is no topic \"{}\"{}", single_line(join(words, " ")),
                               near ? "; did you mean " + *near + "?" : ""),
                   "see kpi help"};
    }
    command = found;
  }
  return print(help_of(*command));
}

}  // namespace

void add_help(CLI::App& root, Invocation& invocation) {
  auto words = std::make_shared<std::vector<std::string>>();
  auto* help = root.add_subcommand("help", "Tell more: kpi help codes, reports or troubleshooting");
  help->add_option("topic", *words, "codes, reports, troubleshooting, or a command")->option_text("TOPIC");
  help->callback([words, &root, &invocation] {
    invocation.run = [words, &root](Surroundings&) { return show_help(root, *words); };
  });

  auto shell = std::make_shared<std::string>();
  auto* complete =
      root.add_subcommand("completion", "Print a completion script: source <(kpi completion bash)");
  complete->add_option("shell", *shell, "bash, zsh or fish")
      ->required()
      ->check(one_of({"bash", "zsh", "fish"}))
      ->option_text("bash|zsh|fish");
  complete->callback([shell, &root, &invocation] {
    invocation.run = [shell, &root](Surroundings&) { return print(completion(root, *shell)); };
  });

  auto folder = std::make_shared<std::string>();
  auto* man = root.add_subcommand("man", "Write the man pages of all commands and topics");
  man->add_option("folder", *folder, "Where to")->required()->option_text("DIR");
  man->callback([folder, &root, &invocation] {
    invocation.run = [folder, &root](Surroundings&) { return write_pages(root, *folder); };
  });
}

}  // namespace kpi::app
