#pragma once

#include <kpi/llm/http_model.hpp>

namespace kpi::llm {

/// Anthropic's Messages. Source: Anthropic's API reference.
class AnthropicModel final : public HttpModel {
public:
  /// `transport` must outlive the model.
  AnthropicModel(ModelAccess access, http::Transport& transport);
  [[nodiscard]] std::string_view provider() const override { return "anthropic"; }

private:
  [[nodiscard]] std::string url() const override;
  [[nodiscard]] std::vector<http::Header> credentials() const override;
  [[nodiscard]] Json body(const Question& question, const LeftOut& left_out) const override;
  [[nodiscard]] std::vector<std::string_view> optional_parameters() const override;
  [[nodiscard]] Result<Answer> read_envelope(const Json& envelope) const override;
};

}  // namespace kpi::llm
