#pragma once

#include <kpi/base/json.hpp>
#include <kpi/base/result.hpp>
#include <kpi/sandbox/dialect.hpp>

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

// Requests, answers and routes as values, so that no route knows the HTTP library.
namespace kpi::sandbox {

struct Request {
  std::string method;
  std::string path;                                        ///< decoded
  std::multimap<std::string, std::string> query;           ///< decoded
  std::map<std::string, std::string> headers;              ///< names in lower case
  std::string text;                                        ///< the body as it came
  Json body;                                               ///< the body as JSON; null where there is none
  std::map<std::string, std::string, std::less<>> places;  ///< what `:id` and the like stood for
  std::string session;                                     ///< the session's id, if it came by session

  [[nodiscard]] std::string header(const std::string& name) const;
  [[nodiscard]] std::string parameter(const std::string& name) const;  ///< first value, or ""
  [[nodiscard]] bool flag(const std::string& name) const;              ///< true for "true"
  /// The value of a place as a positive number, or none.
  [[nodiscard]] std::optional<std::int64_t> number(std::string_view place) const;
};

struct Response {
  int status = 200;
  std::string type = "application/json; charset=utf-8";
  std::string body;
  std::vector<std::pair<std::string, std::string>> headers;
  /// Where set, the body is made after the headers are sent, and is asked to stop when the client goes away.
  std::function<std::string(std::stop_token)> deferred;
};

[[nodiscard]] Response json_response(const Json& body, int status = 200);
[[nodiscard]] Response text_response(std::string text, int status);
[[nodiscard]] Response no_content();
[[nodiscard]] Response not_found(const Dialect& dialect);
[[nodiscard]] Response not_allowed();
[[nodiscard]] Response archived();  ///< 404: the object lies in the Trash

/// Collects what is wrong with a request body, in Metabase's words.
class Violations {
public:
  explicit Violations(const Json& body) : body_(body) {}

  void need_text(const char* name);  ///< non-blank text
  void need_object(const char* name);
  void allow_text(const char* name);      ///< null or non-blank text
  void allow_any_text(const char* name);  ///< null or text, blank too
  void allow_positive(const char* name);  ///< null or a whole number above 0
  void allow_flag(const char* name);
  void allow_list(const char* name);
  void add(const char* name, std::string message, std::string reason);

  /// 400 with `errors` and `specific-errors`; none if all is well.
  [[nodiscard]] std::optional<Response> answer(const Dialect& dialect) const;

private:
  const Json& body_;
  Json errors_ = Json::object();
  Json specific_ = Json::object();
};

/// 400: `place` must be a positive whole number.
[[nodiscard]] Response bad_id(const Dialect& dialect, const char* place = "id");

enum class Access { open, members };

class Router {
public:
  /// A failure of the machine becomes 500.
  using Handler = std::function<Result<Response>(const Request&)>;

  /// `pattern` is "/api/card/:id/query".
  void add(std::string method, std::string_view pattern, Handler handler, Access access = Access::members);

  struct Match {
    const Handler* handler = nullptr;  ///< nullptr: no such route
    Access access = Access::members;
    std::map<std::string, std::string, std::less<>> places;
  };
  [[nodiscard]] Match match(const Request& request) const;

private:
  struct Route {
    std::string method;
    std::vector<std::string> parts;
    Handler handler;
    Access access;
  };
  std::vector<Route> routes_;
};

}  // namespace kpi::sandbox
