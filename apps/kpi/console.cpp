#include "console.hpp"

#include <kpi/base/file.hpp>
#include <kpi/base/text.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
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

}  // namespace

Console::Console() : terminal_(::isatty(STDERR_FILENO) == 1 && environment("TERM") != "dumb") {}

void Console::configure(const ConsoleOptions& options) {
  options_ = options;
  // https://no-color.org: any value but the empty one switches colour off; a flag is more than the
  // environment.
  colored_ = options.format == LogFormat::text &&
             (options.color == Color::always ||
              (options.color == Color::automatic && terminal_ && environment("NO_COLOR").empty()));
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

int Console::width() const {
  winsize size{};
  if (::ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) return size.ws_col;
  return 80;
}

std::string Console::tinted(Tint tint, std::string_view text) const {
  if (!colored_ || tint == Tint::none) return std::string(text);
  return fmt::format("\x1b[{}m{}\x1b[0m", code_of(tint), text);
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
