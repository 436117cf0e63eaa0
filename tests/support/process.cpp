#include "support/process.hpp"

#include "support/paths.hpp"

#include <fmt/format.h>

#include <array>
#include <cerrno>
#include <condition_variable>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <fstream>
#include <mutex>
#include <poll.h>
#include <pty.h>
#include <stdexcept>
#include <string_view>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>
#include <utility>

namespace kpi::test {
namespace {

struct Pair {
  int ours = -1;
  int theirs = -1;
};

[[noreturn]] void refuse(const char* what) {
  throw std::runtime_error(std::string(what) + ": " + std::strerror(errno));
}

Pair make_pipe(bool we_read) {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) refuse("pipe");
  return we_read ? Pair{ends[0], ends[1]} : Pair{ends[1], ends[0]};
}

Pair make_terminal(int columns) {
  winsize size{};
  size.ws_row = 24;
  size.ws_col = static_cast<unsigned short>(columns);
  Pair pair;
  if (::openpty(&pair.ours, &pair.theirs, nullptr, nullptr, &size) != 0) refuse("openpty");
  ::fcntl(pair.ours, F_SETFD, FD_CLOEXEC);
  ::fcntl(pair.theirs, F_SETFD, FD_CLOEXEC);
  return pair;
}

void close_if_open(int& fd) {
  if (fd >= 0) ::close(std::exchange(fd, -1));
}

std::vector<char*> pointers(std::vector<std::string>& texts) {
  std::vector<char*> list;
  list.reserve(texts.size() + 1);
  for (auto& text : texts) list.push_back(text.data());
  list.push_back(nullptr);
  return list;
}

}  // namespace

struct Process::Parts {
  pid_t pid = -1;
  Pair in, out, err;
  std::chrono::milliseconds timeout{};
  std::string input;
  std::jthread pump;

  mutable std::mutex mutex;  // guards what follows
  std::condition_variable changed;
  std::string out_text;
  std::string err_text;
  bool drained = false;
  bool drop_output = false;

  /// Feeds standard input and collects both outputs until they end.
  void carry(const std::stop_token& stop) {
    std::size_t fed = 0;
    while (!stop.stop_requested() && (out.ours >= 0 || err.ours >= 0)) {
      if (fed == input.size()) close_if_open(in.ours);
      {
        const std::lock_guard lock(mutex);
        if (drop_output) close_if_open(out.ours);
      }
      std::array<pollfd, 3> polled{{{in.ours, POLLOUT, 0}, {out.ours, POLLIN, 0}, {err.ours, POLLIN, 0}}};
      if (::poll(polled.data(), polled.size(), 50) <= 0) continue;
      if (polled[0].revents != 0) {
        const auto written = ::write(in.ours, input.data() + fed, input.size() - fed);
        if (written > 0) fed += static_cast<std::size_t>(written);
        if (written < 0 && errno != EAGAIN) {  // it reads no more
          fed = input.size();
          close_if_open(in.ours);
        }
      }
      if (polled[1].revents != 0) collect(out.ours, out_text);
      if (polled[2].revents != 0) collect(err.ours, err_text);
    }
    const std::lock_guard lock(mutex);
    drained = true;
    changed.notify_all();
  }

  void collect(int& fd, std::string& text) {
    std::array<char, 65536> chunk{};
    const auto got = ::read(fd, chunk.data(), chunk.size());
    if (got <= 0) {  // the end; a terminal says EIO
      close_if_open(fd);
      return;
    }
    const std::lock_guard lock(mutex);
    text.append(chunk.data(), static_cast<std::size_t>(got));
    changed.notify_all();
  }

  bool wait_for(const std::string& text, const std::string& where, std::chrono::milliseconds limit) {
    std::unique_lock lock(mutex);
    const auto there = [&] { return where.find(text) != std::string::npos; };
    changed.wait_for(lock, limit, [&] { return there() || drained; });
    return there();
  }
};

