#pragma once

#include <kpi/base/json.hpp>
#include <kpi/base/result.hpp>
#include <kpi/http/message.hpp>

#include <cstddef>
#include <functional>
#include <map>
#include <mutex>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace kpi::test {

[[nodiscard]] inline http::Response answer(int status, std::string type, std::string body) {
  http::Response response;
  response.status = status;
  response.headers.push_back({"Content-Type", std::move(type)});
  response.body = std::move(body);
  return response;
}
[[nodiscard]] inline http::Response json(std::string body, int status = 200) {
  return answer(status, "application/json;charset=utf-8", std::move(body));
}
[[nodiscard]] inline http::Response text(int status, std::string body) {
  return answer(status, "text/plain", std::move(body));
}
[[nodiscard]] inline http::Response page(int status, const std::string& title) {
  return answer(status, "text/html", "<html>\r\n<head><title>" + title + "</title></head></html>");
}
/// A failure of the transport, "http.reset".
[[nodiscard]] inline Error broken(std::string code, Fault fault = Fault::unreachable) {
  return {fault, std::move(code), "http", "http://metabase.test:3000/api failed", "look"};
}

/// A server without a network: plays the answers it was given and notes what it was asked. Nothing is
/// repeated here, as the real transport would. Any thread may call send().
class FakeTransport final : public http::Transport {
public:
  using Answer = Result<http::Response>;

  /// Answers "GET /api/card/7" (the query left out, or written whole) with `answers` in turn; the last stays.
  FakeTransport& on(const std::string& request, std::vector<Answer> answers) {
    const std::lock_guard lock(mutex_);
    routes_[request] = {std::move(answers), 0};
    return *this;
  }
  FakeTransport& on(const std::string& request, Answer only) {
    return on(request, std::vector<Answer>{std::move(only)});
  }

  /// Called with each request before it is answered, on the thread that sends.
  std::function<void(const http::Request&)> watch;
  /// Answers everything, where set.
  std::function<Answer(const http::Request&)> play;

  Answer send(const http::Request& request, std::stop_token stop) override {
    if (stop.stop_requested()) return broken("http.interrupted", Fault::interrupted);
    {
      const std::lock_guard lock(mutex_);
      asked_.push_back(request);
    }
    if (watch) watch(request);
    if (play) return play(request);
    const std::lock_guard lock(mutex_);
    const std::string whole = line_of(request);
    auto route = routes_.find(whole);
    if (route == routes_.end()) route = routes_.find(whole.substr(0, whole.find('?')));
    if (route == routes_.end()) return text(404, "API endpoint does not exist.");
    auto& [answers, next] = route->second;
    const auto& chosen = answers[next];
    if (next + 1 < answers.size()) ++next;
    return chosen;
  }

  /// "GET /api/card/7?x=1"
  [[nodiscard]] static std::string line_of(const http::Request& request) {
    static constexpr const char* names[] = {"GET ", "POST ", "PUT ", "DELETE "};
    const auto host = request.url.find("://");
    const auto path = request.url.find('/', host == std::string::npos ? 0 : host + 3);
    return names[static_cast<std::size_t>(request.method)] +
           (path == std::string::npos ? std::string("/") : request.url.substr(path));
  }

  [[nodiscard]] std::vector<http::Request> asked() const {
    const std::lock_guard lock(mutex_);
    return asked_;
  }
  /// Every request line so far that begins with `start`, in order.
  [[nodiscard]] std::vector<std::string> lines(std::string_view start = "") const {
    std::vector<std::string> found;
    for (const auto& request : asked()) {
      if (auto line = line_of(request); line.rfind(start, 0) == 0) found.push_back(std::move(line));
    }
    return found;
  }
  /// The last request whose line begins with `start`; an empty one where there was none.
  [[nodiscard]] http::Request last(std::string_view start) const {
    http::Request found;
    for (const auto& request : asked()) {
      if (line_of(request).rfind(start, 0) == 0) found = request;
    }
    return found;
  }
  /// The JSON that last() carried.
  [[nodiscard]] Json last_body(std::string_view start) const {
    auto body = parse_json(last(start).body, "request");
    return body ? *body : Json();
  }

private:
  struct Route {
    std::vector<Answer> answers;
    std::size_t next = 0;
  };
  mutable std::mutex mutex_;
  std::map<std::string, Route> routes_;
  std::vector<http::Request> asked_;
};

/// The value of the header `name` of `request`, exactly so written; empty where there is none.
[[nodiscard]] inline std::string header_of(const http::Request& request, std::string_view name) {
  for (const auto& header : request.headers) {
    if (header.name == name) return header.value;
  }
  return {};
}

}  // namespace kpi::test
