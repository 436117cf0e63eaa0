#include "estimate.hpp"

#include "report_io.hpp"

#include <kpi/llm/model_generator.hpp>
#include <kpi/stages/generate.hpp>

#include <cmath>

namespace kpi::app {
namespace {

/// Notes what it is asked to write, and writes nothing.
class Listener final : public llm::Generator {
public:
  Result<llm::Draft> generate(const llm::TableTask& task, llm::Spent&, std::stop_token) override {
    tasks_.push_back(task);
    return llm::Draft{};
  }
  [[nodiscard]] std::string_view provider() const override { return "estimate"; }
  [[nodiscard]] std::string_view model() const override { return ""; }
  [[nodiscard]] const std::vector<llm::TableTask>& tasks() const { return tasks_; }

private:
  std::vector<llm::TableTask> tasks_;
};

/// What the model's answers would take that are not stored yet.
Result<llm::Estimate> forecast_of(Session& session, Ports& ports, const GenerateFlags& flags,
                                  const llm::Resolved& resolved, const std::vector<llm::TableTask>& tasks) {
  const auto& settings = session.settings();
  auto models = ports.models();
  if (!models) return std::move(models).error();
  auto share = ports.share();
  if (!share) return std::move(share).error();
  auto prompts = llm::Prompts::load(*share / "prompts");
  if (!prompts) return std::move(prompts).error();
  auto http = ports.model_http();
  if (!http) return std::move(http).error();
  auto state = ports.state();
  if (!state) return std::move(state).error();
  auto chat = llm::open_chat(choice_of(settings.llm, flags),
                             {**http, *state, session.clock(), **models, *share / "prompts"});
  // A forecast needs no key: what would be asked is known without one.
  if (!chat && chat.error().code != "llm.no_key") return std::move(chat).error();
  const auto is_stored = [&](const llm::Prompt& prompt) -> Result<bool> {
    return chat ? chat->client->is_stored(prompt) : Result<bool>(false);
  };
  return llm::estimate(*prompts, settings.llm, tasks, **models, resolved.provider, resolved.model, is_stored);
}

}  // namespace

Result<Ending> estimate_generation(Session& session, Ports& ports, const model::SchemaReport& schema,
                                   const GenerateFlags& flags) {
  const auto& settings = session.settings();
  auto models = ports.models();
  if (!models) return std::move(models).error();
  auto domain = ports.domain();
  if (!domain) return std::move(domain).error();
  auto resolved = llm::resolve(choice_of(settings.llm, flags), **models);
  if (!resolved) return std::move(resolved).error();

  // The stage itself says which tables it would write for.
  Listener listener;
  SilentProgress silent;
  auto context = session.context(schema.envelope.metabase_url);
  const stages::Context quietly{context.run, context.metabase_url, 1, context.clock, silent, context.stop};
  auto heard = stages::generate(schema, options_of(session, flags), {listener, nullptr, **domain}, quietly);
  if (!heard) return std::move(heard).error();
  const auto& tasks = listener.tasks();

  llm::Estimate estimate;  // rules and recorded answers take nothing
  if (resolved->provider != "rules" && resolved->provider != "replay") {
    auto forecast = forecast_of(session, ports, flags, *resolved, listener.tasks());
    if (!forecast) return std::move(forecast).error();
    estimate = *forecast;
  }
  const Json forecast{
      {"provider", resolved->provider},
      {"model", resolved->model},
      {"tables", tasks.size()},
      {"calls", estimate.calls},
      {"cached_calls", estimate.cached_calls},
      {"prompt_tokens", estimate.prompt_tokens},
      {"completion_tokens", estimate.completion_tokens},
      {"cost_usd", estimate.cost_usd ? Json(std::round(*estimate.cost_usd * 1e6) / 1e6) : Json(nullptr)}};
  auto written = write_output(session.common().output, dump_json(forecast, 2) + "\n");
  if (!written) return std::move(written).error();
  if (*written == Written::closed) return Ending{Exit::closed, ""};
  if (resolved->provider == "rules" || resolved->provider == "replay") {
    session.console().line(fmt::format("generate: {} for {} tables asks no model and costs nothing",
                                       resolved->provider, tasks.size()));
    return Ending{};
  }
  session.console().line(fmt::format(
      "generate: about {} calls for {} tables with {} {} ({} answers are stored), {} + {} tokens, {}",
      estimate.calls, tasks.size(), resolved->provider, resolved->model, estimate.cached_calls,
      estimate.prompt_tokens, estimate.completion_tokens,
      estimate.cost_usd ? fmt::format("{:.2f} USD at the prices of {}", *estimate.cost_usd, (**models).dated)
                        : std::string("at a price that config/models.yaml does not know")));
  return Ending{};
}

}  // namespace kpi::app
