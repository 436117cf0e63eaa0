#include "progress.hpp"

#include <kpi/base/json.hpp>
#include <kpi/base/text.hpp>

namespace kpi::app {
namespace {

constexpr std::chrono::milliseconds bar_every{100};
constexpr std::chrono::milliseconds line_every{3000};

}  // namespace

ConsoleProgress::ConsoleProgress(Console& console, Clock& clock) : console_(console), clock_(clock) {
  if (!console_.quiet()) drawer_ = std::jthread([this](const std::stop_token& stop) { draw_on(stop); });
}

ConsoleProgress::~ConsoleProgress() {
  drawer_.request_stop();
  changed_.notify_all();
  if (drawer_.joinable()) drawer_.join();
  console_.clear_bar();
}

void ConsoleProgress::begin(std::string_view stage, std::string_view items, std::size_t total) {
  const std::lock_guard lock(mutex_);
  stage_ = stage;
  items_ = items;
  total_ = total;
  done_ = failed_ = shown_ = 0;
  began_ = clock_.steady();
  active_ = true;
  changed_.notify_all();
}

void ConsoleProgress::step(bool ok) {
  const std::lock_guard lock(mutex_);
  ++done_;
  if (!ok) ++failed_;
}

void ConsoleProgress::end() {
  const std::lock_guard lock(mutex_);
  active_ = false;
  console_.clear_bar();
}

void ConsoleProgress::note(std::string_view line) {
  if (console_.format() == LogFormat::json) {
    console_.line(
        dump_json({{"time", iso_time(clock_.now())}, {"level", "info"}, {"message", single_line(line)}}));
  } else {
    console_.line("note: " + single_line(line));
  }
}

// Drawn by a thread of its own, so that time goes on while the items take long, and a fast stage is not
// slowed down by its bar.
void ConsoleProgress::draw_on(const std::stop_token& stop) {
  const bool bar = console_.terminal() && console_.format() == LogFormat::text;
  std::unique_lock lock(mutex_);
  while (!stop.stop_requested()) {
    if (!changed_.wait(lock, stop, [this] { return active_; })) return;
    if (bar) show();
    changed_.wait_for(lock, stop, bar ? bar_every : line_every, [this] { return !active_; });
    // A plain line says something new, and not what the summary is about to say.
    if (!bar && active_ && (done_ != shown_ || shown_ == 0)) show();
  }
}

void ConsoleProgress::show() {
  shown_ = done_;
  const auto now = state();
  if (console_.terminal() && console_.format() == LogFormat::text) {
    console_.bar(render::progress_bar(now, static_cast<std::size_t>(console_.width())));
  } else if (console_.format() == LogFormat::json) {
    Json line{{"time", iso_time(clock_.now())},
              {"level", "info"},
              {"message", "progress"},
              {"stage", now.stage},
              {"items", now.items},
              {"done", now.done},
              {"total", now.total},
              {"failed", now.failed}};
    console_.line(dump_json(line));
  } else {
    console_.line(render::progress_line(now));
  }
}

render::ProgressState ConsoleProgress::state() const {
  return {stage_, items_, done_, total_, failed_, clock_.steady() - began_};
}

}  // namespace kpi::app
