#pragma once

#include <kpi/base/clock.hpp>
#include <kpi/http/retry.hpp>

#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <utility>

namespace kpi::http {

/// What all requests to one host share: how many are in flight, when the next may start, what retries are
/// left. Any thread may call.
class Host {
public:
  /// `per_second` 0: no limit.
  Host(std::size_t most_in_flight, double per_second);

  /// How long nobody may ask this host anything, by its own word.
  [[nodiscard]] std::chrono::milliseconds pause_left(SteadyTime now) const;
  /// Nobody asks for the next `wait`, 10 minutes at most: one that asks for a year is tried again.
  void pause_until(SteadyTime now, std::chrono::milliseconds wait);

  /// Takes the next place in the even spacing of requests; how long until it comes.
  [[nodiscard]] std::chrono::milliseconds reserve(SteadyTime now);

  /// Leave to have one request in flight, given back when it goes.
  class Slot {
  public:
    explicit Slot(Host& host) : host_(&host) {}
    ~Slot() {
      if (host_ != nullptr) host_->leave();
    }
    Slot(Slot&& other) noexcept : host_(std::exchange(other.host_, nullptr)) {}
    Slot& operator=(Slot&&) = delete;

  private:
    Host* host_;
  };
  /// Waits, in real time and `longest` at most, for a slot; none when that is over or `stop` is requested.
  [[nodiscard]] std::optional<Slot> enter(std::chrono::milliseconds longest, const std::stop_token& stop);

  /// Takes one retry from the budget; false where it is used up.
  [[nodiscard]] bool may_retry();
  void pay_back(int retries);

private:
  void leave();

  const std::size_t most_in_flight_;
  const std::chrono::duration<double, std::milli> spacing_;
  mutable std::mutex mutex_;  // guards all below
  std::condition_variable_any left_;
  std::size_t in_flight_ = 0;
  SteadyTime not_before_{};
  SteadyTime next_place_{};
  RetryBudget budget_;
};

}  // namespace kpi::http
