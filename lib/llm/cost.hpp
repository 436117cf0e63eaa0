#pragma once

#include <kpi/config/resources.hpp>
#include <kpi/llm/chat.hpp>

#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string_view>

namespace kpi::llm {

/// What `usage` costs at the model's price; none where the price is unknown: never 0 for "do not know".
[[nodiscard]] std::optional<double> cost_of(const config::ModelTable& models, std::string_view provider,
                                            std::string_view model, const Usage& usage);

/// The most that a call can cost, for budgets: the answer as long as allowed, the prompt of
/// `estimated_prompt_tokens` a third longer than estimated and, where that is dearer, all of it written to
/// the provider's cache. None where the price is unknown.
[[nodiscard]] std::optional<double> dearest_cost_of(const config::ModelTable& models,
                                                    std::string_view provider, std::string_view model,
                                                    std::int64_t estimated_prompt_tokens,
                                                    std::int64_t max_tokens);

/// What work with models took, whether or not anything came of it.
struct Spent {
  std::int64_t attempts = 0;      ///< answers asked for, stored ones included
  std::int64_t calls = 0;         ///< requests that a model answered, or may have: that may be on the bill
  std::int64_t cached_calls = 0;  ///< answers taken from the state file instead
  std::int64_t prompt_tokens = 0;
  std::int64_t completion_tokens = 0;
  std::optional<double> cost_usd = 0.0;  ///< none: a model of unknown price was called

  /// Adds one call's tokens and cost; an unknown cost makes the sum unknown.
  void add(const Usage& usage, std::optional<double> cost);
  Spent& operator+=(const Spent& other);
};

/// What may be spent in one run. The worst case is set aside before a call and settled after it, so that
/// parallel calls cannot overrun together; whoever finds too little left can wait for what others had set
/// aside and did not need. Any thread may call.
class Purse {
public:
  explicit Purse(std::optional<double> budget_usd) : budget_usd_(budget_usd) {}
  /// Sets `cost_usd` aside for a call; false, and nothing set aside, where that would overrun.
  [[nodiscard]] bool reserve(double cost_usd);
  /// Puts back what was set aside for a call that was not made.
  void put_back(double reserved_usd);
  /// Takes what was set aside for a call back, and what it came to out.
  void settle(double reserved_usd, double cost_usd);
  /// How often settle() was called.
  [[nodiscard]] std::int64_t settlements() const;
  /// Waits until there were more settlements than `seen`; false where none is to come, or stopped. Without a
  /// deadline of its own: every call that is under way has one.
  [[nodiscard]] bool await_settlement(std::int64_t seen, std::stop_token stop);
  [[nodiscard]] bool has_limit() const { return budget_usd_.has_value(); }

private:
  std::optional<double> budget_usd_;
  mutable std::mutex mutex_;  // guards all below
  std::condition_variable_any settled_;
  double taken_usd_ = 0;
  std::int64_t under_way_ = 0;
  std::int64_t settlements_ = 0;
};

}  // namespace kpi::llm
