#include <kpi/base/hash.hpp>
#include <kpi/base/text.hpp>
#include <kpi/llm/model_generator.hpp>
#include <kpi/llm/salvage.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <utility>

namespace kpi::llm {
namespace {

constexpr char separator = '\x1F';
constexpr std::int64_t tokens_a_kpi = 230;  ///< of an answer: name, two sentences, a statement

std::string outcome_of(const Answer& answer) {
  switch (answer.finish) {
    case Finish::refusal:
      return "refused";
    case Finish::filtered:
      return "filtered";
    case Finish::empty:
      return "empty";
    case Finish::stop:
    case Finish::length:
      break;
  }
  return "ok";
}

/// Same question, same key; the tenant is the state's own.
std::string cache_key(const ChatModel& chat, const Question& question) {
  std::string text;
  for (const auto part : {chat.provider(), chat.endpoint(), chat.model()})
    text.append(part).push_back(separator);
  text += fmt::format("{:.3f}", question.temperature);
  text.push_back(separator);
  text.append(question.system).push_back(separator);
  text += question.user;
  return sha256_hex(text);
}

model::ResultShape shape_of(const Item& item) {
  model::ResultShape result;
  if (const auto shape = model::shape_named(item.shape)) result.shape = *shape;
  if (const auto unit = model::unit_named(item.unit)) result.unit = *unit;
  static constexpr std::array displays{"scalar", "line", "bar", "row", "area", "pie", "table"};
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

}  // namespace

/// One answer, from the model or from the state file.
struct ModelGenerator::Heard {
  Answer answer = {};
  std::string prompt_sha256 = {};
  bool cached = false;
  std::optional<std::int64_t> call_id = {};
};

ModelGenerator::ModelGenerator(std::unique_ptr<ChatModel> chat, Prompts prompts,
                               const config::ModelTable& models, store::State* state, ModelOptions options)
    : chat_(std::move(chat)),
      prompts_(std::move(prompts)),
      models_(models),
      state_(state),
      options_(options),
      purse_(options.budget_usd) {}

Result<ModelGenerator::Heard> ModelGenerator::hear(const TableTask& task, std::string user, Draft& draft,
                                                   std::stop_token stop) {
  Question question;
  question.system = prompts_.system(task);
  question.user = std::move(user);
  question.schema = answer_schema();
  question.max_tokens = options_.max_tokens;
  question.temperature = options_.temperature;
  question.table = task.table.name;
  question.prompt_sha256 = sha256_hex(question.system + separator + question.user);
  const auto key = cache_key(*chat_, question);
  if (state_ != nullptr && options_.use_cache) {
    auto stored = state_->find_call(key);
    if (!stored) return std::move(stored).error();
    if (*stored) {
      auto answer = chat_->read({(*stored)->http_status, (*stored)->body});
      if (answer && !trim(answer->text).empty()) {
        ++draft.cached_calls;
        return Heard{std::move(*answer), question.prompt_sha256, true, std::nullopt};
      }
    }
  }
  if (stop.stop_requested())
    return Error{Fault::interrupted, "llm.interrupted", std::string(provider()),
                 "stopped before " + task.table.name, ""};
  return ask(question, key, draft, stop);
}

Result<ModelGenerator::Heard> ModelGenerator::ask(const Question& question, const std::string& key,
                                                  Draft& draft, std::stop_token stop) {
  const Usage worst{estimated_tokens(question.system) + estimated_tokens(question.user), 0,
                    question.max_tokens, true};
  const auto dearest = cost_of(models_, provider(), model(), worst);
  const std::string where(provider());
  if (purse_.has_limit() && !dearest)
    return Error{Fault::item, "llm.unpriced", where,
                 fmt::format("the price of {} is unknown, so no budget can be kept", model()),
                 "add it to config/models.yaml, or run without --budget"};
  if (!purse_.reserve(dearest.value_or(0)))
    return Error{Fault::item, "llm.budget", where, "the budget is used up before " + question.table,
                 "raise --budget and run again: finished answers are kept"};
  auto raw = chat_->ask(question, stop);
  if (!chat_->is_free()) ++draft.calls;
  if (!raw) {
    purse_.settle(dearest.value_or(0), 0);
    return std::move(raw).error();
  }
  auto answer = chat_->read(*raw);
  if (answer && answer->usage.prompt_tokens == 0) {
    answer->usage.prompt_tokens = worst.prompt_tokens;
    answer->usage.estimated = true;
  }
  const Usage usage = chat_->is_free() ? Usage{}
                      : answer         ? answer->usage
                                       : Usage{worst.prompt_tokens, 0, 0, true};
  const auto cost = chat_->is_free() ? 0.0 : cost_of(models_, provider(), model(), usage);
  purse_.settle(dearest.value_or(0), cost.value_or(0));
  draft.prompt_tokens += usage.prompt_tokens;
  draft.completion_tokens += usage.completion_tokens;
  if (!cost) draft.cost_usd.reset();
  if (draft.cost_usd) *draft.cost_usd += *cost;
  if (usage.estimated) draft.notes.emplace_back("the server did not say how many tokens it used; estimated");
  Heard heard{.prompt_sha256 = question.prompt_sha256};
  if (state_ != nullptr) {
    store::ModelCall call{.key = key,
                          .provider = where,
                          .model = std::string(model()),
                          .prompt_sha256 = question.prompt_sha256,
                          .http_status = raw->http_status,
                          .body = raw->body,
                          .prompt_tokens = usage.prompt_tokens,
                          .completion_tokens = usage.completion_tokens,
                          .cost_usd = cost,
                          .latency_ms = raw->elapsed.count(),
                          .outcome = answer ? outcome_of(*answer) : "unreadable"};
    auto saved = state_->save_call(call);
    if (!saved) return std::move(saved).error();
    heard.call_id = *saved;
  }
  if (!answer) return std::move(answer).error();
  heard.answer = std::move(*answer);
  return heard;
}

void ModelGenerator::take(const TableTask& task, const Heard& heard, Draft& draft) const {
  auto salvaged = salvage(heard.answer.text, static_cast<std::size_t>(std::max(task.max_kpis, 0)));
  for (auto& note : salvaged.notes) draft.notes.push_back(std::move(note));
  std::set<std::string> names;
  for (const auto& kpi : draft.kpis) names.insert(name_key(kpi.name));
  std::size_t taken = 0;
  for (auto& item : salvaged.items) {
    if (draft.kpis.size() >= static_cast<std::size_t>(task.max_kpis)) break;
    if (!names.insert(name_key(item.name)).second) {
      draft.notes.push_back("\"" + item.name + "\" was there already");
      continue;
    }
    model::Kpi kpi;
    kpi.name = std::move(item.name);
    kpi.description = std::move(item.description);
    kpi.business_value = std::move(item.business_value);
    kpi.sql = std::move(item.sql);
    kpi.dialect = task.database.dialect;
    kpi.database_id = task.database.id;
    kpi.result = shape_of(item);
    kpi.tables.push_back(task.table.qualified_name());
    for (const auto& named : item.tables) {
      const auto* other = task.database.table(named);
      if (other == nullptr || other == &task.table) continue;
      const auto name = other->qualified_name();
      if (std::find(kpi.tables.begin(), kpi.tables.end(), name) == kpi.tables.end())
        kpi.tables.push_back(name);
    }
    kpi.source = {std::string(provider()), std::string(model()), heard.prompt_sha256, heard.cached};
    draft.kpis.push_back(std::move(kpi));
    ++taken;
  }
  // An answer without one usable KPI is not worth finding again.
  if (taken == 0 && state_ != nullptr && heard.call_id)
    if (auto noted = state_->set_outcome(*heard.call_id, "unreadable"); !noted)
      draft.notes.push_back(noted.error().line());
}

Result<Draft> ModelGenerator::generate(const TableTask& task, std::stop_token stop) {
  Draft draft;
  auto heard = hear(task, prompts_.table(task), draft, stop);
  if (!heard) return std::move(heard).error();
  const std::string where(provider());
  switch (heard->answer.finish) {
    case Finish::refusal:
      return Error{Fault::item, "llm.refused", where, "the model refused to answer for " + task.table.name,
                   ""};
    case Finish::filtered:
      return Error{Fault::item, "llm.filtered", where,
                   "the provider's filter withheld the answer for " + task.table.name, ""};
    case Finish::empty:
      return Error{Fault::item, "llm.empty", where, "the answer for " + task.table.name + " was empty",
                   "a larger --max-tokens helps models that think first"};
    case Finish::length:
      draft.notes.emplace_back("the answer reached the token limit");
      break;
    case Finish::stop:
      break;
  }
  take(task, *heard, draft);
  const bool enough = static_cast<int>(draft.kpis.size()) >= task.min_kpis;
  if (!enough) {
    std::vector<std::string> names;
    for (const auto& kpi : draft.kpis) names.push_back(kpi.name);
    ++draft.attempts;
    auto more = hear(task, prompts_.topup(task, names), draft, stop);
    if (more) {
      take(task, *more, draft);
    } else if (more.error().fault == Fault::item) {
      draft.notes.push_back("top-up: " + more.error().line());
    } else if (draft.kpis.empty() || more.error().fault == Fault::machine) {
      return std::move(more).error();
    } else {
      draft.notes.push_back("no top-up: " + more.error().line());
    }
  }
  if (draft.kpis.empty())
    return Error{Fault::item, "llm.unreadable", where,
                 fmt::format("no KPI could be read from the answer for {}{}", task.table.name,
                             draft.notes.empty() ? "" : " (" + draft.notes.front() + ")"),
                 ""};
  return draft;
}

Estimate estimate(const Prompts& prompts, const std::vector<TableTask>& tasks,
                  const config::ModelTable& models, std::string_view provider, std::string_view model) {
  Estimate total;
  for (const auto& task : tasks) {
    ++total.calls;
    total.prompt_tokens += estimated_tokens(prompts.system(task)) + estimated_tokens(prompts.table(task));
    total.completion_tokens += tokens_a_kpi * task.max_kpis;
  }
  total.cost_usd = cost_of(models, provider, model, {total.prompt_tokens, 0, total.completion_tokens, true});
  return total;
}

}  // namespace kpi::llm
