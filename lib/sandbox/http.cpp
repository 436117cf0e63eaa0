#include <kpi/base/text.hpp>
#include <kpi/sandbox/http.hpp>

#include <charconv>

namespace kpi::sandbox {
namespace {

std::optional<std::int64_t> positive(std::string_view text) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || value <= 0) return std::nullopt;
  return value;
}

bool is_blank(const Json& value) {
  return !value.is_string() || trim(value.get_ref<const std::string&>()).empty();
}

std::string received(const Json* value) { return value == nullptr ? "nil" : shorten(dump_json(*value), 100); }

const Json* member(const Json& body, const char* name) {
  if (!body.is_object()) return nullptr;
  const auto found = body.find(name);
  return found == body.end() || found->is_null() ? nullptr : &*found;
}

}  // namespace

std::string Request::header(const std::string& name) const {
  const auto found = headers.find(name);
  return found == headers.end() ? std::string() : found->second;
}

std::string Request::parameter(const std::string& name) const {
  const auto found = query.find(name);
  return found == query.end() ? std::string() : found->second;
}

bool Request::flag(const std::string& name) const { return parameter(name) == "true"; }

std::optional<std::int64_t> Request::number(std::string_view place) const {
  const auto found = places.find(place);
  return found == places.end() ? std::nullopt : positive(found->second);
}

Response json_response(const Json& body, int status) {
  Response response;
  response.status = status;
  response.body = dump_json(body);
  return response;
}

Response text_response(std::string text, int status) {
  Response response;
  response.status = status;
  response.type = "text/plain";
  response.body = std::move(text);
  return response;
}

Response no_content() {
  Response response;
  response.status = 204;
  return response;
}

Response not_found(const Dialect& dialect) {
  if (dialect.json_not_found) return json_response({{"message", "Not found."}}, 404);
  return text_response("Not found.", 404);
}

Response not_allowed() { return text_response("You don't have permissions to do that.", 403); }

Response archived() {
  return json_response({{"message", "The object has been archived."}, {"error_code", "archived"}}, 404);
}

void Violations::add(const char* name, std::string message, std::string reason) {
  errors_[name] = std::move(message);
  specific_[name] = Json::array({std::move(reason)});
}

void Violations::need_text(const char* name) {
  const auto* value = member(body_, name);
  if (value != nullptr && !is_blank(*value)) return;
  const bool is_text = value != nullptr && value->is_string();
  add(name, "value must be a non-blank string.",
      value == nullptr
          ? "missing required key, received: nil"
          : (is_text ? "should be at least 1 character, received: " : "should be a string, received: ") +
                received(value));
}

void Violations::need_object(const char* name) {
  const auto* value = member(body_, name);
  if (value != nullptr && value->is_object()) return;
  add(name, "Value must be a map.",
      value == nullptr ? "missing required key, received: nil"
                       : "invalid type, received: " + received(value));
}

void Violations::allow_text(const char* name) {
  const auto* value = member(body_, name);
  if (value == nullptr || !is_blank(*value)) return;
  add(name, "nullable value must be a non-blank string.",
      (value->is_string() ? "should be at least 1 character, received: " : "should be a string, received: ") +
          received(value));
}

void Violations::allow_any_text(const char* name) {
  const auto* value = member(body_, name);
  if (value == nullptr || value->is_string()) return;
  add(name, "nullable string", "should be a string, received: " + received(value));
}

void Violations::allow_positive(const char* name) {
  const auto* value = member(body_, name);
  if (value == nullptr || (value->is_number_integer() && value->get<std::int64_t>() > 0)) return;
  add(name, "nullable value must be an integer greater than zero.",
      "value must be an integer greater than zero., received: " + received(value));
}

void Violations::allow_flag(const char* name) {
  const auto* value = member(body_, name);
  if (value == nullptr || value->is_boolean()) return;
  add(name, "nullable boolean", "should be a boolean, received: " + received(value));
}

void Violations::allow_list(const char* name) {
  const auto* value = member(body_, name);
  if (value == nullptr || value->is_array()) return;
  add(name, "nullable sequence", "invalid type, received: " + received(value));
}

std::optional<Response> Violations::answer(const Dialect& dialect) const {
  if (errors_.empty()) return std::nullopt;
  Json body{{"errors", errors_}};
  if (dialect.specific_errors) body["specific-errors"] = specific_;
  return json_response(body, 400);
}

Response bad_id(const Dialect& dialect, const char* place) {
  const Json nothing = Json::object();
  Violations violations(nothing);
  violations.add(place, "value must be an integer greater than zero.", "should be a positive int");
  return *violations.answer(dialect);
}

void Router::add(std::string method, std::string_view pattern, Handler handler, Access access) {
  routes_.push_back({std::move(method), split(pattern, '/'), std::move(handler), access});
}

Router::Match Router::match(const Request& request) const {
  const auto parts = split(request.path, '/');
  for (const auto& route : routes_) {
    if (route.method != request.method || route.parts.size() != parts.size()) continue;
    Match match{&route.handler, route.access, {}};
    bool fits = true;
    for (std::size_t i = 0; i < parts.size() && fits; ++i) {
      if (route.parts[i].starts_with(':')) {
        match.places[route.parts[i].substr(1)] = parts[i];
      } else {
        fits = route.parts[i] == parts[i];
      }
    }
    if (fits) return match;
  }
  return {};
}

}  // namespace kpi::sandbox
