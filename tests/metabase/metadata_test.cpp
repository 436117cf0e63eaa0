#include "fixture.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <array>

using namespace kpi::metabase;
using namespace kpi::metabase::test;
using kpi::Fault;
using kpi::model::Field;

namespace {

/// As v0.50 answers, with what later releases add, and every kind of field that must not come through.
constexpr const char* shop = R"({"id":2,"name":"shop","engine":"postgres","timezone":"Asia/Seoul",
 "details":{"password":"**MetabasePass**"},"features":["schemas"],"dbms_version":null,
 "tables":[
  {"id":12,"db_id":2,"schema":"public","name":"tb_order","description":"Orders","active":true,"visibility_type":null,
   "estimated_row_count":1200,"segments":[],"metrics":[],"fields":[
    {"id":94,"name":"status","position":2,"active":true,"visibility_type":"normal","database_type":"int4","base_type":"type/Integer",
     "effective_type":"type/Integer","semantic_type":"type/Category","has_field_values":"list","description":"1 new, 2 paid",
     "fingerprint":{"global":{"distinct-count":3,"nil%":0.25},"type":{"type/Number":{"min":1.0,"q1":1.5,"q3":2.5,"max":3,"sd":null,"avg":"2.1"}}},
     "database_is_nullable":false},
    {"id":90,"name":"id","position":0,"active":true,"visibility_type":"normal","database_type":"int8","base_type":"type/BigInteger",
     "semantic_type":"type/PK","fingerprint":null,"database_is_pk":true,"database_required":false},
    {"id":91,"name":"user_id","position":1,"active":true,"visibility_type":"normal","database_type":"int8","base_type":"type/BigInteger",
     "effective_type":"type/BigInteger","semantic_type":"type/FK","fk_target_field_id":70,"database_required":true,"has_field_values":"none"},
    {"id":92,"name":"hidden_ref","position":3,"active":true,"visibility_type":"normal","base_type":"type/Integer","fk_target_field_id":999,"target":null},
    {"id":93,"name":"old","position":4,"active":false,"visibility_type":"normal","base_type":"type/Text"},
    {"id":95,"name":"gone","position":5,"active":true,"visibility_type":"retired","base_type":"type/Text"},
    {"id":96,"name":"info","position":6,"active":true,"visibility_type":"details-only","json_unfolding":true,"database_type":"jsonb","base_type":"type/JSON","effective_type":"type/JSON"},
    {"id":97,"name":"info → email","position":7,"active":true,"visibility_type":"normal","nfc_path":["info","email"],"database_type":"text","base_type":"type/Text","effective_type":"type/Text",
     "fingerprint":{"global":{"distinct-count":10},"type":{"type/Text":{"percent-json":0.0,"percent-url":0.0,"percent-email":0.98,"percent-state":0.0,"average-length":17.5,"percent-blank":0.1}}}},
    {"id":98,"name":"phone","position":8,"active":true,"visibility_type":"sensitive","base_type":"type/Text","has_field_values":"auto-list"},
    {"id":99,"name":"created_at","position":9,"active":true,"visibility_type":"normal","base_type":"type/Integer","effective_type":"type/DateTime","coercion_strategy":"Coercion/UNIXSeconds->DateTime",
     "fingerprint":{"global":{"distinct-count":100,"nil%":0.0},"type":{"type/DateTime":{"earliest":"2024-01-01","latest":"2025-11-21T09:28:36Z"}}}}]},
  {"id":11,"db_id":2,"schema":"public","name":"tb_user","description":null,"active":true,"visibility_type":null,"estimated_row_count":-1,
   "fields":[{"id":70,"name":"id","position":0,"active":true,"visibility_type":"normal","base_type":"type/Integer","semantic_type":"type/PK","fingerprint":{}}]},
  {"id":13,"db_id":2,"schema":"","name":"aaa","active":true,"visibility_type":null,"fields":[]},
  {"id":14,"db_id":2,"schema":"public","name":"tb_dropped","active":false,"visibility_type":null,"fields":[{"id":1,"name":"x"}]},
  {"id":15,"db_id":2,"schema":"public","name":"tb_hidden","active":true,"visibility_type":"technical","fields":[{"id":999,"name":"id"}]}],
 "created_at":"2024-06-19T11:49:38Z"})";

