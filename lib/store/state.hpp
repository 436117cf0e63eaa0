#pragma once

#include <kpi/base/clock.hpp>
#include <kpi/base/result.hpp>

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

// The state file: what must survive a killed process. Every row names its tenant; no call sees another
// tenant's rows.
namespace kpi::store {

/// One answer of a model, stored before it is parsed. There is no place here for a request, a header or a
/// credential, so the state file cannot hold one.
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
  std::string outcome;  ///< "ok", "refused", "cut", "unreadable", ...
};

/// What was last written to Metabase for one KPI.
struct RegisteredCard {
  std::string kpi_id;
  std::int64_t card_id = 0;
  std::string content_hash;
  std::string updated_at;  ///< Metabase's, of the card
  std::string last_ok_at;  ///< of the last audit that found it running; may be empty
};

/// What model calls cost, as far as their price was known. Days are UTC's. A call dated in the future (the
/// clock has gone back since) counts as today's: money is never understated.
struct Spending {
  double today_usd = 0;
  double last_30_days_usd = 0;  ///< today and the 29 days before
  double total_usd = 0;
  std::int64_t calls = 0;
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

  /// The newest stored answer to `key` with outcome "ok", or none; counts a cache hit.
  virtual Result<std::optional<ModelCall>> find_call(std::string_view key) = 0;
  /// Stores an answer, durably, before anyone parses it. Returns its row id.
  virtual Result<std::int64_t> save_call(const ModelCall& call) = 0;
  /// Says afterwards what came of it.
  virtual Result<Done> set_outcome(std::int64_t call_id, std::string_view outcome) = 0;
  virtual Result<Spending> spending() = 0;

  virtual Result<Done> save_card(const RegisteredCard& card) = 0;
  virtual Result<std::optional<RegisteredCard>> card_of(std::string_view kpi_id) = 0;
  virtual Result<std::vector<RegisteredCard>> cards() = 0;
};

}  // namespace kpi::store
