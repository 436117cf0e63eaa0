#include "repair.hpp"

#include <kpi/base/text.hpp>
#include <kpi/llm/registry.hpp>

#include <algorithm>
#include <array>

namespace kpi::app {
namespace {

bool asked_for_by_flag(const Session& session) {
  static constexpr std::array keys{"llm.provider", "llm.model", "llm.base_url"};
  const auto& flags = session.common().sources.flags;
  return std::any_of(keys.begin(), keys.end(), [&](const char* key) { return flags.count(key) > 0; });
}

Result<std::unique_ptr<llm::Repairer>> open_one(Session& session, Ports& ports,
                                                const llm::ProviderChoice& choice) {
  auto models = ports.models();
  if (!models) return std::move(models).error();
  auto share = ports.share();
  if (!share) return std::move(share).error();
  auto http = ports.http();
  if (!http) return std::move(http).error();
  auto resolved = llm::resolve(choice, **models);
  if (!resolved) return std::move(resolved).error();
  if (resolved->provider == "rules") return std::unique_ptr<llm::Repairer>();
  store::State* state = nullptr;
  if (resolved->provider != "replay") {
    auto opened = ports.state();
    if (!opened) return std::move(opened).error();
    state = *opened;
  }
  return llm::open_repairer(choice,
                            {**http, state, session.clock(), **models, *share / "prompts", ports.purse()});
}

}  // namespace

Result<Repairers> Repairers::open(Session& session, Ports& ports, const ValidateFlags& flags,
                                  const std::vector<model::Kpi>& kpis) {
  Repairers repairers;
  const auto& settings = session.settings();
  if (settings.validate.repair < 1) return repairers;
  const llm::ProviderChoice choice{settings.llm, !flags.no_cache, flags.record, flags.replay};
  if (asked_for_by_flag(session)) {
    auto one = open_one(session, ports, choice);
    if (!one) return std::move(one).error();
    repairers.for_all_ = std::move(*one);
    return repairers;
  }
  for (const auto& kpi : kpis) {
    const auto& author = kpi.source;
    const bool is_model = author.provider == "openai" || author.provider == "anthropic" ||
                          (author.provider == "replay" && !flags.replay.empty());
    const Author key{author.provider, author.model};
    if (!is_model || repairers.by_author_.count(key) > 0) continue;
    auto by = choice;
    by.settings.provider = author.provider;
    if (author.provider != "replay") {
      by.settings.model = author.model;
      by.replay.clear();
    }
    auto one = open_one(session, ports, by);
    if (!one && one.error().fault != Fault::input) return std::move(one).error();
    if (!one) {
      session.log().warn("no model repair by {} {}: {}", single_line(author.provider),
                         shorten(single_line(author.model), 80), one.error().line());
    }
    repairers.by_author_.emplace(key, one ? std::move(*one) : nullptr);
  }
  return repairers;
}

stages::RepairerFor Repairers::port() const {
  if (for_all_) return [this](const model::Kpi&) { return for_all_.get(); };
  if (by_author_.empty()) return {};
  return [this](const model::Kpi& kpi) -> llm::Repairer* {
    const auto at = by_author_.find({kpi.source.provider, kpi.source.model});
    return at == by_author_.end() ? nullptr : at->second.get();
  };
}

}  // namespace kpi::app
