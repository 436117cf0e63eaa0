#pragma once

#include <kpi/base/clock.hpp>
#include <kpi/base/result.hpp>
#include <kpi/http/message.hpp>
#include <kpi/http/url.hpp>

#include <cstddef>
#include <memory>
#include <stop_token>
#include <string>
#include <vector>

namespace kpi::http {

struct ClientOptions {
  std::size_t max_connections_per_host = 16;  ///< also the most requests in flight to one host
  std::string user_agent = "kpismith";
  std::string ca_file;  ///< PEM; empty: the system's
  std::string proxy;    ///< empty: from the environment (https_proxy, no_proxy ...); never for loopback
  double requests_per_second = 0;    ///< per host, evenly spaced; 0: no limit
  std::vector<std::string> secrets;  ///< never shown: replaced by *** in every message
};

/// The one HTTP client, over libcurl: kept-alive connections, HTTP/2 where TLS offers it, gzip, retries with
/// full jitter under one deadline and a retry budget a host, server waits obeyed by every caller of the host.
///
/// It keeps no cookies, follows no redirect (a 3xx is a value, so no credential reaches another host), speaks
/// http and https only, TLS 1.2 or newer. What is sent with Repeat::never gets a connection of its own: a
/// kept-alive one may be closed by the server just as it is used, and then nobody knows.
///
/// Every wait between attempts goes through the Clock; the transfer itself runs in real time on one
/// background thread. Any number of threads may call send(); all must have returned before the end.
class Client final : public Transport {
public:
  /// Fails (input, "http.ca_file") if `ca_file` cannot be read, (input, "http.proxy") if `proxy` is no URL,
  /// (machine, "http.setup") if libcurl does not start. `clock` must outlive the client.
  static Result<std::unique_ptr<Client>> make(ClientOptions options, Clock& clock);
  ~Client() override;
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  Result<Response> send(const Request& request, std::stop_token stop) override;

private:
  struct State;
  explicit Client(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace kpi::http
