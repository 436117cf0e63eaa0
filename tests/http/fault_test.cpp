#include "fixture.hpp"

#include <array>
#include <cstdint>
#include <functional>

namespace kpi::http {
namespace {

const Reply good = test::json_reply("{\"whole\":true}");

Reply faulty(const std::function<void(Reply&)>& spoil) {
  Reply reply = test::json_reply("{\"half\":\"" + std::string(1000, 'x') + "\"}");
  spoil(reply);
  return reply;
}

struct Trial {
  std::string name;
  Reply reply;
  const char* code;
};

/// Everything that can happen to an answer under way.
std::vector<Trial> faults() {
  return {
      {"reset before headers", faulty([](Reply& r) { r.reset_before_headers = true; }), "http.reset"},
      {"closed without a word", faulty([](Reply& r) { r.close_before_headers = true; }), "http.reset"},
      {"reset mid-body", faulty([](Reply& r) { r.reset_mid_body = true; }), "http.reset"},
      {"Content-Length short", faulty([](Reply& r) { r.cut_body_at = 10; }), "http.reset"},
      {"bad chunk", faulty([](Reply& r) { r.bad_chunk = true; }), "http.reset"},
      {"last chunk missing",
       faulty([](Reply& r) { r.raw = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n"; }),
       "http.reset"},
      {"headers cut", faulty([](Reply& r) { r.raw = "HTTP/1.1 200 OK\r\nContent-Ty"; }), "http.reset"},
      {"headers, then silence", faulty([](Reply& r) { r.headers_then_silence = true; }), "http.timeout"},
      {"silence", faulty([](Reply& r) { r.delay = 30s; }), "http.timeout"},
      {"not HTTP", faulty([](Reply& r) { r.raw = "220 mail.example ESMTP ready\r\n"; }), "http.bad_answer"},
      {"not gzip", faulty([](Reply& r) { r.headers.emplace_back("Content-Encoding", "gzip"); }),
       "http.bad_answer"},
  };
}

/// A deflate stream of fixed Huffman codes, bit by bit: enough to say "258 bytes of the last one again".
class Bits {
public:
  void put(std::uint32_t value, int count) {  // least significant bit first
    for (int i = 0; i < count; ++i) bit((value >> static_cast<unsigned>(i)) & 1U);
  }
  void put_code(std::uint32_t value, int count) {  // Huffman codes: most significant bit first
    for (int i = count - 1; i >= 0; --i) bit((value >> static_cast<unsigned>(i)) & 1U);
  }
  std::string bytes() const { return bytes_; }

private:
  void bit(std::uint32_t one) {
    if (used_ == 0) bytes_ += '\0';
    if (one != 0)
      bytes_.back() = static_cast<char>(static_cast<unsigned char>(bytes_.back()) | (1U << used_));
    used_ = (used_ + 1) % 8;
  }
  std::string bytes_;
  unsigned used_ = 0;
};

const std::string gzip_head("\x1f\x8b\x08\0\0\0\0\0\0\xff", 10);

/// About 258 x `runs` bytes of 'a' in some 1.6 x `runs`.
std::string gzip_bomb(int runs) {
  Bits bits;
  bits.put(1, 1);                // last block
  bits.put(1, 2);                // fixed codes
  bits.put_code(0x30 + 'a', 8);  // the literal 'a'
  for (int i = 0; i < runs; ++i) {
    bits.put_code(0xC5, 8);  // length 258
    bits.put_code(0, 5);     // distance 1
  }
  bits.put_code(0, 7);  // end
  return gzip_head + bits.bytes();
}

/// `text` as gzip, not compressed.
std::string gzip_stored(const std::string& text) {
  std::uint32_t crc = 0xFFFFFFFFU;
  for (const char c : text) {
    crc ^= static_cast<unsigned char>(c);
    for (int i = 0; i < 8; ++i) crc = (crc >> 1U) ^ ((crc & 1U) != 0 ? 0xEDB88320U : 0U);
  }
  crc = ~crc;
  const auto size = static_cast<std::uint32_t>(text.size());
  Bits bits;
  bits.put(1, 8);
  bits.put(size, 16);
  bits.put(~size & 0xFFFFU, 16);
  Bits tail;
  tail.put(crc, 32);
  tail.put(size, 32);
  return gzip_head + bits.bytes() + text + tail.bytes();
}

}  // namespace

TEST_CASE("http::Client: a request that may be repeated gets a whole answer in the end") {
  for (const auto& fault : faults()) {
    CAPTURE(fault.name);
    FaultServer server(play({fault.reply, fault.reply, good}));
    FakeClock clock;
    const auto client = make_client(clock);
    Request request = post(server.url(), "{\"q\":1}", Repeat::safe);
    request.idle_timeout = 300ms;
    const auto response = client->send(request, {});
    REQUIRE(response.has_value());
    CHECK(response->body == good.body);
    CHECK(response->attempts == 3);
    REQUIRE(server.received().size() == 3);
    CHECK(server.received().at(2).body == "{\"q\":1}");
    CHECK(clock.sleeps().size() == 2);
  }
}

TEST_CASE("http::Client: nothing is sent twice that must not be, and half an answer is never a value") {
  for (const auto& fault : faults()) {
    CAPTURE(fault.name);
    FaultServer server(play({good, fault.reply, good}));
    FakeClock clock;
    const auto client = make_client(clock);
    REQUIRE(client->send(get(server.url()), {}).has_value());  // so that a kept-alive connection is there
    Request request = post(server.url(), "{}", Repeat::never);
    request.idle_timeout = 300ms;
    const auto result = client->send(request, {});
    REQUIRE_FALSE(result.has_value());
    CHECK(result.error().code == fault.code);
    CHECK(result.error().fault == Fault::unreachable);
    CHECK(result.error().what.find("may have been carried out") != std::string::npos);
    CHECK(server.received().size() == 2);
    CHECK(clock.sleeps().empty());
  }
}

TEST_CASE("http::Client: what costs when it is answered is sent again only where no answer had begun") {
  struct Case {
    const char* name;
    Reply fault;
    std::size_t sent;  // requests in all
    int lost;
  };
  const std::array cases{
      Case{"reset before an answer", faulty([](Reply& r) { r.reset_before_headers = true; }), 2, 1},
      Case{"closed before an answer", faulty([](Reply& r) { r.close_before_headers = true; }), 2, 1},
      Case{"reset within the answer", faulty([](Reply& r) { r.reset_mid_body = true; }), 1, 1},
      Case{"closed within the answer", faulty([](Reply& r) { r.cut_body_at = 3; }), 1, 1},
      Case{"silent within the answer", faulty([](Reply& r) { r.headers_then_silence = true; }), 1, 1},
      Case{"a bad chunk", faulty([](Reply& r) { r.bad_chunk = true; }), 1, 1},
      Case{"an error that breaks off", faulty([](Reply& r) {
             r.status = 502;
             r.reset_mid_body = true;
           }),
           2, 1},
      Case{"an error", status(502), 2, 0},
  };
  for (const auto& c : cases) {
    CAPTURE(c.name);
    FaultServer server(play({good, c.fault, good}));
    FakeClock clock;
    const auto client = make_client(clock);
    REQUIRE(client->send(get(server.url()), {}).has_value());  // so that a kept-alive connection is there
    Request request = post(server.url(), "{}", Repeat::unanswered);
    request.idle_timeout = 300ms;
    int lost = 0;
    request.on_lost = [&lost] { ++lost; };
    const auto result = client->send(request, {});
    CHECK(result.has_value() == (c.sent == 2));
    CHECK(server.received().size() == 1 + c.sent);
    CHECK(lost == c.lost);
  }
}

TEST_CASE(
    "http::Client: one who thinks before the first byte is waited for, one who stalls after it is not") {
  FakeClock clock;
  const auto client = make_client(clock);
  Reply slow = good;
  slow.delay = 500ms;
  FaultServer server(play({slow, faulty([](Reply& r) { r.headers_then_silence = true; })}));
  Request request = post(server.url(), "{}", Repeat::unanswered);
  request.idle_timeout = 150ms;
  request.first_byte_timeout = 5s;
  CHECK(client->send(request, {}).has_value());
  const auto before = std::chrono::steady_clock::now();
  CHECK(code_of(client->send(request, {})) == "http.timeout");
  CHECK(std::chrono::steady_clock::now() - before < 4s);
}

TEST_CASE("http::Client: a fault that stays ends after the attempts allowed, and says how many") {
  FaultServer server(play({faulty([](Reply& r) { r.reset_before_headers = true; })}));
  FakeClock clock;
  const auto client = make_client(clock);
  const auto result = client->send(get(server.url() + "/api/card"), {});
  REQUIRE_FALSE(result.has_value());
  CHECK(result.error().line() ==
        "http: " + server.url() +
            "/api/card closed the connection without an answer (4 attempts); check the "
            "server's log; try again");
  CHECK(server.received().size() == 4);
}

TEST_CASE("http::Client: a server that is not there is tried again, whatever the request") {
  for (const Repeat repeat : {Repeat::safe, Repeat::never}) {
    FakeClock clock;
    const auto client = make_client(clock);
    const auto result = client->send(post(test::refused_url(), "{}", repeat), {});
    CHECK(code_of(result) == "http.refused");
    CHECK(clock.sleeps().size() == 3);
  }
  FakeClock clock;
  const auto client = make_client(clock);
  Request request = get("http://no-such-host.invalid/");
  request.max_attempts = 2;
  CHECK(code_of(client->send(request, {})) == "http.dns");
  CHECK(clock.sleeps().size() == 1);
}

TEST_CASE("http::Client: https to a server without TLS is http.tls, and nothing of the request goes out") {
  FaultServer server(play({good}));
  FakeClock clock;
  const auto client = make_client(clock);
  Request request = get("https://127.0.0.1:" + std::to_string(server.port()));
  request.headers = {{"Authorization", "Bearer sk-12345"}};
  CHECK(code_of(client->send(request, {})) == "http.tls");
  CHECK(server.connections() == 4);
  CHECK(server.received().empty());
}

TEST_CASE(
    "http::Client: a connection that takes too long is given up, and tried again since nothing was sent") {
  const test::DeafPort deaf;
  FakeClock clock;
  const auto client = make_client(clock);
  Request request = post("https://127.0.0.1:" + std::to_string(deaf.port()), "{}", Repeat::never);
  request.connect_timeout = 80ms;
  request.max_attempts = 2;
  const auto result = client->send(request, {});
  CHECK(code_of(result) == "http.timeout");
  CHECK(result.error().what.find("did not accept a connection within 80 ms (2 attempts)") !=
        std::string::npos);
}

TEST_CASE("http::Client: gzip is undone, and a bomb stops at the limit") {
  Reply reply;
  reply.headers = {{"Content-Encoding", "gzip"}, {"Content-Type", "application/json"}};
  FakeClock clock;
  const auto client = make_client(clock);
  SUBCASE("a plain answer") {
    reply.body = gzip_stored("{\"n\":1}");
    FaultServer server(play({reply}));
    const auto response = client->send(get(server.url()), {});
    REQUIRE(response.has_value());
    CHECK(response->body == "{\"n\":1}");
  }
  SUBCASE("a bomb: 100 kB that would be 16 MB") {
    reply.body = gzip_bomb(64'000);
    FaultServer server(play({reply}));
    Request request = get(server.url());
    request.max_response_bytes = 1'000'000;
    const auto result = client->send(request, {});
    REQUIRE_FALSE(result.has_value());
    CHECK(result.error().code == "http.too_large");
    CHECK(result.error().fault == Fault::item);
    CHECK(server.received().size() == 1);
  }
}

TEST_CASE("http::Client: an answer over the limit is refused, announced or not") {
  Reply reply;
  reply.body.assign(2000, 'x');
  SUBCASE("announced") {}
  SUBCASE("not announced") { reply.raw = "HTTP/1.1 200 OK\r\n\r\n" + reply.body; }
  SUBCASE("in its headers") {
    reply.body.clear();
    reply.headers.assign(300, {"X-Filler", std::string(4000, 'h')});
  }
  FaultServer server(play({reply}));
  FakeClock clock;
  const auto client = make_client(clock);
  Request request = get(server.url());
  request.max_response_bytes = 1999;
  const auto result = client->send(request, {});
  CHECK(code_of(result) == "http.too_large");
  CHECK(server.received().size() == 1);
}

TEST_CASE("http::Client: exactly the limit is not too much") {
  Reply reply;
  reply.body.assign(2000, 'x');
  FaultServer server(play({reply}));
  FakeClock clock;
  const auto client = make_client(clock);
  Request request = get(server.url());
  request.max_response_bytes = 2000;
  CHECK(client->send(request, {}).has_value());
}

TEST_CASE("http::Client: a trickle outlasts the idle limit, never the deadline") {
  Reply reply;
  reply.body.assign(20, 'x');
  reply.trickle = 40ms;
  FaultServer server(play({reply}));
  const auto client = make_client(system_clock());
  Request request = get(server.url());
  request.idle_timeout = 500ms;
  CHECK(client->send(request, {}).has_value());
  request.deadline = 200ms;
  const auto took = time_of([&] {
    const auto result = client->send(request, {});
    REQUIRE_FALSE(result.has_value());
    CHECK(result.error().code == "http.timeout");
    CHECK(result.error().what.find("within 200 ms") != std::string::npos);
  });
  CHECK(took < 700ms);
}

TEST_CASE("http::Client: provisional answers are passed over") {
  Reply reply;
  reply.raw =
      "HTTP/1.1 103 Early Hints\r\nX-Early: 1\r\n\r\nHTTP/1.1 200 OK\r\nX-Late: 1\r\nContent-Length: "
      "2\r\n\r\n{}";
  FaultServer server(play({reply}));
  FakeClock clock;
  const auto client = make_client(clock);
  const auto response = client->send(get(server.url()), {});
  REQUIRE(response.has_value());
  CHECK(response->status == 200);
  CHECK(response->header("X-Early") == nullptr);
  CHECK(response->header("X-Late") != nullptr);
}

TEST_CASE("http::Client: no message holds a secret") {
  ClientOptions options;
  options.secrets = {"hunter2", "p@ss word/1"};
  std::vector<Trial> all = faults();
  all.push_back({"too large", Reply{}, "http.too_large"});
  all.back().reply.body.assign(5000, 'x');
  all.push_back({"pause", status(429, {{"Retry-After", "9999"}}), ""});
  for (const auto& fault : all) {
    CAPTURE(fault.name);
    FaultServer server(play({fault.reply}));
    FakeClock clock;
    const auto client = make_client(clock, options);
    Request request = get("http://me:hunter2@" + host_of(server.url()) +
                          "/hunter2/p%40ss%20word%2F1?token=tok-777#hunter2");
    request.headers = {{"Authorization", "Bearer sk-12345"}, {"X-Metabase-Session", "sess-999"}};
    request.idle_timeout = 100ms;
    request.max_attempts = 2;
    request.max_response_bytes = 3000;
    auto result = client->send(request, {});
    if (result) result = client->send(request, {});  // the host's pause, in words
    REQUIRE_FALSE(result.has_value());
    const Error& error = result.error();
    const std::string text = error.line() + error.code + error.what + error.advice;
    for (const char* secret : {"hunter2", "p@ss", "p%40ss", "tok-777", "sk-12345", "sess-999", "me:"}) {
      CAPTURE(std::string(secret));
      CHECK(text.find(secret) == std::string::npos);
    }
    CHECK(text.find(host_of(server.url())) != std::string::npos);
  }
}

}  // namespace kpi::http
