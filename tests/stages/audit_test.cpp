#include "fixture.hpp"

#include <kpi/base/hash.hpp>
#include <kpi/base/text.hpp>
#include <kpi/stages/audit.hpp>
#include <kpi/stages/card_of.hpp>
#include <kpi/stages/marker.hpp>
#include <kpi/stages/trail.hpp>
#include <kpi/stages/usual_range.hpp>

#include <algorithm>

using namespace kpi;

namespace {

metabase::QueryResult refused(std::string why) {
  metabase::QueryResult failed;
  failed.error = std::move(why);
  return failed;
}

struct Auditor {
  test::Stage stage;
  test::TemporaryState state{stage.clock};

  Auditor() {
    stage.metabase.schema = {test::small_shop()};
    stage.metabase.tree = {{1, "KPIs", std::nullopt, false, false}, {2, "Sales", 1, false, false}};
  }

  metabase::Card& add(const std::string& name, const std::string& sql) {
    model::Kpi kpi;
    kpi.name = name;
    kpi.id = model::kpi_id("default", "shop", "orders", name);
    kpi.database_id = 7;
    kpi.sql = sql;
    kpi.result.display = "scalar";
    auto card = stages::card_of(kpi, kpi.sql, name, "default", "KPIs/Sales");
    card.id = static_cast<std::int64_t>(stage.metabase.stored.size()) + 1;
    card.collection_id = 2;
    stage.metabase.stored.push_back(card);
    return stage.metabase.stored.back();
  }

  stages::AuditOptions options;
  const stages::CardRuns* runs = nullptr;

  model::AuditReport run(std::size_t jobs = 1) {
    auto& m = stage.metabase;
    auto outcome =
        stages::audit(options, {m, m, m, *state, stage.domain, stage.analyzer, runs}, stage.context(jobs));
    REQUIRE(outcome.has_value());
    return outcome->report;
  }
};

}  // namespace

TEST_CASE("stages::audit: says of each card whether it still holds, and why not") {
  Auditor a;
  a.add("Fine", "SELECT count(*) FROM orders");
  a.add("Edited", "SELECT max(order_id) FROM orders").sql = "SELECT min(order_id) FROM orders";
  a.add("Orphan", "SELECT count(*) FROM gone");
  a.add("Unsafe", "DELETE FROM orders");
  a.add("Empty", "SELECT count(*) FROM customers WHERE 1 = 0 GROUP BY country");
  a.add("Fine", "SELECT count(*) FROM orders");
  a.add("Theirs", "SELECT 1").description = "made by hand";
  a.stage.metabase.answer = [](const std::string& sql) -> Result<metabase::QueryResult> {
    CHECK(sql.find("DELETE") == std::string::npos);  // audit guards again: a card runs for others, later
    if (sql.find("gone") != std::string::npos) return refused("no such table: gone");
    return test::FakeMetabase::rows(sql.find("1 = 0") != std::string::npos
                                        ? std::vector<std::vector<Json>>{}
                                        : std::vector<std::vector<Json>>{{1}});
  };
  const auto report = a.run();
  std::vector<std::string> statuses;
  for (const auto& card : report.cards) statuses.emplace_back(to_string(card.status));
  CHECK(statuses ==
        std::vector<std::string>{"ok", "drifted", "orphan", "broken", "empty", "duplicate", "unmanaged"});
  CHECK(report.cards[0].last_ok_at.has_value());
  CHECK_FALSE(report.cards[3].evidence.empty());
}

TEST_CASE("stages::audit: counts coverage by category and table and names what has none") {
  Auditor a;
  a.add("Fine", "SELECT count(*) FROM orders");
  const auto summary = model::to_json(a.run())["summary"];
  CHECK(summary["ok"] == 1);
  CHECK(summary["coverage"]["by_category"]["Sales"] == 1);
  CHECK(summary["coverage"]["by_category"]["People"] == 0);
  CHECK(summary["coverage"]["uncovered"] == Json::array({"customers"}));
  CHECK(summary["cache_hit_rate"].is_null());
}

