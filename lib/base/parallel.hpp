#pragma once

#include <cstddef>
#include <functional>
#include <stop_token>

namespace kpi {

/// Calls `work(i)` once for each i in 0..count-1 on at most `jobs` threads (1 or less: on this one), starting
/// them in order, and returns when all that were started have ended. Once `stop` is requested nothing new is
/// started. If a call throws, nothing new is started either and the first exception is thrown again here.
/// Returns how many were started: always the first ones.
std::size_t parallel_for(std::size_t count, std::size_t jobs, std::stop_token stop,
                         const std::function<void(std::size_t)>& work);

}  // namespace kpi
