#include <kpi/base/text.hpp>
#include <kpi/http/url.hpp>
#include <kpi/metabase/errors.hpp>
#include <kpi/metabase/read.hpp>

#include <fmt/format.h>

namespace kpi::metabase {
namespace {

constexpr std::size_t longest_excerpt = 200;

std::string content_type(const http::Response& response) {
  const std::string* type = response.header("Content-Type");
  if (type == nullptr) return "no content type";
  return shorten(single_line(trim(std::string_view(*type).substr(0, type->find(';')))), 60);
}

std::string clean(std::string_view text) {
  return single_line(shorten(single_line(shorten(text, 4 * longest_excerpt)), longest_excerpt));
}

/// "name: must be text, display: is missing"
std::string validation_text(const Json& errors) {
  if (errors.is_string()) return errors.get<std::string>();
  std::vector<std::string> parts;
  if (errors.is_object()) {
    for (const auto& [name, value] : errors.items()) {
      const std::string text = value.is_string() ? value.get<std::string>() : dump_json(value);
      parts.push_back(name == "_error" ? text : fmt::format("{}: {}", name, text));
    }
  }
  return join(parts, ", ");
}

std::string json_message(const Json& body) {
  if (body.is_string()) return body.get<std::string>();
  if (const Json* errors = member(body, "errors"); errors != nullptr) {
    if (auto text = validation_text(*errors); !text.empty()) return text;
  }
  for (const char* name : {"message", "error", "cause"}) {
    if (auto text = text_of(body, name); !text.empty()) return text;
  }
  return {};
}

/// The whole body, or where it came in pieces the first.
std::string_view start_of(const http::Response& response) {
  return response.pieces.empty() ? response.body : response.pieces.front();
}

std::string page_title(std::string_view page) {
  const std::string folded = lower(shorten(page, 8'192));
  const auto open = folded.find("<title");
  const auto start = open == std::string::npos ? open : folded.find('>', open);
  const auto end = start == std::string::npos ? start : folded.find("</title", start);
  return end == std::string::npos ? std::string() : std::string(page.substr(start + 1, end - start - 1));
}

bool looks_like_json(const http::Response& response) {
  const auto body = trim(response.body);
  return response.is_json() || (!body.empty() && (body.front() == '{' || body.front() == '['));
}

/// While it starts, Metabase answers in JSON on one path and in plain text on all others.
bool is_starting(const http::Response& response) {
  if (!looks_like_json(response)) return true;
  const auto body = json_of(response.body);
  return body && text_of(*body, "status") == "initializing";
}

std::string said(const http::Response& response) {
  const std::string text = excerpt(response);
  return text.empty() ? text : ": " + text;
}

Error not_metabase(const About& about, const http::Response& response) {
  const bool gateway = response.status == 502 || response.status == 503 || response.status == 504;
  const std::string title = excerpt(response);
  return {Fault::unreachable, "metabase.not_metabase", "metabase",
          fmt::format("{} answered with {} where Metabase answers with JSON (status {}{})", about.site,
                      content_type(response), response.status, title.empty() ? "" : ", \"" + title + "\""),
          gateway ? "a proxy stands in front and does not reach Metabase: check that Metabase runs"
                  : "check METABASE_URL, and whether a proxy stands in front of Metabase"};
}

/// An error about `about.subject`; where the whole work stands on it, about the server.
Error item(const About& about, const char* code, std::string what, std::string advice) {
  return {about.subject.empty() ? Fault::unreachable : Fault::item, code, "metabase", std::move(what),
          std::move(advice)};
}

std::string asked_for(const About& about) {
  return about.subject.empty() ? std::string() : fmt::format(" for {}", about.subject);
}

}  // namespace

bool is_page(const http::Response& response) {
  const std::string* type = response.header("Content-Type");
  if (type != nullptr && lower(*type).find("html") != std::string::npos) return true;
  const std::string start = lower(trim(start_of(response).substr(0, 200)));
  return start.rfind("<!doctype", 0) == 0 || start.rfind("<html", 0) == 0;
}

std::string excerpt(const http::Response& response) {
  if (is_page(response)) return clean(page_title(start_of(response)));
  if (looks_like_json(response)) {
    const auto body = json_of(response.body);
    return body ? clean(json_message(*body)) : std::string();
  }
  return clean(response.body);
}

Error refused(const About& about, Credential used, const http::Response& response) {
  if (is_page(response)) return not_metabase(about, response);
  std::string what = fmt::format("{} refused the credentials ({})", about.site,
                                 response.status == 0 ? 401 : response.status);
  const std::string* version = response.header("X-Metabase-Version");
  const auto release = version == nullptr ? std::nullopt : release_of(*version);
  switch (used) {
    case Credential::api_key:
      if (release && *release < 49) {
        return {Fault::unreachable, "metabase.refused", "metabase",
                what + fmt::format(": v0.{} knows no API keys", *release),
                "set METABASE_USERNAME and METABASE_PASSWORD instead of METABASE_API_KEY"};
      }
      return {Fault::unreachable, "metabase.refused", "metabase", what, "check METABASE_API_KEY"};
    case Credential::session:
      return {Fault::unreachable, "metabase.refused", "metabase", what,
              "METABASE_SESSION has ended or was never valid: set a new one, or METABASE_USERNAME and "
              "METABASE_PASSWORD"};
    case Credential::login:
      break;
  }
  return {Fault::unreachable, "metabase.refused", "metabase", what,
          "check METABASE_USERNAME and METABASE_PASSWORD"};
}

Error login_failed(const About& about, const http::Response& response) {
  const bool denied = response.status == 400 || response.status == 401 || response.status == 403;
  if (!denied || is_page(response)) return explain(about, response);
  const auto body = json_of(response.body);
  const Json* errors = body ? member(*body, "errors") : nullptr;
  if (response.status == 403 && errors == nullptr) return explain(about, response);
  // A wrong name or password is told under "password", a throttled login under "username".
  if (errors != nullptr && member(*errors, "username") != nullptr && member(*errors, "password") == nullptr) {
    return {Fault::unreachable, "metabase.throttled", "metabase",
            fmt::format("{} lets nobody log in for a while, after too many attempts ({}): {}", about.site,
                        response.status, clean(text_of(*errors, "username"))),
            "wait that long, check METABASE_USERNAME and METABASE_PASSWORD, then try once; or use "
            "METABASE_API_KEY"};
  }
  Error error = refused(about, Credential::login, response);
  if (errors != nullptr && member(*errors, "_error") != nullptr) error.what += said(response);
  return error;
}

Error explain(const About& about, const http::Response& response) {
  const int status = response.status;
  if (status == 401) return refused(about, Credential::login, response);
  if (status >= 300 && status < 400) {
    const std::string* location = response.header("Location");
    return {Fault::unreachable, "metabase.redirected", "metabase",
            fmt::format("{} sends on to {} ({})", about.site,
                        location == nullptr ? "elsewhere" : http::display_url(*location), status),
            "set METABASE_URL to the address where Metabase itself answers"};
  }
  if (is_page(response) || (status < 300 && !looks_like_json(response))) return not_metabase(about, response);
  if (status == 503 && is_starting(response)) {
    return {Fault::unreachable, "metabase.initializing", "metabase",
            fmt::format("{} is still starting (503){}", about.site, said(response)),
            "wait until it is up and try again"};
  }
  if (status == 429 || status == 502 || status == 503 || status == 504) {
    return {Fault::unreachable, "metabase.unreachable", "metabase",
            fmt::format("{} cannot answer now ({}){}", about.site, status, said(response)),
            "try again later, or with fewer --jobs"};
  }
  switch (status) {
    case 402:
      return item(about, "metabase.forbidden",
                  fmt::format("{} asks for a paid plan{} (402)", about.site, asked_for(about)), "");
    case 403:
      return item(
          about, "metabase.forbidden",
          fmt::format("{} gives this user no rights{} (403){}", about.site, asked_for(about), said(response)),
          "grant them in Metabase's admin settings, under Permissions");
    case 404:
      if (about.subject.empty()) {
        return {
            Fault::unreachable, "metabase.not_metabase", "metabase",
            fmt::format("{} has no Metabase API (404)", about.site),
            "check METABASE_URL: the address where people open Metabase, with its sub-path if it has one"};
      }
      return item(about, "metabase.not_found", fmt::format("{} has no {} (404)", about.site, about.subject),
                  "");
    case 408:
      return item(about, "metabase.timeout",
                  fmt::format("{} gave up waiting{} (408)", about.site, asked_for(about)), "try again");
    case 413:
      return item(about, "metabase.too_large",
                  fmt::format("{} finds the request{} too large (413)", about.site, asked_for(about)), "");
    default:
      break;
  }
  if (status >= 500) {
    return item(about, "metabase.server_error",
                fmt::format("{} failed{} ({}){}", about.site, asked_for(about), status, said(response)),
                "see Metabase's log");
  }
  if (status >= 400) {
    return item(about, "metabase.invalid",
                fmt::format("{} did not accept the request{} ({}){}", about.site, asked_for(about), status,
                            said(response)),
                "");
  }
  return bad_answer(about, response, response.body.size());
}

Error bad_answer(const About& about, const http::Response& response, std::size_t bytes) {
  if (is_page(response)) return not_metabase(about, response);
  return item(about, "metabase.bad_answer",
              fmt::format("{} sent a broken answer{} (status {}, {}, {} bytes)", about.site, asked_for(about),
                          response.status, content_type(response), bytes),
              "try again; see Metabase's log and any proxy's in between");
}

Error unreached(const About& about, std::string_view url, Error error) {
  error.where = "metabase";
  if (error.fault == Fault::interrupted) return error;
  const bool never_met = error.code == "http.refused" || error.code == "http.dns" || error.code == "http.tls";
  if (never_met) {  // the path says nothing here, and the address is the user's own
    error.what = replace_all(error.what, http::display_url(url), about.site);
    error.advice = error.code == "http.tls"
                       ? replace_all(error.advice, "in the configuration", "in metabase.ca_file")
                       : std::string("check METABASE_URL and that Metabase runs");
  }
  if (error.code == "http.too_large") {
    error.code = "metabase.too_large";
  } else if (error.code == "http.timeout") {
    error.code = "metabase.timeout";
  } else if (error.fault == Fault::unreachable) {
    error.code = "metabase.unreachable";
  }
  return error;
}

bool may_have_arrived(const Error& error) {
  return error.code == "http.timeout" || error.code == "http.reset" || error.code == "http.bad_answer" ||
         error.code == "http.too_large";
}

bool may_have_arrived(const http::Response& response) {
  const int status = response.status;
  if (status == 408 || status == 502 || status == 504) return true;
  return status >= 500 && (is_page(response) || (status == 503 && !looks_like_json(response)));
}

Error lost_answer(const About& about, const Error& cause) {
  return {Fault::item, "metabase.lost_answer", "metabase",
          fmt::format("the answer for {} was lost: {}", about.subject, cause.what),
          "it may exist now: look before creating it again"};
}

}  // namespace kpi::metabase
