#include "support/paths.hpp"
#include "system/fixture.hpp"

#include <kpi/base/file.hpp>
#include <kpi/base/text.hpp>

#include <doctest/doctest.h>

#include <algorithm>

using namespace kpi;
using namespace kpi::test;

namespace {

using Words = std::vector<std::string>;

/// Every command line that ends in a command.
const std::vector<Words>& all_commands() {
  static const std::vector<Words> commands{{"discover"},
                                           {"generate"},
                                           {"validate"},
                                           {"register"},
                                           {"audit"},
                                           {"run"},
                                           {"sandbox"},
                                           {"init"},
                                           {"doctor"},
                                           {"config"},
                                           {"report"},
                                           {"config", "show"},
                                           {"history"},
                                           {"state"},
                                           {"state", "check"},
                                           {"completion"},
                                           {"man"},
                                           {"help"},
                                           {"state", "backup"},
                                           {"state", "restore"},
                                           {}};
  return commands;
}

std::string help_of(const World& world, Words command) {
  command.emplace_back("--help");
  const auto ended = world.kpi(std::move(command));
  CHECK(ended.exit_code == 0);
  return ended.out;
}

bool is_command_line(std::string_view line) {
  return line.starts_with("  kpi ") || line.starts_with("    kpi ");
}

/// Checks that kpi's help knows the commands and flags of the shell line `line`.
void check_line(const World& world, std::string_view line) {
  CAPTURE(line);
  line = line.substr(0, line.find('#'));
  for (auto part : split(replace_all(std::string(line), "&&", "|"), '|')) {
    Words words;
    for (auto& word : split(trim(part), ' ')) {
      if (!word.empty()) words.push_back(std::move(word));
    }
    const auto program = std::find(words.begin(), words.end(), "kpi");
    if (program == words.end()) continue;
    words.erase(words.begin(), program + 1);
    if (words.empty()) continue;  // a folder of that name
    Words command{words.front()};
    if (words.front() == "config" || words.front() == "state") command.push_back(words.at(1));
    const auto help = help_of(world, command);
    for (const auto& word : words) {
      const auto flag = word.substr(0, word.find('='));
      CAPTURE(flag);
      if (!flag.starts_with("--")) continue;
      const bool known =
          help.find(flag + " ") != std::string::npos || help.find(flag + "\n") != std::string::npos;
      CHECK(known);
    }
  }
}

/// The lines of the fenced or indented blocks of a document that call kpi.
std::vector<std::string> command_lines(const std::string& text) {
  std::vector<std::string> lines;
  for (const auto& line : split(text, '\n')) {
    if (is_command_line(line)) lines.push_back(line);
  }
  return lines;
}

std::string source_file(const std::string& name) {
  auto text = read_file(std::filesystem::path(kpi::test::source_dir) / name);
  REQUIRE(text.has_value());
  return *text;
}

}  // namespace

TEST_CASE("kpi --help: fits the terminal, and shows the whole way to a command") {
  World world;
  for (const char* columns : {"80", "60", "200"}) {
    world.environment["COLUMNS"] = columns;
    const std::size_t width = std::min<std::size_t>(std::stoul(columns), 110);
    for (const auto& command : all_commands()) {
      const auto help = help_of(world, command);
      CHECK(help.find("\nUsage: kpi " + join(command, " ")) != std::string::npos);
      for (const auto& line : split(help, '\n')) {
        CAPTURE(line);
        // A word is not broken, nor is what somebody may copy.
        const bool one_word = trim(line).find(' ') == std::string_view::npos;
        const bool flag = trim(line).starts_with("-") && trim(line).find("  ") == std::string_view::npos;
        const bool to_copy =
            is_command_line(line) || line.starts_with("  source ") || line.starts_with("  #");
        if (!one_word && !flag && !to_copy) CHECK(line.size() <= width);
      }
    }
  }
}

TEST_CASE("kpi help: a topic, a command, or one below it") {
  const World world;
  CHECK(world.kpi({"help", "config", "show"}).out == help_of(world, {"config", "show"}));
  CHECK(world.kpi({"help", "register"}).out == help_of(world, {"register"}));
  CHECK(world.kpi({"help"}).out.starts_with(help_of(world, {})));
  check_failed(world.kpi({"help", "config", "sow"}), 2, "did you mean show?");
  for (const char* topic : {"codes", "reports", "troubleshooting"}) {
    CAPTURE(topic);
    const auto text = world.kpi({"help", topic}).out;
    for (const auto& line : split(text.substr(0, text.find("EXIT CODES")), '\n')) {
      CAPTURE(line);
      CHECK(line.size() <= 80);
    }
  }
}

TEST_CASE("kpi --help: its examples, and those of the documents, name commands and flags that there are") {
  const World world;
  std::size_t examples = 0;
  for (const auto& command : all_commands()) {
    const auto help = help_of(world, command);
    const auto at = help.find("\nExamples:\n");
    if (at == std::string::npos) continue;
    for (const auto& line : command_lines(help.substr(at))) {
      check_line(world, line);
      ++examples;
    }
  }
  CHECK(examples > 25);
  for (const auto& line : command_lines(source_file("README.md"))) check_line(world, line);
  for (const char* name : {"crontab", "kpi.service", "github-actions.yml", "gitlab-ci.yml"}) {
    CAPTURE(name);
    std::size_t calls = 0;
    for (const auto& line : split(source_file(std::string("examples/operations/") + name), '\n')) {
      const auto call = line.find("kpi ");
      const bool runs =
          call != std::string::npos && !line.starts_with("#") &&
          (line.find("run: kpi ") != std::string::npos || line.find("- kpi ") != std::string::npos ||
           line.find("[kpi ") != std::string::npos || line.find("&& kpi ") != std::string::npos ||
           line.find("bin/kpi ") != std::string::npos);
      if (!runs) continue;
      check_line(world, line.substr(call));
      ++calls;
    }
    CHECK(calls >= 1);
  }
}

TEST_CASE("kpi completion bash: offers commands, flags, and the words that a flag takes") {
  const World world;
  auto bash = world.command({"-c",
                             "source <(\"$0\" completion bash); offer() { COMP_WORDS=(\"$@\"); "
                             "COMP_CWORD=$(($# - 1)); _kpi; echo \"${COMPREPLY[@]}\"; }; "
                             "offer kpi regi; offer kpi audit --fa; offer kpi report --format ht; "
                             "offer kpi run --color al; offer kpi completion z; offer kpi state back; "
                             "offer kpi config show --js",
                             kpi::test::kpi_program});
  bash.program = "/bin/bash";
  CHECK(run(bash).out == "register\n--fail-on\nhtml\nalways\nzsh\nbackup\n--json\n");
}

TEST_CASE("kpi --help, --version: a full disk is exit 5") {
  const World world;
  for (const char* flag : {"--help", "--version", "help"}) {
    CAPTURE(flag);
    auto command = world.command({"-c", "\"$0\" \"$1\" > /dev/full", kpi::test::kpi_program, flag});
    command.program = "/bin/sh";
    const auto full = run(command);
    CHECK(full.exit_code == 5);
    CHECK(error_line(full).find("standard output") != std::string::npos);
  }
}
