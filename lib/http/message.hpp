#pragma once

#include <kpi/base/result.hpp>

#include <chrono>
#include <cstddef>
#include <deque>
#include <functional>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

namespace kpi::http {

enum class Method { get, post, put, del };

struct Header {
  std::string name;
  std::string value;
};

/// May the request be sent again after a failure whose outcome is unknown (a reset, a timeout)?
enum class Repeat {
  safe,        ///< as often as it takes
  unanswered,  ///< until an answer has begun: one that breaks off has cost what a whole one costs
  never,
};

struct Response {
  int status = 0;
  std::vector<Header> headers;
  /// Decoded (gzip undone) and whole: an answer that ended early is an Error. Only a gzip stream that the
  /// server itself cut and then framed as whole passes libcurl unnoticed; who parses the body will notice.
  std::string body;
  /// What `body` would hold, in its place: of a 2xx answer to a request `in_pieces`.
  std::deque<std::string> pieces;
  int attempts = 1;                      ///< how often the request was sent, this answer's included
  std::chrono::milliseconds elapsed{0};  ///< all attempts and waits
  /// What the server asked to wait, where that was longer than the deadline left or the attempts were used
  /// up.
  std::optional<std::chrono::milliseconds> asked_wait;

  /// The value of the first header `name` (any case), or nullptr.
  [[nodiscard]] const std::string* header(std::string_view name) const;
  /// True if Content-Type says application/json or another +json type.
  [[nodiscard]] bool is_json() const;
};

struct Request {
  Method method = Method::get;
  std::string url;  ///< http:// or https://
  std::vector<Header> headers;
  std::string body;
  Repeat repeat = Repeat::safe;
  std::chrono::milliseconds connect_timeout{10'000};  ///< one attempt: name, connection, TLS
  std::chrono::milliseconds idle_timeout{60'000};     ///< longest silence in either direction
  /// Longest wait for the answer's first byte, where that is more than `idle_timeout`: some think first.
  std::chrono::milliseconds first_byte_timeout{0};
  std::chrono::milliseconds deadline{120'000};              ///< covers all attempts and waits
  std::size_t max_response_bytes = std::size_t{64} << 20U;  ///< of the decoded body
  /// Hands over a long answer in pieces of a megabyte or so, which can be given up one by one while it is
  /// read; one string would be copied as it grows, and stand until the end.
  bool in_pieces = false;
  /// Statuses that are worth another try (a 500 is not among them unless asked for); for Repeat::never only
  /// 429 and 503 that say how long to wait.
  std::vector<int> retry_statuses{408, 425, 429, 502, 503, 504, 529};
  /// Tries; those that a 429 put off, saying until when, the deadline and the retry budget bound instead.
  /// 1: one try, whatever comes of it.
  int max_attempts = 4;
  /// True for an answer that another try cannot better (a 429 for want of money). Asked before a retry, on
  /// the sending thread; empty: no answer is final.
  std::function<bool(const Response&)> is_final;
  /// Called, on the sending thread, for each attempt that the server may have carried out although no whole
  /// answer came; empty: nobody counts them.
  std::function<void()> on_lost;
  /// How long an attempt under way may go on once stop is requested, so that an answer that costs money is
  /// taken in. Waits end at once and nothing is sent again either way.
  std::chrono::milliseconds stop_grace{0};
};

/// The port that metabase and llm stand on; tests hand in a fake. Any thread may call.
class Transport {
public:
  virtual ~Transport() = default;
  /// Sends `request` and waits for the whole answer. Any HTTP status is a value. Fails with
  ///   unreachable: http.refused, http.dns, http.timeout, http.tls, http.reset, http.proxy, http.rate_limited
  ///                (the host asked for a wait longer than the deadline), http.bad_answer (not HTTP, not
  ///                gzip),
  ///   item:        http.too_large (over `max_response_bytes`),
  ///   input:       http.bad_request (a URL or header that cannot be sent),
  ///   interrupted: http.interrupted, within about 100 ms of `stop` (more only by `stop_grace`).
  virtual Result<Response> send(const Request& request, std::stop_token stop) = 0;
};

}  // namespace kpi::http
