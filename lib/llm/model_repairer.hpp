#pragma once

#include <kpi/llm/chat_client.hpp>
#include <kpi/llm/prompt.hpp>
#include <kpi/llm/repair_prompt.hpp>
#include <kpi/llm/repairer.hpp>

#include <memory>

namespace kpi::llm {

/// Corrects KPIs with a language model: the system prompt of generation, what is wrong, and one statement
/// back. Answers are stored and found again like any other that was paid for.
class ModelRepairer final : public Repairer {
public:
  ModelRepairer(std::unique_ptr<ChatClient> client, Prompts prompts, RepairPrompt repair);

  /// Beside what ChatClient::ask() says: item llm.refused, llm.filtered or llm.empty for an answer that is
  /// none.
  Result<std::string> repair(const RepairTask& task, Spent& spent, std::stop_token stop) override;
  [[nodiscard]] std::string_view provider() const override { return client_->chat().provider(); }
  [[nodiscard]] std::string_view model() const override { return client_->chat().model(); }

private:
  std::unique_ptr<ChatClient> client_;
  Prompts prompts_;
  RepairPrompt repair_;
};

}  // namespace kpi::llm
