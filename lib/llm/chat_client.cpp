#include <kpi/base/hash.hpp>
#include <kpi/base/text.hpp>
#include <kpi/http/retry.hpp>
#include <kpi/llm/chat_client.hpp>
#include <kpi/llm/replay.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace kpi::llm {
namespace {

constexpr char separator = '\x1F';

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

std::string_view outcome_of(Finish finish) {
  switch (finish) {
    case Finish::refusal:
      return "refused";
    case Finish::filtered:
      return "filtered";
    case Finish::empty:
      return "empty";
    case Finish::length:
      return "cut";
    case Finish::stop:
      break;
  }
  return store::outcome::ok;
}

Usage guess(const Question& question, std::int64_t completion_tokens) {
  return {.prompt_tokens = estimated_tokens(question.system) + estimated_tokens(question.user),
          .completion_tokens = completion_tokens,
          .estimated = true};
}

/// What is odd about the server that gave an answer.
std::vector<std::string> oddities(const Answer& answer, std::string_view model) {
  std::vector<std::string> notes;
  if (answer.usage.estimated)
    notes.emplace_back("the server does not say how many tokens it used; they are estimated");
  if (!answer.model.empty() && lower(answer.model).find(lower(model)) == std::string::npos)
    notes.push_back("answered by " + shorten(single_line(answer.model), 80) + " instead of " +
                    std::string(model));
  return notes;
}

/// Ollama cuts what its window does not hold, and says nothing.
bool was_cut_short(const Usage& used, const Usage& expected) {
  constexpr std::int64_t worth_a_look = 1000;
  return !used.estimated && expected.prompt_tokens > worth_a_look &&
         used.prompt_tokens * 2 < expected.prompt_tokens;
}

/// The stored answer of `call`, where it will do: what cannot be read is none, and one that was cut may be
/// asked for whole.
std::optional<Answer> usable(const ChatModel& chat, const Question& question, const store::ModelCall& call) {
  auto answer = chat.read({call.http_status, call.body});
  if (!answer) return std::nullopt;
  const bool was_short = call.max_tokens > 0 && call.max_tokens < question.max_tokens;
  if (answer->finish == Finish::length && was_short) return std::nullopt;
  return *std::move(answer);
}

/// Money of a purse that is set aside; it goes back however the call ends, or others would wait for it for
/// ever.
class Aside {
public:
  Aside() = default;
  Aside(std::shared_ptr<Purse> purse, double usd) : purse_(std::move(purse)), usd_(usd) {}
  Aside(Aside&&) noexcept = default;
  Aside& operator=(Aside&&) = delete;
  ~Aside() {
    if (purse_) purse_->put_back(usd_);
  }
  /// The call cost `usd`, and is over.
  void settle(double usd) {
    if (const auto purse = std::exchange(purse_, nullptr)) purse->settle(usd_, usd);
  }

private:
  std::shared_ptr<Purse> purse_;
  double usd_ = 0;
};

}  // namespace

/// A call on its way: its row in the ledger and what is set aside for it.
struct ChatClient::Call {
  Aside aside;
  store::ModelCall row;
  std::optional<std::int64_t> id;
  std::optional<double> dearest_usd;  ///< none: the price is unknown
  std::int64_t lost = 0;              ///< tries that may have been paid though nothing came
};

ChatClient::ChatClient(std::unique_ptr<ChatModel> chat, const ChatPorts& ports, ChatOptions options)
    : chat_(std::move(chat)),
      models_(ports.models),
      state_(ports.state),
      clock_(ports.clock),
      options_(std::move(options)),
      purse_(options_.purse ? options_.purse : std::make_shared<Purse>(options_.budget_usd)),
      pace_(options_.rates, options_.timeout, ports.clock) {}

Question ChatClient::question_of(const Prompt& prompt) const {
  Question question{prompt.system, prompt.user, prompt.schema};
  question.max_tokens = options_.max_tokens;
  question.temperature = options_.temperature;
  question.table = prompt.table;
  question.prompt_sha256 = sha256_hex(prompt.system + separator + prompt.user);
  question.is_follow_up = prompt.is_follow_up;
  return question;
}

