#pragma once

#include "support/fake_clock.hpp"
#include "support/fault_server.hpp"

#include <kpi/http/client.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace kpi::http {

using namespace std::chrono_literals;
using test::FakeClock;
using test::FaultServer;
using test::Received;
using test::Reply;

inline std::unique_ptr<Client> make_client(Clock& clock, ClientOptions options = {}) {
  auto client = Client::make(std::move(options), clock);
  REQUIRE(client.has_value());
  return *std::move(client);
}

inline Request get(std::string url) {
  Request request;
  request.url = std::move(url);
  return request;
}

inline Request post(std::string url, std::string body, Repeat repeat) {
  Request request = get(std::move(url));
  request.method = Method::post;
  request.headers = {{"Content-Type", "application/json"}};
  request.body = std::move(body);
  request.repeat = repeat;
  return request;
}

/// Plays `replies` in order; the last one from then on.
inline test::Handler play(std::vector<Reply> replies) {
  return [replies = std::move(replies)](const Received&, std::size_t call) {
    return replies[std::min(call, replies.size() - 1)];
  };
}

inline Reply status(int code, std::vector<std::pair<std::string, std::string>> headers = {}) {
  Reply reply;
  reply.status = code;
  reply.headers = std::move(headers);
  return reply;
}

/// The code of a failure, "" for an answer.
inline std::string code_of(const Result<Response>& result) { return result ? "" : result.error().code; }

/// How long `work` takes, in real time.
template <class Work>
std::chrono::milliseconds time_of(const Work& work) {
  const auto start = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - start);
}

}  // namespace kpi::http
