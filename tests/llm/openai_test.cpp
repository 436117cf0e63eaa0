#include "support/fake_transport.hpp"

#include <kpi/llm/openai.hpp>

#include <doctest/doctest.h>

#include <array>
#include <string>

using namespace kpi;

namespace {

constexpr const char* key = "sk-planted-key";
constexpr const char* whole =
    R"({"model":"m-1","choices":[{"finish_reason":"stop","message":{"content":"{\"kpis\":[]}"}}],"usage":{"prompt_tokens":10,"completion_tokens":4,"prompt_tokens_details":{"cached_tokens":6}}})";

llm::OpenAiModel model_at(const std::string& base, http::Transport& transport) {
  return llm::OpenAiModel({base, "m", config::Secret(key), std::chrono::seconds{5}}, transport);
}

llm::Question question() {
  return {"You write KPIs.", "Write.", Json{{"type", "object"}}, 100, 0.2, "T", "h"};
}

}  // namespace

TEST_CASE("llm::OpenAiModel: asks as the API wants and reads what it says") {
  test::FakeTransport transport;
  transport.on("POST /v1/chat/completions", test::json(whole));
  auto model = model_at("http://h.test/v1/", transport);
  const auto raw = model.ask(question(), {});
  REQUIRE(raw);
  const auto answer = model.read(*raw);
  REQUIRE(answer);
  CHECK(answer->text == "{\"kpis\":[]}");
  CHECK(answer->model == "m-1");
  CHECK(answer->usage.prompt_tokens == 10);
  CHECK(answer->usage.cached_tokens == 6);
  CHECK(answer->finish == llm::Finish::stop);
  const auto sent = transport.last("POST");
  CHECK(test::header_of(sent, "Authorization") == std::string("Bearer ") + key);
  const auto body = transport.last_body("POST");
  CHECK(body["max_tokens"] == 100);  // another server than OpenAI's own
  CHECK(body["response_format"]["json_schema"]["strict"] == true);
  CHECK(sent.body.find(key) == std::string::npos);
}

TEST_CASE("llm::OpenAiModel: sends equal bytes for an equal question") {
  test::FakeTransport transport;
  transport.on("POST /v1/chat/completions", test::json(whole));
  auto model = model_at("http://h.test/v1", transport);
  REQUIRE(model.ask(question(), {}));
  REQUIRE(model.ask(question(), {}));
  const auto asked = transport.asked();
  REQUIRE(asked.size() == 2);
  CHECK(asked[0].body == asked[1].body);
}

TEST_CASE("llm::OpenAiModel: resends once without the parameter that a 400 names, and remembers") {
  struct Case {
    const char* name;
    const char* error;
    const char* gone;
    const char* instead;
  };
  static constexpr std::array cases{
      Case{"temperature", R"({"error":{"message":"no","param":"temperature","code":"unsupported_value"}})",
           "temperature", "max_tokens"},
      Case{"newer cap", R"({"error":{"message":"Use 'max_completion_tokens' instead","param":"max_tokens"}})",
           "max_tokens", "max_completion_tokens"},
      Case{"in words", R"({"error":"temperature is not supported"})", "temperature", "max_tokens"}};
  for (const auto& c : cases) {
    CAPTURE(c.name);
    test::FakeTransport transport;
    transport.on("POST /v1/chat/completions", {test::json(c.error, 400), test::json(whole)});
    auto model = model_at("http://h.test/v1", transport);
    REQUIRE(model.ask(question(), {}));
    CHECK(transport.asked().size() == 2);
    CHECK_FALSE(transport.last_body("POST").contains(c.gone));
    CHECK(transport.last_body("POST").contains(c.instead));
    REQUIRE(model.ask(question(), {}));
    CHECK(transport.asked().size() == 3);
  }
}

TEST_CASE("llm::OpenAiModel: a 422 that names a parameter is answered like a 400") {
  test::FakeTransport transport;
  transport.on(
      "POST /v1/chat/completions",
      {test::json(
           R"({"object":"error","message":{"detail":[{"type":"extra_forbidden","loc":["body","response_format"],"msg":"Extra inputs are not permitted"}]},"param":null})",
           422),
       test::json(R"({"detail":[{"type":"extra_forbidden","loc":["body","temperature"]}]})", 422),
       test::json(whole)});
  auto model = model_at("http://h.test/v1", transport);
  REQUIRE(model.ask(question(), {}));
  CHECK(transport.last_body("POST").at("response_format").at("type") == "json_object");
  CHECK_FALSE(transport.last_body("POST").contains("temperature"));
}