TEST_CASE("stages::audit: names the column that vanished, whether the card is run or not") {
  Auditor a;
  a.add("Broken", "SELECT sum(total_amout) FROM orders");
  a.stage.metabase.answer = [](const std::string&) -> Result<metabase::QueryResult> {
    return refused("no such column");
  };
  SUBCASE("run") { a.options.execute = true; }
  SUBCASE("not run") { a.options.execute = false; }
  const auto report = a.run();
  CHECK(report.cards.at(0).status == model::AuditStatus::broken);
  CHECK(report.cards[0].evidence.find("schema.unknown_column") == 0);
  CHECK(report.cards[0].evidence.find("total_amout") != std::string::npos);
}

TEST_CASE("stages::audit: tells what a person changed, where the state file remembers what was registered") {
  Auditor a;
  auto& card = a.add("Orders", "SELECT count(*) FROM orders");
  const auto marker = *stages::marker_of(card.description);
  REQUIRE((*a.state).save_version({"", "r", marker.kpi_id, 1, marker.hash, card.name, card.sql}).has_value());
  card.sql = "SELECT count(*) FROM orders WHERE status = 1";
  const auto report = a.run();
  CHECK(report.cards.at(0).status == model::AuditStatus::drifted);
  CHECK(report.cards[0].evidence == "was changed in Metabase since it was registered: sql");
  CHECK(report.cards[0].detail["changes"][0]["after"] == card.sql);
}

TEST_CASE("stages::audit: two cards that ask one question are duplicates, whatever they are called") {
  Auditor a;
  a.add("Orders", "SELECT count(*) FROM orders");
  a.add("Number of orders", "select COUNT( * )  from orders");
  const auto report = a.run();
  CHECK(report.cards.at(0).status == model::AuditStatus::ok);
  CHECK(report.cards.at(1).status == model::AuditStatus::duplicate);
  CHECK(report.cards[1].evidence.find("asks what card 1 asks") == 0);
}

TEST_CASE("stages::audit: data whose time column stopped is stale") {
  Auditor a;
  a.add("Orders", "SELECT count(*) FROM orders");
  std::string newest = "2001-01-01T00:00:00Z";
  a.stage.metabase.answer = [&](const std::string& sql) -> Result<metabase::QueryResult> {
    const bool asks_age = sql.find("AS newest") != std::string::npos;
    return test::FakeMetabase::rows(asks_age ? std::vector<std::vector<Json>>{{newest}}
                                             : std::vector<std::vector<Json>>{{5}});
  };
  CHECK(a.run().cards.at(0).status == model::AuditStatus::stale);
  newest = iso_time(a.stage.clock.now());
  CHECK(a.run().cards.at(0).status == model::AuditStatus::ok);
}

TEST_CASE(
    "stages::audit: a card that a person archived or moved is still looked at, one that kpi retired is not") {
  Auditor a;
  auto& card = a.add("Orders", "SELECT count(*) FROM orders");
  const auto marker = *stages::marker_of(card.description);
  REQUIRE((*a.state).save_card({marker.kpi_id, card.id, marker.hash, "", ""}).has_value());
  SUBCASE("archived") {
    card.archived = true;
    CHECK(a.run().cards.at(0).status == model::AuditStatus::archived);
    card.description = stages::retired(card.description);
    CHECK(a.run().cards.empty());
  }
  SUBCASE("moved") {
    a.stage.metabase.tree.push_back({9, "Board", std::nullopt, false, false});
    card.collection_id = 9;
    const auto report = a.run();
    CHECK(report.cards.at(0).status == model::AuditStatus::drifted);
    CHECK(report.cards[0].detail["collection"] == "Board");
  }
}

