#include "fixture.hpp"

#include <kpi/stages/relationships.hpp>

#include <map>

using namespace kpi;

namespace {

model::Table table(std::string name, std::string key, std::vector<model::Field> fields) {
  model::Table made;
  made.name = std::move(name);
  made.fields = std::move(fields);
  if (!key.empty()) {
    made.primary_key = {key};
    made.fields.insert(made.fields.begin(), test::field(0, key, "Integer", "PK"));
  }
  return made;
}

std::map<std::string, std::string> inferred(model::Database database) {
  stages::infer_relationships(database);
  std::map<std::string, std::string> links;
  for (const auto& link : database.relationships) {
    links[link.from.table + "." + link.from.field] = link.to.table + "." + link.to.field;
    CHECK(link.confidence >= 0.6);
    CHECK_FALSE(link.reason.empty());
  }
  return links;
}

}  // namespace

TEST_CASE("stages::relationships: finds keys by the names people give them") {
  model::Database database;
  database.tables = {
      table("TB_USER", "user_id", {}),
      table("TB_CATEGORY", "category_id", {test::field(1, "parent_category_id", "Integer")}),
      table("Artist", "ArtistId", {}),
      table("Album", "AlbumId", {test::field(2, "ArtistId", "Integer")}),
      table("tickets", "id", {}),
      table("notes", "id",
            {test::field(3, "ticket_id", "Integer"), test::field(4, "author_user_id", "Integer")}),
  };
  CHECK(inferred(database) ==
        std::map<std::string, std::string>{{"Album.ArtistId", "Artist.ArtistId"},
                                           {"TB_CATEGORY.parent_category_id", "TB_CATEGORY.category_id"},
                                           {"notes.ticket_id", "tickets.id"},
                                           {"notes.author_user_id", "TB_USER.user_id"}});
}

TEST_CASE("stages::relationships: does not guess where types, names or an even tie forbid it") {
  model::Database database;
  database.tables = {
      table("TB_USER", "user_id", {}),
      table("a", "id",
            {test::field(1, "user_id", "Text"), test::field(2, "paid", "Integer"),
             test::field(3, "grid", "Integer")}),
      table("old_region", "region_id", {}),
      table("new_region", "region_id", {}),
      table("shops", "id", {test::field(4, "region_id", "Integer")}),
  };
  CHECK(inferred(database).empty());
}

TEST_CASE("stages::relationships: a longer name that is a table's own is not taken for a shorter one") {
  model::Database database;
  database.tables = {
      table("TB_ORDER", "order_id", {}),
      table("TB_PURCHASE_ORDER", "", {}),
      table("TB_PAYMENT", "payment_id", {test::field(1, "purchase_order_id", "Integer")}),
  };
  CHECK(inferred(database).empty());
}

TEST_CASE(
    "stages::relationships: a parent or superior is a row of the same table, where nothing speaks against "
    "it") {
  model::Database database;
  const auto of_employees = [](std::int64_t distinct) {
    auto employee = table("Employee", "EmployeeId", {test::field(1, "ReportsTo", "Integer")});
    employee.fields[0].stats.emplace().distinct = 8;
    employee.fields[1].stats.emplace().distinct = distinct;
    return employee;
  };
  database.tables = {of_employees(3), table("folder", "id", {test::field(2, "parent_id", "Integer")}),
                     table("note", "id", {test::field(3, "parent_id", "Text")})};
  CHECK(inferred(database) ==
        std::map<std::string, std::string>{{"Employee.ReportsTo", "Employee.EmployeeId"},
                                           {"folder.parent_id", "folder.id"}});
  database.tables = {of_employees(40)};
  CHECK(inferred(database).empty());
  database.tables = {table("parents", "id", {}),
                     table("pupils", "id", {test::field(1, "parent_id", "Integer")})};
  CHECK(inferred(database) == std::map<std::string, std::string>{{"pupils.parent_id", "parents.id"}});
}

TEST_CASE("stages::relationships: values that do not fit lower the confidence") {
  auto user = table("TB_USER", "user_id", {});
  user.fields[0].stats.emplace().distinct = 10;
  auto log = table("TB_LOG", "", {test::field(1, "user_id", "Integer")});
  log.fields[0].stats.emplace().distinct = 5000;
  model::Database database;
  database.tables = {user, log};
  stages::infer_relationships(database);
  REQUIRE(database.relationships.size() == 1);
  CHECK(database.relationships[0].confidence < 0.7);
  CHECK(database.relationships[0].reason.find("5000 different values and the key only 10") !=
        std::string::npos);
}

TEST_CASE("stages::relationships: values that fit raise it, and the reason says how many") {
  auto user = table("TB_USER", "user_id", {});
  user.fields[0].stats.emplace().distinct = 100;
  auto log = table("TB_LOG", "", {test::field(1, "user_id", "Integer")});
  log.fields[0].stats.emplace().distinct = 40;
  model::Database database;
  database.tables = {user, log};
  stages::infer_relationships(database);
  REQUIRE(database.relationships.size() == 1);
  CHECK(dump_json(Json(database.relationships[0].confidence)) == "0.945");
  CHECK(database.relationships[0].reason ==
        "named like the primary key of TB_USER; its 40 different values fit into 100 keys");
}

TEST_CASE("stages::relationships: keys beyond the sample of a large table are not held against a guess") {
  auto user = table("TB_USER", "user_id", {});
  auto& keys = user.fields[0].stats.emplace();
  keys.distinct = 9'500;
  keys.min = 1;
  keys.max = 9'500;
  auto log = table("TB_LOG", "", {test::field(1, "created_user_id", "Integer")});
  auto& mine = log.fields[0].stats.emplace();
  mine.distinct = 9'000;
  mine.min = 5;
  mine.max = 250'000;
  model::Database database;
  const auto links = [&](std::optional<std::int64_t> rows) {
    user.row_count = rows;
    database.tables = {user, log};
    database.relationships.clear();
    stages::infer_relationships(database);
    return database.relationships;
  };
  for (const auto rows : {std::optional<std::int64_t>(300'000), std::optional<std::int64_t>()}) {
    const auto found = links(rows);
    REQUIRE(found.size() == 1);
    CHECK(found[0].reason == "ends in the primary key of TB_USER");
  }
  CHECK(links(9'500).empty());  // all of them were looked at: 250,000 is none of its keys
}
