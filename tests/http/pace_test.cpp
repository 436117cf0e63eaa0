#include "fixture.hpp"

#include <kpi/base/parallel.hpp>

#include <atomic>

// Waits, deadlines and budgets, in virtual time.
namespace kpi::http {

TEST_CASE("http::Client: the wait a server asks for is a floor") {
  struct Case {
    const char* name;
    const char* value;
    std::chrono::milliseconds floor;
  };
  for (const auto& c :
       {Case{"Retry-After", "20", 20s}, Case{"Retry-After", "0", 0s}, Case{"Retry-After", "-10", 0s},
        Case{"Retry-After", "nan", 0s}, Case{"Retry-After", "Mon, 21 Sep 2026 14:14:20 GMT", 60s},
        Case{"retry-after-ms", "1500", 1500ms}}) {
    CAPTURE(std::string(c.name));
    CAPTURE(std::string(c.value));
    FaultServer server(play({status(429, {{c.name, c.value}}), status(200)}));
    FakeClock clock;
    const auto client = make_client(clock);
    const auto response = client->send(get(server.url()), {});
    REQUIRE(response.has_value());
    CHECK(response->status == 200);
    CHECK(response->attempts == 2);
    REQUIRE(clock.sleeps().size() == 1);
    CHECK(clock.sleeps()[0] >= c.floor);
    CHECK(clock.sleeps()[0] <= c.floor + 500ms);
    CHECK(response->elapsed == clock.sleeps()[0]);
  }
}

TEST_CASE("http::Client: a wait over the deadline gives the last answer and the time asked for") {
  FaultServer server(play({status(429, {{"Retry-After", "9999"}})}));
  FakeClock clock;
  const auto client = make_client(clock);
  const auto response = client->send(get(server.url()), {});
  REQUIRE(response.has_value());
  CHECK(response->status == 429);
  CHECK(response->asked_wait == 9999s);
  CHECK(clock.sleeps().empty());

  const auto next = client->send(get(server.url()), {});  // the host paused everyone, ten minutes at most
  REQUIRE_FALSE(next.has_value());
  CHECK(next.error().code == "http.rate_limited");
  CHECK(next.error().what.find("a wait of 600 s, longer than the 120 s left") != std::string::npos);
  CHECK(server.received().size() == 1);
  clock.advance(11min);
  CHECK(client->send(get(server.url()), {}).has_value());
  CHECK(server.received().size() == 2);
}

TEST_CASE("http::Client: after a 429 every request to the host waits, no other host does") {
  FaultServer server(play({status(429, {{"Retry-After", "30"}}), status(200)}));
  FaultServer other(play({status(200)}));
  FakeClock clock;
  const auto client = make_client(clock);
  Request once = get(server.url());
  once.max_attempts = 1;
  REQUIRE(client->send(once, {})->status == 429);
  CHECK(client->send(get(other.url()), {})->status == 200);
  CHECK(clock.sleeps().empty());
  CHECK(client->send(get(server.url()), {})->status == 200);
  REQUIRE(clock.sleeps().size() == 1);
  CHECK(clock.sleeps()[0] >= 30s);
  CHECK(clock.sleeps()[0] <= 30'500ms);
}

TEST_CASE("http::Client: one deadline covers all attempts and waits") {
  FaultServer server(play({status(503, {{"Retry-After", "5"}})}));
  FakeClock clock;
  const auto client = make_client(clock);
  Request request = get(server.url());
  request.deadline = 12s;
  request.max_attempts = 100;
  const auto response = client->send(request, {});
  REQUIRE(response.has_value());
  CHECK(response->status == 503);
  CHECK(response->elapsed <= 12s);
  CHECK(server.received().size() <= 3);
  CHECK(server.received().size() >= 2);
  CHECK(response->attempts == static_cast<int>(server.received().size()));
  CHECK(response->asked_wait == 5s);
}

TEST_CASE("http::Client: a deadline that ends within a later attempt ends it too") {
  Reply silent = status(200);
  silent.headers_then_silence = true;
  silent.body = "x";
  FaultServer server(play({silent}));
  const auto client = make_client(system_clock());
  Request request = get(server.url());
  request.idle_timeout = 100ms;
  request.deadline = 350ms;
  request.max_attempts = 1000;
  const auto took = time_of([&] { CHECK(code_of(client->send(request, {})) == "http.timeout"); });
  CHECK(took < 1000ms);
}

TEST_CASE("http::Client: what must not be repeated is, when the server says it did nothing") {
  FakeClock clock;
  const auto client = make_client(clock);
  SUBCASE("429 with a wait") {
    FaultServer server(play({status(429, {{"Retry-After", "1"}}), status(200)}));
    CHECK(client->send(post(server.url(), "{}", Repeat::never), {})->status == 200);
    CHECK(server.received().size() == 2);
  }
  SUBCASE("503 without a wait may mean anything") {
    FaultServer server(play({status(503), status(200)}));
    CHECK(client->send(post(server.url(), "{}", Repeat::never), {})->status == 503);
    CHECK(server.received().size() == 1);
  }
}

TEST_CASE("http::Client: no retry where the server or the caller says it is of no use") {
  FakeClock clock;
  const auto client = make_client(clock);
  SUBCASE("x-should-retry: false") {
    FaultServer server(play({status(503, {{"x-should-retry", "false"}})}));
    CHECK(client->send(get(server.url()), {})->status == 503);
    CHECK(server.received().size() == 1);
  }
  SUBCASE("no money: final, and the host is not paused for it") {
    FaultServer server(play({test::json_reply("{\"error\":{\"code\":\"insufficient_quota\"}}", 429)}));
    Request request = get(server.url());
    request.is_final = [](const Response& response) {
      return response.body.find("insufficient_quota") != std::string::npos;
    };
    for (int i = 0; i < 2; ++i) CHECK(client->send(request, {})->status == 429);
    CHECK(server.received().size() == 2);
    CHECK(clock.sleeps().empty());
  }
  SUBCASE("x-should-retry: true") {
    FaultServer server(play({status(409, {{"x-should-retry", "true"}}), status(200)}));
    CHECK(client->send(get(server.url()), {})->status == 200);
  }
}

TEST_CASE("http::Client: a broad outage uses up the retry budget and then fails fast") {
  FaultServer server(play({status(502)}));
  FakeClock clock;
  const auto client = make_client(clock);
  constexpr std::size_t sends = 60;
  for (std::size_t i = 0; i < sends; ++i) CHECK(client->send(get(server.url()), {})->status == 502);
  CHECK(server.received().size() == sends + 100);
}

TEST_CASE("http::Client: workers that meet a 429 together all get through") {
  std::atomic<int> refusals = 4;
  FaultServer server([&](const Received&, std::size_t) {
    return refusals-- > 0 ? status(429, {{"Retry-After", "2"}}) : status(200);
  });
  FakeClock clock;
  const auto client = make_client(clock);
  std::atomic<int> good = 0;
  parallel_for(16, 8, {}, [&](std::size_t) {
    const auto response = client->send(get(server.url()), {});
    if (response && response->status == 200) ++good;
  });
  CHECK(good == 16);
}

TEST_CASE("http::Client: who is put off keeps coming back as told until the deadline, and nobody else pays") {
  FaultServer server([](const Received&, std::size_t nth) {
    return nth % 8 == 7 ? status(200) : status(429, {{"Retry-After", "1"}});
  });
  FakeClock clock;
  const auto client = make_client(clock);
  Request request = get(server.url());
  request.deadline = std::chrono::minutes(10);
  for (int i = 0; i < 40; ++i) {  // 280 retries, and each is paid back
    const auto response = client->send(request, {});
    REQUIRE(response.has_value());
    CHECK(response->status == 200);
    CHECK(response->attempts == 8);
  }

  FaultServer never(play({status(429, {{"Retry-After", "1"}})}));
  request = get(never.url());
  request.deadline = 60s;
  const auto response = client->send(request, {});
  REQUIRE(response.has_value());
  CHECK(response->status == 429);
  CHECK(response->elapsed <= 60s);
  CHECK(response->attempts > 4);

  FaultServer wordless(play({status(429)}));
  CHECK(client->send(get(wordless.url()), {})->attempts == 4);
}

}  // namespace kpi::http
