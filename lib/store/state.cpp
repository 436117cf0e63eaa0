#include <kpi/store/migrations.hpp>
#include <kpi/store/sqlite_state.hpp>

#include <fmt/format.h>

namespace kpi::store {
namespace {

/// Midnight in UTC, `days` days before the day of `now`, as the tables hold times.
std::string day_begin(WallTime now, int days) {
  const auto day = std::chrono::floor<std::chrono::days>(now) - std::chrono::days(days);
  return iso_time(WallTime(day.time_since_epoch()));
}

/// Midnight in UTC on the first day of the month of `now`.
std::string month_begin(WallTime now) { return iso_time(now).substr(0, 7) + "-01T00:00:00.000Z"; }

Error over_budget(const char* code, const char* span, double limit_usd, double spent_usd) {
  return {
      Fault::item, code, "state",
      fmt::format("this {}'s budget of {:.2f} USD does not bear the next call ({:.4f} USD are spent or set "
                  "aside)",
                  span, limit_usd, spent_usd),
      fmt::format("raise llm.budget_{}_usd, or run again when the {} is over: finished answers are kept",
                  span, span)};
}

/// The most bytes that storing the answer to `call` may add to the log: its text as it came, once more when
/// it is read, the pages that this leaves (some builds of SQLite blank them), and as much again to be sure. A
/// token is 4 letters of English, and up to 16 bytes where a server escapes what is not ASCII.
std::int64_t room_for(const ModelCall& call) {
  constexpr std::int64_t bytes_a_token = 16;
  constexpr std::int64_t times_written = 4;
  constexpr std::int64_t around_it = 128 * 1024;
  return times_written * bytes_a_token * call.max_tokens + around_it;
}

ModelCall call_of(const Statement& row, std::string_view key) {
  ModelCall call;
  call.key = key;
  call.provider = row.text_at(1);
  call.model = row.text_at(2);
  call.prompt_sha256 = row.text_at(3);
  call.http_status = static_cast<int>(row.number_at(4));
  call.body = row.text_at(5);
  call.prompt_tokens = row.number_at(6);
  call.completion_tokens = row.number_at(7);
  call.cost_usd = row.real_at(8);
  call.latency_ms = row.number_at(9);
  call.outcome = row.text_at(10);
  call.max_tokens = row.number_at(11);
  call.answered_by = row.text_at(12);
  call.request_id = row.text_at(13);
  return call;
}

RegisteredCard card_of_row(const Statement& row) {
  return {row.text_at(0), row.number_at(1), row.text_at(2), row.text_at(3), row.text_at(4)};
}

}  // namespace

/// The newest finished answer, good before bad; the caller holds the lock.
Result<std::optional<SqliteState::FoundCall>> SqliteState::look_up(
    std::string_view key, std::optional<std::chrono::seconds> max_age) {
  auto query = database_->prepare(
      "SELECT id, provider, model, prompt_sha256, http_status, body, prompt_tokens, completion_tokens, "
      "cost_usd, latency_ms, outcome, max_tokens, answered_by, request_id FROM model_calls "
      "WHERE tenant = ?1 AND key = ?2 AND created_at >= ?3 "
      "AND outcome NOT IN ('asked', 'lost', 'failed', 'bad') "
      "ORDER BY outcome = 'ok' DESC, id DESC LIMIT 1");  // by id and not by time: a clock may go back
  if (!query) return std::move(query).error();
  const std::string oldest = max_age ? iso_time(clock_->now() - *max_age) : "";
  const auto found = query->text(tenant_).text(key).text(oldest).step();
  if (!found) return found.error();
  std::optional<FoundCall> call;
  if (*found) call = FoundCall{query->number_at(0), call_of(*query, key)};
  return call;
}

Result<std::optional<ModelCall>> SqliteState::find_call(std::string_view key,
                                                        std::optional<std::chrono::seconds> max_age) {
  const std::lock_guard lock(mutex_);
  auto found = look_up(key, max_age);
  if (!found) return std::move(found).error();
  std::optional<ModelCall> call;
  if (!*found) return call;
  // The answer is worth more than its count: a full disk must not make us pay for it again.
  const auto counted = count_hit((*found)->id);
  static_cast<void>(counted);
  call = std::move((*found)->call);
  return call;
}

Result<std::optional<ModelCall>> SqliteState::peek_call(std::string_view key,
                                                        std::optional<std::chrono::seconds> max_age) {
  const std::lock_guard lock(mutex_);
  auto found = look_up(key, max_age);
  if (!found) return std::move(found).error();
  std::optional<ModelCall> call;
  if (*found) call = std::move((*found)->call);
  return call;
}

std::optional<Claim> SqliteState::try_claim(std::string_view key) {
  constexpr char separator = '\x1F';
  return Claim::try_take(database_->file().string() + "-claims", tenant_ + separator + std::string(key));
}

void SqliteState::sign(std::string user, std::function<std::string()> run_id) {
  const std::lock_guard lock(mutex_);
  user_ = std::move(user);
  run_id_ = std::move(run_id);
}

Result<std::int64_t> SqliteState::save_call(const ModelCall& call, const SpendingLimits& limits) {
  const std::lock_guard lock(mutex_);
  if (auto done = database_->make(Durability::durable); !done) return std::move(done).error();
  const bool awaits_answer = call.outcome == outcome::asked;
  if (awaits_answer) {
    if (auto room = set_room_aside(room_for(call)); !room) return std::move(room).error();
  }
  // The write lock comes first, so that no other process spends between the sum and the row.
  auto transaction = Transaction::begin(*database_);
  if (!transaction) return std::move(transaction).error();
  if (auto fits = check(limits, call.cost_usd.value_or(0)); !fits) return std::move(fits).error();
  const std::string now = iso_time(clock_->now());
  std::int64_t id = 0;
  {
    auto insert = database_->prepare(
        "INSERT INTO model_calls (tenant, key, provider, model, prompt_sha256, http_status, body, "
        "prompt_tokens, completion_tokens, cost_usd, latency_ms, outcome, created_at, max_tokens, "
        "answered_by, request_id, user, run_id) "
        "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18)");
    if (!insert) return std::move(insert).error();
    insert->text(tenant_).text(call.key).text(call.provider).text(call.model).text(call.prompt_sha256);
    insert->number(call.http_status).bytes(call.body).number(call.prompt_tokens);
    insert->number(call.completion_tokens).real(call.cost_usd).number(call.latency_ms).text(call.outcome);
    insert->text(now).number(call.max_tokens).text(call.answered_by).text(call.request_id);
    const std::string run_id = run_id_();
    insert->text(user_).text(run_id);
    if (const auto done = insert->step(); !done) return done.error();
    id = database_->last_row_id();
  }
  if (auto done = transaction->commit(); !done) return std::move(done).error();
  if (awaits_answer) under_way_[id] = room_for(call);
  return id;
}

/// Room for all answers under way and `bytes` more; the log is emptied into the file where there is too
/// little.
Result<Done> SqliteState::set_room_aside(std::int64_t bytes) {
  for (const auto& [id, most] : under_way_) bytes += most;
  auto held = reserve_.hold(bytes);
  if (held || !database_->run("PRAGMA wal_checkpoint(TRUNCATE)")) return held;
  return reserve_.hold(bytes);
}

Result<Done> SqliteState::update_call(std::int64_t call_id, const ModelCall& call) {
  const std::lock_guard lock(mutex_);
  if (auto done = database_->make(Durability::durable); !done) return done;
  auto done = write_answer(call_id, call);
  if (!done && done.error().code == "state.full" && reserve_.give_up()) {
    // The room is for the answers: moving the log into the file would fill it.
    const auto kept = database_->run("PRAGMA wal_autocheckpoint=0");
    static_cast<void>(kept);
    done = write_answer(call_id, call);
  }
  under_way_.erase(call_id);
  return done;
}

Result<Done> SqliteState::write_answer(std::int64_t call_id, const ModelCall& call) {
  auto update = database_->prepare(
      "UPDATE model_calls SET http_status = ?3, body = ?4, prompt_tokens = ?5, completion_tokens = ?6, "
      "cost_usd = ?7, latency_ms = ?8, outcome = ?9, answered_by = ?10, request_id = ?11 "
      "WHERE tenant = ?1 AND id = ?2");
  if (!update) return std::move(update).error();
  update->text(tenant_).number(call_id).number(call.http_status).bytes(call.body);
  update->number(call.prompt_tokens).number(call.completion_tokens).real(call.cost_usd);
  update->number(call.latency_ms).text(call.outcome).text(call.answered_by).text(call.request_id);
  if (const auto done = update->step(); !done) return done.error();
  return changed(call_id);
}

Result<Done> SqliteState::set_outcome(std::int64_t call_id, std::string_view outcome) {
  const std::lock_guard lock(mutex_);
  if (auto done = database_->make(Durability::ordered); !done) return done;
  auto update = database_->prepare("UPDATE model_calls SET outcome = ?3 WHERE tenant = ?1 AND id = ?2");
  if (!update) return std::move(update).error();
  if (const auto done = update->text(tenant_).number(call_id).text(outcome).step(); !done)
    return done.error();
  return changed(call_id);
}

Result<Spending> SqliteState::spending() {
  const std::lock_guard lock(mutex_);
  const auto now = clock_->now();
  Spending spending;
  auto query = database_->prepare(
      "SELECT total(cost_usd) FILTER (WHERE created_at >= ?2), total(cost_usd) FILTER (WHERE created_at >= "
      "?3), total(cost_usd) FILTER (WHERE created_at >= ?4), total(cost_usd), "
      "count(*) FILTER (WHERE outcome <> 'failed'), (SELECT count(*) FROM cache_hits WHERE tenant = ?1) "
      "FROM model_calls WHERE tenant = ?1");
  if (!query) return std::move(query).error();
  const std::string today = day_begin(now, 0);
  const std::string month = month_begin(now);
  const std::string month_of_days = day_begin(now, 29);
  const auto row = query->text(tenant_).text(today).text(month).text(month_of_days).step();
  if (!row) return row.error();
  spending.today_usd = query->real_at(0).value_or(0);
  spending.this_month_usd = query->real_at(1).value_or(0);
  spending.last_30_days_usd = query->real_at(2).value_or(0);
  spending.total_usd = query->real_at(3).value_or(0);
  spending.calls = query->number_at(4);
  spending.cache_hits = query->number_at(5);
  return spending;
}

Result<Done> SqliteState::save_card(const RegisteredCard& card) {
  const std::lock_guard lock(mutex_);
  if (auto done = database_->make(Durability::durable); !done) return done;
  return upsert(card);
}

Result<Done> SqliteState::save_cards(const std::vector<RegisteredCard>& cards) {
  const std::lock_guard lock(mutex_);
  if (auto done = database_->make(Durability::durable); !done) return done;
  auto transaction = Transaction::begin(*database_);
  if (!transaction) return std::move(transaction).error();
  for (const auto& card : cards) {
    if (auto done = upsert(card); !done) return done;
  }
  return transaction->commit();
}

Result<std::optional<RegisteredCard>> SqliteState::card_of(std::string_view kpi_id) {
  const std::lock_guard lock(mutex_);
  std::optional<RegisteredCard> card;
  auto query = database_->prepare(
      "SELECT kpi_id, card_id, content_hash, updated_at, last_ok_at FROM cards WHERE tenant = ?1 AND "
      "kpi_id = ?2");
  if (!query) return std::move(query).error();
  const auto found = query->text(tenant_).text(kpi_id).step();
  if (!found) return found.error();
  if (*found) card = card_of_row(*query);
  return card;
}

Result<std::vector<RegisteredCard>> SqliteState::cards() {
  const std::lock_guard lock(mutex_);
  std::vector<RegisteredCard> cards;
  auto query = database_->prepare(
      "SELECT kpi_id, card_id, content_hash, updated_at, last_ok_at FROM cards WHERE tenant = ?1 ORDER BY "
      "kpi_id");
  if (!query) return std::move(query).error();
  query->text(tenant_);
  for (;;) {
    const auto row = query->step();
    if (!row) return row.error();
    if (!*row) return cards;
    cards.push_back(card_of_row(*query));
  }
}

Result<Done> SqliteState::forget_card(std::string_view kpi_id) {
  const std::lock_guard lock(mutex_);
  if (auto done = database_->make(Durability::ordered); !done) return done;
  auto remove = database_->prepare("DELETE FROM cards WHERE tenant = ?1 AND kpi_id = ?2");
  if (!remove) return std::move(remove).error();
  if (const auto done = remove->text(tenant_).text(kpi_id).step(); !done) return done.error();
  return Done{};
}

Result<Done> SqliteState::upsert(const RegisteredCard& card) {
  const std::string now = iso_time(clock_->now());
  auto statement = database_->prepare(
      "INSERT INTO cards (tenant, kpi_id, card_id, content_hash, updated_at, last_ok_at, saved_at) "
      "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) ON CONFLICT (tenant, kpi_id) DO UPDATE SET "
      "card_id = excluded.card_id, content_hash = excluded.content_hash, updated_at = excluded.updated_at, "
      "last_ok_at = excluded.last_ok_at, saved_at = excluded.saved_at");
  if (!statement) return std::move(statement).error();
  statement->text(tenant_).text(card.kpi_id).number(card.card_id).text(card.content_hash);
  statement->text(card.updated_at).text(card.last_ok_at).text(now);
  if (const auto done = statement->step(); !done) return done.error();
  return Done{};
}

/// Whether `cost_usd` more stays within `limits`; within the caller's transaction.
Result<Done> SqliteState::check(const SpendingLimits& limits, double cost_usd) {
  if (!limits.day_usd && !limits.month_usd) return Done{};
  auto query = database_->prepare(
      "SELECT total(cost_usd) FILTER (WHERE created_at >= ?2), total(cost_usd) FROM model_calls "
      "WHERE tenant = ?1 AND created_at >= ?3");
  if (!query) return std::move(query).error();
  const auto now = clock_->now();
  const std::string today = day_begin(now, 0);
  const std::string month = month_begin(now);
  const auto row = query->text(tenant_).text(today).text(month).step();
  if (!row) return row.error();
  const double in_day = query->real_at(0).value_or(0);
  const double in_month = query->real_at(1).value_or(0);
  if (limits.day_usd && in_day + cost_usd > *limits.day_usd)
    return over_budget("state.day_budget", "day", *limits.day_usd, in_day);
  if (limits.month_usd && in_month + cost_usd > *limits.month_usd)
    return over_budget("state.month_budget", "month", *limits.month_usd, in_month);
  return Done{};
}

Result<Done> SqliteState::changed(std::int64_t call_id) const {
  if (database_->changed_rows() > 0) return Done{};
  return Error{Fault::machine, "state.no_such_call", "state",
               "tenant " + tenant_ + " has no model call " + std::to_string(call_id), ""};
}

Result<Done> SqliteState::count_hit(std::int64_t call_id) {
  if (auto done = database_->make(Durability::ordered); !done) return done;
  const std::string now = iso_time(clock_->now());
  auto insert =
      database_->prepare("INSERT INTO cache_hits (tenant, model_call_id, created_at) VALUES (?1, ?2, ?3)");
  if (!insert) return std::move(insert).error();
  if (const auto done = insert->text(tenant_).number(call_id).text(now).step(); !done) return done.error();
  return Done{};
}

Result<std::unique_ptr<State>> State::open(const std::filesystem::path& file, std::string tenant,
                                           Clock& clock, std::chrono::milliseconds patience) {
  auto database = Database::open(file, patience);
  if (!database) return std::move(database).error();
  const auto current = is_current(**database);  // before anything is changed: it may not be our file
  if (!current) return current.error();
  if (auto done = (*database)->write_ahead(patience); !done) return std::move(done).error();
  if (!*current) {
    if (auto done = migrate(**database); !done) return std::move(done).error();
  }
  return std::unique_ptr<State>(new SqliteState(std::move(*database), std::move(tenant), clock));
}

}  // namespace kpi::store
