#include "register_fixture.hpp"

#include <kpi/stages/marker.hpp>

#include <algorithm>
#include <utility>

using namespace kpi;
using kpi::test::Registrar;
using kpi::test::status;
using kpi::test::valid;

TEST_CASE("stages::register: creates collections by category once, and a second run writes nothing") {
  Registrar r;
  const std::vector<model::Kpi> kpis{valid("Orders"), valid("Late orders")};
  const auto first = r.run(kpis);
  CHECK(r.writes() == std::vector<std::string>{"create collection KPIs", "create collection Sales",
                                               "create card Orders", "create card Late orders"});
  CHECK(status(first) == model::CardStatus::created);
  CHECK(first.kpis[0].registration->collection == "KPIs/Sales");
  CHECK(first.kpis[0].registration->url == "http://m/question/1");
  CHECK(first.collection_url == "http://m/collection/1");
  r.writes().clear();
  const auto second = r.run(kpis);
  CHECK(status(second) == model::CardStatus::unchanged);
  CHECK(r.writes().empty());

  SUBCASE("nor does a third need to read the cards again") {
    r.stage.metabase.cards_read = 0;
    r.run(kpis);
    CHECK(r.stage.metabase.cards_read == 0);
  }
  SUBCASE("nor one on another machine, with no state") {
    test::TemporaryState fresh(r.stage.clock);
    model::ValidationReport report;
    report.kpis = kpis;
    const auto outcome = stages::register_cards(
        report, {}, {r.stage.metabase, r.stage.metabase, r.stage.metabase, *fresh, r.stage.analyzer},
        r.stage.context());
    REQUIRE(outcome.has_value());
    CHECK(stages::changes_in(outcome->report) == 0);
    CHECK(r.writes().empty());
  }
}

TEST_CASE("stages::register: what changed is updated, a new score alone is no change") {
  Registrar r;
  r.run({valid("Orders")});
  CHECK(status(r.run({valid("Orders", 71)})) == model::CardStatus::unchanged);
  auto changed = valid("Orders");
  changed.sql += " WHERE status = 1";
  CHECK(status(r.run({changed})) == model::CardStatus::updated);
  CHECK(r.stage.metabase.stored.size() == 1);
  CHECK(r.stage.metabase.stored[0].sql == "SELECT count(*) AS orders\nFROM orders\nWHERE status = 1");
}

TEST_CASE("stages::register: a card that a person edited is left alone unless told otherwise") {
  Registrar r;
  r.run({valid("Orders")});
  r.run({valid("Orders")});  // now the state file knows the card's last edit
  auto& card = r.stage.metabase.stored.at(0);
  card.sql = "SELECT 42";
  card.updated_at = "later";
  const auto left = r.run({valid("Orders")});
  CHECK(status(left) == model::CardStatus::skipped);
  CHECK(left.kpis[0].registration->reason == "edited by hand; --force overwrites it");
  CHECK(card.sql == "SELECT 42");
  r.options.force = true;
  CHECK(status(r.run({valid("Orders")})) == model::CardStatus::updated);
  CHECK(card.sql == "SELECT count(*) AS orders\nFROM orders");
}

TEST_CASE("stages::register: an answer that was lost makes no twin") {
  Registrar r;
  r.stage.metabase.lose_next_create = true;
  const auto report = r.run({valid("Orders")});
  CHECK(status(report) == model::CardStatus::created);
  CHECK(report.kpis[0].registration->card_id == 1);
  CHECK(r.stage.metabase.stored.size() == 1);
}

TEST_CASE("stages::register: what is not fit to show is skipped with the reason") {
  Registrar r;
  r.options.min_score = 50;
  auto rejected = valid("Rejected");
  rejected.validation->status = model::Verdict::rejected;
  auto duplicate = valid("Duplicate");
  duplicate.validation->findings.push_back({"dup.fingerprint", model::Severity::warning, "", std::nullopt});
  const auto report = r.run({rejected, duplicate, valid("Poor", 49), valid("Good", 50)});
  CHECK(report.kpis[0].registration->reason == "rejected");
  CHECK(report.kpis[1].registration->reason == "duplicate");
  CHECK(report.kpis[2].registration->reason == "score 49 is below 50");
  CHECK(status(report, 3) == model::CardStatus::created);
  CHECK(r.stage.metabase.stored.size() == 1);
}

