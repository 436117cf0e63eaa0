#pragma once

#include <kpi/config/resources.hpp>
#include <kpi/llm/chat.hpp>
#include <kpi/llm/cost.hpp>
#include <kpi/llm/generator.hpp>
#include <kpi/llm/prompt.hpp>
#include <kpi/store/state.hpp>

#include <memory>

namespace kpi::llm {

struct ModelOptions {
  std::int64_t max_tokens = 8000;
  double temperature = 0.2;
  bool use_cache = true;  ///< stored answers are taken instead of asking again
  std::optional<double> budget_usd = {};
};

/// Writes KPIs with a language model: renders the prompt, takes the stored answer if there is one, else asks,
/// stores what came before it reads it, salvages, and asks once more for what is missing.
class ModelGenerator final : public Generator {
public:
  /// `models` and `state` must outlive the generator; without `state` nothing is stored.
  ModelGenerator(std::unique_ptr<ChatModel> chat, Prompts prompts, const config::ModelTable& models,
                 store::State* state, ModelOptions options);

  /// Beside what Generator says: item llm.refused, llm.filtered, llm.empty, llm.unreadable when the answer
  /// holds no KPI; llm.budget when the next call could overrun the budget; llm.unpriced under a budget when
  /// the price is unknown.
  Result<Draft> generate(const TableTask& task, std::stop_token stop) override;
  [[nodiscard]] std::string_view provider() const override { return chat_->provider(); }
  [[nodiscard]] std::string_view model() const override { return chat_->model(); }

private:
  struct Heard;
  Result<Heard> hear(const TableTask& task, std::string user, Draft& draft, std::stop_token stop);
  Result<Heard> ask(const Question& question, const std::string& key, Draft& draft, std::stop_token stop);
  void take(const TableTask& task, const Heard& heard, Draft& draft) const;

  std::unique_ptr<ChatModel> chat_;
  Prompts prompts_;
  const config::ModelTable& models_;
  store::State* state_;
  ModelOptions options_;
  Purse purse_;
};

/// What a run would take, without a call.
struct Estimate {
  std::int64_t calls = 0;
  std::int64_t prompt_tokens = 0;
  std::int64_t completion_tokens = 0;
  std::optional<double> cost_usd = 0.0;  ///< none: the model's price is unknown
};

/// The tokens and cost of asking `model` for every one of `tasks` once.
[[nodiscard]] Estimate estimate(const Prompts& prompts, const std::vector<TableTask>& tasks,
                                const config::ModelTable& models, std::string_view provider,
                                std::string_view model);

}  // namespace kpi::llm
