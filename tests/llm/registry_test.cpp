#include "llm/fixture.hpp"
#include "support/fake_clock.hpp"
#include "support/fake_transport.hpp"
#include "support/paths.hpp"

#include <kpi/base/file.hpp>
#include <kpi/llm/openai.hpp>
#include <kpi/llm/registry.hpp>
#include <kpi/llm/replay.hpp>

#include <doctest/doctest.h>

#include <filesystem>

using namespace kpi;

namespace {

std::string taken(const llm::ProviderChoice& choice) {
  config::ModelTable models;
  models.default_openai_model = "o";
  models.default_anthropic_model = "a";
  const auto resolved = llm::resolve(choice, models);
  REQUIRE(resolved);
  return resolved->provider + "/" + resolved->model;
}

}  // namespace

TEST_CASE("llm::resolve: auto takes what is configured") {
  llm::ProviderChoice choice;
  CHECK(taken(choice) == "rules/");
  choice.settings.anthropic_api_key = config::Secret("k");
  CHECK(taken(choice) == "anthropic/a");
  choice.settings.base_url = "http://h.test";
  CHECK(taken(choice) == "openai/o");
  choice.settings.model = "mine";
  CHECK(taken(choice) == "openai/mine");
  choice.settings.provider = "rules";
  CHECK(taken(choice) == "rules/");
}

TEST_CASE("llm::resolve: an unknown provider is named, with the nearest") {
  llm::ProviderChoice choice;
  choice.settings.provider = "antropic";
  const auto resolved = llm::resolve(choice, {});
  REQUIRE_FALSE(resolved);
  CHECK(resolved.error().fault == Fault::input);
  CHECK(resolved.error().code == "llm.provider");
  CHECK(resolved.error().advice == "did you mean anthropic?");
}

TEST_CASE("llm::open_provider: says what it took, and what is missing") {
  test::FakeTransport transport;
  test::FakeClock clock;
  const config::ModelTable models;
  const llm::ProviderPorts ports{transport, nullptr, clock, models,
                                 std::filesystem::path(kpi::test::source_dir) / "prompts"};
  llm::ProviderChoice choice;
  const auto rules = llm::open_provider(choice, ports);
  REQUIRE(rules);
  CHECK(rules->taken == "rules: no model is configured");
  CHECK(rules->generator->provider() == "rules");
  choice.settings.provider = "openai";
  CHECK(llm::open_provider(choice, ports).error().code == "llm.no_key");
  choice.settings.provider = "anthropic";
  CHECK(llm::open_provider(choice, ports).error().code == "llm.no_key");
  choice.settings.provider = "replay";
  CHECK(llm::open_provider(choice, ports).error().code == "llm.replay");
  choice.replay = "/no/such/folder";
  CHECK(llm::open_provider(choice, ports).error().code == "llm.replay");
}

TEST_CASE("llm::ReplayModel: what was recorded is answered again without a connection") {
  const auto folder = std::filesystem::temp_directory_path() / "kpi_llm_replay_test";
  std::filesystem::remove_all(folder);
  test::FakeTransport transport;
  transport.on("POST /v1/chat/completions",
               test::json(R"({"choices":[{"finish_reason":"stop","message":{"content":"[1]"}}]})"));
  llm::OpenAiModel model({"http://h.test/v1", "m", config::Secret("sk-planted"), std::chrono::seconds{1}},
                         transport);
  const llm::Question question{"s", "u", nullptr, 10, 0.2, "TB_ORDER", "abc123"};
  const auto answer = model.ask(question, {});
  REQUIRE(answer);
  REQUIRE(llm::record_answer(folder, model, question, answer->body));
  const auto file = read_file(folder / "abc123.json");
  REQUIRE(file);
  CHECK(file->find("sk-planted") == std::string::npos);

  llm::ReplayModel replay(folder);
  const auto raw = replay.ask(question, {});
  REQUIRE(raw);
  CHECK(replay.read(*raw)->text == "[1]");
  CHECK(transport.asked().size() == 1);

  llm::Question other = question;
  other.prompt_sha256 = "other";
  CHECK(replay.ask(other, {}).error().code == "llm.no_recording");
  REQUIRE(write_file(folder / "tb_order.json", R"([{"name":"A","sql":"SELECT 1"}])"));
  const auto by_table = replay.ask(other, {});
  REQUIRE(by_table);
  CHECK(replay.read(*by_table)->text == R"([{"name":"A","sql":"SELECT 1"}])");
  other.is_follow_up = true;  // a table's file is its first answer, not what that one lacked
  CHECK(replay.ask(other, {}).error().code == "llm.no_recording");
  std::filesystem::remove_all(folder);
}