TEST_CASE("stages::audit: compares a KPI's value with its usual range once it knows one") {
  Auditor a;
  a.add("Orders", "SELECT count(*) FROM orders");
  int value = 100;
  a.stage.metabase.answer = [&](const std::string&) -> Result<metabase::QueryResult> {
    return test::FakeMetabase::rows({{value}});
  };
  for (int i = 0; i < 5; ++i) {
    CHECK(a.run().cards.at(0).evidence.empty());
    a.stage.clock.advance(std::chrono::hours(24));
  }
  value = 57;
  const auto card = a.run().cards.at(0);
  CHECK(card.status == model::AuditStatus::ok);
  CHECK(card.evidence == "changed by -43% against its usual range (95 to 105)");
  CHECK(card.detail["usual"]["median"] == 100);
  a.options.history = false;
  CHECK(a.run().cards.at(0).evidence.empty());
}

TEST_CASE(
    "stages::audit: --fix mends by rules what then runs, and archives twins, but nothing a person edited") {
  Auditor a;
  // NVL is no function of PostgreSQL's: the rules know what was meant.
  a.stage.metabase.schema.at(0).dialect = model::Dialect::postgres;
  a.add("Mendable", "SELECT sum(NVL(total_amount, 0)) FROM orders");
  a.add("Twin", "SELECT count(*) FROM customers");
  a.add("Twin", "SELECT count(*) FROM customers");
  a.options.fix = true;
  const auto report = a.run();
  CHECK(report.cards.at(0).status == model::AuditStatus::ok);
  CHECK(report.cards[0].detail["fixed"]["was"] == "broken");
  CHECK(a.stage.metabase.stored[0].sql.find("COALESCE") != std::string::npos);
  const auto marker = stages::marker_of(a.stage.metabase.stored[0].description);
  CHECK(marker->hash == stages::content_hash(a.stage.metabase.stored[0], "KPIs/Sales"));
  CHECK(a.stage.metabase.stored[2].archived);
  CHECK(report.cards.at(2).detail["fixed"]["was"] == "duplicate");
  CHECK_FALSE(a.stage.metabase.stored[1].archived);
}

TEST_CASE("stages::audit: --fix leaves alone what was changed while the audit ran") {
  Auditor a;
  a.stage.metabase.schema.at(0).dialect = model::Dialect::postgres;
  a.options.fix = true;
  auto& stored = a.stage.metabase.stored;
  SUBCASE("a card that the rules would mend") {
    a.add("Mendable", "SELECT sum(NVL(total_amount, 0)) FROM orders");
    a.stage.metabase.answer = [&](const std::string& sql) -> Result<metabase::QueryResult> {
      // The mended statement is tried; a person is quicker than its answer.
      if (sql.find("COALESCE") != std::string::npos) stored[0].sql = "SELECT 1";
      return sql.find("NVL") != std::string::npos ? refused("no function") : test::FakeMetabase::rows({{1}});
    };
    const auto report = a.run();
    CHECK(stored[0].sql == "SELECT 1");
    CHECK(report.cards.at(0).status == model::AuditStatus::broken);
    CHECK(report.cards[0].evidence.find("changed while the audit ran") != std::string::npos);
  }
  SUBCASE("a twin") {
    a.add("Twin", "SELECT count(*) FROM customers");
    a.add("Twin", "SELECT count(*) FROM customers");
    a.add("Looked at later", "SELECT max(order_id) FROM orders");
    a.stage.metabase.answer = [&](const std::string& sql) -> Result<metabase::QueryResult> {
      if (sql.find("max") != std::string::npos) stored[1].name = "Mine now";
      return test::FakeMetabase::rows({{1}});
    };
    const auto report = a.run();
    CHECK_FALSE(stored[1].archived);
    CHECK(report.cards.at(1).status == model::AuditStatus::duplicate);
  }
  CHECK(a.stage.metabase.writes.empty());
}

