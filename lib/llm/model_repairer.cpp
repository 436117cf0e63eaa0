#include <kpi/base/text.hpp>
#include <kpi/llm/model_repairer.hpp>
#include <kpi/llm/salvage.hpp>

#include <optional>
#include <utility>

namespace kpi::llm {
namespace {

constexpr std::size_t most_items = 3;  ///< of an answer; the one that is meant is among the first

/// Why an answer holds nothing, if it does not.
std::optional<Error> nothing_said(Finish finish, std::string_view provider, const std::string& name) {
  const std::string where(provider);
  switch (finish) {
    case Finish::refusal:
      return Error{Fault::item, "llm.refused", where, "the model refused to correct \"" + name + "\"", ""};
    case Finish::filtered:
      return Error{Fault::item, "llm.filtered", where,
                   "the provider's filter withheld the correction of \"" + name + "\"", ""};
    case Finish::empty:
      return Error{Fault::item, "llm.empty", where, "the correction of \"" + name + "\" was empty",
                   "a larger --max-tokens helps models that think first"};
    case Finish::stop:
    case Finish::length:
      break;
  }
  return std::nullopt;
}

}  // namespace

ModelRepairer::ModelRepairer(std::unique_ptr<ChatClient> client, Prompts prompts, RepairPrompt repair)
    : client_(std::move(client)),
      prompts_(std::move(prompts)),
      repair_(std::move(repair)) {}

Result<std::string> ModelRepairer::repair(const RepairTask& task, Spent& spent, std::stop_token stop) {
  // The system prompt is about the domain and the dialect, whichever table is meant.
  static const model::Table no_table;
  const auto& table = task.tables.empty() ? no_table : *task.tables.front();
  const Prompt prompt{prompts_.system({task.database, table, task.domain, ""}), repair_.text(task),
                      answer_schema(), table.name, true};
  auto reply = client_->ask(prompt, spent, std::move(stop));
  if (!reply) return std::move(reply).error();
  if (auto nothing = nothing_said(reply->answer.finish, provider(), task.kpi.name)) {
    client_->judge(*reply, to_string(reply->answer.finish));
    return *std::move(nothing);
  }
  auto salvaged = salvage(reply->answer.text, most_items);
  std::string sql;
  for (auto& item : salvaged.items) {
    const bool named = name_key(item.name) == name_key(task.kpi.name);
    if (named || sql.empty()) sql = std::move(item.sql);
    if (named) break;
  }
  if (sql.empty()) client_->judge(*reply, "unusable");
  return sql;
}

}  // namespace kpi::llm
