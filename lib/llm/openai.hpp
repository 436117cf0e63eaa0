#pragma once

#include <kpi/config/settings.hpp>
#include <kpi/http/message.hpp>
#include <kpi/llm/chat.hpp>

#include <chrono>
#include <mutex>
#include <set>
#include <string>

namespace kpi::llm {

/// Where a model is reached and how long one answer may take.
struct ModelAccess {
  std::string base_url;  ///< empty: the provider's own
  std::string model;
  config::Secret key;
  std::chrono::milliseconds timeout{180'000};  ///< one deadline for all tries of one question
};

/// OpenAI's Chat Completions, and every server that speaks it.
///
/// A 400 that names an optional parameter is answered by one resend without it, and the parameter stays out
/// from then on. OpenAI itself takes max_completion_tokens, other servers max_tokens: each is tried where the
/// other is named. Source: llm-api.md, sections 1 and 3.
class OpenAiModel final : public ChatModel {
public:
  /// `transport` must outlive the model.
  OpenAiModel(ModelAccess access, http::Transport& transport);
  Result<RawAnswer> ask(const Question& question, std::stop_token stop) override;
  [[nodiscard]] Result<Answer> read(const RawAnswer& raw) const override;
  [[nodiscard]] std::string_view provider() const override { return "openai"; }
  [[nodiscard]] std::string_view model() const override { return access_.model; }
  [[nodiscard]] std::string_view endpoint() const override { return access_.base_url; }

private:
  [[nodiscard]] http::Request request(const Question& question, const std::set<std::string>& left_out) const;

  ModelAccess access_;
  http::Transport& transport_;
  std::mutex mutex_;
  std::set<std::string> left_out_;  ///< parameters this server does not take
};

}  // namespace kpi::llm
