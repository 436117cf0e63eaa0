#include "repair.hpp"

#include "provider.hpp"

#include <kpi/base/text.hpp>

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
  auto opening = prepare_provider(session, ports, choice, For::asking);
  if (!opening) return std::move(opening).error();
  return llm::open_repairer(choice, opening->ports);
}

}  // namespace

Result<Repairers> Repairers::open(Session& session, Ports& ports, const ValidateFlags& flags,
                                  const std::vector<model::Kpi>& kpis) {
  Repairers repairers;
  const auto& settings = session.settings();
  if (settings.validate.repair < 1) return repairers;
  if (!settings.features.model_repair) {
    if (asked_for_by_flag(session))
      session.log().warn(
          "features.model_repair is off for tenant {}: no model repairs, whatever --provider says",
          settings.tenant);
    return repairers;
  }
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
