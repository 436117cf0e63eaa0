#pragma once

#include <kpi/llm/chat.hpp>

#include <filesystem>
#include <memory>

namespace kpi::llm {

/// Answers from a folder instead of a server: PROMPT_SHA256.json as RecordingModel writes it, else TABLE.json
/// (in lower case or as spelled), which may also hold nothing but the answer's text. Makes no connection.
class ReplayModel final : public ChatModel {
public:
  explicit ReplayModel(std::filesystem::path folder) : folder_(std::move(folder)) {}
  /// Fails (item, "llm.no_recording") where the folder has nothing for the question.
  Result<RawAnswer> ask(const Question& question, std::stop_token stop) override;
  [[nodiscard]] Result<Answer> read(const RawAnswer& raw) const override;
  [[nodiscard]] std::string_view provider() const override { return "replay"; }
  [[nodiscard]] std::string_view model() const override { return "recorded"; }
  [[nodiscard]] std::string_view endpoint() const override { return ""; }
  [[nodiscard]] bool is_free() const override { return true; }

private:
  std::filesystem::path folder_;
};

/// Passes every question on and writes the answer to a folder, for ReplayModel. No key and no prompt is in
/// it.
class RecordingModel final : public ChatModel {
public:
  RecordingModel(std::unique_ptr<ChatModel> inner, std::filesystem::path folder)
      : inner_(std::move(inner)),
        folder_(std::move(folder)) {}
  Result<RawAnswer> ask(const Question& question, std::stop_token stop) override;
  [[nodiscard]] Result<Answer> read(const RawAnswer& raw) const override { return inner_->read(raw); }
  [[nodiscard]] std::string_view provider() const override { return inner_->provider(); }
  [[nodiscard]] std::string_view model() const override { return inner_->model(); }
  [[nodiscard]] std::string_view endpoint() const override { return inner_->endpoint(); }

private:
  std::unique_ptr<ChatModel> inner_;
  std::filesystem::path folder_;
};

}  // namespace kpi::llm
