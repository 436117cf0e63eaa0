#pragma once

#include <kpi/llm/openai.hpp>

namespace kpi::llm {

/// Anthropic's Messages. Takes and answers what OpenAiModel does. Source: llm-api.md, section 2.
class AnthropicModel final : public ChatModel {
public:
  /// `transport` must outlive the model.
  AnthropicModel(ModelAccess access, http::Transport& transport);
  Result<RawAnswer> ask(const Question& question, std::stop_token stop) override;
  [[nodiscard]] Result<Answer> read(const RawAnswer& raw) const override;
  [[nodiscard]] std::string_view provider() const override { return "anthropic"; }
  [[nodiscard]] std::string_view model() const override { return access_.model; }
  [[nodiscard]] std::string_view endpoint() const override { return access_.base_url; }

private:
  [[nodiscard]] http::Request request(const Question& question, const std::set<std::string>& left_out) const;

  ModelAccess access_;
  http::Transport& transport_;
  std::mutex mutex_;
  std::set<std::string> left_out_;
};

}  // namespace kpi::llm
