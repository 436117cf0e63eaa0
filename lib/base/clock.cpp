#include <kpi/base/clock.hpp>

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <condition_variable>
#include <mutex>
#include <random>

namespace kpi {
namespace {

class SystemClock final : public Clock {
public:
  WallTime now() override {
    return std::chrono::time_point_cast<std::chrono::milliseconds>(std::chrono::system_clock::now());
  }

  SteadyTime steady() override {
    return std::chrono::time_point_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now());
  }

  bool sleep(std::chrono::milliseconds span, std::stop_token stop) override {
    std::mutex mutex;
    std::condition_variable_any woken;
    std::unique_lock lock(mutex);
    woken.wait_for(lock, stop, span, [] { return false; });
    return !stop.stop_requested();
  }

  std::uint64_t random() override {
    const std::lock_guard lock(mutex_);
    return engine_();
  }

private:
  std::mutex mutex_;
  std::mt19937_64 engine_{(std::uint64_t{std::random_device{}()} << 32U) ^ std::random_device{}()};
};

}  // namespace

Clock& system_clock() {
  static SystemClock clock;
  return clock;
}

std::string iso_time(WallTime time) {
  const auto seconds = std::chrono::floor<std::chrono::seconds>(time);
  return fmt::format("{:%Y-%m-%dT%H:%M:%S}.{:03}Z",
                     fmt::gmtime(std::chrono::system_clock::to_time_t(seconds)), (time - seconds).count());
}

std::string new_run_id(Clock& clock) {
  const auto seconds = std::chrono::floor<std::chrono::seconds>(clock.now());
  return fmt::format("{:%Y%m%dT%H%M%S}-{:08x}", fmt::gmtime(std::chrono::system_clock::to_time_t(seconds)),
                     clock.random() & 0xFFFFFFFFU);
}

}  // namespace kpi
