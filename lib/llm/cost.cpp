#include <kpi/llm/cost.hpp>

#include <algorithm>
#include <utility>

namespace kpi::llm {

std::optional<double> cost_of(const config::ModelTable& models, std::string_view provider,
                              std::string_view model, const Usage& usage) {
  const auto* price = models.price(provider, model);
  if (price == nullptr) return std::nullopt;
  const auto cached = std::min(usage.cached_tokens, usage.prompt_tokens);
  const auto written = std::min(usage.cache_write_tokens, usage.prompt_tokens - cached);
  const auto fresh = usage.prompt_tokens - cached - written;
  return (static_cast<double>(fresh) * price->input_usd +
          static_cast<double>(cached) * price->cached_input_usd +
          static_cast<double>(written) * price->cache_write_usd +
          static_cast<double>(usage.completion_tokens) * price->output_usd) /
         1e6;
}

std::optional<double> dearest_cost_of(const config::ModelTable& models, std::string_view provider,
                                      std::string_view model, std::int64_t estimated_prompt_tokens,
                                      std::int64_t max_tokens) {
  const auto* price = models.price(provider, model);
  if (price == nullptr) return std::nullopt;
  const double input_usd = std::max(price->input_usd, price->cache_write_usd);
  const double prompt_tokens = static_cast<double>(estimated_prompt_tokens) * 4 / 3;
  return (prompt_tokens * input_usd + static_cast<double>(max_tokens) * price->output_usd) / 1e6;
}

void Spent::add(const Usage& usage, std::optional<double> cost) {
  prompt_tokens += usage.prompt_tokens;
  completion_tokens += usage.completion_tokens;
  if (!cost) cost_usd.reset();
  if (cost_usd) *cost_usd += *cost;
}

Spent& Spent::operator+=(const Spent& other) {
  attempts += other.attempts;
  calls += other.calls;
  cached_calls += other.cached_calls;
  add({.prompt_tokens = other.prompt_tokens, .completion_tokens = other.completion_tokens}, other.cost_usd);
  return *this;
}

bool Purse::reserve(double cost_usd) {
  const std::scoped_lock lock(mutex_);
  if (budget_usd_ && taken_usd_ + cost_usd > *budget_usd_) return false;
  taken_usd_ += cost_usd;
  ++under_way_;
  return true;
}

void Purse::put_back(double reserved_usd) {
  {
    const std::scoped_lock lock(mutex_);
    taken_usd_ -= reserved_usd;
    --under_way_;
  }
  settled_.notify_all();
}

void Purse::settle(double reserved_usd, double cost_usd) {
  {
    const std::scoped_lock lock(mutex_);
    taken_usd_ += cost_usd - reserved_usd;
    --under_way_;
    ++settlements_;
  }
  settled_.notify_all();
}

std::int64_t Purse::settlements() const {
  const std::scoped_lock lock(mutex_);
  return settlements_;
}

bool Purse::await_settlement(std::int64_t seen, std::stop_token stop) {
  std::unique_lock lock(mutex_);
  const auto is_over = [&] { return settlements_ != seen || under_way_ == 0; };
  return settled_.wait(lock, std::move(stop), is_over) && settlements_ != seen;
}

}  // namespace kpi::llm
