#include "console.hpp"

#include <kpi/base/file.hpp>
#include <kpi/base/text.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <sys/ioctl.h>
#include <unistd.h>

namespace kpi::app {
namespace {

constexpr std::string_view erase_line = "\r\x1b[K";

std::string_view code_of(Tint tint) {
  switch (tint) {
    case Tint::bold:
      return "1";
    case Tint::red:
      return "31";
    case Tint::green:
      return "32";
    case Tint::yellow:
      return "33";
    case Tint::dim:
      return "2";
    case Tint::none:
      break;
  }
  return "";
}

bool is_terminal(int fd) { return ::isatty(fd) == 1 && environment("TERM") != "dumb"; }

/// Columns of the terminal at `fd`; 80 where that is not known.
int columns_of(int fd) {
  winsize size{};
  if (::ioctl(fd, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) return size.ws_col;
  return 80;
}

}  // namespace

bool wants_color(const ConsoleOptions& options, bool terminal) {
  return options.color == Color::always ||
         (options.color == Color::automatic && terminal && environment("NO_COLOR").empty());
}

std::string painted(Tint tint, std::string_view text) {
  if (tint == Tint::none) return std::string(text);
  return fmt::format("\x1b[{}m{}\x1b[0m", code_of(tint), text);
}

int output_columns() {
  const auto wanted = environment("COLUMNS");
  int columns = 0;
  const auto [end, failure] = std::from_chars(wanted.data(), wanted.data() + wanted.size(), columns);
  const bool number = failure == std::errc() && end == wanted.data() + wanted.size();
  return number && columns > 0 ? columns : columns_of(STDOUT_FILENO);
}

bool output_is_terminal() { return is_terminal(STDOUT_FILENO); }

Console::Console() : terminal_(is_terminal(STDERR_FILENO)) {}

void Console::configure(const ConsoleOptions& options) {
  options_ = options;
  colored_ = options.format == LogFormat::text && wants_color(options, terminal_);
}

void Console::hide(const std::string& secret) {
  constexpr std::size_t shortest = 4;
  if (secret.size() < shortest) return;
  const std::lock_guard lock(mutex_);
  if (std::find(secrets_.begin(), secrets_.end(), secret) != secrets_.end()) return;
  secrets_.push_back(secret);
  // The longest first: one may be part of another.
  std::sort(secrets_.begin(), secrets_.end(),
            [](const auto& a, const auto& b) { return a.size() > b.size(); });
}

int Console::width() const { return columns_of(STDERR_FILENO); }

std::string Console::tinted(Tint tint, std::string_view text) const {
  return colored_ ? painted(tint, text) : std::string(text);
}

void Console::line(std::string_view text) {
  if (options_.quiet) return;
  const std::lock_guard lock(mutex_);
  std::string out;
  if (!bar_.empty()) out += erase_line;
  if (text.starts_with("kpi: ")) out += ' ';
  out += redacted(std::string(text));
  out += '\n';
  if (!bar_.empty()) out += bar_;
  write(out);
}

void Console::bar(std::string_view text) {
  if (options_.quiet || !terminal_) return;
  const std::lock_guard lock(mutex_);
  bar_ = redacted(std::string(text));
  write(std::string(erase_line) + bar_);
}

void Console::clear_bar() {
  const std::lock_guard lock(mutex_);
  if (bar_.empty()) return;
  bar_.clear();
  write(erase_line);
}

void Console::error(std::string_view text) {
  clear_bar();
  const std::lock_guard lock(mutex_);
  write("kpi: " + redacted(single_line(text)) + "\n");
}

// Nobody can be told that standard error is gone.
void Console::write(std::string_view text) {
  while (!text.empty()) {
    const auto written = ::write(STDERR_FILENO, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return;
    text.remove_prefix(static_cast<std::size_t>(written));
  }
}

std::string Console::redacted(std::string text) const {
  for (const auto& secret : secrets_) text = replace_all(text, secret, "***");
  return text;
}

}  // namespace kpi::app