TEST_CASE("llm::OpenAiModel: resends once for each parameter, and no more") {
  for (const auto& one :
       {std::pair{"temperature", 2U}, std::pair{"max_tokens", 2U}, std::pair{"response_format", 3U}}) {
    const std::string parameter = one.first;
    CAPTURE(parameter);
    test::FakeTransport transport;
    transport.on("POST /v1/chat/completions",
                 test::json(R"({"error":{"message":"no","param":")" + parameter + R"("}})", 400));
    auto model = model_at("http://h.test/v1", transport);
    const auto raw = model.ask(question(), {});
    REQUIRE_FALSE(raw);
    CHECK(raw.error().code == "llm.rejected");
    CHECK(transport.asked().size() == one.second);
  }
  test::FakeTransport transport;
  transport.on("POST /v1/chat/completions",
               {test::json(R"({"error":{"message":"no","param":"temperature"}})", 400),
                test::json(R"({"error":{"message":"no","param":"max_tokens"}})", 400), test::json(whole)});
  auto model = model_at("http://h.test/v1", transport);
  REQUIRE(model.ask(question(), {}));
  CHECK_FALSE(transport.last_body("POST").contains("temperature"));
  CHECK(transport.last_body("POST").contains("max_completion_tokens"));
}

TEST_CASE(
    "llm::OpenAiModel: asks for JSON where a schema is not taken, and for text where that is not either") {
  test::FakeTransport transport;
  const auto no = test::json(R"({"error":{"message":"This response_format type is unavailable now"}})", 400);
  transport.on("POST /v1/chat/completions", {no, no, test::json(whole)});
  auto model = model_at("http://h.test/v1", transport);
  REQUIRE(model.ask(question(), {}));
  const auto asked = transport.asked();
  REQUIRE(asked.size() == 3);
  CHECK(parse_json(asked[1].body, "")->at("response_format").at("type") == "json_object");
  CHECK_FALSE(parse_json(asked[2].body, "")->contains("response_format"));
}

TEST_CASE("llm::OpenAiModel: asks for less where a server says how much it can answer") {
  struct Case {
    const char* message;
    int tokens;
  };
  for (const auto& c :
       {Case{
            "This model's maximum context length is 4096 tokens. However, you requested 9500 tokens (1500 in "
            "the messages, 8000 in the completion).",
            2580},
        Case{"'max_tokens' or 'max_completion_tokens' is too large: 8000. This model's maximum context "
             "length is "
             "4096 tokens and your request has 1024 input tokens (8000 > 4096 - 1024).",
             3056},
        Case{"max_tokens is too large: 8000. This model supports at most 4096 completion tokens, whereas you "
             "provided 8000.",
             4096},
        Case{"max_tokens: 8000 > 4096, which is the maximum allowed number of output tokens for m", 4096}}) {
    CAPTURE(c.message);
    test::FakeTransport transport;
    transport.on("POST /v1/chat/completions",
                 {test::json(dump_json({{"error", {{"message", c.message}, {"code", 400}}}}), 400),
                  test::json(whole)});
    auto model = model_at("http://h.test/v1", transport);
    auto large = question();
    large.max_tokens = 8000;
    REQUIRE(model.ask(large, {}));
    CHECK(transport.last_body("POST")["max_tokens"] == c.tokens);
  }
}

TEST_CASE("llm::OpenAiModel: Azure's deployments get their key where they look for it") {
  test::FakeTransport transport;
  transport.play = [](const http::Request&) { return test::json(whole); };
  auto azure = model_at("http://h.test/openai/deployments/d?api-version=2024-10-21", transport);
  REQUIRE(azure.ask(question(), {}));
  const auto sent = transport.asked().back();
  CHECK(sent.url == "http://h.test/openai/deployments/d/chat/completions?api-version=2024-10-21");
  CHECK(test::header_of(sent, "api-key") == key);
  CHECK(test::header_of(sent, "Authorization").empty());
}

TEST_CASE("llm::OpenAiModel: usage that cannot be is estimated") {
  test::FakeTransport transport;
  const auto model = model_at("", transport);
  for (const char* usage : {"", R"(,"usage":null)", R"(,"usage":{})", R"(,"usage":{"prompt_tokens":-4})",
                            R"(,"usage":{"prompt_tokens":1e30,"completion_tokens":"7"})",
                            R"(,"usage":{"prompt_tokens":999999999999,"completion_tokens":-1})"}) {
    CAPTURE(usage);
    const auto answer =
        model.read({200, R"({"choices":[{"message":{"content":"12345678"}}])" + std::string(usage) + "}"});
    REQUIRE(answer);
    CHECK(answer->usage.estimated);
    CHECK(answer->usage.completion_tokens == 2);
    CHECK(answer->usage.prompt_tokens == 0);  // for whoever knows the prompt
  }
}

