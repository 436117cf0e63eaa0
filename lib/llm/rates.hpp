#pragma once

#include <kpi/base/clock.hpp>
#include <kpi/http/message.hpp>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

// What the headers of an answer say beside the answer. Source: the providers' rate limit guides.
namespace kpi::llm {

/// What a server says is left of one of its limits; any part may be unknown.
struct RateLeft {
  std::optional<std::int64_t> limit;
  std::optional<std::int64_t> remaining;
  std::optional<std::chrono::milliseconds> resets_in;
};
struct RatesLeft {
  RateLeft requests;
  RateLeft tokens;
};

/// What is left of the server's limits: x-ratelimit-* with spans ("6m0s") or anthropic-ratelimit-* with
/// instants (RFC 3339), which `now` is taken from.
[[nodiscard]] RatesLeft rates_left(const std::vector<http::Header>& headers, WallTime now);

/// The server's name for the request, for its support; "" where it gives none.
[[nodiscard]] std::string request_id(const std::vector<http::Header>& headers);

/// "8.64s", "6m0s", "120ms", "1h2m3s"; none where it is anything else, or longer than 30 days.
[[nodiscard]] std::optional<std::chrono::milliseconds> span_of(std::string_view text);

/// "2026-11-21T12:34:56Z", with or without fractions, UTC or with an offset; none where it is anything else.
[[nodiscard]] std::optional<WallTime> instant_of(std::string_view text);

}  // namespace kpi::llm