TEST_CASE("stages::register: a report of another hand stores nothing that the guard refuses") {
  Registrar r;
  auto unsafe = valid("Unsafe");
  unsafe.sql = "DELETE FROM orders";
  const auto report = r.run({unsafe});
  CHECK(status(report) == model::CardStatus::skipped);
  CHECK(report.kpis[0].registration->reason.value_or("").find("not safe to run: ") == 0);
  CHECK(r.stage.metabase.stored.empty());
}

TEST_CASE("stages::register: a dry run plans and writes nothing") {
  Registrar r;
  r.options.dry_run = true;
  const auto report = r.run({valid("Orders")});
  CHECK(status(report) == model::CardStatus::planned);
  CHECK(report.kpis[0].registration->reason == "create");
  CHECK(stages::changes_in(report) == 1);
  CHECK(r.writes().empty());
}

TEST_CASE("stages::register: --prune archives what the report no longer has, and only this tenant's") {
  Registrar r;
  r.run({valid("Orders"), valid("Old")});
  auto foreign = r.stage.metabase.stored.at(0);
  foreign.description = "x\nkpi:other:0123456789abcdef:0123456789ab";
  foreign.id = 3;
  r.stage.metabase.stored.push_back(foreign);
  CHECK(r.run({valid("Orders")}).archived.empty());
  r.options.prune = true;
  const auto report = r.run({valid("Orders")});
  REQUIRE(report.archived.size() == 1);
  CHECK(report.archived[0].name == "Old");
  CHECK(r.stage.metabase.stored[1].archived);
  CHECK_FALSE(r.stage.metabase.stored[2].archived);
}

TEST_CASE("stages::register: one name twice in a collection is told apart by its table") {
  Registrar r;
  r.run({valid("Orders"), valid("Orders", 70, "customers")});
  CHECK(r.stage.metabase.stored[0].name == "Orders");
  CHECK(r.stage.metabase.stored[1].name == "Orders (customers)");
}

TEST_CASE("stages::register: a card that a person moved, renamed or archived is found, and left alone") {
  Registrar r;
  r.run({valid("Orders")});
  auto& card = r.stage.metabase.stored.at(0);
  SUBCASE("renamed") {
    card.name = "Our orders";
    card.updated_at = "later";
    CHECK(r.run({valid("Orders")}).kpis[0].registration->reason == "edited by hand; --force overwrites it");
  }
  SUBCASE("moved out of the managed collections") {
    r.stage.metabase.tree.push_back({3, "Board", std::nullopt, false, false});
    card.collection_id = 3;
    CHECK(r.run({valid("Orders")}).kpis[0].registration->reason ==
          "moved by hand to Board; --force overwrites it");
    r.options.force = true;
    CHECK(status(r.run({valid("Orders")})) == model::CardStatus::updated);
    CHECK(card.collection_id == 2);
  }
  SUBCASE("moved to another category, which Metabase notes as no edit") {
    r.run({valid("Orders")});
    r.stage.metabase.tree.push_back({3, "People", 1, false, false});
    card.collection_id = 3;
    CHECK(status(r.run({valid("Orders")})) == model::CardStatus::skipped);
  }
  SUBCASE("archived, and nothing remembers it") {
    card.archived = true;
    const test::TemporaryState fresh(r.stage.clock);
    CHECK(r.run({valid("Orders")}).kpis[0].registration->reason == "archived by hand; --force restores it");
    CHECK(card.archived);
    r.options.force = true;
    CHECK(r.run({valid("Orders")}).kpis[0].registration->reason == "restored from the Trash");
    CHECK_FALSE(card.archived);
  }
  SUBCASE("with a remark below the marker") {
    card.description += "\nAsk Kim about this one.";
    card.updated_at = "later";
    CHECK(status(r.run({valid("Orders")})) == model::CardStatus::skipped);
  }
  CHECK(r.stage.metabase.stored.size() == 1);
}

TEST_CASE("stages::register: a deleted collection comes back with its cards, which keep their ids") {
  Registrar r;
  r.run({valid("Orders")});
  for (auto& one : r.stage.metabase.tree) one.archived = true;
  r.stage.metabase.stored.at(0).archived = true;
  const auto report = r.run({valid("Orders")});
  CHECK(status(report) == model::CardStatus::updated);
  CHECK(report.kpis[0].registration->reason == "restored: its collection was deleted");
  REQUIRE(r.stage.metabase.stored.size() == 1);
  CHECK_FALSE(r.stage.metabase.stored[0].archived);
  CHECK(r.stage.metabase.stored[0].collection_id == 4);
}

