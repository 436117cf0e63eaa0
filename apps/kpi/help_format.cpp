#include "help_format.hpp"

#include "examples.hpp"
#include "manual.hpp"

#include <kpi/base/text.hpp>

#include <algorithm>
#include <vector>

namespace kpi::app {
namespace {

constexpr std::size_t narrow = 100;  ///< below this many columns meanings begin earlier

/// Where the meaning begins in "  4    partly done"; 0 in any other line.
std::size_t meaning_column(std::string_view line) {
  const auto word = line.find_first_not_of(' ');
  if (word == 0 || word == std::string_view::npos) return 0;
  const auto gap = line.find(' ', word);
  if (gap == std::string_view::npos || line.substr(gap, 2) != "  ") return 0;
  const auto meaning = line.find_first_not_of(' ', gap);
  return meaning == std::string_view::npos ? 0 : meaning;
}

/// `text` between `column` and `width`, but for the first line's indent.
std::string hanging(std::string_view text, std::size_t width, std::size_t column) {
  return replace_all(wrapped(text, width - column), "\n", "\n" + std::string(column, ' '));
}

std::string shown(std::string text, std::string_view title) {
  return text.empty() ? text : "\n" + std::string(title) + ":\n" + text;
}

}  // namespace

std::string wrapped(std::string_view text, std::size_t width) {
  std::string out;
  std::size_t column = 0;
  for (const auto& word : split(text, ' ')) {
    if (word.empty()) continue;
    const bool fits = column + 1 + word.size() <= width;
    if (column > 0) out += fits ? ' ' : '\n';
    column = column > 0 && fits ? column + 1 + word.size() : word.size();
    out += word;
  }
  return out;
}

std::string laid_out(std::string_view text, std::size_t width) {
  std::vector<std::string> lines;
  for (const auto& line : split(text, '\n')) {
    const auto column = meaning_column(line);
    if (column > 0 && column < width) {
      lines.push_back(line.substr(0, column) + hanging(line.substr(column), width, column));
    } else {
      lines.push_back(line.starts_with(' ') ? line : wrapped(line, width));
    }
  }
  return join(lines, "\n");
}

HelpFormatter::HelpFormatter(std::size_t width) : width_(width), column_(width < narrow ? 26 : 34) {}

std::string HelpFormatter::entry(const std::string& names, const std::string& meaning) const {
  constexpr std::size_t gap = 2;
  std::string out = "  " + names;
  if (out.size() + gap > column_) {
    out += '\n' + std::string(column_, ' ');
  } else {
    out += std::string(column_ - out.size(), ' ');
  }
  return out + hanging(meaning, width_, column_) + "\n";
}

std::string HelpFormatter::options(const CLI::App& app) const {
  std::string arguments;
  std::vector<std::string> groups;  // in the order in which they appear, what all commands have last
  for (const auto* option : app.get_options()) {
    const auto& group = option->get_group();
    if (option->get_positional()) {
      arguments += entry(flags_of(*option), option->get_description());
    } else if (std::find(groups.begin(), groups.end(), group) == groups.end() && group != common_group) {
      groups.push_back(group);
    }
  }
  groups.emplace_back(common_group);
  std::string text = shown(arguments, "Arguments");
  for (const auto& group : groups) {
    std::string flags;
    for (const auto* option : app.get_options()) {
      if (option->get_positional() || option->get_group() != group) continue;
      flags += entry(flags_of(*option), option->get_description());
    }
    text += shown(flags, group);
  }
  return text;
}

std::string HelpFormatter::commands(const CLI::App& app) const {
  std::string text, group, entries;
  for (const auto* command : app.get_subcommands([](const CLI::App*) { return true; })) {
    if (command->get_group() != group) {
      text += shown(std::move(entries), group);
      entries.clear();
      group = command->get_group();
    }
    const auto& meaning = command->get_description();
    entries += entry(command->get_name(), meaning.substr(0, meaning.find('\n')));
  }
  return text + shown(std::move(entries), group);
}

std::string HelpFormatter::make_help(const CLI::App* app, std::string /*name*/, CLI::AppFormatMode) const {
  std::string text = laid_out(app->get_description(), width_) + "\n\nUsage: " + synopsis_of(*app) + "\n";
  text += commands(*app) + options(*app);
  text += shown(examples_of(path_of(*app)), "Examples");
  if (!app->get_footer().empty()) text += "\n" + laid_out(app->get_footer(), width_) + "\n";
  return text;
}

}  // namespace kpi::app
