#include "fixture.hpp"

#include <kpi/stages/audit.hpp>
#include <kpi/stages/card_of.hpp>

#include <algorithm>

using namespace kpi;

namespace {

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

  model::AuditReport run() {
    auto& m = stage.metabase;
    auto outcome = stages::audit({}, {m, m, m, *state, stage.domain, stage.analyzer}, stage.context());
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
