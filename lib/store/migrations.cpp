#include <kpi/store/migrations.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace kpi::store {
namespace {

/// "kpiS", in the file's header: tells our file from any other SQLite database.
constexpr std::int64_t our_application = 0x6B706953;

/// What each version adds; never changed once released. Times are ISO text in UTC, so that they sort and read
/// as they are. No column holds a request, a header, a credential or a row of a result but a KPI's own
/// number.
constexpr std::array migrations{
    // 1: answers of models, how often they served again, cards
    R"sql(
CREATE TABLE model_calls (
  id                INTEGER PRIMARY KEY,
  tenant            TEXT NOT NULL,
  key               TEXT NOT NULL,
  provider          TEXT NOT NULL,
  model             TEXT NOT NULL,
  prompt_sha256     TEXT NOT NULL,
  http_status       INTEGER NOT NULL,
  body              BLOB NOT NULL,
  prompt_tokens     INTEGER NOT NULL,
  completion_tokens INTEGER NOT NULL,
  cost_usd          REAL,
  latency_ms        INTEGER NOT NULL,
  outcome           TEXT NOT NULL,
  created_at        TEXT NOT NULL
) STRICT;
CREATE INDEX model_calls_by_key ON model_calls (tenant, key, outcome);
CREATE INDEX model_calls_by_time ON model_calls (tenant, created_at, cost_usd);

CREATE TABLE cache_hits (
  id            INTEGER PRIMARY KEY,
  tenant        TEXT NOT NULL,
  model_call_id INTEGER NOT NULL REFERENCES model_calls (id) ON DELETE CASCADE,
  created_at    TEXT NOT NULL
) STRICT;
CREATE INDEX cache_hits_by_call ON cache_hits (model_call_id);
CREATE INDEX cache_hits_by_time ON cache_hits (tenant, created_at);

CREATE TABLE cards (
  tenant       TEXT NOT NULL,
  kpi_id       TEXT NOT NULL,
  card_id      INTEGER NOT NULL,
  content_hash TEXT NOT NULL,
  updated_at   TEXT NOT NULL,
  last_ok_at   TEXT NOT NULL,
  saved_at     TEXT NOT NULL,
  PRIMARY KEY (tenant, kpi_id)
) STRICT, WITHOUT ROWID;
)sql",
    // 2: what a call was allowed and who answered it; sums by day and month need no row but the index's
    R"sql(
ALTER TABLE model_calls ADD COLUMN max_tokens  INTEGER NOT NULL DEFAULT 0;
ALTER TABLE model_calls ADD COLUMN answered_by TEXT NOT NULL DEFAULT '';
ALTER TABLE model_calls ADD COLUMN request_id  TEXT NOT NULL DEFAULT '';
)sql",
    // 3: the trail of what was done, earlier SQL of each card, and what KPIs came to over time
    R"sql(
CREATE TABLE events (
  id         INTEGER PRIMARY KEY,
  tenant     TEXT NOT NULL,
  created_at TEXT NOT NULL,
  run_id     TEXT NOT NULL,
  user       TEXT NOT NULL,
  kind       TEXT NOT NULL,
  action     TEXT NOT NULL,
  subject    TEXT NOT NULL,
  sha256     TEXT NOT NULL,
  outcome    TEXT NOT NULL,
  elapsed_ms INTEGER NOT NULL
) STRICT;
CREATE INDEX events_by_time ON events (tenant, created_at);

CREATE TABLE card_versions (
  id           INTEGER PRIMARY KEY,
  tenant       TEXT NOT NULL,
  created_at   TEXT NOT NULL,
  run_id       TEXT NOT NULL,
  kpi_id       TEXT NOT NULL,
  card_id      INTEGER NOT NULL,
  content_hash TEXT NOT NULL,
  name         TEXT NOT NULL,
  sql          TEXT NOT NULL
) STRICT;
CREATE INDEX card_versions_by_kpi ON card_versions (tenant, kpi_id);

CREATE TABLE kpi_values (
  tenant     TEXT NOT NULL,
  kpi_id     TEXT NOT NULL,
  created_at TEXT NOT NULL,
  value      REAL NOT NULL,
  PRIMARY KEY (tenant, kpi_id, created_at)
) STRICT, WITHOUT ROWID;
)sql",
    // 4: who asked a model, all of what a card held, and which point of a series a value was
    R"sql(
ALTER TABLE model_calls ADD COLUMN user   TEXT NOT NULL DEFAULT '';
ALTER TABLE model_calls ADD COLUMN run_id TEXT NOT NULL DEFAULT '';
ALTER TABLE card_versions ADD COLUMN description TEXT NOT NULL DEFAULT '';
ALTER TABLE card_versions ADD COLUMN display     TEXT NOT NULL DEFAULT '';
ALTER TABLE card_versions ADD COLUMN collection  TEXT NOT NULL DEFAULT '';
ALTER TABLE kpi_values ADD COLUMN period TEXT NOT NULL DEFAULT '';
)sql",
};

}  // namespace

std::int64_t newest_version() { return static_cast<std::int64_t>(migrations.size()); }

Result<bool> is_current(Database& database) {
  auto version = database.ask("PRAGMA user_version");
  if (!version) return std::move(version).error();
  auto application = database.ask("PRAGMA application_id");
  if (!application) return std::move(application).error();
  if (*application != our_application) {
    auto tables = database.ask("SELECT count(*) FROM sqlite_schema");
    if (!tables) return std::move(tables).error();
    if (*application == 0 && *version == 0 && *tables == 0) return false;
    return Error{Fault::machine, "state.foreign", "state",
                 fmt::format("{} is the database of another program", database.file().string()),
                 "choose another file with --state"};
  }
  if (*version > newest_version()) {
    return Error{Fault::machine, "state.newer", "state",
                 fmt::format("{} was written by a newer kpi (version {} of its tables, this one knows {})",
                             database.file().string(), *version, newest_version()),
                 "install that kpi, or choose another file with --state"};
  }
  return *version == newest_version();
}

Result<Done> migrate(Database& database) {
  auto transaction = Transaction::begin(database);
  if (!transaction) return std::move(transaction).error();
  const auto current = is_current(database);  // another process may have been here before the lock was ours
  if (!current) return current.error();
  if (*current) return Done{};
  const auto version = database.ask("PRAGMA user_version");
  if (!version) return version.error();
  for (auto next = static_cast<std::size_t>(std::max<std::int64_t>(*version, 0)); next < migrations.size();
       ++next) {
    if (auto done = database.run(migrations[next]); !done) return done;
  }
  auto done = database.run(
      fmt::format("PRAGMA application_id={}; PRAGMA user_version={}", our_application, newest_version()));
  if (!done) return done;
  return transaction->commit();
}

}  // namespace kpi::store
