#include "fixture.hpp"

#include <kpi/stages/discover.hpp>
#include <kpi/stages/roles.hpp>

using namespace kpi;

namespace {

model::Field key(std::int64_t id, std::string name, std::string target) {
  auto field = test::field(id, std::move(name), "Integer", "FK");
  field.references = model::FieldReference{std::move(target), "id"};
  return field;
}

}  // namespace

TEST_CASE("stages::role_of: facts, logs, snapshots, junctions and dimensions") {
  model::Table table;
  table.name = "tb_thing";
  table.primary_key = {"id"};
  table.fields = {test::field(1, "id", "Integer", "PK")};
  SUBCASE("a junction is keys and next to nothing else") {
    table.fields.push_back(key(2, "order_id", "orders"));
    table.fields.push_back(key(3, "tag_id", "tags"));
    table.fields.push_back(test::field(4, "created_at", "DateTime"));
    table.time_columns = {"created_at"};
    CHECK(stages::role_of(table, 0) == model::Role::junction);
    CHECK(stages::role_of(table, 1) == model::Role::fact);  // others stand on it: it has a life of its own
    table.measures = {{"amount", {"sum"}, "currency"}};
    CHECK(stages::role_of(table, 0) == model::Role::fact);
  }
  SUBCASE("one key to one table is no junction") {
    table.fields.push_back(key(2, "order_id", "orders"));
    table.fields.push_back(key(3, "parent_order_id", "orders"));
    CHECK(stages::role_of(table, 0) == model::Role::dimension);
  }
  SUBCASE("what has a status is a fact, what is never touched again a log") {
    table.fields.push_back(key(2, "user_id", "users"));
    for (int i = 0; i < 5; ++i)
      table.fields.push_back(test::field(10 + i, "note" + std::to_string(i), "Text"));
    table.fields.push_back(test::field(4, "created_at", "DateTime"));
    table.time_columns = {"created_at"};
    CHECK(stages::role_of(table, 0) == model::Role::event_log);
    table.fields.push_back(test::field(5, "status", "Text"));
    CHECK(stages::role_of(table, 0) == model::Role::fact);
  }
  SUBCASE("by name") {
    table.name = "TB_STATISTICS_PARTNER";
    CHECK(stages::role_of(table, 0) == model::Role::snapshot);
    table.name = "tb_user_activity_log";
    table.time_columns = {"created_at"};
    CHECK(stages::role_of(table, 0) == model::Role::event_log);
  }
  SUBCASE("what others refer to") { CHECK(stages::role_of(table, 1) == model::Role::dimension); }
}

TEST_CASE("stages::role_of: what is referred to is weighed against what a table has of its own") {
  struct Case {
    const char* name;
    std::vector<const char*> parents;
    std::vector<model::Measure> measures;
    std::vector<const char*> texts;
    std::vector<const char*> times;
    std::size_t referring;
    model::Role role;
  };
  const model::Measure amount{"total_amount", {"sum", "avg"}, "currency"};
  const model::Measure price{"unit_price", {"avg"}, "currency"};
  const model::Measure quantity{"quantity", {"sum"}, "count"};
  const model::Measure stock{"stock_quantity", {"sum"}, "count"};
  const std::vector<Case> cases{
      {"TB_PRODUCT",
       {"s", "c"},
       {price, stock},
       {"name", "status"},
       {"created_at"},
       5,
       model::Role::dimension},
      {"TB_SELLER", {"p"}, {}, {"store_name"}, {"opened_at"}, 2, model::Role::dimension},
      {"TB_FACTORY", {"p"}, {}, {"factory_name"}, {"opened_on"}, 1, model::Role::dimension},
      {"TB_EQUIPMENT", {"f"}, {price}, {"model_name", "status"}, {"purchased_on"}, 2, model::Role::dimension},
      {"TB_USER_ADDRESS", {"u"}, {}, {"label", "city"}, {"created_at"}, 0, model::Role::dimension},
      {"TB_ORDER", {"u"}, {amount}, {"order_no"}, {"created_at", "paid_at"}, 5, model::Role::fact},
      {"TB_ORDER_ITEM", {"o", "p"}, {quantity, price}, {}, {}, 1, model::Role::fact},
      {"TB_PURCHASE_ORDER", {"u", "q"}, {}, {"receiver"}, {"created_at", "ship_date"}, 2, model::Role::fact},
      {"TB_VISITOR", {"u"}, {}, {"page"}, {"created_at"}, 0, model::Role::event_log},
  };
  for (const auto& c : cases) {
    CAPTURE(c.name);
    model::Table table;
    table.name = c.name;
    table.primary_key = {"id"};
    table.fields = {test::field(1, "id", "Integer", "PK")};
    for (const auto* parent : c.parents) table.fields.push_back(key(2, std::string(parent) + "_id", parent));
    for (const auto& measure : c.measures) table.fields.push_back(test::field(3, measure.field, "Integer"));
    for (const auto* text : c.texts) table.fields.push_back(test::field(4, text, "Text"));
    for (const auto* time : c.times) {
      table.fields.push_back(test::field(5, time, "DateTime"));
      table.time_columns.emplace_back(time);
    }
    table.measures = c.measures;
    CHECK(model::to_string(stages::role_of(table, c.referring)) == model::to_string(c.role));
  }
}

TEST_CASE("stages::enrich: a personal column keeps no values and no bounds") {
  auto database = test::small_shop();
  auto& name = database.tables[0].fields[1];
  name.values.emplace().push_back("Kim");
  auto& stats = name.stats.emplace();
  stats.earliest = stats.latest = "1990-01-01";
  stats.distinct = 7;
  stages::enrich(database, test::small_domain());
  CHECK(name.pii);
  CHECK_FALSE(name.values.has_value());
  CHECK_FALSE(name.stats->earliest.has_value());
  CHECK(name.stats->distinct == 7);
}
