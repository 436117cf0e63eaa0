#include <kpi/base/parallel.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <atomic>
#include <stdexcept>
#include <thread>
#include <vector>

TEST_CASE("base::parallel_for: does each item once, never more than `jobs` at a time") {
  for (const std::size_t jobs : {0U, 1U, 3U, 50U}) {
    CAPTURE(jobs);
    std::vector<std::atomic<int>> done(20);
    std::atomic<int> running = 0;
    std::atomic<int> peak = 0;
    const auto started = kpi::parallel_for(done.size(), jobs, {}, [&](std::size_t i) {
      int seen = ++running;
      int known = peak;
      while (seen > known && !peak.compare_exchange_weak(known, seen)) {
      }
      std::this_thread::yield();
      ++done[i];
      --running;
    });
    CHECK(started == 20);
    CHECK(peak <= static_cast<int>(std::max<std::size_t>(jobs, 1)));
    CHECK(std::all_of(done.begin(), done.end(), [](const auto& count) { return count == 1; }));
  }
}

TEST_CASE("base::parallel_for: starts nothing after a stop or an exception") {
  std::stop_source stop;
  std::atomic<int> calls = 0;
  const auto started = kpi::parallel_for(100, 1, stop.get_token(), [&](std::size_t i) {
    ++calls;
    if (i == 4) stop.request_stop();
  });
  CHECK(started == 5);
  CHECK(calls == 5);
  CHECK_THROWS_AS(kpi::parallel_for(10, 2, {}, [](std::size_t) { throw std::runtime_error("x"); }),
                  std::runtime_error);
}