TEST_CASE("llm::OpenAiModel: one deadline covers all resends of a question") {
  test::FakeTransport transport;
  const auto slowly = [](std::chrono::milliseconds span) {
    auto response =
        test::text(400, R"({"error":{"message":"no","param":"temperature","code":"unsupported_value"}})");
    response.elapsed = span;
    return response;
  };
  transport.on("POST /v1/chat/completions", slowly(std::chrono::seconds{3}));
  auto model = model_at("http://h.test/v1", transport);
  CHECK_FALSE(model.ask(question(), {}));
  auto asked = transport.asked();
  REQUIRE(asked.size() == 2);  // the parameter was left out, and complained of all the same
  CHECK(asked[0].deadline == std::chrono::seconds{5});
  CHECK(asked[1].deadline == std::chrono::seconds{2});

  test::FakeTransport slow;
  slow.on("POST /v1/chat/completions", slowly(std::chrono::seconds{5}));
  auto late = model_at("http://h.test/v1", slow);
  CHECK_FALSE(late.ask(question(), {}));
  CHECK(slow.asked().size() == 1);
}

TEST_CASE("llm::OpenAiModel: a server that quotes its request brings no key into what is stored") {
  test::FakeTransport transport;
  transport.on(
      "POST /v1/chat/completions",
      test::json(std::string(R"({"error":"no","headers":{"authorization":"Bearer )") + key + "\"}}"));
  auto model = model_at("http://h.test/v1", transport);
  const auto raw = model.ask(question(), {});
  REQUIRE(raw);
  CHECK(raw->body.find(key) == std::string::npos);
  CHECK(raw->body.find("Bearer ***") != std::string::npos);
}

TEST_CASE("llm::OpenAiModel: a slash more is the same server, and so the same stored answers") {
  test::FakeTransport transport;
  CHECK(model_at("http://h.test/v1/", transport).endpoint() == "http://h.test/v1");
  CHECK(model_at("http://h.test/v1", transport).endpoint() == "http://h.test/v1");
  CHECK(model_at("http://h.test/v1/?api-version=2", transport).endpoint() ==
        "http://h.test/v1?api-version=2");
}

TEST_CASE("llm::OpenAiModel: tells what fails for all from what fails for one table") {
  struct Case {
    int status;
    const char* body;
    const char* code;
    Fault fault;
  };
  static const std::array cases{
      Case{401,
           R"({"error":{"message":"Incorrect API key provided: sk-planted-key","code":"invalid_api_key"}})",
           "llm.credentials", Fault::unreachable},
      Case{403, "<html>no</html>", "llm.credentials", Fault::unreachable},
      Case{404, R"({"error":{"message":"no such model","code":"model_not_found"}})", "llm.no_model",
           Fault::unreachable},
      Case{402, R"({"error":{"message":"no credit"}})", "llm.no_money", Fault::unreachable},
      Case{429, R"({"error":{"message":"quota","type":"insufficient_quota","code":"insufficient_quota"}})",
           "llm.no_money", Fault::unreachable},
      Case{429, R"({"error":{"message":"slow sk-planted-key","type":"tokens","code":"rate_limit_exceeded"}})",
           "llm.rate_limited", Fault::item},
      Case{400, R"({"error":{"message":"too long","code":"context_length_exceeded"}})", "llm.too_long",
           Fault::item},
      Case{
          400,
          R"({"error":{"message":"input length and `max_tokens` exceed context limit: 195000 + 8000 > 200000"}})",
          "llm.too_long", Fault::item},
      Case{
          400,
          R"([{"error":{"message":"The input token count (9) exceeds the maximum number of tokens allowed"}}])",
          "llm.too_long", Fault::item},
      Case{
          429,
          R"({"error":{"message":"Request too large for m on tokens per min (TPM): Limit 10000, Requested 14000.","type":"tokens","code":"rate_limit_exceeded"}})",
          "llm.too_long", Fault::item},
      Case{400, R"({"error":{"message":"no","code":"content_filter"}})", "llm.filtered", Fault::item},
      Case{422, R"({"object":"error","message":"bad","code":422})", "llm.rejected", Fault::item},
      Case{422, R"({"detail":[{"loc":["body","model"],"msg":"unknown"}]})", "llm.rejected", Fault::item},
      Case{429, R"({"error":{"message":"Your account is not active","type":"billing_not_active"}})",
           "llm.no_money", Fault::unreachable},
      Case{
          400,
          R"({"error":{"type":"invalid_request_error","message":"You have reached your specified API usage limits. You will regain access on 2026-12-01 at 00:00 UTC."}})",
          "llm.no_money", Fault::unreachable},
      Case{400, R"([{"error":{"code":400,"message":"API key not valid. Please pass a valid API key."}}])",
           "llm.credentials", Fault::unreachable},
      Case{500, "", "llm.server", Fault::item},
      Case{522, "<!DOCTYPE html><p>Connection timed out</p>", "llm.server", Fault::item},
      Case{502, "<!DOCTYPE html><p>Bad Gateway</p>", "llm.server", Fault::item}};
  for (const auto& c : cases) {
    CAPTURE(c.status);
    CAPTURE(c.body);
    test::FakeTransport transport;
    transport.on("POST /v1/chat/completions", test::text(c.status, c.body));
    auto model = model_at("http://h.test/v1", transport);
    const auto raw = model.ask(question(), {});
    REQUIRE_FALSE(raw);
    CHECK(raw.error().code == c.code);
    CHECK(raw.error().fault == c.fault);
    CHECK(raw.error().line().find(key) == std::string::npos);
  }
}