DatabaseInfo shop_info() {
  DatabaseInfo info;
  info.id = 2;
  info.name = "shop";
  info.engine = "postgres";
  info.timezone = "Asia/Seoul";
  return info;
}

std::vector<std::string> names_of(const kpi::model::Database& database) {
  std::vector<std::string> names;
  for (const auto& table : database.tables) names.push_back(table.qualified_name());
  return names;
}

}  // namespace

TEST_CASE("metabase::Client: lists databases in both shapes, without virtual ones") {
  const std::string rows = R"([
    {"id":3,"name":"mongo","engine":"mongo","native_permissions":"write","initial_sync_status":"incomplete"},
    {"id":2,"name":"shop","engine":"postgres","timezone":"GMT","native_permissions":"none","initial_sync_status":"complete","dbms_version":null},
    {"id":-1337,"name":"Saved Questions","is_saved_questions":true},
    {"id":13,"name":"Internal Metabase Database","engine":"h2","is_audit":true},
    {"id":1,"name":"old","engine":"sqlite"}])";
  for (const auto& body : {rows, R"({"data":)" + rows + R"(,"total":5})"}) {
    World world;
    world.server.on("GET /api/database", json(body));
    const auto found = world.client->databases({});
    REQUIRE(found);
    REQUIRE(found->size() == 3);
    CHECK((*found)[0].name == "old");
    CHECK((*found)[0].can_query);
    CHECK((*found)[0].synced);
    CHECK_FALSE((*found)[1].can_query);
    CHECK((*found)[1].timezone == "GMT");
    CHECK_FALSE((*found)[2].has_sql);
    CHECK_FALSE((*found)[2].synced);
  }
}

TEST_CASE("metabase::Client: metadata is one request and holds what may be used, in order") {
  World world;
  world.server.on("GET /api/database/2/metadata", json(shop));
  const auto database = world.client->metadata(shop_info(), {});
  REQUIRE(database);
  CHECK(world.server.lines("GET ").size() == 1);
  CHECK(database->id == 2);
  CHECK(database->timezone == "Asia/Seoul");
  CHECK(database->dialect == kpi::model::Dialect::postgres);
  CHECK(names_of(*database) == std::vector<std::string>{"aaa", "public.tb_order", "public.tb_user"});

  const auto& order = database->tables[1];
  CHECK(order.description == "Orders");
  CHECK(order.row_count == 1200);
  CHECK(order.primary_key == std::vector<std::string>{"id"});
  std::vector<std::string> fields;
  for (const auto& field : order.fields) fields.push_back(field.name);
  CHECK(fields == std::vector<std::string>{"id", "user_id", "status", "hidden_ref", "info", "info → email",
                                           "phone", "created_at"});
  CHECK_FALSE(database->tables[2].row_count.has_value());
  CHECK(database->tables[2].primary_key == std::vector<std::string>{"id"});
}

TEST_CASE("metabase::Client: a field's type, nulls, statistics and rights are read as far as they are told") {
  World world;
  world.server.on("GET /api/database/2/metadata", json(shop));
  const auto database = world.client->metadata(shop_info(), {});
  REQUIRE(database);
  const auto& order = database->tables[1];
  const auto field = [&order](const char* name) -> const Field& { return *order.field(name); };

  CHECK(field("id").type == "type/BigInteger");  // no effective type in old answers
  CHECK_FALSE(field("id").nullable.has_value());
  CHECK_FALSE(field("id").stats.has_value());
  CHECK(field("user_id").nullable == false);
  CHECK_FALSE(field("user_id").values.has_value());
  CHECK(field("status").nullable == false);
  CHECK(field("status").semantic_type == "type/Category");
  CHECK(field("status").description == "1 new, 2 paid");
  REQUIRE(field("status").values.has_value());  // there is a list to ask for
  CHECK(field("status").values->empty());
  REQUIRE(field("status").stats.has_value());
  CHECK(field("status").stats->distinct == 3);
  CHECK(field("status").stats->null_fraction == 0.25);
  CHECK(field("status").stats->avg == 2.1);
  CHECK_FALSE(field("status").stats->sd.has_value());
  CHECK(field("info").type == "type/JSON");
  CHECK(field("info").path.empty());
  CHECK(field("info → email").path == std::vector<std::string>{"info", "email"});
  CHECK(field("info → email").stats->percent_email == 0.98);
  CHECK(field("info → email").stats->average_length == 17.5);
  CHECK(field("phone").pii);
  CHECK(field("phone").values.has_value());
  CHECK(field("created_at").type == "type/DateTime");
  CHECK(field("created_at").stats->earliest == "2024-01-01");
}

