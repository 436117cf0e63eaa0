#pragma once

#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace kpi::app {

enum class Color { automatic, always, never };
enum class LogFormat { text, json };
enum class Tint { none, bold, red, green, yellow, dim };

struct ConsoleOptions {
  bool quiet = false;
  int verbosity = 0;
  Color color = Color::automatic;
  LogFormat format = LogFormat::text;
};

/// Whether colour is wanted on what `terminal` says is a terminal or not. Source: https://no-color.org, and
/// the flag is more than the environment.
[[nodiscard]] bool wants_color(const ConsoleOptions& options, bool terminal);

/// `text` in `tint`, for a terminal that takes it.
[[nodiscard]] std::string painted(Tint tint, std::string_view text);

/// Columns of standard output: $COLUMNS, else the terminal's, else 80.
[[nodiscard]] int output_columns();
/// True if standard output is a terminal that moves a cursor.
[[nodiscard]] bool output_is_terminal();

/// Standard error: the one place that writes to it, so that a bar, log lines and an error never run into each
/// other, and no secret gets through. Any thread may call.
class Console {
public:
  Console();
  void configure(const ConsoleOptions& options);
  /// From now on `secret` is shown as ***. One of less than four bytes would hide ordinary text and is left.
  void hide(const std::string& secret);

  [[nodiscard]] bool terminal() const { return terminal_; }
  [[nodiscard]] bool quiet() const { return options_.quiet; }
  [[nodiscard]] int verbosity() const { return options_.verbosity; }
  [[nodiscard]] LogFormat format() const { return options_.format; }
  /// Columns of the terminal as it is now; 80 where that is not known.
  [[nodiscard]] int width() const;
  /// `text` in `tint`, where colour is wanted.
  [[nodiscard]] std::string tinted(Tint tint, std::string_view text) const;

  /// One line above the bar; nothing when quiet. Never begins with "kpi: ", which is the error's alone.
  void line(std::string_view text);
  /// The bar, in place of the one before; only on a terminal.
  void bar(std::string_view text);
  void clear_bar();
  /// "kpi: `text`": the one line that says why the command failed.
  void error(std::string_view text);

private:
  static void write(std::string_view text);
  [[nodiscard]] std::string redacted(std::string text) const;

  const bool terminal_;
  ConsoleOptions options_;  // set before the first thread starts
  bool colored_ = false;
  std::mutex mutex_;  // guards what follows
  std::vector<std::string> secrets_;
  std::string bar_;
};

}  // namespace kpi::app
