#include <kpi/base/text.hpp>
#include <kpi/http/url.hpp>
#include <kpi/llm/anthropic.hpp>
#include <kpi/llm/model_generator.hpp>
#include <kpi/llm/model_repairer.hpp>
#include <kpi/llm/openai.hpp>
#include <kpi/llm/registry.hpp>
#include <kpi/llm/replay.hpp>
#include <kpi/llm/rules.hpp>

#include <fmt/format.h>

#include <array>

namespace kpi::llm {
namespace {

ModelAccess access_of(const ProviderChoice& choice, const std::string& model, const config::Secret& key) {
  return {choice.settings.base_url, model, key, std::chrono::seconds{choice.settings.timeout_s}};
}

ChatOptions options_of(const ProviderChoice& choice, std::string_view provider) {
  const auto& settings = choice.settings;
  ChatOptions options;
  options.max_tokens = settings.max_tokens;
  options.temperature = settings.temperature;
  options.use_cache = choice.use_cache;
  if (settings.cache_days > 0) options.cache_max_age = std::chrono::days(settings.cache_days);
  options.budget_usd = settings.budget_usd;
  options.limits = {settings.budget_day_usd, settings.budget_month_usd};
  if (provider == "openai")
    options.rates = {settings.openai_requests_per_minute, settings.openai_tokens_per_minute};
  if (provider == "anthropic")
    options.rates = {settings.anthropic_requests_per_minute, settings.anthropic_tokens_per_minute};
  options.timeout = std::chrono::seconds{settings.timeout_s};
  options.record = choice.record;
  return options;
}

Error no_key(const char* provider, const char* variable) {
  return {Fault::input, "llm.no_key", provider, "no key is set",
          fmt::format("set {}, or use --provider rules", variable)};
}

Result<std::unique_ptr<ChatModel>> open_openai(const ProviderChoice& choice, const std::string& model,
                                               http::Transport& transport) {
  // A server of one's own may want no key.
  if (choice.settings.openai_api_key.empty() && choice.settings.base_url.empty())
    return no_key("openai", "OPENAI_API_KEY");
  return std::unique_ptr<ChatModel>(
      std::make_unique<OpenAiModel>(access_of(choice, model, choice.settings.openai_api_key), transport));
}

Result<std::unique_ptr<ChatModel>> open_anthropic(const ProviderChoice& choice, const std::string& model,
                                                  http::Transport& transport) {
  if (choice.settings.anthropic_api_key.empty()) return no_key("anthropic", "ANTHROPIC_API_KEY");
  return std::unique_ptr<ChatModel>(std::make_unique<AnthropicModel>(
      access_of(choice, model, choice.settings.anthropic_api_key), transport));
}

Result<std::unique_ptr<ChatModel>> open_replay(const ProviderChoice& choice, const std::string&,
                                               http::Transport&) {
  if (choice.replay.empty())
    return Error{Fault::input, "llm.replay", "replay", "no folder of recorded answers is given",
                 "add --replay DIR"};
  std::error_code failure;
  if (!std::filesystem::is_directory(choice.replay, failure))
    return Error{Fault::input, "llm.replay", choice.replay.string(), "is no folder of recorded answers",
                 "give the folder that --record wrote"};
  return std::unique_ptr<ChatModel>(std::make_unique<ReplayModel>(choice.replay));
}

/// A provider that asks a model; `rules` asks none and stands apart.
struct Provider {
  std::string_view name;
  std::string config::ModelTable::*default_model;
  Result<std::unique_ptr<ChatModel>> (*open)(const ProviderChoice&, const std::string&, http::Transport&);
};

constexpr std::array providers{
    Provider{"openai", &config::ModelTable::default_openai_model, open_openai},
    Provider{"anthropic", &config::ModelTable::default_anthropic_model, open_anthropic},
    Provider{"replay", nullptr, open_replay}};

const Provider* find(std::string_view name) {
  for (const auto& provider : providers) {
    if (provider.name == name) return &provider;
  }
  return nullptr;
}

Resolved automatic(const ProviderChoice& choice) {
  const auto& settings = choice.settings;
  if (!choice.replay.empty()) return {"replay", "", "a folder of recorded answers is given"};
  if (!settings.openai_api_key.empty()) return {"openai", "", "OPENAI_API_KEY is set"};
  if (!settings.base_url.empty()) return {"openai", "", "a base URL is set"};
  if (!settings.anthropic_api_key.empty()) return {"anthropic", "", "ANTHROPIC_API_KEY is set"};
  return {"rules", "", "no model is configured"};
}

}  // namespace

std::vector<std::string> provider_names() {
  std::vector<std::string> names{"auto"};
  for (const auto& provider : providers) names.emplace_back(provider.name);
  names.emplace_back("rules");
  return names;
}

Result<Resolved> resolve(const ProviderChoice& choice, const config::ModelTable& models) {
  Resolved resolved{lower(choice.settings.provider), "", "asked for"};
  if (resolved.provider.empty() || resolved.provider == "auto") resolved = automatic(choice);
  if (resolved.provider == "rules") return resolved;
  const auto* provider = find(resolved.provider);
  if (provider == nullptr) {
    const auto close = nearest(resolved.provider, provider_names());
    return Error{Fault::input, "llm.provider", "generate",
                 "there is no provider \"" + shorten(single_line(choice.settings.provider), 40) + "\"",
                 close ? "did you mean " + *close + "?" : "use one of " + join(provider_names(), ", ")};
  }
  if (provider->default_model != nullptr)
    resolved.model = choice.settings.model.empty() ? models.*provider->default_model : choice.settings.model;
  return resolved;
}

Result<OpenedChat> open_chat(const ProviderChoice& choice, const ProviderPorts& ports) {
  auto resolved = resolve(choice, ports.models);
  if (!resolved) return std::move(resolved).error();
  OpenedChat opened;
  opened.taken =
      resolved->provider + (resolved->model.empty() ? "" : " " + resolved->model) + ": " + resolved->why;
  const auto* provider = find(resolved->provider);
  if (provider == nullptr) return opened;
  if (!choice.record.empty()) {
    if (auto ready = open_recording(choice.record); !ready) return std::move(ready).error();
  }
  auto chat = provider->open(choice, resolved->model, ports.transport);
  if (!chat) return std::move(chat).error();
  // A folder costs nothing and can be edited: its answers are read afresh.
  auto* state = (*chat)->is_free() ? nullptr : ports.state;
  auto options = options_of(choice, resolved->provider);
  options.purse = ports.purse;
  opened.client = std::make_unique<ChatClient>(std::move(*chat), ChatPorts{ports.models, state, ports.clock},
                                               std::move(options));
  return opened;
}

Result<OpenedProvider> open_provider(const ProviderChoice& choice, const ProviderPorts& ports) {
  auto chat = open_chat(choice, ports);
  if (!chat) return std::move(chat).error();
  OpenedProvider opened;
  opened.taken = std::move(chat->taken);
  if (!chat->client) {
    opened.generator = std::make_unique<RulesGenerator>(ports.clock);
    return opened;
  }
  auto prompts = Prompts::load(ports.prompts);
  if (!prompts) return std::move(prompts).error();
  opened.generator = std::make_unique<ModelGenerator>(std::move(chat->client), std::move(*prompts),
                                                      choice.settings.prompt_tokens);
  return opened;
}

Result<std::unique_ptr<Repairer>> open_repairer(const ProviderChoice& choice, const ProviderPorts& ports) {
  auto chat = open_chat(choice, ports);
  if (!chat) return std::move(chat).error();
  if (!chat->client) return std::unique_ptr<Repairer>();
  auto prompts = Prompts::load(ports.prompts);
  if (!prompts) return std::move(prompts).error();
  auto repair = RepairPrompt::load(ports.prompts);
  if (!repair) return std::move(repair).error();
  return std::unique_ptr<Repairer>(
      std::make_unique<ModelRepairer>(std::move(chat->client), std::move(*prompts), std::move(*repair)));
}

}  // namespace kpi::llm
