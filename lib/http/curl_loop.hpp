#pragma once

#include <kpi/base/result.hpp>
#include <kpi/http/message.hpp>

#include <chrono>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>

// One attempt over libcurl. Nothing here knows of retries, secrets or messages.
namespace kpi::http {

/// Why an attempt has no answer.
enum class Trouble {
  refused,       ///< no connection
  dns,           ///< the host's name is unknown
  proxy,         ///< the proxy is unknown, or would not pass us on
  connect_slow,  ///< no connection within the connect timeout
  idle,          ///< connected, then silence for the idle timeout
  deadline,      ///< no whole answer within the time left
  tls,           ///< no secure connection
  certificate,   ///< the server's certificate was refused
  reset,         ///< the connection was lost before an answer began
  ended_early,   ///< the connection was lost, or the framing broken, within the answer
  too_large,     ///< the answer is larger than allowed
  bad_answer,    ///< what came is not HTTP, or cannot be decoded
  bad_request,   ///< libcurl cannot send this
  interrupted,   ///< stop was requested
};

struct Failure {
  Trouble trouble = Trouble::reset;
  bool sent = true;         ///< the server may have seen the request
  bool begun = false;       ///< the status line of a good answer (2xx) had come
  std::string detail = {};  ///< libcurl's own words; may hold anything the URL holds
};

/// An answer, or why there is none.
struct AttemptResult {
  std::optional<Response> response;
  Failure failure;
};

struct LoopOptions {
  std::size_t max_connections_per_host = 16;
  std::string user_agent;
  std::string ca_file;
  std::string proxy;
};

/// A thread that drives libcurl's multi interface, and with it the pool of kept-alive connections.
class CurlLoop {
public:
  /// Fails (machine, "http.setup") if libcurl does not start.
  static Result<std::unique_ptr<CurlLoop>> make(LoopOptions options);
  ~CurlLoop();
  CurlLoop(const CurlLoop&) = delete;
  CurlLoop& operator=(const CurlLoop&) = delete;

  /// Sends `request` once and waits for the answer, `time_left` at most. Any thread may call. Once `stop` is
  /// requested it returns at once, or after the request's `stop_grace`.
  AttemptResult run(std::shared_ptr<const Request> request, std::chrono::milliseconds time_left,
                    std::stop_token stop);

private:
  class Impl;
  explicit CurlLoop(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace kpi::http