Process::Process(const Command& command) : parts_(std::make_unique<Parts>()) {
  auto& p = *parts_;
  p.timeout = command.timeout;
  p.input = command.input;
  p.in = command.input_terminal ? make_terminal(command.columns) : make_pipe(false);
  p.out = command.terminal == Terminal::standard_output ? make_terminal(command.columns) : make_pipe(true);
  p.err = command.terminal == Terminal::standard_error ? make_terminal(command.columns) : make_pipe(true);
  if (!command.input_terminal) ::fcntl(p.in.ours, F_SETFL, O_NONBLOCK);
  (void)std::signal(SIGPIPE, SIG_IGN);  // a program that reads nothing is no failure of the test

  std::vector<std::string> arguments{command.program.empty() ? kpi::test::kpi_program : command.program};
  arguments.insert(arguments.end(), command.arguments.begin(), command.arguments.end());
  std::vector<std::string> environment;
  const char* path = std::getenv("PATH");
  environment.push_back(std::string("PATH=") + (path == nullptr ? "/usr/bin:/bin" : path));
  for (const auto& [name, value] : command.environment)
    environment.push_back(fmt::format("{}={}", name, value));
  auto argv = pointers(arguments);
  auto envp = pointers(environment);
  const std::string directory = command.directory.string();

  p.pid = ::fork();
  if (p.pid < 0) refuse("fork");
  if (p.pid == 0) {
    ::setsid();
    (void)std::signal(SIGPIPE, SIG_DFL);
    ::dup2(p.in.theirs, 0);
    ::dup2(p.out.theirs, 1);
    ::dup2(p.err.theirs, 2);
    if (::chdir(directory.c_str()) != 0) ::_exit(126);
    ::execve(argv[0], argv.data(), envp.data());
    ::_exit(127);
  }
  close_if_open(p.in.theirs);
  close_if_open(p.out.theirs);
  close_if_open(p.err.theirs);
  if (command.input_terminal) p.input.clear();
  p.pump = std::jthread([&p, keep_input = command.input_terminal](const std::stop_token& stop) {
    const int held = keep_input ? std::exchange(p.in.ours, -1) : -1;
    p.carry(stop);
    if (held >= 0) ::close(held);
  });
}

Process::~Process() {
  if (parts_->pid > 0) {
    ::kill(parts_->pid, SIGKILL);
    ::waitpid(parts_->pid, nullptr, 0);
  }
  parts_->pump.request_stop();
  if (parts_->pump.joinable()) parts_->pump.join();
  close_if_open(parts_->in.ours);
  close_if_open(parts_->out.ours);
  close_if_open(parts_->err.ours);
}

bool Process::wait_for_output(const std::string& text, std::chrono::milliseconds limit) {
  return parts_->wait_for(text, parts_->out_text, limit);
}

bool Process::wait_for_error(const std::string& text, std::chrono::milliseconds limit) {
  return parts_->wait_for(text, parts_->err_text, limit);
}

bool Process::has_ended() const {
  const std::lock_guard lock(parts_->mutex);
  return parts_->drained;
}

std::string Process::output() const {
  const std::lock_guard lock(parts_->mutex);
  return parts_->out_text;
}

void Process::signal(int number) {
  if (parts_->pid > 0) ::kill(parts_->pid, number);
}

bool Process::wait_until_it_takes(int number, std::chrono::milliseconds limit) {
  const auto deadline = std::chrono::steady_clock::now() + limit;
  const std::string status = "/proc/" + std::to_string(parts_->pid) + "/status";
  for (; std::chrono::steady_clock::now() < deadline;
       std::this_thread::sleep_for(std::chrono::milliseconds(10))) {
    std::ifstream file(status);
    for (std::string line; std::getline(file, line);) {
      constexpr std::string_view blocked = "SigBlk:\t";  // a mask in hexadecimal, signal 1 the lowest bit
      if (line.starts_with("State:\tZ")) return false;
      if (!line.starts_with(blocked)) continue;
      const auto mask = std::strtoull(line.c_str() + blocked.size(), nullptr, 16);
      if (((mask >> static_cast<unsigned>(number - 1)) & 1U) != 0) return true;
    }
  }
  return false;
}

void Process::close_output() {
  const std::lock_guard lock(parts_->mutex);
  parts_->drop_output = true;
}

Ended Process::wait() {
  auto& p = *parts_;
  Ended ended;
  const auto deadline = std::chrono::steady_clock::now() + p.timeout;
  int status = 0;
  for (;;) {
    if (::waitpid(p.pid, &status, WNOHANG) == p.pid) {
      ended.exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
      break;
    }
    if (std::chrono::steady_clock::now() > deadline) {
      ::kill(p.pid, SIGKILL);
      ::waitpid(p.pid, &status, 0);
      break;
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  p.pid = -1;
  std::unique_lock lock(p.mutex);
  p.changed.wait_for(lock, std::chrono::seconds(5), [&] { return p.drained; });
  ended.out = p.out_text;
  ended.err = p.err_text;
  return ended;
}

Ended run(const Command& command) { return Process(command).wait(); }

TemporaryFolder::TemporaryFolder() {
  std::string name = (std::filesystem::temp_directory_path() / "kpi-test.XXXXXX").string();
  if (::mkdtemp(name.data()) == nullptr) refuse("mkdtemp");
  path_ = name;
}

TemporaryFolder::~TemporaryFolder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

}  // namespace kpi::test
