#include "place.hpp"

#include <doctest/doctest.h>
#include <sqlite3.h>

#include <array>
#include <sys/stat.h>
#include <thread>

using kpi::test::call_named;
using kpi::test::Place;
using namespace std::chrono_literals;

TEST_CASE("store::State: an answer comes back as it was stored, byte for byte") {
  Place place;
  auto call = call_named("k1");
  call.body = std::string("\0\xFF{\"a\":\"회\"}\n", 14);
  call.cost_usd = std::nullopt;
  {
    const auto state = place.open();
    CHECK(*state->save_call(call, {}) > 0);
  }
  const auto state = place.open();
  const auto found = *state->find_call("k1", {});
  REQUIRE(found.has_value());
  CHECK(found->key == "k1");
  CHECK(found->provider == call.provider);
  CHECK(found->model == call.model);
  CHECK(found->prompt_sha256 == call.prompt_sha256);
  CHECK(found->http_status == 200);
  CHECK(found->body == call.body);
  CHECK(found->prompt_tokens == 100);
  CHECK(found->completion_tokens == 20);
  CHECK_FALSE(found->cost_usd.has_value());
  CHECK(found->latency_ms == 1234);
  CHECK(found->outcome == "ok");
  CHECK_FALSE(state->find_call("k2", {})->has_value());
}

TEST_CASE("store::State: the newest good answer counts, whatever the clock did") {
  Place place;
  const auto state = place.open();
  auto call = call_named("k");
  call.body = "first";
  CHECK(state->save_call(call, {}).has_value());
  place.clock.advance(-1000h);
  call.body = "second";
  CHECK(state->save_call(call, {}).has_value());
  call.body = "third";
  call.outcome = "cut";
  const auto id = *state->save_call(call, {});
  CHECK(state->find_call("k", {}).operator*()->body == "second");
  CHECK(state->set_outcome(id, "ok").has_value());
  CHECK(state->find_call("k", {}).operator*()->body == "third");
  CHECK(state->set_outcome(id, "unreadable").has_value());
  CHECK(state->find_call("k", {}).operator*()->body == "second");
  CHECK(state->set_outcome(99'999, "ok").error().code == "state.no_such_call");
}

TEST_CASE("store::State: an empty answer and an empty text are kept as such") {
  Place place;
  const auto state = place.open();
  kpi::store::ModelCall call;
  call.key = "empty";
  call.outcome = "ok";
  CHECK(state->save_call(call, {}).has_value());
  const auto found = *state->find_call("empty", {});
  REQUIRE(found.has_value());
  CHECK(found->body.empty());
  CHECK(found->cost_usd == std::nullopt);
}

TEST_CASE("store::State: a card is remembered, replaced, and listed in order") {
  Place place;
  const auto state = place.open();
  CHECK(state->cards()->empty());
  CHECK(state->save_card({"b", 2, "hash2", "2026-01-02", ""}).has_value());
  CHECK(state->save_card({"a", 1, "hash1", "2026-01-01", "2026-01-03"}).has_value());
  CHECK(state->save_card({"b", 3, "hash3", "2026-01-04", "2026-01-05"}).has_value());
  const auto cards = *state->cards();
  REQUIRE(cards.size() == 2);
  CHECK(cards[0].kpi_id == "a");
  CHECK(cards[1].card_id == 3);
  CHECK(cards[1].content_hash == "hash3");
  CHECK(cards[1].updated_at == "2026-01-04");
  CHECK(cards[1].last_ok_at == "2026-01-05");
  CHECK(state->card_of("a").operator*()->card_id == 1);
  CHECK_FALSE(state->card_of("c")->has_value());
}

TEST_CASE("store::State: two tenants of one file never see each other's rows") {
  Place place;
  const auto acme = place.open("acme");
  const auto other = place.open("other");
  const auto id = *acme->save_call(call_named("k"), {});
  CHECK(acme->save_card({"kpi", 1, "h", "", ""}).has_value());
  CHECK(acme->find_call("k", {})->has_value());

  CHECK_FALSE(other->find_call("k", {})->has_value());
  CHECK(other->cards()->empty());
  CHECK_FALSE(other->card_of("kpi")->has_value());
  CHECK(other->set_outcome(id, "stolen").error().code == "state.no_such_call");
  const auto spending = *other->spending();
  CHECK(spending.total_usd == 0);
  CHECK(spending.calls == 0);
  CHECK(spending.cache_hits == 0);

  CHECK(other->save_card({"kpi", 2, "h2", "", ""}).has_value());
  CHECK(acme->card_of("kpi").operator*()->card_id == 1);
  CHECK(acme->spending()->cache_hits == 1);
}

TEST_CASE("store::State: spending is counted by UTC day, by 30 days and in all") {
  Place place;
  const auto state = place.open();
  const auto spend = [&](double usd) {
    auto call = call_named("k");
    call.cost_usd = usd;
    CHECK(state->save_call(call, {}).has_value());
  };
  spend(1);
  place.clock.advance(2 * 24h);
  spend(2);
  place.clock.advance(29 * 24h);
  spend(4);
  auto unknown = call_named("unknown price");
  unknown.cost_usd = std::nullopt;
  CHECK(state->save_call(unknown, {}).has_value());
  CHECK(state->find_call("k", {})->has_value());
  const auto spending = *state->spending();
  CHECK(spending.today_usd == 4);
  CHECK(spending.last_30_days_usd == 6);
  CHECK(spending.total_usd == 7);
  CHECK(spending.calls == 4);
  CHECK(spending.cache_hits == 1);

  // The clock goes back: what lies ahead of it is not lost from sight.
  place.clock.advance(-100 * 24h);
  CHECK(state->spending()->today_usd == 7);
  CHECK(state->spending()->total_usd == 7);
}

TEST_CASE("store::State: a day begins at midnight UTC") {
  Place place;
  const auto state = place.open();
  const auto midnight = std::chrono::floor<std::chrono::days>(place.clock.now()) + 24h;
  place.clock.advance(midnight - place.clock.now() - 1ms);
  CHECK(state->save_call(call_named("k"), {}).has_value());
  CHECK(state->spending()->today_usd == 0.5);
  place.clock.advance(1ms);
  CHECK(state->spending()->today_usd == 0);
  CHECK(state->spending()->last_30_days_usd == 0.5);
}

TEST_CASE("store::State: any number of threads may call") {
  Place place;
  const auto state = place.open();
  std::vector<std::thread> threads;
  threads.reserve(4);
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&state, t] {
      for (int i = 0; i < 25; ++i) {
        const auto name = std::to_string(t) + "/" + std::to_string(i);
        if (!state->save_call(call_named(name), {}) || !state->save_card({name, i, "h", "", ""}))
          std::abort();
        if (!state->find_call(name, {})->has_value()) std::abort();
      }
    });
  }
  for (auto& thread : threads) thread.join();
  CHECK(state->spending()->calls == 100);
  CHECK(state->spending()->cache_hits == 100);
  CHECK(state->cards()->size() == 100);
}