Result<std::optional<Reply>> ChatClient::stored(const Question& question) {
  std::optional<Reply> none;
  if (state_ == nullptr || !options_.use_cache) return none;
  auto found = state_->find_call(cache_key(*chat_, question), options_.cache_max_age);
  if (!found) return std::move(found).error();
  if (!*found) return none;
  auto answer = usable(*chat_, question, **found);
  if (!answer) return none;
  Reply reply;
  reply.answer = std::move(*answer);
  reply.prompt_sha256 = question.prompt_sha256;
  reply.cached = true;
  reply.body_ = std::move((*found)->body);
  return std::optional(std::move(reply));
}

Result<bool> ChatClient::is_stored(const Prompt& prompt) {
  if (state_ == nullptr || !options_.use_cache) return false;
  const auto question = question_of(prompt);
  const auto found = state_->peek_call(cache_key(*chat_, question), options_.cache_max_age);
  if (!found) return found.error();
  return found->has_value() && usable(*chat_, question, **found).has_value();
}

/// The stored answer, recorded and counted.
Result<std::optional<Reply>> ChatClient::take_stored(const Question& question, Spent& spent) {
  auto found = stored(question);
  if (!found || !*found) return found;
  if (auto recorded = record(question, (*found)->body_); !recorded) return std::move(recorded).error();
  ++spent.cached_calls;
  return found;
}

/// Waits while somebody else asks the same question: tables that are alike, another kpi with this state file.
Result<store::Claim> ChatClient::claim(const Question& question, const std::stop_token& stop) {
  constexpr std::chrono::milliseconds look_every{50};
  const auto key = cache_key(*chat_, question);
  for (;;) {
    if (auto ours = state_->try_claim(key)) return std::move(*ours);
    if (!clock_.sleep(look_every, stop)) return stopped_before(question);
  }
}

Result<Reply> ChatClient::ask(const Prompt& prompt, Spent& spent, const std::stop_token& stop) {
  const auto question = question_of(prompt);
  ++spent.attempts;
  auto found = take_stored(question, spent);
  if (!found) return std::move(found).error();
  if (*found) return std::move(**found);
  if (chat_->is_free()) return free(question, stop);
  if (state_ == nullptr || !options_.use_cache) return fresh(question, spent, stop);
  const auto claimed = claim(question, stop);
  if (!claimed) return claimed.error();
  found = take_stored(question, spent);  // who had the claim before may have asked
  if (!found) return std::move(found).error();
  if (*found) return std::move(**found);
  return fresh(question, spent, stop);
}

Error ChatClient::stopped_before(const Question& question) const {
  return {Fault::interrupted, "llm.interrupted", std::string(chat_->provider()),
          "interrupted before " + question.table, ""};
}

Result<Reply> ChatClient::free(const Question& question, const std::stop_token& stop) const {
  auto raw = chat_->ask(question, stop);
  if (!raw) return std::move(raw).error();
  auto answer = chat_->read(*raw);
  if (!answer) return std::move(answer).error();
  Reply reply;
  reply.answer = std::move(*answer);
  reply.prompt_sha256 = question.prompt_sha256;
  return reply;
}

/// Sets the money aside and writes the row. Before the call, so that a full disk or a locked file is known of
/// while nothing has been paid.
Result<ChatClient::Call> ChatClient::try_open(const Question& question) {
  const std::string where(chat_->provider());
  const auto worst = guess(question, question.max_tokens);
  const auto dearest =
      dearest_cost_of(models_, chat_->provider(), chat_->model(), worst.prompt_tokens, question.max_tokens);
  const double aside = dearest.value_or(0);
  const bool limited = purse_->has_limit() || options_.limits.day_usd || options_.limits.month_usd;
  if (limited && !dearest)
    return Error{Fault::item, "llm.unpriced", where,
                 fmt::format("the price of {} is unknown, so no budget can be kept", chat_->model()),
                 "add it to config/models.yaml, or run without a budget"};
  if (!purse_->reserve(aside))
    return Error{
        Fault::item, "llm.budget", where,
        fmt::format("the budget does not bear the call for {} ({:.4f} USD at most)", question.table, aside),
        "raise --budget and run again: finished answers are kept"};
  Call call{Aside(purse_, aside), {}, {}, dearest};
  call.row.key = cache_key(*chat_, question);
  call.row.provider = where;
  call.row.model = chat_->model();
  call.row.prompt_sha256 = question.prompt_sha256;
  call.row.prompt_tokens = worst.prompt_tokens;
  call.row.cost_usd = dearest;
  call.row.outcome = store::outcome::asked;
  call.row.max_tokens = question.max_tokens;
  if (state_ == nullptr) return call;
  auto saved = state_->save_call(call.row, options_.limits);
  if (!saved) {
    auto error = std::move(saved).error();
    if (error.fault == Fault::item) error.where = where;
    return error;
  }
  call.id = *saved;
  return call;
}

