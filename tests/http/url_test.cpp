#include <kpi/http/message.hpp>
#include <kpi/http/url.hpp>

#include <doctest/doctest.h>

#include <array>

namespace kpi::http {

TEST_CASE("http::join_url: one slash between base and path, sub-path and query kept") {
  struct Case {
    const char* base;
    const char* path;
    const char* url;
  };
  static constexpr std::array cases{
      Case{"http://h:3000", "api/card", "http://h:3000/api/card"},
      Case{"http://h:3000/", "/api/card", "http://h:3000/api/card"},
      Case{"https://h/bi//", "api/card/7", "https://h/bi/api/card/7"},
      Case{"https://h/v1", "", "https://h/v1"},
      Case{"https://h/v1/", "?f=all", "https://h/v1?f=all"},
      Case{"https://h/d?api-version=1", "chat/completions", "https://h/d/chat/completions?api-version=1"},
      Case{"https://h/d/?v=1#top", "/a?b=2", "https://h/d/a?b=2&v=1"}};
  for (const auto& c : cases) CHECK(join_url(c.base, c.path) == c.url);
}

TEST_CASE("http::host_of: host and port, without user and password") {
  CHECK(host_of("https://Name:p%40ss@H.Example:8443/x?y#z") == "h.example:8443");
  CHECK(host_of("http://a@b@h/x") == "h");
  CHECK(host_of("http://[::1]:80/x") == "[::1]:80");
  CHECK(host_of("h/x") == "");
}

TEST_CASE("http::is_loopback: only this machine, whatever a host name pretends") {
  for (const char* url :
       {"http://localhost:3000/x", "http://LOCALHOST", "http://api.localhost/", "http://127.0.0.1:1",
        "https://127.8.9.10/", "http://[::1]:3000", "http://u:p@localhost"}) {
    CAPTURE(std::string(url));
    CHECK(is_loopback(url));
  }
  for (const char* url : {"http://127.0.0.1.evil.example/", "http://localhost.evil.example",
                          "http://localhost@evil.example", "http://128.0.0.1", "http://127.0.0.256",
                          "http://evil.example/?localhost", "http://[::2]", "http://["}) {
    CAPTURE(std::string(url));
    CHECK_FALSE(is_loopback(url));
  }
}

TEST_CASE("http::is_http_url: http and https with a host, nothing that breaks a line") {
  CHECK(is_http_url("http://h"));
  CHECK(is_http_url("HTTPS://h:1/x?y"));
  for (const char* url : {"", "h", "h:3000", "file:///etc/passwd", "ftp://h", "http://", "http:///x",
                          "http://h/a b", "http://h/\r\nX: y", "http://:80/"}) {
    CAPTURE(std::string(url));
    CHECK_FALSE(is_http_url(url));
  }
}

TEST_CASE("http::percent_encode: keeps only what needs no escape") {
  CHECK(percent_encode("aZ09-._~") == "aZ09-._~");
  CHECK(percent_encode("a b/c?d=e&f%é") == "a%20b%2Fc%3Fd%3De%26f%25%C3%A9");
}

TEST_CASE("http::display_url: shows neither user, password nor query") {
  CHECK(display_url("https://me:hunter2@H:1/x?api_key=abc#frag") == "https://h:1/x?...");
  CHECK(display_url("http://h/x") == "http://h/x");
}

TEST_CASE("http::Response: finds headers in any case and knows JSON when told") {
  Response response;
  response.headers = {{"X-Request-ID", "7"}, {"content-type", "Application/JSON; charset=utf-8"}};
  REQUIRE(response.header("x-request-id") != nullptr);
  CHECK(*response.header("x-request-id") == "7");
  CHECK(response.header("x-request") == nullptr);
  CHECK(response.is_json());
  response.headers = {{"Content-Type", "application/problem+json"}};
  CHECK(response.is_json());
  response.headers = {{"Content-Type", "text/html"}};
  CHECK_FALSE(response.is_json());
  response.headers.clear();
  CHECK_FALSE(response.is_json());
}

}  // namespace kpi::http