TEST_CASE("store::State: the file is for its owner only, and any SQLite tool can read it") {
  Place place;
  const auto state = place.open();
  CHECK(state->save_call(call_named("k"), {}).has_value());
  for (const char* suffix : {"", "-wal", "-shm"}) {
    struct stat info {};
    REQUIRE(::stat((place.file().string() + suffix).c_str(), &info) == 0);
    CHECK((info.st_mode & 0777U) == 0600U);
  }
  sqlite3* handle = nullptr;
  REQUIRE(sqlite3_open(place.file().c_str(), &handle) == SQLITE_OK);
  const auto ask = [&](const char* sql) {
    sqlite3_stmt* statement = nullptr;
    REQUIRE(sqlite3_prepare_v2(handle, sql, -1, &statement, nullptr) == SQLITE_OK);
    REQUIRE(sqlite3_step(statement) == SQLITE_ROW);
    std::string text = reinterpret_cast<const char*>(sqlite3_column_text(statement, 0));
    sqlite3_finalize(statement);
    return text;
  };
  CHECK(ask("PRAGMA journal_mode") == "wal");
  CHECK(ask("SELECT tenant || ' ' || provider || ' ' || cost_usd FROM model_calls") == "default openai 0.5");
  CHECK(ask("SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND sql NOT LIKE '%tenant%'") == "0");
  sqlite3_close(handle);
}