TEST_CASE("metabase::Client: a declared foreign key whose target is hidden is none") {
  World world;
  world.server.on("GET /api/database/2/metadata", json(shop));
  const auto database = world.client->metadata(shop_info(), {});
  REQUIRE(database);
  REQUIRE(database->relationships.size() == 1);
  const auto& key = database->relationships[0];
  CHECK(key.from == kpi::model::FieldReference{"public.tb_order", "user_id"});
  CHECK(key.to == kpi::model::FieldReference{"public.tb_user", "id"});
  CHECK(key.kind == "declared");
  CHECK(key.confidence == 1.0);
  CHECK(key.reason == "declared foreign key");
  CHECK(database->tables[1].field("user_id")->references == key.to);
  CHECK_FALSE(database->tables[1].field("hidden_ref")->references.has_value());
}

TEST_CASE("metabase::Client: metadata that is refused or too large is read table by table") {
  World world;
  SUBCASE("no rights") { world.server.on("GET /api/database/2/metadata", text(403, "No.")); }
  SUBCASE("too large for the server") { world.server.on("GET /api/database/2/metadata", text(413, "")); }
  SUBCASE("too large for us") {
    world.server.on("GET /api/database/2/metadata", broken("http.too_large", Fault::item));
  }
  SUBCASE("too slow") { world.server.on("GET /api/database/2/metadata", broken("http.timeout")); }
  SUBCASE("a failure") {
    world.server.on("GET /api/database/2/metadata", json(R"({"message":"boom","via":[],"trace":[]})", 500));
  }
  world.server.on("GET /api/database/2/schemas", json(R"(["","sales 1"])"));
  world.server.on("GET /api/database/2/schema/",
                  json(R"([{"id":7,"name":"b","schema":null,"active":true}])"));
  world.server.on("GET /api/database/2/schema/sales%201",
                  json(R"([{"id":8,"name":"a","schema":"sales 1","active":true},
                           {"id":9,"name":"h","schema":"sales 1","visibility_type":"hidden"}])"));
  world.server.on("GET /api/table/7/query_metadata",
                  json(R"({"id":7,"name":"b","schema":null,"active":true,"visibility_type":null,"db":{"id":2},
                           "fields":[{"id":1,"name":"id","base_type":"type/Integer","semantic_type":"type/PK"}]})"));
  world.server.on("GET /api/table/8/query_metadata",
                  json(R"({"id":8,"name":"a","schema":"sales 1","active":true,"visibility_type":null,
                           "fields":[{"id":2,"name":"b_id","base_type":"type/Integer","fk_target_field_id":1}]})"));
  SUBCASE("all of them") {
    world.server.on("GET /api/database/2/metadata", text(403, "No."));
    const auto database = world.client->metadata(shop_info(), {});
    REQUIRE(database);
    CHECK(names_of(*database) == std::vector<std::string>{"b", "sales 1.a"});
    CHECK(database->relationships.size() == 1);
    CHECK(world.warnings.empty());
  }
  SUBCASE("one of them not") {
    world.server.on("GET /api/database/2/metadata", text(403, "No."));
    world.server.on("GET /api/table/8/query_metadata", text(403, "Kein Zugriff."));
    std::vector<kpi::metabase::LeftOut> left_out;
    const auto database = world.client->metadata(shop_info(), left_out, {});
    REQUIRE(database);
    CHECK(names_of(*database) == std::vector<std::string>{"b"});
    REQUIRE(left_out.size() == 1);
    CHECK(left_out[0].schema == "sales 1");
    CHECK(left_out[0].name == "a");
    CHECK(left_out[0].why.code == "metabase.forbidden");
    REQUIRE(world.warnings.size() == 1);
    CHECK(world.warnings[0].find("1 of 2 tables of database 2 are left out") != std::string::npos);
  }
  SUBCASE("none of them") {
    world.server.on("GET /api/database/2/metadata", text(403, "No."));
    world.server.on("GET /api/database/2/schemas", text(403, "No."));
    const auto database = world.client->metadata(shop_info(), {});
    CHECK(code_of(database) == "metabase.forbidden");
    CHECK(database.error().fault == Fault::item);
  }
  const auto database = world.client->metadata(shop_info(), {});
  if (database) CHECK_FALSE(database->tables.empty());
}

