#pragma once

#include <chrono>
#include <cstdint>
#include <span>
#include <string_view>

namespace kpi::shop {

/// Chance that is the same on every machine: SplitMix64 and whole numbers only. Each part of the shop draws
/// from a stream of its own, so a change in one leaves the others as they were. Draw at most once in the
/// arguments of a call and the operands of an operator, whose order C++ leaves open; braces keep theirs.
///
/// Source: Steele, Lea, Flood, "Fast splittable pseudorandom number generators" (OOPSLA 2014).
class Random {
public:
  explicit Random(std::string_view stream);

  [[nodiscard]] std::uint64_t next();
  /// 0..count-1; `count` is at least 1.
  [[nodiscard]] std::int64_t below(std::int64_t count);
  /// low..high, both included.
  [[nodiscard]] std::int64_t between(std::int64_t low, std::int64_t high);
  /// 0..count-1, the low ones far more often: a few buyers and products make most of the trade.
  [[nodiscard]] std::int64_t skewed(std::int64_t count);
  /// True `permille` times in a thousand.
  [[nodiscard]] bool chance(std::int64_t permille);
  /// An index into `weights`, in proportion to them.
  [[nodiscard]] std::size_t weighted(std::span<const int> weights);
  /// A span of time between `low` and `high`.
  [[nodiscard]] std::chrono::seconds span(std::chrono::seconds low, std::chrono::seconds high);
  /// One of `things`.
  template <class Range>
  [[nodiscard]] const auto& pick(const Range& things) {
    return things[static_cast<std::size_t>(below(static_cast<std::int64_t>(std::size(things))))];
  }

private:
  std::uint64_t state_;
};

}  // namespace kpi::shop
