#pragma once

#include <stop_token>
#include <thread>

namespace kpi::app {

/// SIGINT and SIGTERM as a stop token. The first asks everything to end, and ends the process with 130 if it
/// still runs 10 s later; the second ends it at once. SIGPIPE and SIGXFSZ are ignored, so that a closed pipe
/// and a file that may not grow are errors of write(). Make one first thing in main: threads that start later
/// leave the signals to this one.
class Signals {
public:
  Signals();
  ~Signals();
  Signals(const Signals&) = delete;
  Signals& operator=(const Signals&) = delete;
  [[nodiscard]] std::stop_token token() const { return stop_.get_token(); }

private:
  void watch();

  std::stop_source stop_;
  std::thread watcher_;
};

/// Makes sure that descriptors 0 to 2 are open, so that no file opened later is taken for one of them. One
/// that was closed stays unusable: writing to it fails.
void keep_standard_streams();

}  // namespace kpi::app
