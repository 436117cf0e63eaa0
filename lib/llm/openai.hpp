#pragma once

#include <kpi/llm/http_model.hpp>

namespace kpi::llm {

/// OpenAI's Chat Completions, and every server that speaks it: Azure's deployments, vLLM, Ollama, llama.cpp.
///
/// OpenAI itself takes max_completion_tokens, other servers max_tokens: each is tried where the other is
/// refused. A server that takes no JSON schema is asked for JSON, one that takes neither for text. Source:
/// OpenAI's API reference, and what those servers document of theirs.
class OpenAiModel final : public HttpModel {
public:
  /// `transport` must outlive the model.
  OpenAiModel(ModelAccess access, http::Transport& transport);
  [[nodiscard]] std::string_view provider() const override { return "openai"; }

private:
  [[nodiscard]] std::string url() const override;
  [[nodiscard]] std::vector<http::Header> credentials() const override;
  [[nodiscard]] Json body(const Question& question, const LeftOut& left_out) const override;
  [[nodiscard]] std::vector<std::string_view> optional_parameters() const override;
  [[nodiscard]] LeftOut without(std::string_view named, LeftOut left_out) const override;
  [[nodiscard]] Result<Answer> read_envelope(const Json& envelope) const override;
};

}  // namespace kpi::llm
