#pragma once

#include <chrono>
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <vector>

// The real binary, run as a user runs it.
namespace kpi::test {

/// Which of the outputs is a pseudo-terminal; the others are pipes.
enum class Terminal { none, standard_error, standard_output };

struct Command {
  std::vector<std::string> arguments;              ///< without the program's name
  std::string input;                               ///< given on standard input, which then ends
  std::map<std::string, std::string> environment;  ///< the whole of it, but for PATH
  std::filesystem::path directory = ".";
  std::chrono::milliseconds timeout{120'000};
  Terminal terminal = Terminal::none;
  int columns = 80;             ///< of the pseudo-terminal
  bool input_terminal = false;  ///< standard input is a pseudo-terminal nobody types on
  std::string program;          ///< empty: kpi as this build made it
};

struct Ended {
  int exit_code = -1;  ///< 128 + signal where a signal ended it; -1 where it had to be killed after `timeout`
  std::string out;
  std::string err;
};

/// A process under way. Killed, if it still runs, when this goes.
class Process {
public:
  /// Starts it. Throws std::runtime_error where the system refuses.
  explicit Process(const Command& command);
  ~Process();
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;

  /// Waits until `text` has come on standard output or, `on_error`, on standard error. False if it ended or
  /// `limit` passed before.
  bool wait_for_output(const std::string& text, std::chrono::milliseconds limit = std::chrono::seconds(60));
  bool wait_for_error(const std::string& text, std::chrono::milliseconds limit = std::chrono::seconds(60));
  /// True once both outputs are closed, as they are when it has ended.
  [[nodiscard]] bool has_ended() const;
  /// What came on standard output so far.
  [[nodiscard]] std::string output() const;
  void signal(int number);
  /// Waits until the process has blocked the signal `number`, as who waits for signals does. False if it
  /// ended or `limit` passed before.
  bool wait_until_it_takes(int number, std::chrono::milliseconds limit = std::chrono::seconds(60));
  void close_output();  ///< as `head -1` does: nobody reads standard output any more
  /// Waits for the end.
  Ended wait();

private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

/// Runs `command` to its end.
Ended run(const Command& command);

/// A folder of its own below the system's temporary one, removed with all it holds when this goes.
class TemporaryFolder {
public:
  TemporaryFolder();
  ~TemporaryFolder();
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

private:
  std::filesystem::path path_;
};

}  // namespace kpi::test