TEST_CASE("metabase::Client: a schema that no path can name is found through its database") {
  World world;
  world.server.on("GET /api/database/2/metadata", text(413, ""));
  world.server.on("GET /api/database/2/schemas", json(R"(["public","a/b"])"));
  world.server.on("GET /api/database/2?include=tables",
                  json(R"({"id":2,"tables":[{"id":7,"name":"t","schema":"a/b","active":true}]})"));
  world.server.on("GET /api/table/7/query_metadata",
                  json(R"({"id":7,"name":"t","schema":"a/b","active":true,"fields":[{"id":1,"name":"x"}]})"));
  const auto database = world.client->metadata(shop_info(), {});
  REQUIRE(database);
  CHECK(names_of(*database) == std::vector<std::string>{"a/b.t"});
}

TEST_CASE("metabase::Client: metadata cut in half is asked for again, never half taken") {
  World world;
  const std::string whole = shop;
  world.server.on("GET /api/database/2/metadata", {json(whole.substr(0, whole.size() / 2)), json(whole)});
  const auto database = world.client->metadata(shop_info(), {});
  REQUIRE(database);
  CHECK(database->tables.size() == 3);
  CHECK(world.server.lines("GET /api/database/2/metadata").size() == 2);
}

TEST_CASE(
    "metabase::Client: a page in place of metadata is told by its title, also where it came in pieces") {
  World world;
  auto login = page(200, "");
  login.pieces = {"<html><head><title>Single sign-on</title></head></html>"};
  login.body.clear();
  world.server.on("GET /api/database/2/metadata", login);
  const auto database = world.client->metadata(shop_info(), {});
  CHECK(code_of(database) == "metabase.not_metabase");
  CHECK(line_of(database).find("(status 200, \"Single sign-on\")") != std::string::npos);
}

TEST_CASE("metabase::Client: an unknown database is not looked for table by table") {
  for (const auto& response : {text(404, "Not found."), json(R"({"message":"Nicht gefunden."})", 404)}) {
    World world;
    world.server.on("GET /api/database/2/metadata", response);
    const auto database = world.client->metadata(shop_info(), {});
    CHECK(line_of(database) == "metabase: http://localhost:3000 has no database 2 (404)");
    CHECK(database.error().fault == Fault::item);
    CHECK(world.server.lines("GET ").size() == 1);
  }
}

TEST_CASE("metabase::Client: known values come without labels and nulls") {
  World world;
  world.server.on("GET /api/field/113/values",
                  json(R"({"values":[["bank"],["card","Credit card"],[null],[3],[true],[],"bare",[{"a":1}]],
                           "field_id":113,"has_more_values":false})"));
  const auto values = world.client->field_values(113, {});
  REQUIRE(values);
  CHECK(*values == std::vector<kpi::Json>{"bank", "card", 3, true, "bare"});
  world.server.on("GET /api/field/114/values", json(R"({"values":[],"field_id":114})"));
  CHECK(world.client->field_values(114, {})->empty());
}
