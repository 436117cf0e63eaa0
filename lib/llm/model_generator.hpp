#pragma once

#include <kpi/config/settings.hpp>
#include <kpi/llm/chat_client.hpp>
#include <kpi/llm/generator.hpp>
#include <kpi/llm/prompt.hpp>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

namespace kpi::llm {

/// Writes KPIs with a language model: renders the prompt, asks, salvages, and asks once more for what is
/// missing.
class ModelGenerator final : public Generator {
public:
  /// `prompt_tokens`: how long a table's prompt may be, about.
  ModelGenerator(std::unique_ptr<ChatClient> client, Prompts prompts, std::int64_t prompt_tokens);

  /// Beside what Generator and ChatClient say, where an answer holds no KPI: item llm.refused, llm.filtered,
  /// llm.empty, llm.cut, llm.empty_list, llm.unreadable.
  Result<Draft> generate(const TableTask& task, Spent& spent, std::stop_token stop) override;
  [[nodiscard]] std::string_view provider() const override { return client_->chat().provider(); }
  [[nodiscard]] std::string_view model() const override { return client_->chat().model(); }

private:
  Result<Reply> first_answer(const TableTask& task, Draft& draft, Spent& spent, const std::stop_token& stop);
  void top_up(const TableTask& task, Draft& draft, Spent& spent, const std::stop_token& stop);
  std::optional<Error> take(const TableTask& task, const Reply& reply, Draft& draft);

  std::unique_ptr<ChatClient> client_;
  Prompts prompts_;
  std::int64_t prompt_tokens_;
};

/// What a run would take, without a call.
struct Estimate {
  std::int64_t calls = 0;
  std::int64_t cached_calls = 0;  ///< answers that are stored already
  std::int64_t prompt_tokens = 0;
  std::int64_t completion_tokens = 0;
  std::optional<double> cost_usd = 0.0;  ///< none: the model's price is unknown
};

/// The tokens and cost of asking `model` of `provider` for every one of `tasks` once, but for those whose
/// answer `is_stored`. Fails as `is_stored` does.
[[nodiscard]] Result<Estimate> estimate(const Prompts& prompts, const config::LlmSettings& settings,
                                        const std::vector<TableTask>& tasks, const config::ModelTable& models,
                                        std::string_view provider, std::string_view model,
                                        const std::function<Result<bool>(const Prompt&)>& is_stored);

}  // namespace kpi::llm
