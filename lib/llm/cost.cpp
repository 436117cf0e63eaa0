#include <kpi/llm/cost.hpp>

#include <algorithm>

namespace kpi::llm {

std::optional<double> cost_of(const config::ModelTable& models, std::string_view provider,
                              std::string_view model, const Usage& usage) {
  const auto* price = models.price(provider, model);
  if (price == nullptr) return std::nullopt;
  const auto cached = static_cast<double>(std::min(usage.cached_tokens, usage.prompt_tokens));
  const auto fresh = static_cast<double>(usage.prompt_tokens) - cached;
  return (fresh * price->input_usd + cached * price->cached_input_usd +
          static_cast<double>(usage.completion_tokens) * price->output_usd) /
         1e6;
}

bool Purse::reserve(double cost_usd) {
  const std::scoped_lock lock(mutex_);
  if (budget_usd_ && taken_usd_ + cost_usd > *budget_usd_) return false;
  taken_usd_ += cost_usd;
  return true;
}

void Purse::settle(double reserved_usd, double cost_usd) {
  const std::scoped_lock lock(mutex_);
  taken_usd_ += cost_usd - reserved_usd;
}

}  // namespace kpi::llm
