#pragma once

#include "ports.hpp"
#include "stage_commands.hpp"

#include <kpi/llm/registry.hpp>

#include <memory>

namespace kpi::app {

/// What settings and flags ask for, as kpi::llm takes it.
[[nodiscard]] llm::ProviderChoice choice_of(const config::LlmSettings& settings, const GenerateFlags& flags);

/// What a choice of provider comes to, and the outside world that kpi::llm opens it with.
struct ProviderOpening {
  llm::Resolved resolved;
  llm::ProviderPorts ports;
};
enum class For {
  looking,  ///< sends nothing, opens no state
  asking
};
/// The one place that knows what a provider needs: the state file and the purse only where it may be paid.
/// Fails (input) as llm::resolve() does, and as `ports` do.
Result<ProviderOpening> prepare_provider(Session& session, Ports& ports, const llm::ProviderChoice& choice,
                                         For what);

/// Makes sure, before anything is waited for, that open_providers() will find keys and templates. Sends
/// nothing, opens no state. Fails (input) as llm::open_provider() does.
Result<Done> check_provider(Session& session, Ports& ports, const GenerateFlags& flags);

/// The generator that settings and flags ask for, and the one that steps in where it fails, if any. Says
/// which provider was taken.
struct Providers {
  std::unique_ptr<llm::Generator> generator;
  std::unique_ptr<llm::Generator> fallback;
};
Result<Providers> open_providers(Session& session, Ports& ports, const GenerateFlags& flags);

}  // namespace kpi::app