/// Where too little is left, others may have set more aside than they will need: their calls are waited for.
Result<ChatClient::Call> ChatClient::open_call(const Question& question, const std::stop_token& stop) {
  for (;;) {
    const auto seen = purse_->settlements();
    auto call = try_open(question);
    const bool short_of_money =
        !call && (call.error().code == "llm.budget" || call.error().code == "state.day_budget" ||
                  call.error().code == "state.month_budget");
    if (!short_of_money || !purse_->await_settlement(seen, stop)) return call;
  }
}

std::optional<Error> ChatClient::hopeless() {
  const std::scoped_lock lock(mutex_);
  return hopeless_;
}

void ChatClient::note_failure(const Error& error) {
  if (error.fault != Fault::unreachable) return;
  {
    const std::scoped_lock lock(mutex_);
    if (!hopeless_) hopeless_ = error;
  }
  halt_.request_stop();
}

/// False if stopped, or if there is nothing left to wait for.
bool ChatClient::await_turn(std::int64_t tokens, const std::stop_token& stop) {
  std::stop_source either;
  const std::stop_callback by_caller(stop, [&either] { either.request_stop(); });
  const std::stop_callback by_failure(halt_.get_token(), [&either] { either.request_stop(); });
  return pace_.wait(tokens, either.get_token());
}

Result<Reply> ChatClient::fresh(const Question& given, Spent& spent, const std::stop_token& stop) {
  const auto stopped = stopped_before(given);
  for (bool again = false;; again = true) {
    if (stop.stop_requested()) return stopped;
    if (auto why = hopeless()) return std::move(*why);
    auto call = open_call(given, stop);
    if (!call) return std::move(call).error();
    Question question = given;
    question.on_lost = [&call] { ++call->lost; };
    if (!await_turn(call->row.prompt_tokens + question.max_tokens, stop)) {
      auto why = stop.stop_requested() ? stopped : hopeless().value_or(stopped);
      close_failed(question, *call, why, spent);
      return why;
    }
    auto raw = chat_->ask(question, stop);
    if (!raw) {
      note_failure(raw.error());
      close_failed(question, *call, raw.error(), spent);
      return std::move(raw).error();
    }
    auto reply = take_in(question, *call, *raw, spent);
    if (!reply) note_failure(reply.error());
    // What is no model's answer (a gateway's page, an error under 200) may be better the second time, not the
    // third.
    const bool final = reply || reply.error().fault != Fault::item || reply.error().code == "llm.filtered" ||
                       reply.error().code == "llm.too_long";
    if (final || again) return reply;
  }
}

/// No answer: the row says whether it may have been paid all the same.
void ChatClient::close_failed(const Question& question, Call& call, const Error& error, Spent& spent) {
  const auto usage = guess(question, 0);
  const auto lost = static_cast<double>(call.lost);
  const auto cost = call.dearest_usd ? std::optional(*call.dearest_usd * lost) : std::nullopt;
  for (std::int64_t i = 0; i < call.lost; ++i) spent.add(usage, call.dearest_usd);
  spent.calls += call.lost;
  call.aside.settle(cost.value_or(0));
  if (state_ == nullptr || !call.id) return;
  call.row.outcome = call.lost > 0 ? store::outcome::lost : store::outcome::failed;
  call.row.prompt_tokens = usage.prompt_tokens * call.lost;
  call.row.cost_usd = call.lost > 0 ? cost : std::optional(0.0);
  call.row.http_status = 0;
  call.row.answered_by = error.code;
  // What cannot be noted stays as it was set aside: at its most.
  const auto noted = state_->update_call(*call.id, call.row);
  static_cast<void>(noted);
}