TEST_CASE(
    "stages::register: what --prune archived comes back with its KPI, and a person's edit is not pruned") {
  Registrar r;
  r.run({valid("Orders"), valid("Old")});
  r.options.prune = true;
  SUBCASE("pruned and wanted again") {
    CHECK(r.run({valid("Orders")}).archived.size() == 1);
    const auto again = r.run({valid("Orders"), valid("Old")});
    CHECK(again.kpis[1].registration->reason == "restored from the Trash");
    CHECK_FALSE(r.stage.metabase.stored[1].archived);
    CHECK(r.stage.metabase.stored[1].description.find("Archived by kpi") == std::string::npos);
    CHECK(r.stage.metabase.stored.size() == 2);
  }
  SUBCASE("edited") {
    r.stage.metabase.stored[1].sql = "SELECT 42";
    CHECK(r.run({valid("Orders")}).archived.empty());
    CHECK_FALSE(r.stage.metabase.stored[1].archived);
    r.options.force = true;
    CHECK(r.run({valid("Orders")}).archived.size() == 1);
  }
}

TEST_CASE("stages::register: two runs at once settle on the card with the lowest id") {
  Registrar r;
  r.run({valid("Other")});
  // While this run creates its card, another machine's has created the same: neither could see the other.
  r.stage.metabase.before_create = [&] {
    auto twin = r.stage.metabase.stored.at(0);
    auto kpi = valid("Orders");
    twin.name = "Orders";
    twin.description = "x\nkpi:default:" + kpi.id + ":0123456789ab";
    twin.sql = kpi.sql;
    const auto hash = stages::content_hash(twin, "KPIs/Sales");
    twin.description = "x\nkpi:default:" + kpi.id + ":" + hash;
    twin.id = 2;
    r.stage.metabase.stored.push_back(twin);
  };
  const auto report = r.run({valid("Orders"), valid("Other")});
  CHECK(report.kpis[0].registration->card_id == 2);
  CHECK(status(report) == model::CardStatus::unchanged);
  REQUIRE(r.stage.metabase.stored.size() == 3);
  CHECK_FALSE(r.stage.metabase.stored[1].archived);
  CHECK(r.stage.metabase.stored[2].archived);
  CHECK(report.archived.at(0).card_id == 3);
}

TEST_CASE("stages::register: a twin that stands is archived, a person's adapted copy is not") {
  Registrar r;
  r.run({valid("Orders")});
  auto twin = r.stage.metabase.stored.at(0);
  twin.id = 2;
  r.stage.metabase.stored.push_back(twin);
  twin.id = 3;
  twin.name = "Orders - Duplicate";
  r.stage.metabase.stored.push_back(twin);
  const auto report = r.run({valid("Orders")});
  CHECK(status(report) == model::CardStatus::unchanged);
  CHECK_FALSE(r.stage.metabase.stored[0].archived);
  CHECK(r.stage.metabase.stored[1].archived);
  CHECK_FALSE(r.stage.metabase.stored[2].archived);
}

TEST_CASE("stages::register: another --collection moves the cards that nobody touched") {
  Registrar r;
  r.run({valid("Orders")});
  r.options.collection = "Company/KPIs";
  const auto report = r.run({valid("Orders")});
  CHECK(status(report) == model::CardStatus::updated);
  CHECK(report.kpis[0].registration->collection == "Company/KPIs/Sales");
  CHECK(r.stage.metabase.stored.size() == 1);
}

TEST_CASE("stages::register: a written card is run once, and what it came to is recorded") {
  Registrar r;
  r.stage.metabase.answer = [](const std::string&) {
    metabase::QueryResult failed;
    failed.error = "invalid input syntax for type integer: \"Kim\"";
    return failed;
  };
  const auto broken = r.run({valid("Orders")});
  REQUIRE(broken.kpis[0].registration->execution.has_value());
  CHECK(broken.kpis[0].registration->execution->error ==
        "invalid input syntax for type integer: \"...\"");  // what it quotes from a row is no report's
  CHECK(model::to_json(broken)["summary"]["did_not_run"] == 1);
  CHECK_FALSE(r.run({valid("Orders")}).kpis[0].registration->execution.has_value());
  r.options.execute = false;
  CHECK_FALSE(r.run({valid("Late orders")}).kpis[0].registration->execution.has_value());
}

