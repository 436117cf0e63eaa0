#pragma once

#include "console.hpp"

#include <kpi/base/clock.hpp>
#include <kpi/base/progress.hpp>
#include <kpi/render/progress_line.hpp>

#include <condition_variable>
#include <mutex>
#include <string>
#include <thread>

namespace kpi::app {

/// Progress on standard error: a bar where that is a terminal, else a plain (or JSON) line at most every few
/// seconds, and nothing when quiet.
class ConsoleProgress final : public Progress {
public:
  ConsoleProgress(Console& console, Clock& clock);
  ~ConsoleProgress() override;
  ConsoleProgress(const ConsoleProgress&) = delete;
  ConsoleProgress& operator=(const ConsoleProgress&) = delete;

  void begin(std::string_view stage, std::string_view items, std::size_t total) override;
  void step(bool ok) override;
  void end() override;
  void note(std::string_view line) override;

private:
  void draw_on(const std::stop_token& stop);
  void show();
  [[nodiscard]] render::ProgressState state() const;

  Console& console_;
  Clock& clock_;
  mutable std::mutex mutex_;  // guards what follows
  std::condition_variable_any changed_;
  std::string stage_, items_;
  std::size_t total_ = 0, done_ = 0, failed_ = 0, shown_ = 0;
  SteadyTime began_{};
  bool active_ = false;
  std::jthread drawer_;  // last: it uses all of the above
};

}  // namespace kpi::app
