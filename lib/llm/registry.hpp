#pragma once

#include <kpi/base/clock.hpp>
#include <kpi/config/resources.hpp>
#include <kpi/config/settings.hpp>
#include <kpi/http/message.hpp>
#include <kpi/llm/chat_client.hpp>
#include <kpi/llm/generator.hpp>
#include <kpi/llm/repairer.hpp>
#include <kpi/store/state.hpp>

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

namespace kpi::llm {

/// What a provider may need of the outside world. The references outlive the generator.
struct ProviderPorts {
  http::Transport& transport;
  store::State* state = nullptr;  ///< null: answers are neither stored nor found
  Clock& clock;
  const config::ModelTable& models;
  std::filesystem::path prompts;      ///< folder of the templates
  std::shared_ptr<Purse> purse = {};  ///< of all who spend in this process; none: each has the whole budget
};

/// What was asked for.
struct ProviderChoice {
  config::LlmSettings settings = {};
  bool use_cache = true;
  std::filesystem::path record = {};  ///< answers are written here; empty: not
  std::filesystem::path replay = {};  ///< answers are read from here; empty: not
};

struct OpenedChat {
  std::unique_ptr<ChatClient> client;  ///< null for rules, which ask nobody
  std::string taken;                   ///< "openai gpt-4.1-mini: asked for", for a person
};

struct OpenedProvider {
  std::unique_ptr<Generator> generator;
  std::string taken;  ///< "rules: no model is configured", for a person
};

/// The names that --provider takes: "auto", then the table's.
[[nodiscard]] std::vector<std::string> provider_names();

/// The provider's name and model that `choice` comes to, `auto` resolved: a replay folder, else OpenAI if a
/// key or base URL is set, else Anthropic if its key is, else rules.
struct Resolved {
  std::string provider;
  std::string model;  ///< empty for rules and replay
  std::string why;
};
[[nodiscard]] Result<Resolved> resolve(const ProviderChoice& choice, const config::ModelTable& models);

/// The model for `choice`, with its cache, limits and ledger: for anyone who has a question. Fails as
/// open_provider().
Result<OpenedChat> open_chat(const ProviderChoice& choice, const ProviderPorts& ports);

/// The generator for `choice`. Fails (input): "llm.provider" for an unknown name, "llm.no_key" where a
/// provider has no key and needs one, "llm.replay" without a folder, "llm.record" without one that can be
/// written to, and as Prompts::load().
Result<OpenedProvider> open_provider(const ProviderChoice& choice, const ProviderPorts& ports);

/// Who corrects KPIs for `choice`; none for rules, which never pay. Fails as open_provider().
Result<std::unique_ptr<Repairer>> open_repairer(const ProviderChoice& choice, const ProviderPorts& ports);

}  // namespace kpi::llm
