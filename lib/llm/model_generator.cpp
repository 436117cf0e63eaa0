#include <kpi/base/text.hpp>
#include <kpi/llm/model_generator.hpp>
#include <kpi/llm/salvage.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>
#include <utility>

namespace kpi::llm {
namespace {

constexpr std::int64_t tokens_a_kpi = 230;  ///< of an answer: name, two sentences, a statement
constexpr std::size_t most_quoted_bytes = 80;
constexpr const char* ask_again =
    "the answer is kept and not paid for again; with --no-cache and --table it is asked for anew";

model::ResultShape shape_of(const Item& item) {
  model::ResultShape result;
  if (const auto shape = model::shape_named(item.shape)) result.shape = *shape;
  if (const auto unit = model::unit_named(item.unit)) result.unit = *unit;
  static constexpr std::array displays{"scalar", "line", "trend", "bar", "row", "area", "pie", "table"};
  const bool known = std::find(displays.begin(), displays.end(), item.display) != displays.end();
  if (known) {
    result.display = item.display;
  } else if (result.shape == model::Shape::scalar) {
    result.display = "scalar";
  } else if (result.shape == model::Shape::series) {
    result.display = "line";
  } else if (result.shape == model::Shape::breakdown) {
    result.display = "bar";
  }
  return result;
}

model::Kpi kpi_of(const TableTask& task, Item item) {
  model::Kpi kpi;
  kpi.result = shape_of(item);
  kpi.name = std::move(item.name);
  kpi.description = std::move(item.description);
  kpi.business_value = std::move(item.business_value);
  kpi.sql = std::move(item.sql);
  kpi.dialect = task.database.dialect;
  kpi.database_id = task.database.id;
  kpi.tables.push_back(task.table.qualified_name());
  for (const auto& named : item.tables) {
    const auto* other = task.database.table(named);
    if (other == nullptr || other == &task.table) continue;
    auto name = other->qualified_name();
    if (std::find(kpi.tables.begin(), kpi.tables.end(), name) == kpi.tables.end())
      kpi.tables.push_back(std::move(name));
  }
  return kpi;
}

Prompt first_prompt(const Prompts& prompts, const TableTask& task, std::int64_t max_tokens) {
  return {prompts.system(task), prompts.table(task, max_tokens), answer_schema(), task.table.name};
}

/// Why an answer of this kind is no use; none where it is.
struct Verdict {
  const char* outcome;
  const char* code;
  std::string what;
};
std::optional<Verdict> verdict_on(const Answer& answer, const Salvaged& salvaged, const std::string& table) {
  switch (answer.finish) {
    case Finish::refusal:
      return Verdict{"refused", "llm.refused", "the model refused to answer for " + table};
    case Finish::filtered:
      return Verdict{"filtered", "llm.filtered", "the provider's filter withheld the answer for " + table};
    case Finish::length:
      if (salvaged.reading == Reading::items) return std::nullopt;
      return Verdict{"cut", "llm.cut",
                     "the answer for " + table + " reached the token limit before a whole KPI was in it"};
    case Finish::stop:
    case Finish::empty:
      break;
  }
  switch (salvaged.reading) {
    case Reading::items:
      return std::nullopt;
    case Reading::unusable:
      return Verdict{
          "unusable", "llm.unreadable",
          fmt::format("nothing in the answer for {} is a KPI ({})", table, join(salvaged.notes, ", "))};
    case Reading::empty_list:
      return Verdict{"empty_list", "llm.empty_list", "the model wrote an empty list for " + table};
    case Reading::no_json:
      return Verdict{"no_json", "llm.unreadable",
                     fmt::format("the answer for {} is words and no JSON: \"{}\"", table,
                                 shorten(single_line(answer.text), most_quoted_bytes))};
    case Reading::blank:
      break;
  }
  return Verdict{"empty", "llm.empty", "the answer for " + table + " was empty"};
}

}  // namespace

ModelGenerator::ModelGenerator(std::unique_ptr<ChatClient> client, Prompts prompts,
                               std::int64_t prompt_tokens)
    : client_(std::move(client)),
      prompts_(std::move(prompts)),
      prompt_tokens_(prompt_tokens) {}

/// Takes the KPIs of an answer into the draft; why there is none in it, if so.
std::optional<Error> ModelGenerator::take(const TableTask& task, const Reply& reply, Draft& draft) {
  for (const auto& note : reply.notes) draft.notes.push_back(note);
  auto salvaged = salvage(reply.answer.text, static_cast<std::size_t>(std::max(task.max_kpis, 0)));
  const auto verdict = verdict_on(reply.answer, salvaged, task.table.name);
  if (verdict) {
    client_->judge(reply, verdict->outcome);
    const bool cut = reply.answer.finish == Finish::length;
    return Error{Fault::item, verdict->code, std::string(provider()), verdict->what,
                 cut ? "raise --max-tokens: models that think first need more" : ask_again};
  }
  if (reply.answer.finish == Finish::length)
    draft.notes.emplace_back("the answer reached the token limit; whole KPIs were kept");
  for (auto& note : salvaged.notes) draft.notes.push_back(std::move(note));
  std::set<std::string> names;
  for (const auto& kpi : draft.kpis) names.insert(name_key(kpi.name));
  for (auto& item : salvaged.items) {
    if (draft.kpis.size() >= static_cast<std::size_t>(task.max_kpis)) break;
    if (!names.insert(name_key(item.name)).second) {
      draft.notes.push_back("\"" + item.name + "\" was there already");
      continue;
    }
    auto kpi = kpi_of(task, std::move(item));
    kpi.source = {std::string(provider()), std::string(model()), reply.prompt_sha256, reply.cached};
    draft.kpis.push_back(std::move(kpi));
  }
  return std::nullopt;
}

/// Asks with all that is known; where that is longer than the model takes, with half as much.
Result<Reply> ModelGenerator::first_answer(const TableTask& task, Draft& draft, Spent& spent,
                                           const std::stop_token& stop) {
  auto prompt = first_prompt(prompts_, task, prompt_tokens_);
  auto reply = client_->ask(prompt, spent, stop);
  if (reply || reply.error().code != "llm.too_long") return reply;
  auto shorter = prompts_.table(task, estimated_tokens(prompt.user) / 2);
  if (shorter == prompt.user) return reply;
  draft.notes.emplace_back("the prompt was longer than the model takes; asked with less detail");
  prompt.user = std::move(shorter);
  return client_->ask(prompt, spent, stop);
}

/// Asks for what is missing. An answer that is no use is a note, and none at all a shortfall: the first
/// answer stands either way.
void ModelGenerator::top_up(const TableTask& task, Draft& draft, Spent& spent, const std::stop_token& stop) {
  std::vector<std::string> names;
  for (const auto& kpi : draft.kpis) names.push_back(kpi.name);
  const Prompt prompt{prompts_.system(task), prompts_.topup(task, names, prompt_tokens_), answer_schema(),
                      task.table.name, true};
  auto more = client_->ask(prompt, spent, stop);
  if (!more) {
    if (more.error().code != "llm.no_recording") draft.shortfall = std::move(more).error();
  } else if (const auto none = take(task, *more, draft)) {
    draft.notes.push_back("no top-up: " + none->line());
  }
}

Result<Draft> ModelGenerator::generate(const TableTask& task, Spent& spent, std::stop_token stop) {
  Draft draft;
  auto reply = first_answer(task, draft, spent, stop);
  if (!reply) return std::move(reply).error();
  const auto none = take(task, *reply, draft);
  // A refusal is final for this prompt, and what was cut before the first KPI would be cut again.
  const bool final =
      none && (none->code == "llm.refused" || none->code == "llm.filtered" || none->code == "llm.cut");
  const bool enough = static_cast<int>(draft.kpis.size()) >= task.min_kpis;
  if (!final && !enough) top_up(task, draft, spent, stop);
  // Without a disk nothing goes on; what was answered is stored, and found again.
  if (draft.shortfall && draft.shortfall->fault == Fault::machine) return *std::move(draft.shortfall);
  if (none && draft.kpis.empty()) return *none;
  if (none) draft.notes.push_back("first answer: " + none->what);
  return draft;
}

Result<Estimate> estimate(const Prompts& prompts, const config::LlmSettings& settings,
                          const std::vector<TableTask>& tasks, const config::ModelTable& models,
                          std::string_view provider, std::string_view model,
                          const std::function<Result<bool>(const Prompt&)>& is_stored) {
  Estimate total;
  for (const auto& task : tasks) {
    const auto prompt = first_prompt(prompts, task, settings.prompt_tokens);
    const auto stored = is_stored(prompt);
    if (!stored) return stored.error();
    if (*stored) {
      ++total.cached_calls;
      continue;
    }
    ++total.calls;
    total.prompt_tokens += estimated_tokens(prompt.system) + estimated_tokens(prompt.user);
    total.completion_tokens += std::min(tokens_a_kpi * task.max_kpis, settings.max_tokens);
  }
  if (total.calls > 0)
    total.cost_usd =
        cost_of(models, provider, model,
                {.prompt_tokens = total.prompt_tokens, .completion_tokens = total.completion_tokens});
  return total;
}

}  // namespace kpi::llm
