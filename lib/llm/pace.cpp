#include <kpi/llm/pace.hpp>

#include <algorithm>
#include <utility>

namespace kpi::llm {
namespace {

using std::chrono::milliseconds;

/// How much of a minute `amount` takes where `per_minute` is allowed.
milliseconds share(std::int64_t amount, std::int64_t per_minute) {
  if (per_minute <= 0) return milliseconds{0};
  return milliseconds{(std::max<std::int64_t>(amount, 0) * 60'000 + per_minute - 1) / per_minute};
}

/// How long after it was said a server has filled up far enough for `taken` in all, which it does evenly:
/// what was there and what has been taken by then make the limit again at its reset.
milliseconds fill_time(const RateLeft& said, std::int64_t taken) {
  if (!said.remaining || !said.resets_in) return milliseconds{0};
  const auto short_by = taken - *said.remaining;
  if (short_by <= 0) return milliseconds{0};
  const auto to_fill = said.limit.value_or(0) - *said.remaining;
  if (to_fill <= 0) return *said.resets_in;
  return milliseconds{said.resets_in->count() * short_by / to_fill};
}

}  // namespace

milliseconds Pace::take_turn(std::int64_t tokens) {
  const std::lock_guard lock(mutex_);
  const auto now = clock_.steady();
  auto turn = std::max({now, next_request_, next_tokens_});
  taken_requests_ += 1;
  taken_tokens_ += tokens;
  for (const auto& [said, taken] :
       {std::pair(left_.requests, taken_requests_), std::pair(left_.tokens, taken_tokens_)}) {
    if (said.resets_in > longest_) continue;
    turn = std::max(turn, heard_at_ + std::min(fill_time(said, taken), longest_));
  }
  // Only limits of ours hold for who comes next; what the server said may be better news by then.
  if (limits_.requests_per_minute > 0) next_request_ = turn + share(1, limits_.requests_per_minute);
  if (limits_.tokens_per_minute > 0) next_tokens_ = turn + share(tokens, limits_.tokens_per_minute);
  return turn - now;
}

bool Pace::wait(std::int64_t tokens, const std::stop_token& stop) {
  const auto span = take_turn(tokens);
  if (span > milliseconds{0} && !clock_.sleep(span, stop)) return false;
  return !stop.stop_requested();
}

void Pace::hear(const RatesLeft& left) {
  const std::lock_guard lock(mutex_);
  if (!left.requests.remaining && !left.tokens.remaining) return;
  left_ = left;
  taken_requests_ = taken_tokens_ = 0;
  heard_at_ = clock_.steady();
}

}  // namespace kpi::llm