TEST_CASE("llm::OpenAiModel: a broken connection ends one table, a refused one the run") {
  for (const auto& [code, fault] :
       {std::pair{"http.reset", Fault::item}, std::pair{"http.timeout", Fault::item},
        std::pair{"http.refused", Fault::unreachable}}) {
    test::FakeTransport transport;
    transport.on("POST /v1/chat/completions", test::broken(code));
    auto model = model_at("http://h.test/v1", transport);
    const auto raw = model.ask(question(), {});
    REQUIRE_FALSE(raw);
    CHECK(raw.error().code == code);
    CHECK(raw.error().fault == fault);
  }
}

TEST_CASE("llm::OpenAiModel: classes odd answers and crashes on none") {
  test::FakeTransport transport;
  const auto model = model_at("", transport);
  const auto finish = [&](const char* body) {
    const auto answer = model.read({200, body});
    REQUIRE(answer);
    return answer->finish;
  };
  CHECK(
      finish(R"({"choices":[{"finish_reason":"stop","message":{"content":null,"refusal":"I'm sorry"}}]})") ==
      llm::Finish::refusal);
  CHECK(finish(R"({"choices":[{"finish_reason":"content_filter","message":{"content":""}}]})") ==
        llm::Finish::filtered);
  CHECK(finish(R"({"choices":[{"finish_reason":"length","message":{"content":"[{"}}]})") ==
        llm::Finish::length);
  CHECK(finish(R"({"choices":[{"finish_reason":"length","message":{"content":" "}}]})") ==
        llm::Finish::length);
  CHECK(finish(R"({"choices":[{"message":{"content":[{"type":"refusal","refusal":"no"}]}}]})") ==
        llm::Finish::refusal);
  CHECK(finish(R"({"choices":[{"message":{}}]})") == llm::Finish::empty);
  CHECK(finish(R"({"choices":[{"finish_reason":"model_length","message":{"content":"[{"}}]})") ==
        llm::Finish::length);
  CHECK(
      model
          .read(
              {200,
               R"({"choices":[{"finish_reason":"tool_calls","message":{"content":null,"tool_calls":[{"function":{"name":"f","arguments":"{\"kpis\":[]}"}}]}}]})"})
          ->text == "{\"kpis\":[]}");
  CHECK(finish("\n\n {\"choices\":[{\"message\":{\"content\":\"x\"}}],\"usage\":{\"prompt_tokens\":-4}}") ==
        llm::Finish::stop);
  for (const char* body : {"", "null", "[]", "{}", "<html>", R"({"choices":null})", R"({"choices":[]})",
                           R"({"choices":[3]})", R"({"error":{"message":"m","code":"x"}})"}) {
    CAPTURE(body);
    CHECK_FALSE(model.read({200, body}));
  }
  CHECK(model.read({200, R"({"error":{"message":"m","code":"insufficient_quota"}})"}).error().fault ==
        Fault::unreachable);
}
