#include "generate_fixture.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

// What a model's server says around its answer: usage that cannot be, and errors in Anthropic's words.
using namespace kpi;
using namespace kpi::test;

TEST_CASE("kpi generate: usage that cannot be is estimated, said so, and priced") {
  const auto answer = dump_json(Json(kpi_list("tb_b", 15)));
  for (const char* usage :
       {R"({"prompt_tokens":0,"completion_tokens":0})", R"({"prompt_tokens":-5,"completion_tokens":-1})",
        R"({"prompt_tokens":18446744073709551615,"completion_tokens":1e300})",
        R"({"prompt_tokens":"many","prompt_tokens_details":null})", "null"}) {
    CAPTURE(std::string(usage));
    ModelWorld world({"tb_b"}, [&](const Asked&, std::size_t) {
      return json_reply(R"({"choices":[{"finish_reason":"stop","message":{"content":)" + answer +
                        R"(}}],"usage":)" + usage + "}");
    });
    const auto ended = run(world.generate());
    CHECK(ended.exit_code == 0);
    CHECK(ended.err.find("they are estimated") != std::string::npos);
    const auto summary = json_of(ended.out)["summary"];
    CHECK(summary["prompt_tokens"].get<int>() > 100);
    CHECK(summary["prompt_tokens"].get<int>() < 10'000);
    CHECK(summary["completion_tokens"].get<int>() > 100);
    CHECK(summary["cost_usd"].get<double>() > 0.0005);
    CHECK(summary["cost_usd"].get<double>() < 0.05);
  }
  // Cached tokens are a part of the prompt's, and no more than it.
  ModelWorld world({"tb_b"}, [&](const Asked&, std::size_t) {
    return json_reply(
        R"({"choices":[{"finish_reason":"stop","message":{"content":)" + answer +
        R"(}}],"usage":{"prompt_tokens":2000,"completion_tokens":1000,"prompt_tokens_details":{"cached_tokens":9000}}})");
  });
  CHECK(json_of(run(world.generate()).out)["summary"]["cost_usd"].get<double>() ==
        doctest::Approx((2000 * 0.10 + 1000 * 1.60) / 1e6));
}

TEST_CASE("kpi generate: Anthropic's own refusals and errors are told apart as well") {
  const auto said_why = [](const char* reason, const std::string& text) {
    return json_reply(dump_json({{"type", "message"},
                                 {"model", "claude-sonnet-4-6"},
                                 {"content", Json::array({{{"type", "text"}, {"text", text}}})},
                                 {"stop_reason", reason},
                                 {"usage", {{"input_tokens", 400}, {"output_tokens", 50}}}}));
  };
  const auto json_error = [](int code, const char* body) { return json_reply(body, code); };
  struct Case {
    const char* name;
    Reply reply;
    int exit_code;
    const char* says;
    std::size_t requests;
    std::size_t asked_again;
  };
  const std::vector<Case> cases{
      {"refusal", said_why("refusal", ""), 4, "refused to answer", 1, 0},
      {"cut", said_why("max_tokens", "[{\"na"), 4, "token limit", 1, 0},
      {"context window", said_why("model_context_window_exceeded", ""), 4, "token limit", 1, 0},
      {"no text", said_why("end_turn", ""), 4, "was empty", 2, 0},
      {"overloaded for ever",
       json_error(529, R"({"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}})"), 4,
       "529: Overloaded", 4, 1},
      {"no credit",
       json_error(
           400,
           R"({"type":"error","error":{"type":"invalid_request_error","message":"Your credit balance is too low"}})"),
       3, "no money left", 1, 1},
      {"limit of one's own",
       json_error(
           400,
           R"({"type":"error","error":{"type":"invalid_request_error","message":"You have reached your specified API usage limits."}})"),
       3, "no money left", 1, 1},
      {"spend limit",
       json_error(
           429,
           R"({"type":"error","error":{"type":"rate_limit_error","message":"no","details":{"error_code":"enforced_spend_limit_reached"}}})"),
       3, "no money left", 1, 1},
      {"wrong key",
       json_error(
           401, R"({"type":"error","error":{"type":"authentication_error","message":"invalid x-api-key"}})"),
       3, "ANTHROPIC_API_KEY", 1, 1},
      {"too large",
       json_error(413, R"({"type":"error","error":{"type":"request_too_large","message":"too large"}})"), 4,
       "longer than the model takes", 1, 1}};
  for (const auto& one : cases) {
    CAPTURE(std::string(one.name));
    ModelWorld world({"tb_1"}, [&one](const Asked&, std::size_t) { return one.reply; });
    world.environment.erase("OPENAI_API_KEY");
    world.environment.erase("KPI_LLM_MODEL");
    world.environment["ANTHROPIC_API_KEY"] = "sk-ant-planted";
    const auto ended = run(world.generate({"--provider", "anthropic"}));
    CAPTURE(ended.err);
    CHECK(ended.exit_code == one.exit_code);
    CHECK(ended.err.find(one.says) != std::string::npos);
    CHECK(ended.out.empty() == (one.exit_code == 3));
    CHECK(world.model.asked().size() == one.requests);
    world.model.restart(
        [&](const Asked&, std::size_t) { return said_why("end_turn", kpi_list("tb_1", 15)); });
    CHECK(run(world.generate({"--provider", "anthropic"})).exit_code == (one.asked_again > 0 ? 0 : 4));
    CHECK(world.model.asked().size() == one.asked_again);
    CHECK(files_with(world.folder(), "sk-ant-planted").empty());
  }
}
