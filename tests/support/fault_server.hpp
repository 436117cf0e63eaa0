#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace kpi::test {

/// One request as it arrived.
struct Received {
  std::string method;
  std::string target;  ///< path and query as sent; a whole URL where the server is used as a proxy
  std::string body;
  std::vector<std::pair<std::string, std::string>> headers;
  std::chrono::steady_clock::time_point at;  ///< when its last byte was read

  /// The value of the first header `name` (any case); "" where there is none.
  [[nodiscard]] std::string header(std::string_view name) const;
};

/// One answer and what is to go wrong with it. Content-Length is added unless `headers` has it or
/// Transfer-Encoding.
struct Reply {
  int status = 200;
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;

  std::chrono::milliseconds delay{0};      ///< before the first byte
  std::chrono::milliseconds trickle{0};    ///< between two bytes of the body
  bool reset_before_headers = false;       ///< TCP reset instead of an answer
  bool close_before_headers = false;       ///< a clean close instead of an answer
  bool reset_mid_body = false;             ///< TCP reset after half of the body
  std::optional<std::size_t> cut_body_at;  ///< so many bytes of the body, then a clean close
  bool headers_then_silence = false;       ///< the body never comes
  bool close_after = false;                ///< a clean close after the answer, unannounced
  bool bad_chunk = false;                  ///< chunked, the second chunk's size is no number
  std::string raw;                         ///< if set: these bytes alone, then a clean close
};

/// A JSON answer.
[[nodiscard]] Reply json_reply(std::string body, int status = 200);

/// What to answer; `call_number` counts requests from 0. Called from the connections' threads, one call at a
/// time.
using Handler = std::function<Reply(const Received&, std::size_t call_number)>;

/// An HTTP/1.1 server on loopback, on a port of its own, that misbehaves on demand. Connections are kept
/// alive; each has a thread. Ends at once when destroyed, answers under way cut short.
class FaultServer {
public:
  /// Throws std::runtime_error if no port can be had.
  explicit FaultServer(Handler handler);
  ~FaultServer();
  FaultServer(const FaultServer&) = delete;
  FaultServer& operator=(const FaultServer&) = delete;

  [[nodiscard]] std::string url() const;  ///< "http://127.0.0.1:PORT"
  [[nodiscard]] int port() const;
  [[nodiscard]] std::vector<Received> received() const;  ///< in order of arrival
  [[nodiscard]] std::size_t peak_concurrency() const;    ///< most requests being answered at once
  [[nodiscard]] std::size_t connections() const;         ///< accepted so far

private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

/// A port that takes connections and never says a word on them: a server that hangs.
class DeafPort {
public:
  DeafPort();
  ~DeafPort();
  DeafPort(const DeafPort&) = delete;
  DeafPort& operator=(const DeafPort&) = delete;
  [[nodiscard]] int port() const { return port_; }

private:
  int port_ = 0;
  int fd_ = -1;
};

/// A loopback URL on which nothing listens.
[[nodiscard]] std::string refused_url();

}  // namespace kpi::test