TEST_CASE("stages::audit: once Metabase is lost no further card waits for it, and the report says so") {
  Auditor a;
  for (int i = 0; i < 6; ++i) {
    a.add("Orders " + std::to_string(i), "SELECT count(*) + " + std::to_string(i) + " FROM orders");
  }
  int asked = 0;
  int before_lost = 2;
  a.stage.metabase.answer = [&](const std::string& sql) -> Result<metabase::QueryResult> {
    if (sql.find("AS newest") != std::string::npos) return test::FakeMetabase::rows({{"2099-01-01"}});
    if (++asked > before_lost) return test::FakeMetabase::unreachable();
    return test::FakeMetabase::rows({{1}});
  };
  auto& m = a.stage.metabase;
  SUBCASE("midway") {
    const auto report = a.run();
    CHECK(asked == 3);
    CHECK(report.cards.size() == 2);
    REQUIRE(report.envelope.errors.size() == 2);
    CHECK(report.envelope.errors[0].item == "3 cards");
    CHECK(m.writes.empty());
  }
  SUBCASE("before the first") {
    before_lost = 0;
    const auto outcome =
        stages::audit(a.options, {m, m, m, *a.state, a.stage.domain, a.stage.analyzer}, a.stage.context());
    REQUIRE_FALSE(outcome.has_value());
    CHECK(outcome.error().fault == Fault::unreachable);
    CHECK(asked == 1);
  }
}

TEST_CASE("stages::audit: a remembered card that may not be read is filed, one that is gone is forgotten") {
  Auditor a;
  a.add("Orders", "SELECT count(*) FROM orders");
  REQUIRE((*a.state).save_card({"0123456789abcdef", 90, "h", "", ""}).has_value());
  REQUIRE((*a.state).save_card({"fedcba9876543210", 91, "h", "", ""}).has_value());
  a.stage.metabase.refused_cards = {90};
  const auto report = a.run();
  CHECK(report.cards.size() == 1);
  REQUIRE(report.envelope.errors.size() == 1);
  CHECK(report.envelope.errors[0].item == "card 90");
  CHECK((*a.state).card_of("0123456789abcdef")->has_value());
  CHECK_FALSE((*a.state).card_of("fedcba9876543210")->has_value());
}

TEST_CASE("stages::audit: a table that Metabase hides still answers, and its card is no orphan") {
  Auditor a;
  a.add("Hidden", "SELECT count(*) FROM hidden");
  CHECK(a.run().cards.at(0).status == model::AuditStatus::ok);
  a.options.execute = false;
  CHECK(a.run().cards.at(0).status == model::AuditStatus::orphan);
}

TEST_CASE("stages::audit: a database's message is told without the values it quotes") {
  Auditor a;
  a.add("Broken", "SELECT sum(total_amount) FROM orders");
  a.stage.metabase.answer = [](const std::string&) -> Result<metabase::QueryResult> {
    return refused("invalid input syntax for type integer: \"Kim Minsu\"");
  };
  const auto evidence = a.run().cards.at(0).evidence;
  CHECK(evidence.find("invalid input syntax") != std::string::npos);
  CHECK(evidence.find("Kim") == std::string::npos);
}

TEST_CASE("stages::audit: a monthly series audited daily is compared month by month") {
  Auditor a;
  a.add("Orders a month", "SELECT strftime('%Y-%m', created_at) AS m, count(*) FROM orders GROUP BY 1");
  int month = 1;
  const std::vector<int> orders{100, 92, 108, 95, 105, 99, 109, 150, 0};
  a.stage.metabase.answer = [&](const std::string& sql) -> Result<metabase::QueryResult> {
    if (sql.find("AS newest") != std::string::npos) return test::FakeMetabase::rows({{"2099-01-01"}});
    std::vector<std::vector<Json>> rows;
    for (int i = month - 1; i <= month + 1; ++i) {
      const int value = i < 1 ? 97 : orders.at(static_cast<std::size_t>(i - 1));
      rows.push_back({i < 1 ? "2025-12" : "2026-0" + std::to_string(i), value});
    }
    return test::FakeMetabase::rows(std::move(rows));
  };
  const auto day = [&] {
    a.stage.clock.advance(std::chrono::hours(24));
    return a.run().cards.at(0);
  };
  for (; month <= 7; ++month) {
    for (int i = 0; i < 6; ++i) CHECK(day().evidence.empty());
  }
  CHECK(day().evidence.find("changed by +5") == 0);
}