TEST_CASE("store::State: what is finished is found again, good before bad, and what never was is not") {
  Place place;
  const auto state = place.open();
  auto call = call_named("k");
  call.outcome = "no_json";
  call.body = "prose";
  const auto id = *state->save_call(call, {});
  CHECK(state->find_call("k", {}).operator*()->body == "prose");
  call.outcome = "ok";
  call.body = "good";
  CHECK(state->save_call(call, {}).has_value());
  call.outcome = "refused";
  CHECK(state->save_call(call, {}).has_value());
  CHECK(state->find_call("k", {}).operator*()->body == "good");
  for (const auto outcome : {kpi::store::outcome::asked, kpi::store::outcome::lost,
                             kpi::store::outcome::failed, kpi::store::outcome::bad}) {
    CAPTURE(std::string(outcome));
    auto unfinished = call_named("u");
    unfinished.outcome = outcome;
    CHECK(state->save_call(unfinished, {}).has_value());
    CHECK_FALSE(state->find_call("u", {})->has_value());
  }

  call.outcome = "cut";
  call.body = "taken in later";
  call.max_tokens = 500;
  call.answered_by = "model-2026";
  call.request_id = "req_1";
  call.key = "other";
  CHECK(state->update_call(id, call).has_value());
  auto updated = call_named("asked");
  updated.outcome = kpi::store::outcome::asked;
  updated.max_tokens = 500;
  const auto asked = *state->save_call(updated, {});
  CHECK(state->update_call(asked, call).has_value());
  const auto found = *state->find_call("asked", {});
  REQUIRE(found.has_value());
  CHECK(found->body == "taken in later");
  CHECK(found->outcome == "cut");
  CHECK(found->max_tokens == 500);
  CHECK(found->answered_by == "model-2026");
  CHECK(found->request_id == "req_1");
  CHECK(state->update_call(99'999, call).error().code == "state.no_such_call");
}

TEST_CASE("store::State: a question is one's to ask until one lets go, and another tenant's is another") {
  Place place;
  const auto first = place.open();
  const auto second = place.open();  // as another process would
  const auto other = place.open("other");
  {
    const auto claim = first->try_claim("key");
    REQUIRE(claim.has_value());
    CHECK_FALSE(first->try_claim("key").has_value());
    CHECK_FALSE(second->try_claim("key").has_value());
    CHECK(second->try_claim("another key").has_value());
    CHECK(other->try_claim("key").has_value());
    CHECK_FALSE(first->try_claim("key").has_value());  // what came and went took nothing with it
  }
  CHECK(second->try_claim("key").has_value());
}

TEST_CASE("store::State: an answer is found until it is too old") {
  Place place;
  const auto state = place.open();
  CHECK(state->save_call(call_named("k"), {}).has_value());
  place.clock.advance(48h);
  CHECK(state->find_call("k", 48h)->has_value());
  CHECK_FALSE(state->find_call("k", 47h)->has_value());
  CHECK(state->find_call("k", {})->has_value());
}

TEST_CASE("store::State: a call over the day's or the month's limit is not stored, however many spend") {
  Place place;
  const auto one = place.open();
  const auto two = place.open();
  auto call = call_named("k");
  call.cost_usd = 0.4;
  const kpi::store::SpendingLimits day{1.0, std::nullopt};
  CHECK(one->save_call(call, day).has_value());
  CHECK(two->save_call(call, day).has_value());
  const auto over = one->save_call(call, day);
  REQUIRE_FALSE(over.has_value());
  CHECK(over.error().code == "state.day_budget");
  CHECK(over.error().fault == kpi::Fault::item);
  CHECK(one->spending()->calls == 2);
  CHECK(place.open("another")->save_call(call, day).has_value());

  place.clock.advance(24h);
  CHECK(one->save_call(call, day).has_value());
  const auto month = one->save_call(call, {std::nullopt, 1.5});
  REQUIRE_FALSE(month.has_value());
  CHECK(month.error().code == "state.month_budget");
  CHECK(one->spending()->this_month_usd == doctest::Approx(1.2));
  place.clock.advance(24h * 31);
  CHECK(one->save_call(call, {std::nullopt, 1.5}).has_value());
}

TEST_CASE("store::State: a file of the first version keeps its answers") {
  Place place;
  { CHECK(place.open()->save_call(call_named("k"), {}).has_value()); }
  sqlite3* database = nullptr;
  REQUIRE(sqlite3_open(place.file().c_str(), &database) == SQLITE_OK);
  CHECK(
      sqlite3_exec(
          database,
          "ALTER TABLE model_calls DROP COLUMN max_tokens; ALTER TABLE model_calls DROP COLUMN "
          "answered_by; ALTER TABLE model_calls DROP COLUMN request_id; ALTER TABLE model_calls DROP COLUMN "
          "user; ALTER TABLE model_calls DROP COLUMN run_id; DROP TABLE events; DROP TABLE "
          "card_versions; DROP TABLE kpi_values; PRAGMA user_version = 1",
          nullptr, nullptr, nullptr) == SQLITE_OK);
  sqlite3_close(database);
  const auto found = *place.open()->find_call("k", {});
  REQUIRE(found.has_value());
  CHECK(found->max_tokens == 0);
}
