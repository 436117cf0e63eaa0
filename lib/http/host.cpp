#include <kpi/http/host.hpp>

#include <algorithm>

namespace kpi::http {

using std::chrono::milliseconds;

Host::Host(std::size_t most_in_flight, double per_second)
    : most_in_flight_(most_in_flight),
      spacing_(per_second > 0 ? 1000 / per_second : 0) {}

milliseconds Host::pause_left(SteadyTime now) const {
  const std::lock_guard lock(mutex_);
  return std::max(milliseconds{0}, not_before_ - now);
}

void Host::pause_until(SteadyTime now, milliseconds wait) {
  constexpr milliseconds longest = std::chrono::minutes{10};
  const std::lock_guard lock(mutex_);
  not_before_ = std::max(not_before_, now + std::min(wait, longest));
}

milliseconds Host::reserve(SteadyTime now) {
  if (spacing_.count() <= 0) return milliseconds{0};
  const std::lock_guard lock(mutex_);
  const SteadyTime place = std::max(now, next_place_);
  next_place_ = place + std::chrono::ceil<milliseconds>(spacing_);
  return place - now;
}

std::optional<Host::Slot> Host::enter(milliseconds longest, const std::stop_token& stop) {
  std::unique_lock lock(mutex_);
  const bool room = left_.wait_for(lock, stop, longest, [this] { return in_flight_ < most_in_flight_; });
  // What is stopped ends one transfer and so makes room: not for another.
  if (!room || stop.stop_requested()) return std::nullopt;
  ++in_flight_;
  return std::optional<Slot>(std::in_place, *this);
}

void Host::leave() {
  {
    const std::lock_guard lock(mutex_);
    --in_flight_;
  }
  left_.notify_one();
}

bool Host::may_retry() {
  const std::lock_guard lock(mutex_);
  return budget_.take();
}

void Host::pay_back(int retries) {
  const std::lock_guard lock(mutex_);
  budget_.pay_back(retries);
}

}  // namespace kpi::http
