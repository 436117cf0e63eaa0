#include "provider.hpp"

#include <kpi/llm/rules.hpp>

namespace kpi::app {

llm::ProviderChoice choice_of(const config::LlmSettings& settings, const GenerateFlags& flags) {
  return {settings, !flags.no_cache, flags.record, flags.replay};
}

Result<ProviderOpening> prepare_provider(Session& session, Ports& ports, const llm::ProviderChoice& choice,
                                         For what) {
  auto models = ports.models();
  if (!models) return std::move(models).error();
  auto share = ports.share();
  if (!share) return std::move(share).error();
  auto http = ports.model_http();
  if (!http) return std::move(http).error();
  auto resolved = llm::resolve(choice, **models);
  if (!resolved) return std::move(resolved).error();
  ProviderOpening opening{std::move(*resolved),
                          {**http, nullptr, session.clock(), **models, *share / "prompts"}};
  if (what == For::looking) return opening;
  opening.ports.purse = ports.purse();
  // Rules and recorded answers cost nothing, so there is nothing to remember.
  if (opening.resolved.provider != "rules" && opening.resolved.provider != "replay") {
    auto state = ports.state();
    if (!state) return std::move(state).error();
    opening.ports.state = *state;
  }
  return opening;
}

Result<Done> check_provider(Session& session, Ports& ports, const GenerateFlags& flags) {
  const auto choice = choice_of(session.settings().llm, flags);
  auto opening = prepare_provider(session, ports, choice, For::looking);
  if (!opening) return std::move(opening).error();
  auto opened = llm::open_provider(choice, opening->ports);
  if (!opened) return std::move(opened).error();
  return Done{};
}

Result<Providers> open_providers(Session& session, Ports& ports, const GenerateFlags& flags) {
  const auto choice = choice_of(session.settings().llm, flags);
  auto opening = prepare_provider(session, ports, choice, For::asking);
  if (!opening) return std::move(opening).error();
  auto provider = llm::open_provider(choice, opening->ports);
  if (!provider) return std::move(provider).error();
  session.log().info("provider {}", provider->taken);

  Providers providers;
  providers.generator = std::move(provider->generator);
  if (flags.fallback == "rules" && opening->resolved.provider != "rules") {
    providers.fallback = std::make_unique<llm::RulesGenerator>(session.clock());
  }
  return providers;
}

}  // namespace kpi::app