TEST_CASE("stages::register: keeps what a written card came to, for the audit of the same run") {
  Registrar r;
  r.stage.metabase.answer = [](const std::string& sql) -> Result<metabase::QueryResult> {
    if (sql.find("broken") != std::string::npos) return metabase::QueryResult{};
    return test::FakeMetabase::rows({{42}});
  };
  const auto report = r.run({valid("Orders"), valid("Broken", 70, "broken")});
  const auto run = r.runs.find(1, report.kpis[0].registration->hash);
  REQUIRE(run.has_value());
  CHECK(run->value->value == 42);
  CHECK(run->nothing.empty());
  CHECK_FALSE(r.runs.find(1, "0123456789ab").has_value());
  // What failed is tried once more.
  CHECK_FALSE(r.runs.find(2, report.kpis[1].registration->hash).has_value());
}

TEST_CASE("stages::register: an id that no marker can hold, and a missing category, are replaced") {
  Registrar r;
  auto kpi = valid("Orders");
  kpi.id = "x:y\nkpi:other:0123456789abcdef";
  kpi.category.clear();
  const auto first = r.run({kpi});
  CHECK(status(first) == model::CardStatus::created);
  CHECK(stages::is_marker_id(first.kpis[0].id));
  CHECK(first.kpis[0].registration->collection == "KPIs/General");
  CHECK(status(r.run({kpi})) == model::CardStatus::unchanged);
  CHECK(r.stage.metabase.stored.size() == 1);
}

TEST_CASE("stages::register: what one card or collection costs is its own, and the others go on") {
  Registrar r;
  auto other = valid("Refunds");
  other.category = "Finance";
  SUBCASE("a collection that may not be made") {
    r.stage.metabase.refused_names = {"Finance"};
    const auto report = r.run({valid("Orders"), other});
    CHECK(status(report, 0) == model::CardStatus::created);
    CHECK(status(report, 1) == model::CardStatus::failed);
    CHECK(report.envelope.errors.size() == 1);
  }
  SUBCASE("a card that cannot be read") {
    r.run({valid("Orders"), other});
    r.state.emplace(r.stage.clock);
    r.stage.metabase.refused_cards = {1};
    const auto report = r.run({valid("Orders"), other});
    CHECK(status(report, 0) == model::CardStatus::failed);
    CHECK(status(report, 1) == model::CardStatus::unchanged);
    CHECK(report.envelope.errors.size() == 1);
  }
}

TEST_CASE("stages::register: a list of all cards that takes too long is asked for once, then card by card") {
  Registrar r;
  std::vector<model::Kpi> kpis;
  for (int i = 0; i < 20; ++i) kpis.push_back(valid("Orders " + std::to_string(i)));
  r.run(kpis);
  r.stage.metabase.lists_read = 0;
  r.stage.metabase.list_times_out = true;
  r.state.emplace(r.stage.clock);
  const auto report = r.run(kpis);
  CHECK(status(report, 19) == model::CardStatus::unchanged);
  CHECK(r.stage.metabase.lists_read == 1);
}

TEST_CASE("stages::register: settings that a person added to a card's chart outlive an update") {
  Registrar r;
  r.run({valid("Orders")});
  auto& card = *r.stage.metabase.find(1);
  card.visualization_settings["graph.goal_value"] = 100;
  card.updated_at = "later";
  auto changed = valid("Orders");
  changed.description = "Orders there are.";
  CHECK(status(r.run({changed})) == model::CardStatus::updated);
  CHECK(r.stage.metabase.find(1)->visualization_settings["graph.goal_value"] == 100);
}

TEST_CASE("stages::register: a card keeps its name whichever tables a run looks at") {
  Registrar r;
  const auto a = valid("Orders", 70, "orders_a");
  const auto b = valid("Orders", 70, "orders_b");
  r.run({a, b});
  r.writes().clear();
  CHECK(status(r.run({b})) == model::CardStatus::unchanged);
  CHECK(status(r.run({a})) == model::CardStatus::unchanged);
  CHECK(r.writes().empty());
}

