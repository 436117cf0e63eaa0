#include <kpi/llm/pace.hpp>

#include <algorithm>

namespace kpi::llm {
namespace {

using std::chrono::milliseconds;

/// How much of a minute `amount` takes where `per_minute` is allowed.
milliseconds share(std::int64_t amount, std::int64_t per_minute) {
  if (per_minute <= 0) return milliseconds{0};
  return milliseconds{(std::max<std::int64_t>(amount, 0) * 60'000 + per_minute - 1) / per_minute};
}

/// Takes `need` out of what is left; how long after it was said the server has filled up far enough, which it
/// does evenly until its reset.
milliseconds take(RateLeft& left, std::int64_t need) {
  if (!left.remaining || !left.resets_in) return milliseconds{0};
  const auto had = *left.remaining;
  left.remaining = std::max<std::int64_t>(had - need, 0);
  if (need <= had) return milliseconds{0};
  const auto to_fill = left.limit.value_or(0) - had;
  if (to_fill <= 0 || need - had >= to_fill) return *left.resets_in;
  return milliseconds{left.resets_in->count() * (need - had) / to_fill};
}

}  // namespace

milliseconds Pace::take_turn(std::int64_t tokens) {
  const std::lock_guard lock(mutex_);
  const auto now = clock_.steady();
  auto turn = std::max({now, next_request_, next_tokens_});
  for (auto* left : {&left_.requests, &left_.tokens}) {
    const auto wait = take(*left, left == &left_.requests ? 1 : tokens);
    if (wait > milliseconds{0} && wait <= longest_) turn = std::max(turn, heard_at_ + wait);
  }
  next_request_ = turn + share(1, limits_.requests_per_minute);
  next_tokens_ = turn + share(tokens, limits_.tokens_per_minute);
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
  heard_at_ = clock_.steady();
}

}  // namespace kpi::llm
