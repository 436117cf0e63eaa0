#pragma once

#include <kpi/base/clock.hpp>
#include <kpi/http/message.hpp>

#include <chrono>
#include <optional>
#include <vector>

// When to try again and after how long: pure functions, no clock and no chance of their own.
namespace kpi::http {

/// What came of one attempt, as far as the next one depends on it.
struct Outcome {
  int status = 0;      ///< 0: no answer
  bool sent = true;    ///< the server may have seen the request
  bool begun = false;  ///< without a status: a good answer had begun when the connection was lost
  bool hopeless =
      false;  ///< another attempt cannot end otherwise (a certificate refused, an answer too large)
  std::optional<std::chrono::milliseconds> asked_wait;  ///< server_wait() of the answer
  std::optional<bool> told;                             ///< x-should-retry of the answer
};

/// What time it is for who sent `headers`, by their Date; `now` where there is none that can be meant. A span
/// up to an instant that they name is right by their clock, however ours is set.
[[nodiscard]] WallTime server_time(const std::vector<Header>& headers, WallTime now);

/// How long `response` asks to wait: retry-after-ms, else Retry-After in seconds (fractions allowed) or as an
/// HTTP date, which its server_time() is taken from (a past one: 0). None where it does not say, or says what
/// cannot be meant: negative, not finite, not a number. At most 30 days.
[[nodiscard]] std::optional<std::chrono::milliseconds> server_wait(const Response& response, WallTime now);

/// The outcome that `response` is.
[[nodiscard]] Outcome outcome_of(const Response& response, WallTime now);

/// True if `request` may and should be sent again after `outcome`, attempts and time permitting.
///   nothing sent: always, unless hopeless. No answer: Repeat::safe, and unanswered if none had begun.
///   an answer: all but Repeat::never for its `retry_statuses` and as x-should-retry says; Repeat::never only
///   for a 429 or 503 that says how long to wait, which means that it was not processed.
[[nodiscard]] bool worth_retry(const Request& request, const Outcome& outcome);

/// The wait before attempt `tried` + 1: what the server asked for, plus full jitter, `roll` in [0, 1) times
/// 500 ms doubled with each attempt up to 20 s.
[[nodiscard]] std::chrono::milliseconds retry_wait(int tried, double roll, const Outcome& outcome);

/// The token bucket that keeps a broad outage from being made worse: 500 tokens, 5 a retry. A success pays
/// back what its retries cost, or 1 where it took none: a server that answers everyone in the end, though not
/// at once, never uses it up. Not thread-safe.
class RetryBudget {
public:
  /// Takes the price of one retry; false (and nothing taken) where too little is left.
  bool take();
  void pay_back(int retries);

private:
  static constexpr int full = 500;
  static constexpr int price = 5;
  int tokens_ = full;
};

}  // namespace kpi::http