TEST_CASE("stages::audit: tables of one name in two databases are covered apart") {
  Auditor a;
  auto other = test::small_shop();
  other.id = 8;
  other.name = "archive";
  a.stage.metabase.schema.push_back(other);
  a.add("Orders", "SELECT count(*) FROM orders");
  const auto coverage = model::to_json(a.run())["summary"]["coverage"];
  CHECK(coverage["by_table"]["shop.orders"] == 1);
  CHECK(coverage["by_table"]["archive.orders"] == 0);
  CHECK(coverage["uncovered"] == Json::array({"shop.customers", "archive.customers", "archive.orders"}));
}

TEST_CASE("stages::audit: shows each part of a card that a person changed, where it is known") {
  Auditor a;
  auto& card = a.add("Orders", "SELECT count(*) FROM orders");
  const auto marker = *stages::marker_of(card.description);
  REQUIRE((*a.state)
              .save_version({"", "r", marker.kpi_id, 1, marker.hash, card.name, card.sql, card.description,
                             card.display, "KPIs/Sales"})
              .has_value());
  card.display = "table";
  card.description = "Mine.\n" + card.description;
  const auto report = a.run();
  CHECK(report.cards.at(0).evidence ==
        "was changed in Metabase since it was registered: description, display");
  CHECK(report.cards[0].detail["changes"][1]["before"] == "scalar");
}

TEST_CASE("stages::Trail: a run of a card is noted with the hash of its statement") {
  test::Stage stage;
  test::TemporaryState state{stage.clock};
  metabase::Card card;
  card.id = 7;
  card.sql = "SELECT 1";
  stage.metabase.stored = {card};
  const stages::Trail trail{*state, stage.clock, "kim", [] { return std::string("run-1"); },
                            std::make_shared<stages::SeenStatements>()};
  stages::TrailedCards cards(stage.metabase, trail);
  stages::TrailedQueries queries(stage.metabase, trail);
  REQUIRE(cards.card(7, {}).has_value());
  REQUIRE(queries.run_card(7, std::chrono::seconds(1), {}).has_value());
  const auto events = *(*state).events({});
  REQUIRE(events.size() == 1);
  CHECK(events[0].action == "run card");
  CHECK(events[0].sha256 == sha256_hex("SELECT 1"));
}

TEST_CASE("stages::number_of: one number, or the last complete point of a series over time") {
  const auto rows = [](std::vector<std::vector<Json>> cells) {
    return test::FakeMetabase::rows(std::move(cells));
  };
  CHECK(stages::number_of(rows({{"x", 7}}))->value == 7);
  const auto point = stages::number_of(rows({{"2026-09", 1}, {"2026-11", 3}, {"2026-10", 2}}));
  CHECK(point->value == 2);
  CHECK(point->period == "2026-10");
  CHECK_FALSE(stages::number_of(rows({{"DE", 1}, {"KR", 3}, {"US", 2}})));
  CHECK_FALSE(stages::number_of(rows({{"2026-09", 1}, {"2026-09", 3}, {"2026-10", 2}})));
  CHECK_FALSE(stages::number_of(rows({})));
}

TEST_CASE("stages::audit: takes over what registration measured, of the very content that stands") {
  Auditor a;
  const auto hash = [](const metabase::Card& card) { return stages::marker_of(card.description)->hash; };
  a.add("Measured", "SELECT count(*) FROM orders");
  a.add("Measured as empty", "SELECT max(order_id) FROM orders");
  a.add("Edited since", "SELECT min(order_id) FROM orders");
  a.add("Written since by another", "SELECT sum(order_id) FROM orders");
  stages::CardRuns runs;
  auto& stored = a.stage.metabase.stored;
  const std::chrono::milliseconds took{70};
  runs.note(1, hash(stored[0]), {"", stages::Number{42, ""}, took});
  runs.note(2, hash(stored[1]), {"gives no rows", std::nullopt, took});
  runs.note(3, hash(stored[2]), {"", std::nullopt, took});
  runs.note(4, "0123456789ab", {"", std::nullopt, took});
  stored[2].sql = "SELECT 3";
  SUBCASE("in the same run") {
    a.runs = &runs;
    const auto report = a.run();
    CHECK(a.stage.metabase.cards_run == std::vector<std::int64_t>{3, 4});
    CHECK(report.cards.at(0).status == model::AuditStatus::ok);
    CHECK(report.cards[0].detail["measured_by"] == "register");
    CHECK(report.cards[0].detail["elapsed_ms"] == 70);
    CHECK(report.cards[0].detail["value"] == 42);
    CHECK(report.cards[0].last_ok_at.has_value());
    CHECK(report.cards[1].status == model::AuditStatus::empty);
    CHECK(report.cards[2].status == model::AuditStatus::drifted);
    CHECK_FALSE(report.cards[2].detail.contains("measured_by"));
  }
  SUBCASE("by itself it runs every card") {
    const auto report = a.run();
    CHECK(a.stage.metabase.cards_run.size() == 4);
    CHECK_FALSE(report.cards.at(0).detail.contains("measured_by"));
  }
}

