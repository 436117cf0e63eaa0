#include "fixture.hpp"

#include <kpi/base/parallel.hpp>

#include <atomic>
#include <thread>

namespace kpi::http {

TEST_CASE("http::Client: any status is a value, and the request arrives as it was given") {
  FaultServer server([](const Received& request, std::size_t) {
    return test::json_reply("{}", std::stoi(request.target.substr(1)));
  });
  FakeClock clock;
  const auto client = make_client(clock);
  for (const int code : {200, 201, 204, 301, 400, 401, 403, 404, 500, 599}) {
    CAPTURE(code);
    const auto response = client->send(get(server.url() + "/" + std::to_string(code)), {});
    REQUIRE(response.has_value());
    CHECK(response->status == code);
    CHECK(response->is_json());
    CHECK(response->attempts == 1);
  }
  struct Case {
    Method method;
    const char* verb;
  };
  for (const auto& c : {Case{Method::get, "GET"}, Case{Method::post, "POST"}, Case{Method::put, "PUT"},
                        Case{Method::del, "DELETE"}}) {
    CAPTURE(std::string(c.verb));
    Request request = get(server.url() + "/200?a=b%20c");
    request.method = c.method;
    request.headers = {{"X-Metabase-Session", "abc"}, {"X-Empty", ""}};
    if (c.method == Method::post || c.method == Method::put) request.body = std::string("{\"n\":\"\0\"}", 9);
    REQUIRE(client->send(request, {}).has_value());
    const Received got = server.received().back();
    CHECK(got.method == c.verb);
    CHECK(got.target == "/200?a=b%20c");
    CHECK(got.header("X-Metabase-Session") == "abc");
    CHECK(got.header("User-Agent") == "kpismith");
    CHECK(got.header("Accept-Encoding") == "gzip");
    CHECK(got.header("Content-Type") == "");
    CHECK(got.header("Expect") == "");
    CHECK(got.body == request.body);
  }
  CHECK(clock.sleeps().empty());
}

TEST_CASE("http::Client: one connection serves many requests, and a dead one is replaced") {
  FakeClock clock;
  const auto client = make_client(clock);
  SUBCASE("kept alive") {
    FaultServer server(play({test::json_reply("{}")}));
    for (int i = 0; i < 5; ++i) CHECK(client->send(get(server.url()), {}).has_value());
    CHECK(server.connections() == 1);
  }
  SUBCASE("closed by the server between two calls") {
    Reply reply = test::json_reply("{}");
    reply.close_after = true;
    FaultServer server(play({reply}));
    for (int i = 0; i < 3; ++i) CHECK(client->send(get(server.url()), {}).has_value());
    CHECK(server.connections() == 3);
    CHECK(server.received().size() == 3);
  }
  SUBCASE("a request that must not be repeated gets a fresh one, which others may use later") {
    FaultServer server(play({test::json_reply("{}")}));
    CHECK(client->send(get(server.url()), {}).has_value());
    for (int i = 0; i < 2; ++i) CHECK(client->send(post(server.url(), "{}", Repeat::never), {}).has_value());
    CHECK(server.connections() == 3);
    CHECK(client->send(get(server.url()), {}).has_value());
    CHECK(server.connections() == 3);
  }
}

TEST_CASE("http::Client: many threads share it, never more in flight than allowed") {
  Reply slow = test::json_reply("{}");
  slow.delay = 20ms;
  FaultServer server(play({slow}));
  FakeClock clock;
  ClientOptions options;
  options.max_connections_per_host = 3;
  const auto client = make_client(clock, options);
  std::atomic<int> good = 0;
  parallel_for(24, 8, {}, [&](std::size_t) {
    const auto response = client->send(get(server.url()), {});
    if (response && response->status == 200) ++good;
  });
  CHECK(good == 24);
  CHECK(server.peak_concurrency() <= 3);
  CHECK(server.peak_concurrency() >= 2);
  CHECK(server.connections() <= 3);
}

TEST_CASE("http::Client: stop ends a transfer, a wait and a queue at once") {
  const auto stopped_after = [](const Request& request, Clock& clock, ClientOptions options) {
    const auto client = make_client(clock, std::move(options));
    std::stop_source stop;
    std::jthread stopper([&] {
      std::this_thread::sleep_for(100ms);
      stop.request_stop();
    });
    std::string code;
    const auto took = time_of([&] {
      const auto result = client->send(request, stop.get_token());
      code = code_of(result);
      if (!result) CHECK(result.error().fault == Fault::interrupted);
    });
    CHECK(code == "http.interrupted");
    return took;
  };
  SUBCASE("in silence") {
    Reply silent = test::json_reply("{}");
    silent.headers_then_silence = true;
    FaultServer server(play({silent}));
    CHECK(stopped_after(get(server.url()), system_clock(), {}) < 600ms);
  }
  SUBCASE("in a wait the server asked for") {
    FaultServer server(play({status(429, {{"Retry-After", "60"}})}));
    CHECK(stopped_after(get(server.url()), system_clock(), {}) < 600ms);
    CHECK(server.received().size() == 1);
  }
  SUBCASE("in a wait of the rate limit") {
    FaultServer server(play({status(502)}));
    ClientOptions options;
    options.requests_per_second = 0.05;
    CHECK(stopped_after(get(server.url()), system_clock(), options) < 600ms);
  }
  SUBCASE("behind another request") {
    Reply silent = test::json_reply("{}");
    silent.headers_then_silence = true;
    FaultServer server(play({silent}));
    ClientOptions options;
    options.max_connections_per_host = 1;
    const auto client = make_client(system_clock(), options);
    std::stop_source stop;
    const auto took = time_of([&] {
      std::vector<std::jthread> both;
      both.reserve(2);
      for (int i = 0; i < 2; ++i) {
        both.emplace_back(
            [&] { CHECK(code_of(client->send(get(server.url()), stop.get_token())) == "http.interrupted"); });
      }
      std::this_thread::sleep_for(100ms);
      stop.request_stop();
    });
    CHECK(took < 600ms);
    CHECK(server.received().size() == 1);
  }
  SUBCASE("before anything was sent") {
    FaultServer server(play({status(200)}));
    FakeClock clock;
    const auto client = make_client(clock);
    std::stop_source stop;
    stop.request_stop();
    CHECK(code_of(client->send(get(server.url()), stop.get_token())) == "http.interrupted");
    CHECK(server.received().empty());
  }
}

TEST_CASE("http::Client: a stopped transfer lets go of its connection") {
  Reply silent = test::json_reply("{}");
  silent.headers_then_silence = true;
  FaultServer server(play({silent, test::json_reply("{}")}));
  ClientOptions options;
  options.max_connections_per_host = 1;
  const auto client = make_client(system_clock(), options);
  std::stop_source stop;
  std::jthread stopper([&] {
    std::this_thread::sleep_for(50ms);
    stop.request_stop();
  });
  CHECK(code_of(client->send(get(server.url()), stop.get_token())) == "http.interrupted");
  Request next = get(server.url());
  next.deadline = 5s;
  CHECK(client->send(next, {}).has_value());
}

TEST_CASE("http::Client: an answer that costs money is taken in after stop, within its grace") {
  Reply slow = test::json_reply("{\"paid\":true}");
  slow.delay = 300ms;
  FaultServer server(play({slow}));
  FakeClock clock;
  const auto client = make_client(clock);
  Request request = get(server.url());
  std::stop_source stop;
  std::jthread stopper([&] {
    std::this_thread::sleep_for(50ms);
    stop.request_stop();
  });
  request.stop_grace = 10s;
  const auto response = client->send(request, stop.get_token());
  REQUIRE(response.has_value());
  CHECK(response->body == "{\"paid\":true}");
}

TEST_CASE("http::Client: a redirect is a value, and no key follows it") {
  FaultServer elsewhere(play({test::json_reply("{}")}));
  FaultServer server(play({status(302, {{"Location", elsewhere.url() + "/steal"}})}));
  FakeClock clock;
  const auto client = make_client(clock);
  Request request = get(server.url());
  request.headers = {{"Authorization", "Bearer sk-12345"}};
  const auto response = client->send(request, {});
  REQUIRE(response.has_value());
  CHECK(response->status == 302);
  CHECK(*response->header("location") == elsewhere.url() + "/steal");
  CHECK(elsewhere.connections() == 0);
}

TEST_CASE("http::Client: cookies are not kept") {
  FaultServer server(play({status(200, {{"Set-Cookie", "metabase.SESSION=abc; Path=/"}})}));
  FakeClock clock;
  const auto client = make_client(clock);
  for (int i = 0; i < 2; ++i) REQUIRE(client->send(get(server.url()), {}).has_value());
  CHECK(server.received().back().header("Cookie") == "");
}

TEST_CASE("http::Client: requests to a host are spaced evenly where a rate is set") {
  FaultServer server(play({test::json_reply("{}")}));
  FakeClock clock;
  ClientOptions options;
  options.requests_per_second = 4;
  const auto client = make_client(clock, options);
  for (int i = 0; i < 4; ++i) REQUIRE(client->send(get(server.url()), {}).has_value());
  CHECK(clock.sleeps() == std::vector<std::chrono::milliseconds>{250ms, 250ms, 250ms});
}

TEST_CASE("http::Client: a proxy is asked for other hosts, never for this machine") {
  FaultServer proxy(play({test::json_reply("{\"by\":\"proxy\"}")}));
  FaultServer server(play({test::json_reply("{\"by\":\"server\"}")}));
  FakeClock clock;
  ClientOptions options;
  options.proxy = proxy.url();
  const auto client = make_client(clock, options);
  const auto far = client->send(get("http://metabase.invalid/api/health"), {});
  REQUIRE(far.has_value());
  CHECK(far->body == "{\"by\":\"proxy\"}");
  CHECK(proxy.received().at(0).target == "http://metabase.invalid/api/health");
  const auto near = client->send(get(server.url()), {});
  REQUIRE(near.has_value());
  CHECK(near->body == "{\"by\":\"server\"}");
}

TEST_CASE("http::Client: a proxy that is not there is named as what could not be reached") {
  FakeClock clock;
  ClientOptions options;
  {
    const FaultServer gone(play({status(200)}));
    options.proxy = gone.url();
  }
  const auto far = make_client(clock, options)->send(get("http://metabase.invalid/api/health"), {});
  REQUIRE_FALSE(far.has_value());
  CHECK(far.error().code == "http.proxy");
  CHECK(far.error().line().find(options.proxy.substr(options.proxy.rfind(':') + 1)) != std::string::npos);
  const auto near = make_client(clock)->send(get(options.proxy + "/api/health"), {});
  REQUIRE_FALSE(near.has_value());
  CHECK(near.error().code == "http.refused");
}

TEST_CASE("http::Client: what cannot be sent is refused before a connection is made") {
  FaultServer server(play({status(200)}));
  FakeClock clock;
  const auto client = make_client(clock);
  for (const char* url : {"", "localhost:3000", "file:///etc/passwd", "http://h/a b"}) {
    CAPTURE(std::string(url));
    const auto result = client->send(get(url), {});
    REQUIRE_FALSE(result.has_value());
    CHECK(result.error().code == "http.bad_request");
    CHECK(result.error().fault == Fault::input);
  }
  Request request = get(server.url());
  request.headers = {{"X-Api-Key", "secret-key\r\nX-Admin: 1"}};
  const auto result = client->send(request, {});
  REQUIRE_FALSE(result.has_value());
  CHECK(result.error().line().find("secret-key") == std::string::npos);
  CHECK(server.connections() == 0);
  ClientOptions options;
  options.ca_file = "/no/such/file.pem";
  CHECK(Client::make(options, clock).error().code == "http.ca_file");
}

}  // namespace kpi::http
