#pragma once

#include <kpi/llm/chat.hpp>

#include <filesystem>

namespace kpi::llm {

/// Answers from a folder instead of a server: PROMPT_SHA256.json as record_answer() writes it, else, for the
/// first question about a table, TABLE.json (in lower case or as spelled), which may also hold nothing but
/// the answer's text. Makes no connection.
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

/// Makes `folder` for recordings, before any answer is paid for. Fails (input, "llm.record") where it cannot
/// be written to.
[[nodiscard]] Result<Done> open_recording(const std::filesystem::path& folder);

/// Writes the answer `body` of `chat` to `question` into `folder` (made where it is not there), for
/// ReplayModel. No key and no prompt is in it. Fails (machine) where it cannot be written.
[[nodiscard]] Result<Done> record_answer(const std::filesystem::path& folder, const ChatModel& chat,
                                         const Question& question, const std::string& body);

}  // namespace kpi::llm
