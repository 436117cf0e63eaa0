#include <kpi/base/parallel.hpp>

#include <algorithm>
#include <atomic>
#include <exception>
#include <mutex>
#include <thread>
#include <vector>

namespace kpi {

std::size_t parallel_for(std::size_t count, std::size_t jobs, std::stop_token stop,
                         const std::function<void(std::size_t)>& work) {
  std::mutex mutex;  // guards all below
  std::size_t next = 0;
  std::exception_ptr failure;

  const auto take_turns = [&] {
    for (;;) {
      std::size_t mine = 0;
      {
        const std::lock_guard lock(mutex);
        if (next == count || failure || stop.stop_requested()) return;
        mine = next++;
      }
      try {
        work(mine);
      } catch (...) {
        const std::lock_guard lock(mutex);
        if (!failure) failure = std::current_exception();
      }
    }
  };

  const std::size_t threads = std::min(std::max<std::size_t>(jobs, 1), count);
  if (threads <= 1) {
    take_turns();
  } else {
    std::vector<std::jthread> crew;
    crew.reserve(threads);
    for (std::size_t i = 0; i < threads; ++i) crew.emplace_back(take_turns);
  }
  if (failure) std::rethrow_exception(failure);
  return next;
}

}  // namespace kpi
