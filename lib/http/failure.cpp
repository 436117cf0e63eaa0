#include <kpi/base/text.hpp>
#include <kpi/http/failure.hpp>
#include <kpi/http/url.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace kpi::http {
namespace {

/// A trouble's code, whose trouble it is, and the words for it.
struct Words {
  Fault fault;
  const char* code;
  std::string what;
  const char* advice;
};

Words words_of(Trouble trouble, const Request& request) {
  switch (trouble) {
    case Trouble::refused:
      return {Fault::unreachable, "http.refused", "does not accept connections",
              "check the address and that the server runs"};
    case Trouble::dns:
      return {Fault::unreachable, "http.dns", "has no address: its name is not known",
              "check the spelling of the host and the network"};
    case Trouble::proxy:
      return {Fault::unreachable, "http.proxy", "cannot be reached through the proxy",
              "check the proxy's address and credentials, or except the host with no_proxy"};
    case Trouble::connect_slow:
      return {Fault::unreachable, "http.timeout",
              fmt::format("did not accept a connection within {}", span_text(request.connect_timeout)),
              "check the address, the network and any firewall"};
    case Trouble::idle:
      return {Fault::unreachable, "http.timeout",
              fmt::format("was silent for {}", span_text(request.idle_timeout)),
              "the server is overloaded or the work is too large; try again or allow more time"};
    case Trouble::deadline:
      return {Fault::unreachable, "http.timeout",
              fmt::format("gave no whole answer within {}", span_text(request.deadline)),
              "the server is overloaded or the work is too large; try again or allow more time"};
    case Trouble::tls:
      return {Fault::unreachable, "http.tls", "made no secure connection",
              "check that the server speaks TLS 1.2 or newer on this port (http:// or https://?)"};
    case Trouble::certificate:
      return {Fault::unreachable, "http.tls", "has a certificate that is not trusted",
              "check the host name, or name the certificate authority's file in the configuration"};
    case Trouble::reset:
      return {Fault::unreachable, "http.reset", "closed the connection without an answer",
              "check the server's log; try again"};
    case Trouble::ended_early:
      return {Fault::unreachable, "http.reset", "broke off in the middle of an answer",
              "check the server's log and any proxy in between; try again"};
    case Trouble::too_large:
      return {Fault::item, "http.too_large",
              fmt::format("answered with more than the {} bytes allowed", request.max_response_bytes),
              "ask for less at a time"};
    case Trouble::bad_answer:
      return {Fault::unreachable, "http.bad_answer", "gave an answer that cannot be read",
              "check the address, the port and any proxy in between"};
    case Trouble::bad_request:
      return {Fault::input, "http.bad_request", "cannot be sent a request", "check the address"};
    case Trouble::interrupted:
      return {Fault::interrupted, "http.interrupted", "had not answered yet: interrupted", ""};
  }
  return {Fault::unreachable, "http.reset", "failed", ""};
}

/// Without "user:password@" after "://".
std::string drop_user_info(std::string text) {
  std::size_t at = 0;
  while ((at = text.find("://", at)) != std::string::npos) {
    at += 3;
    const auto end = std::min(text.find_first_of("/?# '\"", at), text.size());
    const auto mark = text.rfind('@', end == 0 ? 0 : end - 1);
    if (mark != std::string::npos && mark >= at) text.replace(at, mark - at, "***");
  }
  return text;
}

/// The values of headers that carry credentials: secret whether or not the client was told.
std::vector<std::string> secrets_of(const Story& story) {
  static constexpr std::array names{"authorization", "proxy-authorization", "x-api-key",
                                    "api-key",       "x-metabase-session",  "cookie"};
  auto secrets = story.secrets;
  for (const auto& header : story.request.headers) {
    const std::string name = lower(header.name);
    if (std::find(names.begin(), names.end(), name) == names.end()) continue;
    secrets.push_back(header.value);
    const auto blank = header.value.rfind(' ');  // "Bearer KEY"
    if (blank != std::string::npos) secrets.push_back(header.value.substr(blank + 1));
  }
  return secrets;
}

Error finish(Error error, const Story& story) {
  error.what = redact(error.what, secrets_of(story));
  return error;
}

bool has_control(std::string_view text) {
  return std::any_of(text.begin(), text.end(),
                     [](char c) { return (static_cast<unsigned char>(c) < 0x20 && c != '\t') || c == 0x7F; });
}

}  // namespace

std::string span_text(std::chrono::milliseconds span) {
  if (span < std::chrono::seconds{1}) return fmt::format("{} ms", span.count());
  const double seconds = static_cast<double>(span.count()) / 1000;
  return span.count() % 1000 == 0 || seconds >= 100 ? fmt::format("{:.0f} s", seconds)
                                                    : fmt::format("{:.1f} s", seconds);
}

std::string redact(std::string_view text, const std::vector<std::string>& secrets) {
  constexpr std::size_t shortest = 4;  // "a" as a password would take every a out of the message
  std::string out = drop_user_info(single_line(text));
  for (const auto& secret : secrets) {
    if (secret.size() < shortest) continue;
    out = replace_all(out, secret, "***");
    out = replace_all(out, percent_encode(secret), "***");
  }
  return out;
}

Error error_of(const Failure& failure, const Story& story) {
  constexpr std::size_t longest_detail = 200;
  const Words words = words_of(failure.trouble, story.request);
  Error error{words.fault, words.code, "http", display_url(story.request.url) + " " + words.what,
              words.advice};
  std::string aside;
  // libcurl's own words only where they say more than ours.
  const bool tells = failure.trouble == Trouble::tls || failure.trouble == Trouble::certificate ||
                     failure.trouble == Trouble::proxy || failure.trouble == Trouble::bad_answer ||
                     failure.trouble == Trouble::bad_request;
  if (tells && !failure.detail.empty()) aside = shorten(single_line(failure.detail), longest_detail);
  const auto also = [&aside](const std::string& text) { aside += (aside.empty() ? "" : ", ") + text; };
  if (story.attempts > 1) also(fmt::format("{} attempts", story.attempts));
  if (!story.ending.empty()) also(story.ending);
  if (!aside.empty()) error.what += " (" + aside + ")";
  return finish(std::move(error), story);
}

Error paused_error(std::chrono::milliseconds wait, std::chrono::milliseconds left, const Story& story) {
  return finish({Fault::unreachable, "http.rate_limited", "http",
                 fmt::format("{} asked for a wait of {}, longer than the {} left",
                             display_url(story.request.url), span_text(wait), span_text(left)),
                 "try again later, or send less at a time"},
                story);
}

Result<Done> check(const Request& request, const std::vector<std::string>& secrets) {
  const Story story{request, secrets, 0, ""};
  if (!is_http_url(request.url)) {
    return finish({Fault::input, "http.bad_request", "http",
                   fmt::format("\"{}\" is not the address of a web server", display_url(request.url)),
                   "write it as http://host or https://host"},
                  story);
  }
  for (const auto& header : request.headers) {
    const bool ok = !header.name.empty() && header.name.find_first_of(": \t") == std::string::npos &&
                    !has_control(header.name) && !has_control(header.value);
    if (ok) continue;
    return finish({Fault::input, "http.bad_request", "http",
                   fmt::format("the header {} for {} holds a character that headers cannot", header.name,
                               display_url(request.url)),
                   "check the key or password for line breaks"},
                  story);
  }
  return Done{};
}

}  // namespace kpi::http
