#include <kpi/base/file.hpp>
#include <kpi/base/text.hpp>
#include <kpi/llm/anthropic.hpp>
#include <kpi/llm/openai.hpp>
#include <kpi/llm/replay.hpp>

#include <cctype>
#include <string>
#include <system_error>
#include <unistd.h>
#include <vector>

namespace kpi::llm {
namespace {

/// A name that stays in its folder, whatever a table is called.
std::string file_name(std::string_view name) {
  std::string safe;
  for (const char c : name) {
    const bool plain = std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '-' ||
                       static_cast<unsigned char>(c) >= 0x80U;
    safe += plain ? c : '_';
  }
  return safe + ".json";
}

/// Only reads envelopes; never asked.
class NoTransport final : public http::Transport {
  Result<http::Response> send(const http::Request&, std::stop_token) override {
    return Error{Fault::item, "llm.no_recording", "replay", "nothing is sent on replay", ""};
  }
};

}  // namespace

Result<RawAnswer> ReplayModel::ask(const Question& question, std::stop_token) {
  std::vector<std::string> names{file_name(question.prompt_sha256)};
  // A table's own file is one answer, and no answer to what that one lacked.
  if (!question.is_follow_up) {
    names.push_back(file_name(question.table));
    names.push_back(file_name(lower(question.table)));
  }
  for (const auto& name : names) {
    std::error_code ignored;  // what cannot be looked at is not there
    if (!std::filesystem::is_regular_file(folder_ / name, ignored)) continue;
    auto text = read_file(folder_ / name);
    if (!text) return Error{Fault::item, "llm.no_recording", "replay", std::move(text).error().what, ""};
    return RawAnswer{200, std::move(*text)};
  }
  return Error{Fault::item, "llm.no_recording", "replay",
               folder_.string() + " has no answer for " + question.table, "record one with --record"};
}

Result<Answer> ReplayModel::read(const RawAnswer& raw) const {
  Answer answer;
  answer.text = raw.body;
  auto json = parse_json(raw.body, "recording");
  const bool recorded = json && json->is_object() && json->contains("provider") && json->contains("body") &&
                        (*json)["provider"].is_string() && (*json)["body"].is_string();
  if (!recorded) return answer;
  const RawAnswer inner{200, (*json)["body"].get<std::string>()};
  NoTransport none;
  if ((*json)["provider"] == "anthropic") return AnthropicModel({}, none).read(inner);
  return OpenAiModel({}, none).read(inner);
}

Result<Done> open_recording(const std::filesystem::path& folder) {
  const auto made = make_directories(folder);
  std::error_code failure;
  const bool is_folder = made && std::filesystem::is_directory(folder, failure);
  if (is_folder && ::access(folder.c_str(), W_OK | X_OK) == 0) return Done{};
  return Error{
      Fault::input, "llm.record", "generate",
      "answers cannot be recorded in " + folder.string() + ": it is no folder that can be written to",
      "give --record another folder"};
}

Result<Done> record_answer(const std::filesystem::path& folder, const ChatModel& chat,
                           const Question& question, const std::string& body) {
  const Json record{{"table", question.table},
                    {"provider", chat.provider()},
                    {"model", chat.model()},
                    {"prompt_sha256", question.prompt_sha256},
                    {"body", repair_utf8(body)}};
  auto made = make_directories(folder);
  if (!made) return std::move(made).error();
  auto written = write_file(folder / file_name(question.prompt_sha256), dump_json(record, 2) + "\n");
  if (!written) return std::move(written).error();
  return Done{};
}

}  // namespace kpi::llm
