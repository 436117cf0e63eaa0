#pragma once

#include <kpi/config/resources.hpp>
#include <kpi/llm/chat.hpp>

#include <mutex>
#include <optional>
#include <string_view>

namespace kpi::llm {

/// What `usage` costs at the model's price; none where the price is unknown: never 0 for "do not know".
[[nodiscard]] std::optional<double> cost_of(const config::ModelTable& models, std::string_view provider,
                                            std::string_view model, const Usage& usage);

/// What may be spent in one run. The worst case is set aside before a call and settled after it, so that
/// parallel calls cannot overrun together. Any thread may call.
class Purse {
public:
  explicit Purse(std::optional<double> budget_usd) : budget_usd_(budget_usd) {}
  /// Sets `cost_usd` aside; false where that would overrun.
  [[nodiscard]] bool reserve(double cost_usd);
  /// Takes what was set aside back, and what it came to out.
  void settle(double reserved_usd, double cost_usd);
  [[nodiscard]] bool has_limit() const { return budget_usd_.has_value(); }

private:
  std::optional<double> budget_usd_;
  std::mutex mutex_;
  double taken_usd_ = 0;
};

}  // namespace kpi::llm
