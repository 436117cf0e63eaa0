#include "support/fake_transport.hpp"

#include <kpi/llm/anthropic.hpp>

#include <doctest/doctest.h>

#include <string>

using namespace kpi;

namespace {

constexpr const char* whole =
    R"({"type":"message","model":"m-1","content":[{"type":"thinking","thinking":"hm"},{"type":"text","text":"[]"}],"stop_reason":"end_turn","usage":{"input_tokens":410,"cache_creation_input_tokens":20,"cache_read_input_tokens":1420,"output_tokens":388}})";

llm::AnthropicModel model_at(const std::string& base, http::Transport& transport) {
  return llm::AnthropicModel({base, "m", config::Secret("key-planted"), std::chrono::seconds{5}}, transport);
}

llm::Question question() {
  return {"You write KPIs.", "Write.", Json{{"type", "object"}}, 100, 0.2, "T", "h"};
}

}  // namespace

TEST_CASE("llm::AnthropicModel: asks as the API wants and reads what it says") {
  test::FakeTransport transport;
  transport.on("POST /v1/messages", test::json(whole));
  for (const char* base : {"http://h.test", "http://h.test/", "http://h.test/v1"}) {
    CAPTURE(base);
    auto model = model_at(base, transport);
    CHECK(model.endpoint() == "http://h.test");
    const auto raw = model.ask(question(), {});
    REQUIRE(raw);
    const auto answer = model.read(*raw);
    REQUIRE(answer);
    CHECK(answer->text == "[]");
    CHECK(answer->usage.prompt_tokens == 1850);
    CHECK(answer->usage.cached_tokens == 1420);
    CHECK(answer->usage.completion_tokens == 388);
  }
  const auto body = transport.last_body("POST");
  CHECK(body["system"][0]["cache_control"]["type"] == "ephemeral");
  CHECK(body["messages"].size() == 1);
  CHECK(body["output_config"]["format"]["type"] == "json_schema");
  CHECK(test::header_of(transport.last("POST"), "x-api-key") == "key-planted");
  CHECK(test::header_of(transport.last("POST"), "anthropic-version") == "2023-06-01");
}

TEST_CASE("llm::AnthropicModel: resends once without output_config where a server does not know it") {
  test::FakeTransport transport;
  transport.on(
      "POST /v1/messages",
      {test::json(
           R"({"type":"error","error":{"type":"invalid_request_error","message":"output_config: Extra inputs are not permitted"}})",
           400),
       test::json(whole)});
  auto model = model_at("http://h.test", transport);
  REQUIRE(model.ask(question(), {}));
  CHECK(transport.asked().size() == 2);
  CHECK_FALSE(transport.last_body("POST").contains("output_config"));
}

TEST_CASE("llm::AnthropicModel: names refusals, cut answers and errors") {
  test::FakeTransport transport;
  const auto model = model_at("", transport);
  CHECK(model.read({200, R"({"content":[],"stop_reason":"refusal"})"})->finish == llm::Finish::refusal);
  CHECK(model.read({200, R"({"content":[],"stop_reason":"end_turn"})"})->finish == llm::Finish::empty);
  CHECK(
      model.read({200, R"({"content":[{"type":"text","text":"[{"}],"stop_reason":"max_tokens"})"})->finish ==
      llm::Finish::length);
  CHECK_FALSE(model.read({200, R"({"type":"error","error":{"type":"overloaded_error","message":"busy"}})"}));
  CHECK_FALSE(model.read({200, "not JSON"}));
  transport.on(
      "POST /v1/messages",
      test::json(
          R"({"type":"error","error":{"type":"rate_limit_error","message":"x","details":{"error_code":"enforced_spend_limit_reached"}}})",
          429));
  auto asked = model_at("http://h.test", transport);
  const auto raw = asked.ask(question(), {});
  REQUIRE_FALSE(raw);
  CHECK(raw.error().code == "llm.no_money");
  CHECK(raw.error().fault == Fault::unreachable);
}
