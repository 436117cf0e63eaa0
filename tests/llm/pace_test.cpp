#include "support/fake_clock.hpp"

#include <kpi/llm/pace.hpp>

#include <doctest/doctest.h>

#include <array>
#include <chrono>
#include <vector>

using namespace kpi;
using namespace std::chrono_literals;
using llm::Pace;

namespace {

std::chrono::milliseconds waited(test::FakeClock& clock) {
  std::chrono::milliseconds sum{0};
  for (const auto span : clock.sleeps()) sum += span;
  return sum;
}

}  // namespace

TEST_CASE("llm::Pace: without a limit nobody waits") {
  test::FakeClock clock;
  Pace pace({}, 180s, clock);
  for (int i = 0; i < 100; ++i) CHECK(pace.wait(10'000, {}));
  CHECK(clock.sleeps().empty());
}

TEST_CASE("llm::Pace: requests and tokens are spread over the minute, whichever is scarcer") {
  test::FakeClock clock;
  Pace requests({60, 0}, 180s, clock);
  for (int i = 0; i < 61; ++i) CHECK(requests.wait(10'000, {}));
  CHECK(waited(clock) == 60s);

  test::FakeClock other;
  Pace tokens({6000, 30'000}, 180s, other);
  for (int i = 0; i < 4; ++i) CHECK(tokens.wait(10'000, {}));
  CHECK(waited(other) == 60s);
}

TEST_CASE("llm::Pace: a question larger than the minute's tokens waits for its turn and goes") {
  test::FakeClock clock;
  Pace pace({0, 1000}, 180s, clock);
  CHECK(pace.wait(5000, {}));
  CHECK(clock.sleeps().empty());
  CHECK(pace.wait(5000, {}));
  CHECK(waited(clock) == 300s);
}

TEST_CASE("llm::Pace: what the server says is left counts, until it has filled up again") {
  test::FakeClock clock;
  Pace pace({}, 180s, clock);
  llm::RatesLeft left;
  left.requests = {100, 1, 30s};
  pace.hear(left);
  CHECK(pace.wait(1, {}));
  CHECK(clock.sleeps().empty());
  CHECK(pace.wait(1, {}));
  CHECK(waited(clock) <= 1s);  // of 100 in 30 s, one comes back in a third of a second
  CHECK(waited(clock) >= 300ms);

  test::FakeClock other;
  Pace tokens({}, 180s, other);
  left.requests = {};
  left.tokens = {10'000, 2'000, 60s};
  tokens.hear(left);
  CHECK(tokens.wait(4'000, {}));
  CHECK(waited(other) == 15s);  // 2000 of the 8000 that come back in a minute
}

TEST_CASE("llm::Pace: all who wait for the same reset share what comes back, and do not start together") {
  test::FakeClock clock;
  Pace pace({}, 180s, clock);
  llm::RatesLeft left;
  left.requests = {10, 0, 60s};
  pace.hear(left);
  std::vector<std::chrono::milliseconds> turns;
  const auto start = clock.steady();
  for (int i = 0; i < 5; ++i) {
    CHECK(pace.wait(1, {}));
    turns.push_back(clock.steady() - start);
  }
  CHECK(turns == std::vector<std::chrono::milliseconds>{6s, 12s, 18s, 24s, 30s});
  pace.hear({{10, 0, 60s}, {}});  // and the next answer says how it is now
  CHECK(pace.wait(1, {}));
  CHECK(clock.steady() - start == 36s);
}

TEST_CASE("llm::Pace: a reset that is too far away is not waited for, a stop ends a wait") {
  test::FakeClock clock;
  Pace pace({}, 10s, clock);
  llm::RatesLeft left;
  left.requests = {1, 0, 24h};
  pace.hear(left);
  CHECK(pace.wait(1, {}));
  CHECK(clock.sleeps().empty());
  std::stop_source stop;
  stop.request_stop();
  Pace slow({1, 0}, 10s, clock);
  CHECK(slow.wait(1, {}));
  CHECK_FALSE(slow.wait(1, stop.get_token()));
}

TEST_CASE("llm::span_of: reads the spans that servers write") {
  struct Case {
    const char* text;
    std::optional<std::chrono::milliseconds> span;
  };
  static const std::array cases{Case{"8.64s", 8640ms},    Case{"6m0s", 6min},
                                Case{"120ms", 120ms},     Case{"1h2m3s", 1h + 2min + 3s},
                                Case{"0s", 0ms},          Case{"", std::nullopt},
                                Case{"7", std::nullopt},  Case{"-1s", std::nullopt},
                                Case{"1y", std::nullopt}, Case{"99999999h", std::nullopt}};
  for (const auto& c : cases) {
    CAPTURE(c.text);
    CHECK(llm::span_of(c.text) == c.span);
  }
}

TEST_CASE("llm::rates_left: reads OpenAI's spans and Anthropic's instants") {
  const WallTime now{std::chrono::milliseconds{1'790'000'000'000}};  // 2026-09-21T14:13:20Z
  const auto openai = llm::rates_left({{"X-RateLimit-Limit-Requests", "60"},
                                       {"x-ratelimit-remaining-requests", "59"},
                                       {"x-ratelimit-reset-requests", "1s"},
                                       {"x-ratelimit-remaining-tokens", "149984"},
                                       {"x-ratelimit-reset-tokens", "6m0s"}},
                                      now);
  CHECK(openai.requests.limit == 60);
  CHECK(openai.requests.remaining == 59);
  CHECK(openai.requests.resets_in == 1s);
  CHECK(openai.tokens.remaining == 149'984);
  CHECK(openai.tokens.resets_in == 6min);
  const auto anthropic =
      llm::rates_left({{"anthropic-ratelimit-requests-remaining", "0"},
                       {"anthropic-ratelimit-requests-reset", "2026-09-21T14:14:20Z"},
                       {"anthropic-ratelimit-input-tokens-remaining", "5"},
                       {"anthropic-ratelimit-input-tokens-reset", "2026-09-21T16:13:50+02:00"}},
                      now);
  CHECK(anthropic.requests.remaining == 0);
  CHECK(anthropic.requests.resets_in == 60s);
  CHECK(anthropic.tokens.resets_in == 30s);
  const auto none = llm::rates_left({{"x-ratelimit-remaining-requests", "many"}}, now);
  CHECK_FALSE(none.requests.remaining.has_value());
  for (const char* bad :
       {"", "yesterday", "2026-13-01T00:00:00Z", "2026-01-01 00:00:00Z", "2026-01-01T00:00:00"}) {
    CAPTURE(bad);
    CHECK_FALSE(llm::instant_of(bad).has_value());
  }
}
