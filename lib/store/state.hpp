#pragma once

#include <kpi/base/clock.hpp>
#include <kpi/base/result.hpp>
#include <kpi/store/claim.hpp>

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

// The state file: what must survive a killed process. Every row names its tenant; no call sees another
// tenant's rows.
namespace kpi::store {

/// What became of a model call. What is not listed here is a finished answer, good or bad ("ok",
/// "empty_list", "no_json", "refused", "cut", ...): it was paid for and is found again.
namespace outcome {
inline constexpr std::string_view ok = "ok";          ///< KPIs were read from it
inline constexpr std::string_view asked = "asked";    ///< under way; or the process died meanwhile
inline constexpr std::string_view lost = "lost";      ///< sent, no whole answer came: it may have been paid
inline constexpr std::string_view failed = "failed";  ///< the server said no: nothing was paid
inline constexpr std::string_view bad = "bad";        ///< what came is no answer of a model
}  // namespace outcome

/// One call of a model and its answer, which is stored before it is parsed. There is no place here for a
/// request, a header or a credential, so the state file cannot hold one.
struct ModelCall {
  std::string
      key;  ///< SHA-256 over provider, base URL, model, temperature and prompt: same question, same key
  std::string provider;
  std::string model;
  std::string prompt_sha256;
  int http_status = 0;
  std::string body;  ///< the answer's bytes; the caller has redacted keys, which a 401 quotes in part
  std::int64_t prompt_tokens = 0;
  std::int64_t completion_tokens = 0;
  std::optional<double> cost_usd;
  std::int64_t latency_ms = 0;
  std::string outcome;          ///< one of `outcome`, or what kind of answer it is
  std::int64_t max_tokens = 0;  ///< the longest answer that was allowed
  std::string answered_by;      ///< the model as the server names it
  std::string request_id;       ///< the server's, for its support
};

/// What was last written to Metabase for one KPI.
struct RegisteredCard {
  std::string kpi_id;
  std::int64_t card_id = 0;
  std::string content_hash;
  std::string updated_at;  ///< Metabase's, of the card
  std::string last_ok_at;  ///< of the last audit that found it running; may be empty
};

/// One thing that kpi did outside: a query executed or a write to Metabase. Model calls have rows of their
/// own.
struct Event {
  std::string created_at;  ///< filled in by the store
  std::string run_id;
  std::string user;     ///< of the operating system
  std::string kind;     ///< "model", "query" or "write"
  std::string action;   ///< "run card", "create card", "archive card", ...; a model's name
  std::string subject;  ///< "card 7", "database 2", "Orders a month"
  std::string sha256;   ///< of the SQL, the card's content or the prompt; may be empty
  std::string outcome;  ///< "ok", or an error code
  std::int64_t elapsed_ms = 0;
  std::optional<double> cost_usd;  ///< of model calls
};

/// Which events to list.
struct EventFilter {
  std::string kind;          ///< empty: all
  std::string since;         ///< ISO time or the beginning of one; empty: from the first
  std::int64_t most = 1000;  ///< the newest so many
};

/// What a card held once.
struct CardVersion {
  std::string created_at;  ///< filled in by the store
  std::string run_id;
  std::string kpi_id;
  std::int64_t card_id = 0;
  std::string content_hash;
  std::string name;
  std::string sql;
  std::string description{};  ///< this and the next two: empty where an earlier kpi kept it
  std::string display{};
  std::string collection{};  ///< path, "KPIs/Sales"
};

/// What a KPI came to at a time: its one number, or the latest of a series.
struct KpiValue {
  std::string created_at;
  double value = 0;
  std::string period{};  ///< of a series' point, "2026-10"; empty for one number
};

/// What a tenant may spend, in UTC's day and calendar month; none: no limit.
struct SpendingLimits {
  std::optional<double> day_usd;
  std::optional<double> month_usd;
};

/// What model calls cost, as far as their price was known. Days are UTC's. A call dated in the future (the
/// clock has gone back since) counts as today's: money is never understated.
struct Spending {
  double today_usd = 0;
  double this_month_usd = 0;    ///< the calendar month
  double last_30_days_usd = 0;  ///< today and the 29 days before
  double total_usd = 0;
  std::int64_t calls = 0;  ///< that were answered or may have been
  std::int64_t cache_hits = 0;
};

/// One tenant's view of one state file (SQLite, WAL; several processes may hold it open). Any thread may
/// call. Failures are Fault::machine: "state.locked", "state.damaged", "state.newer", "state.full",
/// "state.unwritable", "state.foreign" (another program's database). Times are the Clock's, in UTC; order is
/// by row and not by time, so a clock that goes back changes no answer. The file is made with mode 0600.
class State {
public:
  /// Opens or creates `file` (its folder too) and brings its tables up to date. A lock that another process
  /// holds is waited for `patience` long, here and in every call.
  static Result<std::unique_ptr<State>> open(const std::filesystem::path& file, std::string tenant,
                                             Clock& clock,
                                             std::chrono::milliseconds patience = std::chrono::seconds(5));
  virtual ~State() = default;

