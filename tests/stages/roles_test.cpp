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
    CHECK(stages::role_of(table, false) == model::Role::junction);
    CHECK(stages::role_of(table, true) == model::Role::fact);  // others stand on it: it has a life of its own
    table.measures = {{"amount", {"sum"}, "currency"}};
    CHECK(stages::role_of(table, false) == model::Role::fact);
  }
  SUBCASE("one key to one table is no junction") {
    table.fields.push_back(key(2, "order_id", "orders"));
    table.fields.push_back(key(3, "parent_order_id", "orders"));
    CHECK(stages::role_of(table, false) == model::Role::dimension);
  }
  SUBCASE("what has a status is a fact, what is never touched again a log") {
    table.fields.push_back(key(2, "user_id", "users"));
    for (int i = 0; i < 5; ++i)
      table.fields.push_back(test::field(10 + i, "note" + std::to_string(i), "Text"));
    table.fields.push_back(test::field(4, "created_at", "DateTime"));
    table.time_columns = {"created_at"};
    CHECK(stages::role_of(table, false) == model::Role::event_log);
    table.fields.push_back(test::field(5, "status", "Text"));
    CHECK(stages::role_of(table, false) == model::Role::fact);
  }
  SUBCASE("by name") {
    table.name = "TB_STATISTICS_PARTNER";
    CHECK(stages::role_of(table, false) == model::Role::snapshot);
    table.name = "tb_user_activity_log";
    table.time_columns = {"created_at"};
    CHECK(stages::role_of(table, false) == model::Role::event_log);
  }
  SUBCASE("what others refer to") { CHECK(stages::role_of(table, true) == model::Role::dimension); }
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
