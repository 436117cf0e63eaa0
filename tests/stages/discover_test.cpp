#include "fixture.hpp"

#include <kpi/stages/discover.hpp>

#include <algorithm>

using namespace kpi;

namespace {

struct Notes final : Progress {
  void begin(std::string_view, std::string_view, std::size_t) override {}
  void step(bool) override {}
  void end() override {}
  void note(std::string_view line) override { lines.emplace_back(line); }
  std::vector<std::string> lines;
};

const model::Table& table_of(const model::SchemaReport& report, std::string_view name) {
  const auto* table = report.databases.at(0).table(name);
  REQUIRE(table != nullptr);
  return *table;
}

}  // namespace

TEST_CASE(
    "stages::discover: one request a database, and one for each list of values that is nobody's own "
    "business") {
  test::Stage stage;
  stage.metabase.schema = {test::small_shop()};
  stage.metabase.values[14] = {Json("DE"), Json("KR")};
  stage.metabase.values[23] = {Json(1), Json(2)};
  const auto outcome = stages::discover({}, {stage.metabase, stage.domain}, stage.context(4));
  REQUIRE(outcome.has_value());
  auto asked = stage.metabase.values_asked;
  std::sort(asked.begin(), asked.end());
  CHECK(asked == std::vector<std::int64_t>{14, 23});  // a customer's name is not asked for
  CHECK(stage.metabase.requests() == 4);
  const auto& customers = table_of(outcome->report, "customers");
  CHECK(customers.field("country")->values->size() == 2);
  CHECK_FALSE(customers.field("name")->values.has_value());
}

TEST_CASE("stages::discover: works out what Metabase does not say") {
  test::Stage stage;
  stage.metabase.schema = {test::small_shop()};
  stage.metabase.values[23] = {Json(1), Json(2)};
  const auto outcome = stages::discover({}, {stage.metabase, stage.domain}, stage.context());
  REQUIRE(outcome.has_value());
  const auto& orders = table_of(outcome->report, "orders");
  const auto& customers = table_of(outcome->report, "customers");
  SUBCASE("personal columns") {
    CHECK(customers.field("email")->pii);
    CHECK(customers.field("name")->pii);
    CHECK_FALSE(customers.field("country")->pii);
  }
  SUBCASE("undeclared keys, with confidence and reason") {
    const auto& links = outcome->report.databases.at(0).relationships;
    REQUIRE(links.size() == 1);
    CHECK(links[0].kind == "inferred");
    CHECK(links[0].from == model::FieldReference{"orders", "customer_id"});
    CHECK(links[0].to == model::FieldReference{"customers", "customer_id"});
    CHECK(links[0].confidence > 0.8);
    CHECK(links[0].reason == "named like the primary key of customers");
  }
  SUBCASE("the semantic layer") {
    CHECK(orders.category == "Sales");
    CHECK(orders.grain == "one row per order_id");
    CHECK(orders.time_columns == std::vector<std::string>{"created_at", "paid_at"});
    CHECK(orders.dimensions == std::vector<std::string>{"status"});
    REQUIRE(orders.measures.size() == 1);
    CHECK(orders.measures[0].field == "total_amount");
    CHECK(orders.measures[0].unit == "currency");
  }
}

TEST_CASE("stages::discover: a list of values that is refused is noted, a server that is gone ends it") {
  test::Stage stage;
  stage.metabase.schema = {test::small_shop()};
  stage.metabase.values[23] = {Json(1), Json(2)};
  SUBCASE("refused") {
    stage.metabase.value_failures.emplace(14, test::FakeMetabase::forbidden("field 14"));
    Notes notes;
    const auto silent = stage.context();
    const stages::Context context{silent.run, silent.metabase_url, 1, silent.clock, notes, silent.stop};
    const auto outcome = stages::discover({}, {stage.metabase, stage.domain}, context);
    REQUIRE(outcome.has_value());
    CHECK_FALSE(outcome->partial);
    CHECK_FALSE(table_of(outcome->report, "customers").field("country")->values.has_value());
    REQUIRE(notes.lines.size() == 1);
    CHECK(notes.lines[0] == "discover: 1 of 2 lists of values of shop are not known: no rights on field 14");
  }
  SUBCASE("gone") {
    for (const auto id : {14, 23})
      stage.metabase.value_failures.emplace(id, test::FakeMetabase::unreachable());
    const auto outcome = stages::discover({}, {stage.metabase, stage.domain}, stage.context());
    REQUIRE_FALSE(outcome.has_value());
    CHECK(outcome.error().code == "metabase.unreachable");
    CHECK(stage.metabase.values_asked.size() == 1);  // the next would wait as long for nothing
  }
}