Result<Reply> ChatClient::take_in(const Question& question, Call& call, const RawAnswer& raw, Spent& spent) {
  const auto expected = guess(question, estimated_tokens(raw.body));
  Reply reply;
  reply.prompt_sha256 = question.prompt_sha256;
  reply.call_id_ = call.id;
  call.row.http_status = raw.http_status;
  call.row.body = raw.body;
  call.row.latency_ms = raw.elapsed.count();
  call.row.request_id = request_id(raw.headers);
  call.row.completion_tokens = expected.completion_tokens;
  call.row.outcome = "unread";
  Result<Done> saved = Done{};
  if (state_ != nullptr && call.id) saved = state_->update_call(*call.id, call.row);
  pace_.hear(rates_left(raw.headers, http::server_time(raw.headers, clock_.now())));

  auto answer = chat_->read(raw);
  Usage usage = answer ? answer->usage : expected;
  if (usage.prompt_tokens == 0) usage.prompt_tokens = expected.prompt_tokens;
  auto cost = cost_of(models_, chat_->provider(), chat_->model(), usage);
  // Tries that were lost on the way may be on the bill too.
  const auto lost = static_cast<double>(call.lost);
  if (cost && call.lost > 0) *cost += call.dearest_usd.value_or(0) * lost;
  usage.prompt_tokens += expected.prompt_tokens * call.lost;
  spent.calls += 1 + call.lost;
  spent.add(usage, cost);
  call.aside.settle(cost.value_or(0));
  if (call.lost > 0)
    reply.notes.push_back(fmt::format(
        "{} earlier {} ended without an answer and may have been paid: counted at the most it can cost",
        call.lost, call.lost == 1 ? "try" : "tries"));
  call.row.prompt_tokens = usage.prompt_tokens;
  call.row.completion_tokens = usage.completion_tokens;
  call.row.cost_usd = cost;
  call.row.outcome = answer ? outcome_of(answer->finish) : store::outcome::bad;
  if (answer) call.row.answered_by = shorten(single_line(answer->model), 100);
  if (saved && state_ != nullptr && call.id) saved = state_->update_call(*call.id, call.row);
  // It is paid and in hand: it serves this run even where it cannot be kept for the next.
  if (!saved) reply.notes.push_back("the answer could not be stored: " + saved.error().line());
  if (!answer) return std::move(answer).error();
  if (auto recorded = record(question, raw.body); !recorded) {
    // Stored, the answer is not lost; and a recording with a hole in it is not what was asked for.
    if (saved && call.id) return std::move(recorded).error();
    reply.notes.push_back("the answer could not be recorded: " + recorded.error().line());
  }
  if (was_cut_short(answer->usage, expected))
    reply.notes.push_back(
        fmt::format("the server read {} of about {} tokens: its context window may be too small",
                    answer->usage.prompt_tokens, expected.prompt_tokens));
  const std::scoped_lock lock(mutex_);
  for (auto& note : oddities(*answer, chat_->model())) {
    if (told_.insert(note).second) reply.notes.push_back(std::move(note));
  }
  reply.answer = std::move(*answer);
  return reply;
}

Result<Done> ChatClient::record(const Question& question, const std::string& body) const {
  if (options_.record.empty()) return Done{};
  return record_answer(options_.record, *chat_, question, body);
}

void ChatClient::judge(const Reply& reply, std::string_view outcome) {
  if (state_ == nullptr || !reply.call_id_) return;
  // A word for a person who looks into the ledger; nothing hangs on it.
  const auto noted = state_->set_outcome(*reply.call_id_, outcome);
  static_cast<void>(noted);
}

}  // namespace kpi::llm
