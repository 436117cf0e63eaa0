#pragma once

#include <kpi/base/clock.hpp>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <mutex>
#include <random>
#include <stop_token>
#include <vector>

namespace kpi::test {

/// A Clock that stands still but for sleep(), which returns at once: a test of retries takes no time and
/// gives the same every time. Any thread may call.
class FakeClock final : public Clock {
public:
  explicit FakeClock(WallTime start = WallTime{std::chrono::milliseconds{1'790'000'000'000}},
                     std::uint64_t seed = 7)
      : start_(start),
        engine_(seed) {}

  WallTime now() override {
    const std::lock_guard lock(mutex_);
    return start_ + passed_;
  }

  SteadyTime steady() override {
    const std::lock_guard lock(mutex_);
    return SteadyTime{std::chrono::hours{1} + passed_};
  }

  bool sleep(std::chrono::milliseconds span, std::stop_token stop) override {
    if (stop.stop_requested()) return false;
    const std::lock_guard lock(mutex_);
    passed_ += std::max(span, std::chrono::milliseconds{0});
    sleeps_.push_back(span);
    return true;
  }

  std::uint64_t random() override {
    const std::lock_guard lock(mutex_);
    return engine_();
  }

  /// Time passes without anyone asking for it.
  void advance(std::chrono::milliseconds span) {
    const std::lock_guard lock(mutex_);
    passed_ += span;
  }

  /// Every wait so far, in order.
  [[nodiscard]] std::vector<std::chrono::milliseconds> sleeps() const {
    const std::lock_guard lock(mutex_);
    return sleeps_;
  }

private:
  mutable std::mutex mutex_;
  WallTime start_;
  std::chrono::milliseconds passed_{0};
  std::mt19937_64 engine_;
  std::vector<std::chrono::milliseconds> sleeps_;
};

}  // namespace kpi::test