TEST_CASE("stages::discover: filters tables by glob, without regard to case, and drops keys into nowhere") {
  test::Stage stage;
  stage.metabase.schema = {test::small_shop()};
  stages::DiscoverOptions options;
  options.include = {"ORD*"};
  const auto outcome = stages::discover(options, {stage.metabase, stage.domain}, stage.context());
  REQUIRE(outcome.has_value());
  REQUIRE(outcome->report.databases.at(0).tables.size() == 1);
  CHECK(outcome->report.databases[0].tables[0].name == "orders");
  CHECK(outcome->report.databases[0].relationships.empty());
}

TEST_CASE("stages::discover: a database nobody has is refused with the nearest name") {
  test::Stage stage;
  stage.metabase.schema = {test::small_shop()};
  stages::DiscoverOptions options;
  options.databases = {"shpo"};
  const auto outcome = stages::discover(options, {stage.metabase, stage.domain}, stage.context());
  REQUIRE_FALSE(outcome.has_value());
  CHECK(outcome.error().fault == Fault::input);
  CHECK(outcome.error().line() == "discover: Metabase has no database \"shpo\"; did you mean \"shop\"?");
}

TEST_CASE("stages::discover: a database that is refused is reported and the rest goes on") {
  test::Stage stage;
  auto other = test::small_shop();
  other.id = 8;
  other.name = "vault";
  stage.metabase.schema = {test::small_shop(), other};
  stage.metabase.refused_databases = {8};
  const auto outcome = stages::discover({}, {stage.metabase, stage.domain}, stage.context(2));
  REQUIRE(outcome.has_value());
  CHECK(outcome->partial);
  CHECK(outcome->report.databases.size() == 1);
  REQUIRE(outcome->report.envelope.errors.size() == 1);
  CHECK(outcome->report.envelope.errors[0].item == "vault");
}

TEST_CASE("stages::discover: a table that is refused is reported, one that nobody asked for is not") {
  test::Stage stage;
  stage.metabase.schema = {test::small_shop()};
  stage.metabase.refused_tables = {"customers"};
  const auto outcome = stages::discover({}, {stage.metabase, stage.domain}, stage.context());
  REQUIRE(outcome.has_value());
  CHECK(outcome->partial);
  REQUIRE(outcome->report.envelope.errors.size() == 1);
  CHECK(outcome->report.envelope.errors[0].item == "shop.customers");
  CHECK(outcome->report.envelope.errors[0].code == "metabase.forbidden");
  stages::DiscoverOptions options;
  options.include = {"ord*"};
  const auto filtered = stages::discover(options, {stage.metabase, stage.domain}, stage.context());
  REQUIRE(filtered.has_value());
  CHECK_FALSE(filtered->partial);
  CHECK(filtered->report.envelope.errors.empty());
}

TEST_CASE("stages::discover: without inferred keys nothing of them is left anywhere") {
  test::Stage stage;
  stage.metabase.schema = {test::small_shop()};
  stages::DiscoverOptions options;
  const auto with = stages::discover(options, {stage.metabase, stage.domain}, stage.context());
  options.inferred_keys = false;
  const auto without = stages::discover(options, {stage.metabase, stage.domain}, stage.context());
  REQUIRE(with);
  REQUIRE(without);
  CHECK(table_of(with->report, "orders").field("customer_id")->references.has_value());
  CHECK(without->report.databases[0].relationships.empty());
  CHECK_FALSE(table_of(without->report, "orders").field("customer_id")->references.has_value());
  CHECK(table_of(without->report, "orders").hash != table_of(with->report, "orders").hash);
}

