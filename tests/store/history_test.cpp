#include "place.hpp"

#include <kpi/base/file.hpp>
#include <kpi/store/backup.hpp>

#include <doctest/doctest.h>

#include <fstream>

using namespace kpi;
using kpi::test::call_named;
using kpi::test::Place;
using namespace std::chrono_literals;

namespace {

store::Event event(const std::string& kind, const std::string& subject) {
  store::Event made;
  made.run_id = "run-1";
  made.user = "kim";
  made.kind = kind;
  made.action = "create card";
  made.subject = subject;
  made.outcome = "ok";
  made.elapsed_ms = 7;
  return made;
}

}  // namespace

TEST_CASE("store::State: the trail lists queries, writes and model calls in the order of time, filtered") {
  Place place;
  const auto state = place.open();
  REQUIRE(state->save_event(event("query", "first")).has_value());
  place.clock.advance(1h);
  REQUIRE(state->save_call(call_named("k"), {}).has_value());
  place.clock.advance(1h);
  REQUIRE(state->save_event(event("write", "last")).has_value());

  const auto all = *state->events({});
  REQUIRE(all.size() == 3);
  CHECK(all[0].subject == "first");
  CHECK(all[0].user == "kim");
  CHECK(all[1].kind == "model");
  CHECK(all[1].cost_usd.has_value());
  CHECK(all[2].subject == "last");
  CHECK(state->events({"write", "", 10})->size() == 1);
  CHECK(state->events({"", all[1].created_at, 10})->size() == 2);
  const auto newest = *state->events({"", "", 1});
  REQUIRE(newest.size() == 1);
  CHECK(newest[0].subject == "last");
  CHECK(place.open("other")->events({})->empty());
}

TEST_CASE("store::State: a card's content is kept once a change") {
  Place place;
  const auto state = place.open();
  const auto keep = [&](const std::string& hash) {
    REQUIRE(state->save_version({"", "run-1", "kpi", 7, hash, "Orders", "SELECT " + hash}).has_value());
  };
  keep("a");
  keep("a");
  keep("b");
  keep("a");
  std::string hashes;
  const auto versions = state->versions("kpi");
  REQUIRE(versions);
  for (const auto& one : *versions) hashes += one.content_hash;
  CHECK(hashes == "aba");
  CHECK(state->versions("")->size() == 3);
  CHECK(state->versions("else")->empty());
  CHECK(place.open("other")->versions("")->empty());
}

TEST_CASE("store::State: values come back oldest first, the newest so many, and old ones are forgotten") {
  Place place;
  const auto state = place.open();
  for (int i = 1; i <= 5; ++i) {
    REQUIRE(state->save_value("kpi", i, "").has_value());
    place.clock.advance(24h);
  }
  const auto last = *state->values("kpi", 3);
  REQUIRE(last.size() == 3);
  CHECK(last[0].value == 3);
  CHECK(last[2].value == 5);
  CHECK(place.open("other")->values("kpi", 3)->empty());
  CHECK(*state->forget(2) == 3);
  CHECK(state->values("kpi", 9)->size() == 2);
}

TEST_CASE("store::State: the point of a series is kept once, whenever it is looked at") {
  Place place;
  const auto state = place.open();
  for (const auto& [value, period] : {std::pair(7.0, "2026-09"), {7.0, "2026-09"}, {8.0, "2026-10"}}) {
    REQUIRE(state->save_value("kpi", value, period).has_value());
    place.clock.advance(24h);
  }
  const auto values = *state->values("kpi", 9);
  REQUIRE(values.size() == 2);
  CHECK(values[0].period == "2026-09");
  CHECK(values[1].value == 8);
}

TEST_CASE("store::State: a model call names who asked and under which run") {
  Place place;
  const auto state = place.open();
  state->sign("kim", [] { return std::string("run-7"); });
  REQUIRE(state->save_call(call_named("k"), {}).has_value());
  const auto all = *state->events({});
  REQUIRE(all.size() == 1);
  CHECK(all[0].user == "kim");
  CHECK(all[0].run_id == "run-7");
}

TEST_CASE("store::State: a card that is gone is forgotten, of this tenant alone") {
  Place place;
  const auto state = place.open();
  const auto other = place.open("other");
  for (auto* one : {state.get(), other.get()}) REQUIRE(one->save_card({"kpi", 7, "h", "", ""}).has_value());
  REQUIRE(state->forget_card("kpi").has_value());
  CHECK(state->cards()->empty());
  CHECK(other->cards()->size() == 1);
}

TEST_CASE("store::backup: a backup restores what it held, also over a damaged file") {
  Place place;
  const auto copy = place.folder / "copy.db";
  {
    const auto state = place.open();
    REQUIRE(state->save_call(call_named("kept"), {}).has_value());
    REQUIRE(state->back_up(copy).has_value());
    CHECK_FALSE(state->back_up(copy).has_value());  // never over a file that is there
    REQUIRE(state->save_call(call_named("later"), {}).has_value());
  }
  CHECK(store::check_state(copy).has_value());
  SUBCASE("over a whole one") {
    const auto aside = store::restore_state(copy, place.file(), place.clock);
    REQUIRE(aside.has_value());
    CHECK_FALSE(aside->has_value());
  }
  SUBCASE("over a damaged one, which is kept") {
    std::ofstream(place.file(), std::ios::binary | std::ios::trunc) << std::string(8192, 'x');
    CHECK(store::check_state(place.file()).error().fault == Fault::machine);
    const auto aside = store::restore_state(copy, place.file(), place.clock);
    REQUIRE(aside.has_value());
    REQUIRE(aside->has_value());
    CHECK(std::filesystem::exists(**aside));
  }
  const auto state = place.open();
  CHECK(state->find_call("kept", std::nullopt)->has_value());
  CHECK_FALSE(state->find_call("later", std::nullopt)->has_value());
}

TEST_CASE("store::backup: what is no state file of ours changes nothing") {
  Place place;
  REQUIRE(place.open()->save_call(call_named("kept"), {}).has_value());
  CHECK(store::restore_state(place.folder / "none.db", place.file(), place.clock).error().fault ==
        Fault::input);
  std::ofstream(place.folder / "text", std::ios::binary)
      << "not a database at all, but long enough to look at";
  CHECK_FALSE(store::restore_state(place.folder / "text", place.file(), place.clock).has_value());
  CHECK(place.open()->find_call("kept", std::nullopt)->has_value());
}
