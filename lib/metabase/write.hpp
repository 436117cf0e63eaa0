#pragma once

#include <kpi/base/json.hpp>
#include <kpi/metabase/read.hpp>
#include <kpi/metabase/session.hpp>

#include <chrono>
#include <optional>
#include <stop_token>
#include <string>
#include <utility>

// How everything is written to Metabase: what is made is sent once, and what was sent is waited for.
namespace kpi::metabase {

inline constexpr auto write_grace =
    std::chrono::seconds{8};  ///< an answer under way is worth this wait once stopped

/// The request that makes (post, never repeated) or changes (put) `subject` with `body`.
[[nodiscard]] inline Call writing(http::Method method, std::string path, std::string subject,
                                  const Json& body) {
  Call call;
  call.method = method;
  call.path = std::move(path);
  call.subject = std::move(subject);
  call.body = dump_json(body);
  call.repeat = method == http::Method::post ? http::Repeat::never : http::Repeat::safe;
  call.stop_grace = write_grace;
  return call;
}

/// `read` of the answer to `call`, which has to make sense of it. Fails as Session::fetch.
template <class T>
Result<T> write(Session& session, const Call& call, std::optional<T> (*read)(const Json&),
                const std::stop_token& stop) {
  std::optional<T> written;
  auto done = session.fetch(call, stop, [&](const http::Response& response) {
    const auto json = json_of(response.body);
    if (json) written = read(*json);
    return written.has_value();
  });
  if (!done) return std::move(done).error();
  return *std::move(written);
}

}  // namespace kpi::metabase
