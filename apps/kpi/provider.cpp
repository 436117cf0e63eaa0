#include "provider.hpp"

#include <kpi/llm/rules.hpp>

namespace kpi::app {

llm::ProviderChoice choice_of(const config::LlmSettings& settings, const GenerateFlags& flags) {
  return {settings, !flags.no_cache, flags.record, flags.replay};
}

Result<Done> check_provider(Session& session, Ports& ports, const GenerateFlags& flags) {
  auto models = ports.models();
  if (!models) return std::move(models).error();
  auto share = ports.share();
  if (!share) return std::move(share).error();
  auto http = ports.http();
  if (!http) return std::move(http).error();
  auto opened = llm::open_provider(choice_of(session.settings().llm, flags),
                                   {**http, nullptr, session.clock(), **models, *share / "prompts"});
  if (!opened) return std::move(opened).error();
  return Done{};
}

Result<Providers> open_providers(Session& session, Ports& ports, const GenerateFlags& flags) {
  const auto choice = choice_of(session.settings().llm, flags);
  auto models = ports.models();
  if (!models) return std::move(models).error();
  auto share = ports.share();
  if (!share) return std::move(share).error();
  auto http = ports.http();
  if (!http) return std::move(http).error();
  auto resolved = llm::resolve(choice, **models);
  if (!resolved) return std::move(resolved).error();
  store::State* state = nullptr;
  if (resolved->provider != "rules" &&
      resolved->provider != "replay") {  // those two have nothing to remember
    auto opened = ports.state();
    if (!opened) return std::move(opened).error();
    state = *opened;
  }
  auto provider = llm::open_provider(
      choice, {**http, state, session.clock(), **models, *share / "prompts", ports.purse()});
  if (!provider) return std::move(provider).error();
  session.log().info("provider {}", provider->taken);

  Providers providers;
  providers.generator = std::move(provider->generator);
  if (flags.fallback == "rules" && resolved->provider != "rules") {
    providers.fallback = std::make_unique<llm::RulesGenerator>(session.clock());
  }
  return providers;
}

}  // namespace kpi::app
