// The trail, the versions of cards and the values of KPIs, as SqliteState keeps them.
#include <kpi/store/sqlite_state.hpp>

namespace kpi::store {

Result<Done> SqliteState::save_event(const Event& event) {
  const std::lock_guard lock(mutex_);
  if (auto done = database_->make(Durability::ordered); !done) return done;
  const std::string now = iso_time(clock_->now());
  auto insert = database_->prepare(
      "INSERT INTO events (tenant, created_at, run_id, user, kind, action, subject, sha256, outcome, "
      "elapsed_ms) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)");
  if (!insert) return std::move(insert).error();
  insert->text(tenant_).text(now).text(event.run_id).text(event.user).text(event.kind).text(event.action);
  insert->text(event.subject).text(event.sha256).text(event.outcome).number(event.elapsed_ms);
  if (const auto done = insert->step(); !done) return done.error();
  return Done{};
}

Result<std::vector<Event>> SqliteState::events(const EventFilter& filter) {
  const std::lock_guard lock(mutex_);
  std::vector<Event> events;
  // The newest are taken and then turned round; rows of one time keep the order they were written in.
  auto query = database_->prepare(
      "SELECT * FROM (SELECT created_at, run_id, user, kind, action, subject, sha256, outcome, elapsed_ms, "
      "NULL "
      "AS cost_usd, id FROM events WHERE tenant = ?1 UNION ALL SELECT created_at, run_id, user, 'model', "
      "provider "
      "|| ' "
      "' || model, 'prompt', prompt_sha256, outcome, latency_ms, cost_usd, id FROM model_calls WHERE tenant "
      "= "
      "?1) WHERE (?2 = '' OR kind = ?2) AND created_at >= ?3 ORDER BY created_at DESC, kind, id DESC LIMIT "
      "?4");
  if (!query) return std::move(query).error();
  query->text(tenant_).text(filter.kind).text(filter.since).number(filter.most);
  for (;;) {
    const auto row = query->step();
    if (!row) return row.error();
    if (!*row) break;
    Event event;
    event.created_at = query->text_at(0);
    event.run_id = query->text_at(1);
    event.user = query->text_at(2);
    event.kind = query->text_at(3);
    event.action = query->text_at(4);
    event.subject = query->text_at(5);
    event.sha256 = query->text_at(6);
    event.outcome = query->text_at(7);
    event.elapsed_ms = query->number_at(8);
    event.cost_usd = query->real_at(9);
    events.push_back(std::move(event));
  }
  return std::vector<Event>(std::make_move_iterator(events.rbegin()), std::make_move_iterator(events.rend()));
}

Result<Done> SqliteState::save_version(const CardVersion& version) {
  const std::lock_guard lock(mutex_);
  if (auto done = database_->make(Durability::ordered); !done) return done;
  const std::string now = iso_time(clock_->now());
  auto insert = database_->prepare(
      "INSERT INTO card_versions (tenant, created_at, run_id, kpi_id, card_id, content_hash, name, sql, "
      "description, display, collection) "
      "SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11 WHERE ?6 IS NOT (SELECT content_hash FROM "
      "card_versions WHERE "
      "tenant = ?1 AND kpi_id = ?4 ORDER BY id DESC LIMIT 1)");
  if (!insert) return std::move(insert).error();
  insert->text(tenant_).text(now).text(version.run_id).text(version.kpi_id).number(version.card_id);
  insert->text(version.content_hash).text(version.name).text(version.sql);
  insert->text(version.description).text(version.display).text(version.collection);
  if (const auto done = insert->step(); !done) return done.error();
  return Done{};
}

Result<std::vector<CardVersion>> SqliteState::versions(std::string_view kpi_id) {
  const std::lock_guard lock(mutex_);
  std::vector<CardVersion> versions;
  auto query = database_->prepare(
      "SELECT created_at, run_id, kpi_id, card_id, content_hash, name, sql, description, display, "
      "collection FROM card_versions "
      "WHERE tenant = ?1 AND (?2 = '' OR kpi_id = ?2) ORDER BY id");
  if (!query) return std::move(query).error();
  query->text(tenant_).text(kpi_id);
  for (;;) {
    const auto row = query->step();
    if (!row) return row.error();
    if (!*row) return versions;
    versions.push_back({query->text_at(0), query->text_at(1), query->text_at(2), query->number_at(3),
                        query->text_at(4), query->text_at(5), query->text_at(6), query->text_at(7),
                        query->text_at(8), query->text_at(9)});
  }
}

Result<Done> SqliteState::save_value(std::string_view kpi_id, double value, std::string_view period) {
  const std::lock_guard lock(mutex_);
  if (auto done = database_->make(Durability::ordered); !done) return done;
  auto transaction = Transaction::begin(*database_);
  if (!transaction) return std::move(transaction).error();
  {
    auto remove = database_->prepare(
        "DELETE FROM kpi_values WHERE tenant = ?1 AND kpi_id = ?2 AND period = ?3 AND ?3 <> ''");
    if (!remove) return std::move(remove).error();
    if (const auto done = remove->text(tenant_).text(kpi_id).text(period).step(); !done) return done.error();
    const std::string now = iso_time(clock_->now());
    auto insert = database_->prepare(
        "INSERT OR REPLACE INTO kpi_values (tenant, kpi_id, created_at, value, period) "
        "VALUES (?1, ?2, ?3, ?4, ?5)");
    if (!insert) return std::move(insert).error();
    insert->text(tenant_).text(kpi_id).text(now).real(value).text(period);
    if (const auto done = insert->step(); !done) return done.error();
  }
  return transaction->commit();
}

Result<std::vector<KpiValue>> SqliteState::values(std::string_view kpi_id, std::int64_t most) {
  const std::lock_guard lock(mutex_);
  std::vector<KpiValue> values;
  auto query = database_->prepare(
      "SELECT created_at, value, period FROM (SELECT created_at, value, period FROM kpi_values WHERE tenant "
      "= ?1 AND kpi_id "
      "= ?2 "
      "ORDER BY created_at DESC LIMIT ?3) ORDER BY created_at");
  if (!query) return std::move(query).error();
  query->text(tenant_).text(kpi_id).number(most);
  for (;;) {
    const auto row = query->step();
    if (!row) return row.error();
    if (!*row) return values;
    values.push_back({query->text_at(0), query->real_at(1).value_or(0), query->text_at(2)});
  }
}

Result<std::int64_t> SqliteState::forget(std::int64_t days) {
  const std::lock_guard lock(mutex_);
  if (auto done = database_->make(Durability::ordered); !done) return std::move(done).error();
  const std::string before = iso_time(clock_->now() - std::chrono::days(days));
  std::int64_t gone = 0;
  for (const std::string_view sql : {"DELETE FROM events WHERE tenant = ?1 AND created_at < ?2",
                                     "DELETE FROM kpi_values WHERE tenant = ?1 AND created_at < ?2"}) {
    auto remove = database_->prepare(sql);
    if (!remove) return std::move(remove).error();
    if (const auto done = remove->text(tenant_).text(before).step(); !done) return done.error();
    gone += database_->changed_rows();
  }
  return gone;
}

Result<Done> SqliteState::back_up(const std::filesystem::path& file) {
  const std::lock_guard lock(mutex_);
  auto copy = database_->prepare("VACUUM INTO ?1");
  if (!copy) return std::move(copy).error();
  const std::string name = file.string();
  if (const auto done = copy->text(name).step(); !done) return done.error();
  return Done{};
}

}  // namespace kpi::store
