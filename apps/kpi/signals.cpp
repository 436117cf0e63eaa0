#include "signals.hpp"

#include "exit.hpp"

#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <ctime>
#include <fcntl.h>
#include <optional>
#include <pthread.h>
#include <string_view>
#include <unistd.h>

namespace kpi::app {
namespace {

constexpr int leave = SIGUSR2;  // from the destructor to the watcher
constexpr std::chrono::seconds longest_end{10};

sigset_t watched() {
  sigset_t set;
  sigemptyset(&set);
  for (const int number : {SIGINT, SIGTERM, leave}) sigaddset(&set, number);
  return set;
}

[[noreturn]] void end_now() {
  constexpr std::string_view line =
      "\r\x1b[Kkpi: interrupted before everything had ended; finished work is saved\n";
  constexpr std::size_t erase = 4;  // the bar is only there on a terminal
  const auto shown = ::isatty(STDERR_FILENO) == 1 ? line : line.substr(erase);
  [[maybe_unused]] const auto ignored = ::write(STDERR_FILENO, shown.data(), shown.size());
  ::_exit(static_cast<int>(Exit::interrupted));
}

}  // namespace

Signals::Signals() {
  (void)std::signal(SIGPIPE, SIG_IGN);
  (void)std::signal(SIGXFSZ,
                    SIG_IGN);  // a file that may not grow fails its write, and is told like a full disk
  const sigset_t set = watched();
  ::pthread_sigmask(SIG_BLOCK, &set, nullptr);
  watcher_ = std::thread([this] { watch(); });
}

Signals::~Signals() {
  ::pthread_kill(watcher_.native_handle(), leave);
  watcher_.join();
}

void Signals::watch() {
  const sigset_t set = watched();
  std::optional<std::chrono::steady_clock::time_point> deadline;
  for (;;) {
    timespec left{std::chrono::hours(24 * 365) / std::chrono::seconds(1), 0};
    if (deadline) {
      const auto span =
          std::max(*deadline - std::chrono::steady_clock::now(), std::chrono::steady_clock::duration{0});
      left.tv_sec = std::chrono::duration_cast<std::chrono::seconds>(span).count();
      left.tv_nsec = static_cast<long>((span % std::chrono::seconds(1)) / std::chrono::nanoseconds(1));
    }
    const int number = ::sigtimedwait(&set, nullptr, &left);
    if (number == leave) return;
    if (number == SIGINT || number == SIGTERM) {
      if (deadline) end_now();
      deadline = std::chrono::steady_clock::now() + longest_end;
      stop_.request_stop();
    } else if (errno == EAGAIN && deadline) {
      end_now();
    }
  }
}

void keep_standard_streams() {
  for (const int fd : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    if (::fcntl(fd, F_GETFD) >= 0 || errno != EBADF) continue;
    // The lowest free descriptor is the one that is missing. Opened the wrong way round, it stays unusable.
    const int opened = ::open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY);
    if (opened < 0) return;
  }
}

}  // namespace kpi::app