TEST_CASE("stages::discover: a table's hash stays with its shape and leaves statistics out") {
  test::Stage stage;
  auto database = test::small_shop();
  stage.metabase.schema = {database};
  const auto first = stages::discover({}, {stage.metabase, stage.domain}, stage.context());
  database.tables[1].fields[3].stats.emplace().max = 12.5;
  database.tables[1].row_count = 99;
  stage.metabase.schema = {database};
  const auto second = stages::discover({}, {stage.metabase, stage.domain}, stage.context());
  database.tables[1].fields[3].type = "type/Text";
  stage.metabase.schema = {database};
  const auto third = stages::discover({}, {stage.metabase, stage.domain}, stage.context());
  REQUIRE(first);
  REQUIRE(second);
  REQUIRE(third);
  CHECK(table_of(first->report, "orders").hash == table_of(second->report, "orders").hash);
  CHECK(table_of(first->report, "orders").hash != table_of(third->report, "orders").hash);
}

TEST_CASE("stages::discover: --since names what was added, removed and changed") {
  test::Stage stage;
  stage.metabase.schema = {test::small_shop()};
  const auto before = stages::discover({}, {stage.metabase, stage.domain}, stage.context());
  REQUIRE(before);
  auto database = test::small_shop();
  database.tables[1].fields[3].type = "type/Text";                          // changed
  database.tables[1].fields.push_back(test::field(27, "channel", "Text"));  // added
  database.tables.erase(database.tables.begin());                           // customers removed
  stage.metabase.schema = {database};
  stages::DiscoverOptions options;
  options.since = before->report;
  const auto after = stages::discover(options, {stage.metabase, stage.domain}, stage.context());
  REQUIRE(after);
  REQUIRE(after->report.changes.has_value());
  const auto& changes = *after->report.changes;
  REQUIRE(changes.removed.size() == 1);
  CHECK(changes.removed[0].table == "shop.customers");
  REQUIRE(changes.added.size() == 1);
  CHECK(changes.added[0].field == "channel");
  const auto changed = std::find_if(changes.changed.begin(), changes.changed.end(),
                                    [](const auto& change) { return change.field == "total_amount"; });
  CHECK(changed != changes.changed.end());
}

TEST_CASE("stages::discover: --since calls nothing removed that was not looked at") {
  test::Stage stage;
  auto other = test::small_shop();
  other.id = 8;
  other.name = "vault";
  stage.metabase.schema = {test::small_shop(), other};
  const auto before = stages::discover({}, {stage.metabase, stage.domain}, stage.context());
  REQUIRE(before);
  stages::DiscoverOptions options;
  options.since = before->report;
  std::vector<std::string> removed;
  SUBCASE("another database") { options.databases = {"shop"}; }
  SUBCASE("another name") { options.include = {"ord*"}; }
  SUBCASE("an excluded name") { options.exclude = {"CUST*"}; }
  SUBCASE("another schema") { options.schema = "elsewhere"; }
  SUBCASE("a refused database") { stage.metabase.refused_databases = {8}; }
  SUBCASE("a refused table") { stage.metabase.refused_tables = {"customers"}; }
  SUBCASE("and one that is gone is") {
    options.databases = {"shop"};
    auto less = test::small_shop();
    less.tables.erase(less.tables.begin());
    stage.metabase.schema = {less, other};
    removed = {"shop.customers"};
  }
  SUBCASE("a database that is gone is") {
    stage.metabase.schema = {test::small_shop()};
    removed = {"vault.customers", "vault.orders"};
  }
  const auto after = stages::discover(options, {stage.metabase, stage.domain}, stage.context());
  REQUIRE(after);
  const auto& changes = *after->report.changes;
  std::vector<std::string> found;
  for (const auto& change : changes.removed) found.push_back(change.table);
  CHECK(found == removed);
  CHECK(changes.added.empty());
  // The key into a table that was not looked at is no change either.
  if (removed.empty()) CHECK(changes.changed.empty());
}

TEST_CASE("stages::discover: what is stopped says so and gives no half report") {
  test::Stage stage;
  stage.metabase.schema = {test::small_shop()};
  stage.stop.request_stop();
  const auto outcome = stages::discover({}, {stage.metabase, stage.domain}, stage.context());
  REQUIRE_FALSE(outcome.has_value());
  CHECK(outcome.error().fault == Fault::interrupted);
}
