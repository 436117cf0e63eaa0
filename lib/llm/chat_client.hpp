#pragma once

#include <kpi/base/clock.hpp>
#include <kpi/config/resources.hpp>
#include <kpi/llm/chat.hpp>
#include <kpi/llm/cost.hpp>
#include <kpi/llm/pace.hpp>
#include <kpi/store/state.hpp>

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

namespace kpi::llm {

struct ChatOptions {
  std::int64_t max_tokens = 8000;  ///< of one answer
  double temperature = 0.2;
  bool use_cache = true;  ///< stored answers are taken instead of asking again
  std::optional<std::chrono::seconds> cache_max_age = {};  ///< older ones are not; none: of any age
  std::optional<double> budget_usd = {};                   ///< of this client
  std::shared_ptr<Purse> purse = {};                       ///< shared with others, instead of budget_usd
  store::SpendingLimits limits = {};                       ///< of the tenant, by day and month
  RateLimits rates = {};
  std::chrono::milliseconds timeout{180'000};  ///< of one question; a longer wait for a rate is not waited
  std::filesystem::path record = {};           ///< answers are written here too, for ReplayModel; empty: not
};

/// What the client needs of the outside world. The references outlive it.
struct ChatPorts {
  const config::ModelTable& models;
  store::State* state = nullptr;  ///< null: nothing is stored, found or counted
  Clock& clock;
};

/// What to ask, before the client adds what is the same for all questions.
struct Prompt {
  std::string system;
  std::string user;
  Json schema = nullptr;      ///< of the answer; null: free text
  std::string table = {};     ///< what it is about
  bool is_follow_up = false;  ///< asks for what an earlier answer to the same table lacked
};

/// An answer, from the model or from the state file.
struct Reply {
  Answer answer;
  std::string prompt_sha256;
  bool cached = false;
  std::vector<std::string> notes;  ///< what was odd about it; for a person

private:
  friend class ChatClient;
  std::optional<std::int64_t> call_id_;
  std::string body_;  // of a stored answer, for a recording
};

/// A model with all that belongs to a paid call: the stored answer is taken where there is one; else budgets
/// are looked at, the provider's pace is kept, and what comes is stored before anyone reads it, counted and
/// priced. So no answer is paid for twice, whatever it holds and however many ask at once, and none is
/// forgotten. Once a call fails in a way that every other would too (Fault::unreachable), nothing more is
/// asked; what is under way is taken in. Any thread may call.
class ChatClient {
public:
  ChatClient(std::unique_ptr<ChatModel> chat, const ChatPorts& ports, ChatOptions options);

  /// The answer to `prompt`. What it took is added to `spent`, also where it fails. Fails as ChatModel does
  /// and with
  ///   item: llm.budget, state.day_budget, state.month_budget: the next call could overrun it; llm.unpriced:
  ///         there is a budget, and the model's price is unknown,
  ///   machine: as State does.
  Result<Reply> ask(const Prompt& prompt, Spent& spent, const std::stop_token& stop);

  /// Says what came of an answer: "ok", or what is wrong with it in a word. It stays stored either way.
  void judge(const Reply& reply, std::string_view outcome);

  /// True if an answer is stored that ask() would take. Counts nothing.
  [[nodiscard]] Result<bool> is_stored(const Prompt& prompt);

  [[nodiscard]] const ChatModel& chat() const { return *chat_; }
  [[nodiscard]] const ChatOptions& options() const { return options_; }

private:
  struct Call;
  [[nodiscard]] Question question_of(const Prompt& prompt) const;
  Result<std::optional<Reply>> stored(const Question& question);
  Result<std::optional<Reply>> take_stored(const Question& question, Spent& spent);
  Result<store::Claim> claim(const Question& question, const std::stop_token& stop);
  [[nodiscard]] Error stopped_before(const Question& question) const;
  [[nodiscard]] Result<Reply> free(const Question& question, const std::stop_token& stop) const;
  Result<Reply> fresh(const Question& question, Spent& spent, const std::stop_token& stop);
  [[nodiscard]] std::optional<Error> hopeless();
  void note_failure(const Error& error);
  [[nodiscard]] bool await_turn(std::int64_t tokens, const std::stop_token& stop);
  Result<Call> try_open(const Question& question);
  Result<Call> open_call(const Question& question, const std::stop_token& stop);
  Result<Reply> take_in(const Question& question, Call& call, const RawAnswer& raw, Spent& spent);
  void close_failed(const Question& question, Call& call, const Error& error, Spent& spent);
  [[nodiscard]] Result<Done> record(const Question& question, const std::string& body) const;

  std::unique_ptr<ChatModel> chat_;
  const config::ModelTable& models_;
  store::State* state_;
  Clock& clock_;
  ChatOptions options_;
  std::shared_ptr<Purse> purse_;
  Pace pace_;
  std::stop_source halt_;  // requested once there is a hopeless_
  std::mutex mutex_;       // guards all below
  std::optional<Error> hopeless_;
  std::set<std::string> told_;  // what is odd about the server rather than about one answer: said once
};

}  // namespace kpi::llm
