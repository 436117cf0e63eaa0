#pragma once

#include "support/fault_server.hpp"
#include "system/fixture.hpp"

#include <httplib.h>

#include <atomic>
#include <chrono>
#include <memory>
#include <mutex>
#include <random>
#include <set>
#include <string>
#include <vector>

namespace kpi::test {

/// A Metabase behind which something is wrong now and then: forwards every request to `target`, and in the
/// given share of them fails as servers and proxies do, before or after the request was carried out.
class FaultProxy {
public:
  FaultProxy(const std::string& target, unsigned seed)
      : client_(target),
        chance_(seed),
        server_([this](const Received& request, std::size_t) { return answer(request); }) {
    client_.set_keep_alive(true);
    client_.set_read_timeout(30);
  }

  [[nodiscard]] std::string url() const { return server_.url(); }
  /// How many of a hundred requests fail.
  void fail(int percent) { percent_ = percent; }
  /// How much longer each query takes.
  void slow(std::chrono::milliseconds by) { slow_ms_ = static_cast<int>(by.count()); }
  /// The statements of all queries so far, as they were sent.
  [[nodiscard]] std::vector<std::string> queries() const {
    std::vector<std::string> all;
    for (const auto& request : server_.received()) {
      const auto json = request.target == "/api/dataset" ? parse_json(request.body, "query") : Json();
      if (json && json->is_object()) all.push_back((*json)["native"]["query"].get<std::string>());
    }
    return all;
  }
  [[nodiscard]] std::size_t faults() const { return faults_; }
  [[nodiscard]] std::size_t requests() const { return requests_; }
  /// How long the target took for what was forwarded so far.
  [[nodiscard]] std::chrono::steady_clock::duration waited() const { return waited_; }
  /// The session tokens that requests came with.
  [[nodiscard]] std::vector<std::string> tokens() const {
    std::set<std::string> tokens;
    for (const auto& request : server_.received()) tokens.insert(request.header("X-Metabase-Session"));
    tokens.erase("");
    return {tokens.begin(), tokens.end()};
  }

private:
  Reply forward(const Received& request) {
    httplib::Request forwarded;
    forwarded.method = request.method;
    forwarded.path = request.target;
    forwarded.body = request.body;
    for (const auto& [name, value] : request.headers) {
      if (name == "Host" || name == "Connection" || name == "Content-Length") continue;
      forwarded.headers.emplace(name, value);
    }
    const auto begin = std::chrono::steady_clock::now();
    const auto result = client_.send(forwarded);
    waited_ = waited_.load() + (std::chrono::steady_clock::now() - begin);
    if (!result) return page(502);
    Reply reply;
    reply.status = result->status;
    reply.body = result->body;
    for (const auto& [name, value] : result->headers) {
      if (name == "Content-Type" || name == "X-Metabase-Version") reply.headers.emplace_back(name, value);
    }
    return reply;
  }

  static Reply page(int status) {
    Reply reply;
    reply.status = status;
    reply.headers = {{"Content-Type", "text/html"}};
    reply.body = "<html><head><title>Bad gateway</title></head></html>";
    return reply;
  }

  /// Called one at a time.
  Reply answer(const Received& request) {
    ++requests_;
    if (static_cast<int>(chance_() % 100) >= percent_) {
      auto reply = forward(request);
      if (request.target == "/api/dataset") reply.delay = std::chrono::milliseconds(slow_ms_);
      return reply;
    }
    ++faults_;
    switch (chance_() % 7) {
      case 0:
        forward(request);
        return json_reply(R"({"message":"it broke after it was written"})", 500);
      case 1: {
        auto reply = forward(request);
        reply.reset_before_headers = true;
        return reply;
      }
      case 2: {
        auto reply = json_reply(R"({"message":"too many"})", 429);
        reply.headers.emplace_back("Retry-After", "0");
        return reply;
      }
      case 3: {
        auto reply = forward(request);
        reply.delay = std::chrono::milliseconds(200);
        return reply;
      }
      case 4: {
        Reply reply;
        reply.status = 401;
        reply.body = "Unauthenticated";
        return reply;
      }
      case 5:
        forward(request);
        return page(504);
      default:
        return page(502);
    }
  }

  httplib::Client client_;
  std::mt19937 chance_;
  std::atomic<int> percent_{0};
  std::atomic<int> slow_ms_{0};
  std::atomic<std::size_t> faults_{0};
  std::atomic<std::size_t> requests_{0};
  std::atomic<std::chrono::steady_clock::duration> waited_{std::chrono::steady_clock::duration::zero()};
  FaultServer server_;  // last: it calls the above
};

/// A model that answers every prompt about a table TB_... with the same few KPIs, and remembers which prompts
/// it was paid for.
class CountingModel {
public:
  struct Paid {
    std::string prompt;
    std::chrono::steady_clock::time_point at;  ///< when the answer was under way
  };

  explicit CountingModel(std::chrono::milliseconds latency)
      : latency_(latency),
        server_([this](const Received& request, std::size_t) { return answer(request); }) {}

  [[nodiscard]] std::string url() const { return server_.url() + "/v1"; }
  [[nodiscard]] std::vector<Paid> paid() const {
    const std::lock_guard lock(mutex_);
    return paid_;
  }
  [[nodiscard]] std::size_t calls() const {
    const std::lock_guard lock(mutex_);
    return paid_.size();
  }

private:
  Reply answer(const Received& request);

  std::chrono::milliseconds latency_;
  mutable std::mutex mutex_;  // guards what follows
  std::vector<Paid> paid_;
  FaultServer server_;  // last: it calls the above
};

/// The sandbox as a server of its own, as a Metabase would be. Its user and password go to the world's
/// environment.
class SandboxServer {
public:
  /// Answers as the Metabase `release` does; "" for the usual one.
  explicit SandboxServer(World& world, const std::string& release = "");
  ~SandboxServer();
  SandboxServer(const SandboxServer&) = delete;
  SandboxServer& operator=(const SandboxServer&) = delete;
  [[nodiscard]] const std::string& url() const { return url_; }

  /// Asks it as its administrator.
  [[nodiscard]] Json get(const std::string& path) const;
  void put(const std::string& path, const Json& body) const;
  void remove(const std::string& path) const;

  static constexpr const char* username = "admin@example.com";
  static constexpr const char* password = "correct-horse-battery-staple";

private:
  static Command server(World& world, const std::string& release);

  Process process_;
  std::string url_;
  httplib::Headers headers_;
};

/// The SQL of `count` tables TB_KA, TB_KB, ... with an id, a status, an amount and a time.
std::string numbered_company(int count);

}  // namespace kpi::test
