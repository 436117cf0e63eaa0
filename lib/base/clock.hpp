#pragma once

#include <chrono>
#include <cstdint>
#include <stop_token>
#include <string>
#include <string_view>

namespace kpi {

using WallTime = std::chrono::time_point<std::chrono::system_clock, std::chrono::milliseconds>;
using SteadyTime = std::chrono::time_point<std::chrono::steady_clock, std::chrono::milliseconds>;

/// Time, waiting and chance as one port, so that a test of retries takes microseconds and gives the same
/// every time. Every function may be called from any thread.
class Clock {
public:
  virtual ~Clock() = default;
  [[nodiscard]] virtual WallTime now() = 0;
  [[nodiscard]] virtual SteadyTime steady() = 0;  ///< never goes back; for durations and deadlines
  /// Waits `span`, or less once `stop` is requested. False if stopped.
  virtual bool sleep(std::chrono::milliseconds span, std::stop_token stop) = 0;
  [[nodiscard]] virtual std::uint64_t
  random() = 0;  ///< 64 evenly spread bits; for jitter and ids, not for secrets
};

/// The machine's own clock and entropy. One serves the whole process.
[[nodiscard]] Clock& system_clock();

/// `time` as "2026-11-21T12:34:56.789Z".
[[nodiscard]] std::string iso_time(WallTime time);

/// A new run id, sortable by time: "20261121T123456-1f2e3d4c".
[[nodiscard]] std::string new_run_id(Clock& clock);

}  // namespace kpi
