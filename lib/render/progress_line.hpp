#pragma once

#include <chrono>
#include <cstddef>
#include <string>

namespace kpi::render {

/// How far a stage is.
struct ProgressState {
  std::string stage;  ///< "generate"
  std::string items;  ///< "tables"
  std::size_t done = 0;
  std::size_t total = 0;
  std::size_t failed = 0;
  std::chrono::milliseconds elapsed{0};
};

/// "generate: 12 of 28 tables, 43%, 2.1/s, 8 s left, 1 failed". Rate and time left come with the first item.
[[nodiscard]] std::string progress_line(const ProgressState& state);

/// The same with a bar in front, in less than `width` columns, so that no terminal wraps it: what matters
/// least goes first.
[[nodiscard]] std::string progress_bar(const ProgressState& state, std::size_t width);

/// A time for people: "0.4 s", "12 s", "3 min 20 s", "2 h 5 min".
[[nodiscard]] std::string duration_text(std::chrono::milliseconds span);

}  // namespace kpi::render