TEST_CASE("stages::audit: asks for the newest row of a column once, however many cards stand on it") {
  Auditor a;
  for (int i = 0; i < 40; ++i) {
    a.add("Orders " + std::to_string(i), "SELECT count(*) + " + std::to_string(i) + " FROM orders");
  }
  a.stage.metabase.answer = [](const std::string& sql) -> Result<metabase::QueryResult> {
    return test::FakeMetabase::rows(
        {{sql.find("AS newest") != std::string::npos ? Json("2001-01-01") : Json(1)}});
  };
  const auto report = a.run(8);
  CHECK(a.stage.metabase.queries_seen.size() == 1);
  for (const auto& card : report.cards) CHECK(card.status == model::AuditStatus::stale);
}

TEST_CASE("stages::audit: what was retired over the years costs two lists, and not a request each") {
  Auditor a;
  a.add("Orders", "SELECT count(*) FROM orders");
  for (int i = 0; i < 30; ++i) {
    auto& card =
        a.add("Retired " + std::to_string(i), "SELECT count(*) + " + std::to_string(i) + " FROM orders");
    const auto marker = *stages::marker_of(card.description);
    REQUIRE((*a.state).save_card({marker.kpi_id, card.id, marker.hash, "", ""}).has_value());
    card.description = stages::retired(card.description);
    card.archived = true;
  }
  REQUIRE((*a.state).save_card({"0123456789abcdef", 90, "h", "", ""}).has_value());
  auto& m = a.stage.metabase;
  SUBCASE("which this user may have") {
    CHECK(a.run().cards.size() == 1);
    CHECK(m.lists_read == 2);
    CHECK(m.cards_read == 2);  // the live one, and the one that stands in neither list
  }
  SUBCASE("unless they take too long") {
    m.list_times_out = true;
    CHECK(a.run().cards.size() == 1);
    CHECK(m.cards_read == 32);
  }
  CHECK_FALSE((*a.state).card_of("0123456789abcdef")->has_value());
}

TEST_CASE("stages::audit: a list of all cards that takes too long is no reason to look at none") {
  Auditor a;
  for (int i = 0; i < 12; ++i) {
    a.add("Orders " + std::to_string(i), "SELECT count(*) + " + std::to_string(i) + " FROM orders");
  }
  a.stage.metabase.list_times_out = true;
  CHECK(a.run().cards.size() == 12);
  CHECK(a.stage.metabase.lists_read == 1);
}

TEST_CASE("stages::audit: of another tenant's cards in the same collection it tells their number alone") {
  Auditor a;
  a.add("Ours", "SELECT count(*) FROM orders");
  auto& theirs = a.add("Secret plan", "SELECT sum(total_amount) FROM orders");
  theirs.description = replace_all(theirs.description, "kpi:default:", "kpi:acme:");
  const auto report = a.run();
  CHECK(report.cards.size() == 1);
  CHECK(model::report_text(report).find("Secret plan") == std::string::npos);
  CHECK(model::to_json(report)["summary"]["of_other_tenants"] == 1);
  CHECK(a.stage.metabase.cards_run == std::vector<std::int64_t>{1});
}
