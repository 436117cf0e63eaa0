#pragma once

#include <CLI/CLI.hpp>

#include <cstddef>
#include <string>
#include <string_view>

namespace kpi::app {

/// The group of the flags that every command has: shown after its own.
inline constexpr const char* common_group = "Common options";

/// `text` in lines of at most `width` bytes, broken at spaces; a longer word stands on a line of its own.
/// `text` is ASCII, as our help is.
[[nodiscard]] std::string wrapped(std::string_view text, std::size_t width);

/// A longer text, each of whose lines is one of three: a paragraph, wrapped; an indented word with its
/// meaning two or more spaces behind it, wrapped below the meaning; any other indented line, left as it is
/// (a command that somebody may copy).
[[nodiscard]] std::string laid_out(std::string_view text, std::size_t width);

/// What --help prints: "Usage: kpi validate [OPTIONS] [REPORT]", arguments, flags by group, commands, notes;
/// at most `width` columns wide.
class HelpFormatter final : public CLI::Formatter {
public:
  explicit HelpFormatter(std::size_t width);
  std::string make_help(const CLI::App* app, std::string name, CLI::AppFormatMode mode) const override;

private:
  [[nodiscard]] std::string entry(const std::string& names, const std::string& meaning) const;
  [[nodiscard]] std::string options(const CLI::App& app) const;
  [[nodiscard]] std::string commands(const CLI::App& app) const;

  std::size_t width_;
  std::size_t column_;  ///< where meanings begin
};

}  // namespace kpi::app
