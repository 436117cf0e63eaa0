#pragma once

#include <kpi/base/clock.hpp>
#include <kpi/llm/rates.hpp>

#include <chrono>
#include <cstdint>
#include <mutex>
#include <optional>
#include <stop_token>

namespace kpi::llm {

/// What may be asked for in a minute; 0: no limit of ours.
struct RateLimits {
  std::int64_t requests_per_minute = 0;
  std::int64_t tokens_per_minute = 0;
};

/// When the next question may go out, so that a provider's limits are kept and not run into. Questions are
/// spread evenly: a limit a minute also holds over shorter spans, and a provider charges the prompt and the
/// longest answer allowed when it lets a question in. What the server says is left counts too. Any thread may
/// call. Source: OpenAI's rate limit guide.
class Pace {
public:
  /// `longest`: a server's reset further away is not waited for: its own refusal will say more.
  Pace(RateLimits limits, std::chrono::milliseconds longest, Clock& clock)
      : limits_(limits),
        longest_(longest),
        clock_(clock) {}

  /// Waits for the turn of a question of `tokens`; false if stopped before.
  [[nodiscard]] bool wait(std::int64_t tokens, const std::stop_token& stop);
  /// Takes in what the server said with its last answer.
  void hear(const RatesLeft& left);

private:
  [[nodiscard]] std::chrono::milliseconds take_turn(std::int64_t tokens);

  const RateLimits limits_;
  const std::chrono::milliseconds longest_;
  Clock& clock_;
  std::mutex mutex_;  // guards all below
  SteadyTime next_request_{};
  SteadyTime next_tokens_{};
  SteadyTime heard_at_{};
  RatesLeft left_;
  std::int64_t taken_requests_ = 0;  // since that was heard
  std::int64_t taken_tokens_ = 0;
};

}  // namespace kpi::llm
