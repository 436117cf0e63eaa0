#include <kpi/shop/random.hpp>

#include <algorithm>

namespace kpi::shop {
namespace {

constexpr std::uint64_t seed = 0x5348'4F50'2026'0001;

}  // namespace

Random::Random(std::string_view stream) : state_(seed) {
  for (const char letter : stream)  // FNV-1a
    state_ = (state_ ^ static_cast<unsigned char>(letter)) * 0x0000'0100'0000'01B3;
}

std::uint64_t Random::next() {
  state_ += 0x9E37'79B9'7F4A'7C15;
  auto mixed = state_;
  mixed = (mixed ^ (mixed >> 30U)) * 0xBF58'476D'1CE4'E5B9;
  mixed = (mixed ^ (mixed >> 27U)) * 0x94D0'49BB'1331'11EB;
  return mixed ^ (mixed >> 31U);
}

std::int64_t Random::below(std::int64_t count) {
  return static_cast<std::int64_t>(next() % static_cast<std::uint64_t>(count));
}

std::int64_t Random::between(std::int64_t low, std::int64_t high) { return low + below(high - low + 1); }

std::int64_t Random::skewed(std::int64_t count) {
  const auto first = below(count);
  const auto second = below(count);
  return std::min({first, second, below(count)});
}

bool Random::chance(std::int64_t permille) { return below(1000) < permille; }

std::size_t Random::weighted(std::span<const int> weights) {
  std::int64_t total = 0;
  for (const int weight : weights) total += weight;
  auto left = below(total);
  std::size_t at = 0;
  while (left >= weights[at]) left -= weights[at++];
  return at;
}

std::chrono::seconds Random::span(std::chrono::seconds low, std::chrono::seconds high) {
  return std::chrono::seconds(between(low.count(), high.count()));
}

}  // namespace kpi::shop
