#include <kpi/http/retry.hpp>

#include <doctest/doctest.h>

#include <array>
#include <optional>

namespace kpi::http {
namespace {

using namespace std::chrono_literals;
using std::chrono::milliseconds;

const WallTime now{std::chrono::seconds{1'790'000'000}};  // Mon, 21 Sep 2026 14:13:20 GMT

Outcome answer(int status, std::vector<Header> headers = {}) {
  Response response;
  response.status = status;
  response.headers = std::move(headers);
  return outcome_of(response, now);
}

}  // namespace

TEST_CASE("http::server_wait: reads what servers write and ignores what cannot be meant") {
  struct Case {
    const char* value;
    std::optional<milliseconds> wait;
  };
  const std::array cases{
      Case{"20", 20s},
      Case{"0", 0s},
      Case{"2.6", 2600ms},
      Case{" 7 ", 7s},
      Case{"120", 120s},
      Case{"121", 121s},
      Case{"9999", 9999s},
      Case{"-10", std::nullopt},
      Case{"nan", std::nullopt},
      Case{"inf", std::nullopt},
      Case{"-inf", std::nullopt},
      Case{"", std::nullopt},
      Case{"soon", std::nullopt},
      Case{"5 apples", std::nullopt},
      Case{"0x10", std::nullopt},
      Case{"99999999999999999999999999999999999", 24h * 30},
      Case{"Mon, 21 Sep 2026 14:13:50 GMT", 30s},
      Case{"Monday, 21-Sep-26 14:13:50 GMT", 30s},
      Case{"Mon Sep 21 14:13:50 2026", 30s},
      Case{"Mon, 21 Sep 2026 14:13:20 GMT", 0s},
      Case{"Mon, 21 Sep 2020 14:13:20 GMT", 0s},
      Case{"Mon, 21 Sep 100000 14:13:20 GMT", std::nullopt},
      Case{"Mon, 99 Foo 2026 14:13:20 GMT", std::nullopt},
  };
  for (const auto& c : cases) {
    CAPTURE(std::string(c.value));
    Response response;
    response.headers = {{"Retry-After", c.value}};
    CHECK(server_wait(response, now) == c.wait);
  }
}

TEST_CASE("http::server_wait: a date is taken by the clock of who wrote it") {
  Response response;
  response.headers = {{"Date", "Mon, 21 Sep 2026 15:13:20 GMT"},
                      {"Retry-After", "Mon, 21 Sep 2026 15:13:50 GMT"}};
  CHECK(server_wait(response, now) == 30s);  // an hour ahead of ours
  response.headers[0].value = "Mon, 21 Sep 2026 12:13:20 GMT";
  response.headers[1].value = "Mon, 21 Sep 2026 12:13:25 GMT";
  CHECK(server_wait(response, now) == 5s);
  response.headers[0].value = "no date";
  response.headers[1].value = "Mon, 21 Sep 2026 14:13:30 GMT";
  CHECK(server_wait(response, now) == 10s);
}

TEST_CASE("http::server_wait: retry-after-ms wins over Retry-After, unless it makes no sense") {
  Response response;
  CHECK(server_wait(response, now) == std::nullopt);
  response.headers = {{"Retry-After", "20"}, {"Retry-After-Ms", "1500"}};
  CHECK(server_wait(response, now) == 1500ms);
  response.headers = {{"Retry-After", "20"}, {"retry-after-ms", "-1"}};
  CHECK(server_wait(response, now) == 20s);
  response.headers = {{"retry-after-ms", "0.2"}};
  CHECK(server_wait(response, now) == 1ms);
}

TEST_CASE("http::worth_retry: what was not processed always, what is unsure only when it may be repeated") {
  struct Case {
    const char* name;
    Outcome outcome;
    bool safe;
    bool never;
  };
  Outcome unsent;
  unsent.sent = false;
  Outcome hopeless = unsent;
  hopeless.hopeless = true;
  const std::array cases{
      Case{"refused", unsent, true, true},
      Case{"certificate", hopeless, false, false},
      Case{"reset", Outcome{}, true, false},
      Case{"200", answer(200), false, false},
      Case{"200 told to", answer(200, {{"x-should-retry", "true"}}), false, false},
      Case{"404", answer(404), false, false},
      Case{"409 told to", answer(409, {{"x-should-retry", "true"}}), true, false},
      Case{"500", answer(500), false, false},
      Case{"502", answer(502), true, false},
      Case{"503", answer(503), true, false},
      Case{"503 with a wait", answer(503, {{"Retry-After", "1"}}), true, true},
      Case{"529", answer(529), true, false},
      Case{"429", answer(429), true, false},
      Case{"429 with a wait", answer(429, {{"retry-after-ms", "10"}}), true, true},
      Case{"429 told not to", answer(429, {{"x-should-retry", "false"}, {"Retry-After", "1"}}), false, false},
      Case{"502 with a wait", answer(502, {{"Retry-After", "1"}}), true, false},
  };
  for (const auto& c : cases) {
    CAPTURE(std::string(c.name));
    Request request;
    CHECK(worth_retry(request, c.outcome) == c.safe);
    request.repeat = Repeat::never;
    CHECK(worth_retry(request, c.outcome) == c.never);
  }
}

TEST_CASE("http::retry_wait: full jitter that doubles up to a cap, on top of what the server asked for") {
  const Outcome plain = answer(502);
  CHECK(retry_wait(1, 0.0, plain) == 0ms);
  CHECK(retry_wait(1, 0.5, plain) == 250ms);
  CHECK(retry_wait(2, 0.5, plain) == 500ms);
  CHECK(retry_wait(3, 0.5, plain) == 1000ms);
  CHECK(retry_wait(7, 0.5, plain) == 10s);
  CHECK(retry_wait(1'000'000, 0.5, plain) == 10s);
  const Outcome asked = answer(429, {{"Retry-After", "20"}});
  CHECK(retry_wait(1, 0.0, asked) == 20s);
  CHECK(retry_wait(1, 0.5, asked) == 20'250ms);
}

TEST_CASE("http::RetryBudget: a hundred retries, then only what successes pay back") {
  RetryBudget budget;
  for (int i = 0; i < 100; ++i) CHECK(budget.take());
  CHECK_FALSE(budget.take());
  for (int i = 0; i < 4; ++i) budget.pay_back(0);
  CHECK_FALSE(budget.take());
  budget.pay_back(0);
  CHECK(budget.take());
  budget.pay_back(3);
  for (int i = 0; i < 3; ++i) CHECK(budget.take());
  CHECK_FALSE(budget.take());
}

}  // namespace kpi::http