  /// Who asks models from now on, and under which run: kept with each call.
  virtual void sign(std::string user, std::function<std::string()> run_id) = 0;

  /// The finished answer to `key` that is not older than `max_age` (none: of any age), or none: the newest
  /// with outcome "ok", else the newest; counts a cache hit.
  virtual Result<std::optional<ModelCall>> find_call(std::string_view key,
                                                     std::optional<std::chrono::seconds> max_age) = 0;
  /// What find_call() would find; counts nothing.
  virtual Result<std::optional<ModelCall>> peek_call(std::string_view key,
                                                     std::optional<std::chrono::seconds> max_age) = 0;
  /// The right to ask the question `key`; none while somebody else of this tenant has it, in this process or
  /// another. Their answer will be found once they are done.
  virtual std::optional<Claim> try_claim(std::string_view key) = 0;
  /// Stores a call, durably. Returns its row id. Fails also with (item) "state.day_budget" or
  /// "state.month_budget" and stores nothing where its cost would take the tenant over a limit; exact
  /// however many processes spend at once. With outcome "asked" it sets room on the disk aside for the answer
  /// first, and fails with "state.full" where there is none.
  virtual Result<std::int64_t> save_call(const ModelCall& call, const SpendingLimits& limits) = 0;
  /// Takes in, durably, what became of a stored call: all but key, prompt and the time it was made. On a disk
  /// that is full it takes the room that was set aside; no call is "asked" after that.
  virtual Result<Done> update_call(std::int64_t call_id, const ModelCall& call) = 0;
  /// Says afterwards what came of it.
  virtual Result<Done> set_outcome(std::int64_t call_id, std::string_view outcome) = 0;
  virtual Result<Spending> spending() = 0;

  virtual Result<Done> save_card(const RegisteredCard& card) = 0;
  /// All of them or none, in one go.
  virtual Result<Done> save_cards(const std::vector<RegisteredCard>& cards) = 0;
  virtual Result<std::optional<RegisteredCard>> card_of(std::string_view kpi_id) = 0;
  virtual Result<std::vector<RegisteredCard>> cards() = 0;
  /// Takes out what is remembered of a KPI's card: Metabase has it no more.
  virtual Result<Done> forget_card(std::string_view kpi_id) = 0;

  /// Notes what was done; ordered, not durable: a power cut may take the last of the trail, not of the work.
  virtual Result<Done> save_event(const Event& event) = 0;
  /// The trail with the model calls in it, oldest first.
  virtual Result<std::vector<Event>> events(const EventFilter& filter) = 0;

  /// Keeps what a card holds from now on; the same content as its last version is not kept twice.
  virtual Result<Done> save_version(const CardVersion& version) = 0;
  /// What the cards of KPI `kpi_id` ("": of all) held, oldest first.
  virtual Result<std::vector<CardVersion>> versions(std::string_view kpi_id) = 0;

  /// Keeps a KPI's value as of now, in place of the one of the same `period` where that is not empty.
  virtual Result<Done> save_value(std::string_view kpi_id, double value, std::string_view period) = 0;
  /// A KPI's last `most` values, oldest first.
  virtual Result<std::vector<KpiValue>> values(std::string_view kpi_id, std::int64_t most) = 0;

  /// Forgets events and values older than `days`; versions and model calls stay. Returns how many rows went.
  virtual Result<std::int64_t> forget(std::int64_t days) = 0;

  /// Writes a whole copy of the state file, all tenants, to `file`, which must not exist; other processes may
  /// go on meanwhile. Source: SQLite's VACUUM INTO.
  virtual Result<Done> back_up(const std::filesystem::path& file) = 0;
};

}  // namespace kpi::store