TEST_CASE("stages::register: what is approved is what is carried out, and nothing without it") {
  Registrar r;
  r.run({valid("Orders"), valid("Gone")});
  r.writes().clear();
  r.options.prune = true;
  model::RegistrationReport seen;
  r.options.approve = [&](const model::RegistrationReport& planned) -> Result<Done> {
    seen = planned;
    CHECK(r.writes().empty());
    return Done{};
  };
  const auto done = r.run({valid("Orders"), valid("Late orders")});
  CHECK(seen.kpis[1].registration->status == model::CardStatus::planned);
  CHECK(status(done, 1) == model::CardStatus::created);
  REQUIRE(seen.archived.size() == 1);
  CHECK(seen.archived[0].planned);
  REQUIRE(done.archived.size() == 1);
  CHECK_FALSE(done.archived[0].planned);
}

TEST_CASE("stages::register: a dry run plans to archive only what the real one would") {
  Registrar r;
  r.run({valid("Orders"), valid("Gone")});
  r.stage.metabase.find(2)->name = "Mine now";
  r.options.prune = true;
  r.options.dry_run = true;
  CHECK(r.run({valid("Orders")}).archived.empty());
  r.options.dry_run = false;
  CHECK(r.run({valid("Orders")}).archived.empty());
}

TEST_CASE("stages::register: KPIs of a report written by hand have ids too, and one id has one card") {
  Registrar r;
  r.stage.metabase.schema = {test::small_shop()};
  auto by_hand = valid("Orders");
  by_hand.id.clear();
  by_hand.tables.clear();
  const auto first = r.run({by_hand, by_hand});
  CHECK(first.kpis[0].id == valid("Orders").id);
  CHECK(first.kpis[1].registration->reason == "duplicate");
  CHECK(status(r.run({by_hand, by_hand})) == model::CardStatus::unchanged);
  CHECK(r.stage.metabase.stored.size() == 1);
}

TEST_CASE("stages::register: what a person changes while it runs is not written over") {
  Registrar r;
  r.run({valid("Orders"), valid("Late orders")});
  auto changed = valid("Orders");
  changed.description = "Orders there are.";
  auto& stored = r.stage.metabase.stored;
  // By the time the first card is written, a person is at the second.
  const auto meanwhile = [&](const auto& act) {
    r.stage.metabase.answer = [&r, act, done = false](const std::string&) mutable {
      if (!std::exchange(done, true)) act(*r.stage.metabase.find(1));
      return test::FakeMetabase::rows({{1}});
    };
  };
  auto first = valid("Late orders");
  first.description = "Orders that were late.";
  SUBCASE("edited") {
    meanwhile([](metabase::Card& card) { card.sql = "SELECT 7"; });
    const auto report = r.run({first, changed});
    CHECK(status(report, 0) == model::CardStatus::updated);
    CHECK(status(report, 1) == model::CardStatus::skipped);
    CHECK(stored[0].sql == "SELECT 7");
    CHECK(report.kpis[1].registration->reason->find("while registration ran") != std::string::npos);
  }
  SUBCASE("moved") {
    meanwhile([](metabase::Card& card) { card.collection_id = 1; });
    CHECK(status(r.run({first, changed}), 1) == model::CardStatus::skipped);
    CHECK(stored[0].collection_id == 1);
  }
  SUBCASE("archived") {
    meanwhile([](metabase::Card& card) { card.archived = true; });
    CHECK(status(r.run({first, changed}), 1) == model::CardStatus::skipped);
    CHECK(stored[0].archived);
  }
  SUBCASE("given a goal line, which stays") {
    meanwhile([](metabase::Card& card) { card.visualization_settings["graph.goal_value"] = 9; });
    CHECK(status(r.run({first, changed}), 1) == model::CardStatus::updated);
    CHECK(stored[0].visualization_settings["graph.goal_value"] == 9);
  }
  SUBCASE("unless it is told to") {
    r.options.force = true;
    meanwhile([](metabase::Card& card) { card.sql = "SELECT 7"; });
    CHECK(status(r.run({first, changed}), 1) == model::CardStatus::updated);
    CHECK(stored[0].sql != "SELECT 7");
  }
}

TEST_CASE("stages::register: --prune leaves alone what a person moved since it was listed") {
  Registrar r;
  r.run({valid("Orders"), valid("Old"), valid("Older")});
  r.options.prune = true;
  auto changed = valid("Orders");
  changed.description = "Orders there are.";
  r.stage.metabase.answer = [&](const std::string&) {
    r.stage.metabase.find(2)->collection_id = 1;
    return test::FakeMetabase::rows({{1}});
  };
  const auto report = r.run({changed});
  REQUIRE(report.archived.size() == 1);
  CHECK(report.archived[0].card_id == 3);
  CHECK_FALSE(r.stage.metabase.stored[1].archived);
}
