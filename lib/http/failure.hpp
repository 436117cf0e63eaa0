#pragma once

#include <kpi/base/result.hpp>
#include <kpi/http/curl_loop.hpp>
#include <kpi/http/message.hpp>

#include <chrono>
#include <string>
#include <vector>

// Failures in words that a person can act on, and without what nobody must see.
namespace kpi::http {

/// What the words need to know beside the failure itself.
struct Story {
  const Request& request;
  const std::vector<std::string>& secrets;
  int attempts = 0;
  std::string ending;  ///< why there was no further attempt; may be empty
};

/// `failure` as an Error, its code as Transport::send() lists them.
[[nodiscard]] Error error_of(const Failure& failure, const Story& story);

/// The host asked everyone for `wait`, which is over the `left` of the deadline: http.rate_limited.
[[nodiscard]] Error paused_error(std::chrono::milliseconds wait, std::chrono::milliseconds left,
                                 const Story& story);

/// (input, "http.bad_request") if `request` cannot be sent as it is: no http URL, a line break in a header.
[[nodiscard]] Result<Done> check(const Request& request, const std::vector<std::string>& secrets);

/// `text` in one line with each of `secrets` and what looks like a URL's user and password replaced by ***.
[[nodiscard]] std::string redact(std::string_view text, const std::vector<std::string>& secrets);

/// "350 ms", "2.5 s", "120 s".
[[nodiscard]] std::string span_text(std::chrono::milliseconds span);

}  // namespace kpi::http
