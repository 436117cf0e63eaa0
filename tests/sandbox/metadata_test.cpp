#include "support.hpp"

#include <kpi/sandbox/database.hpp>
#include <kpi/sandbox/fingerprint.hpp>
#include <kpi/sandbox/unfold.hpp>

#include <array>

using kpi::Json;
using namespace sandbox_test;

TEST_CASE("sandbox::Database: takes files and servers by URL, and refuses passwords and unknown schemes") {
  using kpi::sandbox::parse_database;
  const auto file = parse_database("sqlite:/data/my shop.sqlite");
  REQUIRE(file);
  CHECK(file->name == "my shop");
  CHECK(file->url == "sqlite:/data/my shop.sqlite");
  const auto server = parse_database("postgres://me@db:5433/sales?sslmode=require");
  REQUIRE(server);
  CHECK(server->name == "sales");
  struct Case {
    const char* value;
    const char* code;
  };
  static constexpr std::array cases{Case{"postgres://me:secret@db/sales", "sandbox.password_in_url"},
                                    Case{"postgresql://db/sales?password=secret", "sandbox.password_in_url"},
                                    Case{"postgres://me:se%zz@db/", "sandbox.database"},
                                    Case{"mysql://db/sales", "sandbox.database"},
                                    Case{"sqlite:", "sandbox.database"},
                                    Case{"shop.sqlite", "sandbox.database"}};
  for (const auto& c : cases) {
    CAPTURE(c.value);
    const auto refused = parse_database(c.value);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == c.code);
    CHECK(refused.error().fault == kpi::Fault::input);
    CHECK(refused.error().line().find("secret") == std::string::npos);
  }
  const auto accepted = parse_database("postgres://me:s%40crit@db/sales", kpi::sandbox::Passwords::accept);
  REQUIRE(accepted);
  CHECK(accepted->password == "s@crit");
  CHECK(accepted->url == "postgres://me@db/sales");
}

TEST_CASE("sandbox::Metadata: a SQLite file shows its tables, types, keys and comments") {
  const Folder folder;
  const auto server = serve_shop(folder);
  auto client = Client::in(*server);
  const auto list = client.get("/api/database").json;
  CHECK(list["total"] == 1);
  CHECK(list["data"][0]["engine"] == "sqlite");
  CHECK(list["data"][0]["native_permissions"] == "write");

  const auto metadata = client.get("/api/database/1/metadata").json;
  CHECK_FALSE(metadata.contains("native_permissions"));
  std::vector<std::string> names;
  for (const auto& table : metadata["tables"]) names.push_back(table["name"].get<std::string>());
  CHECK(names == std::vector<std::string>{"customer", "orders", "paid"});
  CHECK(metadata["tables"][1]["description"] == "What was bought");
  CHECK(metadata["tables"][1]["schema"] == "");
  CHECK(metadata["tables"][1]["estimated_row_count"] == 3000);
  CHECK(client.get("/api/database/1/metadata?include_hidden=true").json["tables"].size() == 4);
  CHECK_FALSE(client.get("/api/database/1/metadata?skip_fields=true").json["tables"][0].contains("fields"));

  struct Case {
    const char *table, *field, *base_type, *semantic_type, *values;
  };
  static constexpr std::array cases{
      Case{"customer", "customer_id", "type/Integer", "type/PK", "none"},
      Case{"customer", "email", "type/Text", "type/Email", "search"},
      Case{"customer", "city", "type/Text", "type/City", "list"},
      Case{"customer", "is_active", "type/Boolean", "", "list"},
      Case{"orders", "customer_id", "type/Integer", "type/FK", "none"},
      Case{"orders", "status", "type/Text", "type/Category", "list"},
      Case{"orders", "total", "type/Decimal", "", "none"},
      Case{"orders", "created_at", "type/DateTime", "type/CreationTimestamp", "none"},
      Case{"orders", "shipped", "type/Date", "", "none"},
      Case{"orders", "big", "type/BigInteger", "", "none"}};
  for (const auto& c : cases) {
    CAPTURE(c.field);
    const auto field = client.field(c.table, c.field);
    CHECK(field["base_type"] == c.base_type);
    CHECK(field["semantic_type"] == (*c.semantic_type == '\0' ? Json() : Json(c.semantic_type)));
    CHECK(field["has_field_values"] == c.values);
  }
  const auto key = client.field("orders", "customer_id");
  CHECK(key["fk_target_field_id"] == client.field("customer", "customer_id")["id"]);
  CHECK(key["target"]["name"] == "customer_id");
  CHECK(client.field("orders", "status")["description"] == "new, paid or gone");
}

TEST_CASE("sandbox::Metadata: fingerprints tell of a sample what Metabase would") {
  const Folder folder;
  const auto server = serve_shop(folder);
  auto client = Client::in(*server);
  const auto total = client.field("orders", "total")["fingerprint"];
  CHECK(total["global"]["distinct-count"] == 3000);
  CHECK(total["type"]["type/Number"]["min"] == 0.5);
  CHECK(total["type"]["type/Number"]["max"] == 1500.0);
  CHECK(total["type"]["type/Number"]["avg"] == doctest::Approx(750.25));
  const auto shipped = client.field("orders", "shipped")["fingerprint"];
  CHECK(shipped["global"]["nil%"] == 0.5);
  CHECK(shipped["type"]["type/DateTime"]["earliest"] == "2024-01-02");
  CHECK(client.field("orders", "created_at")["fingerprint"]["type"]["type/DateTime"]["earliest"] ==
        "2024-01-01T01:00:00Z");
  CHECK(client.field("customer", "email")["fingerprint"]["type"]["type/Text"]["percent-email"] == 1.0);
}

TEST_CASE("sandbox::Metadata: a JSON column is unfolded to any depth, and kept") {
  const Folder folder;
  const auto server = serve_shop(folder);
  auto client = Client::in(*server);
  const auto parent = client.field("orders", "details");
  CHECK(parent["json_unfolding"] == true);
  CHECK(parent["visibility_type"] == "details-only");
  const auto floor = client.field("orders", "details → to → floor");
  CHECK(floor["nfc_path"] == Json{"details", "to", "floor"});
  CHECK(floor["base_type"] == "type/Integer");
  CHECK(client.field("orders", "details → gift")["base_type"] == "type/Boolean");
  CHECK(client.field("orders", "details → tags")["base_type"] == "type/Array");
  CHECK(client.field("orders", "details → to → zip")["base_type"] == "type/Text");
}

TEST_CASE("sandbox::Metadata: one table, one field, keys that point in, values, schemas") {
  const Folder folder;
  const auto server = serve_shop(folder);
  auto client = Client::in(*server);
  const auto status = client.field("orders", "status");
  const auto table = "/api/table/" + status["table_id"].dump();
  CHECK(client.get(table).json["name"] == "orders");
  CHECK(client.get(table + "/query_metadata").json["fields"].size() == 8 + 4);
  const auto field = "/api/field/" + status["id"].dump();
  CHECK(client.get(field).json["name"] == "status");
  CHECK(client.get(field + "/values").json == Json{{"values", {Json{"gone"}, Json{"new"}, Json{"paid"}}},
                                                   {"field_id", status["id"]},
                                                   {"has_more_values", false}});
  CHECK(client.get(field + "/summary").json.dump() == R"([["count",3000],["distincts",3]])");
  const auto customer = client.field("customer", "customer_id");
  const auto keys = client.get("/api/table/" + customer["table_id"].dump() + "/fks").json;
  REQUIRE(keys.size() == 1);
  CHECK(keys[0]["origin"]["table"]["name"] == "orders");
  CHECK(client.get("/api/database/1/schemas").json == Json{""});
  CHECK(client.get("/api/database/1/schema/").json.size() == 3);
  CHECK(client.get("/api/database/1/schema/public").text == "Not found.");
  CHECK(client.get("/api/database/9/metadata").status == 404);
  CHECK(client.get("/api/table/9999").status == 404);
  CHECK(client.get("/api/field/x").status == 400);
}

TEST_CASE("sandbox::Metadata: what changes in the file is seen, and what was computed before is kept") {
  const Folder folder;
  auto options = shop_options(folder);
  SetClock clock;
  const auto server = serve(options, clock);
  auto client = Client::in(*server);
  const auto before = client.field("customer", "city");
  fill(folder / "shop.sqlite",
       "CREATE TABLE extra (id INTEGER PRIMARY KEY); ALTER TABLE customer RENAME COLUMN city TO town; "
       "INSERT INTO customer (email, town) VALUES ('x', 'y')");
  clock.sleep(std::chrono::minutes(10), {});
  CHECK(client.field("extra", "id")["semantic_type"] == "type/PK");
  CHECK(client.field("customer", "city").is_null());
  CHECK(client.field("customer", "town")["id"] != before["id"]);
  CHECK(client.field("customer", "town")["fingerprint"]["global"]["distinct-count"] == 3);
}

TEST_CASE("sandbox::Unfolding: types that disagree are widened or given up") {
  kpi::sandbox::Unfolding column("c");
  for (const auto* text :
       {R"({"n":1,"m":"2024-01-01T10:00:00Z","x":1,"w":1,"z":null,"o":{"d":null}})",
        R"({"n":1.5,"m":"soon","x":"a","w":9999999999,"o":{"d":"2024-01-01"}})", "not json", "[1]", "3"}) {
    column.add(text);
  }
  column.add(nullptr);
  std::map<std::string, std::string> types;
  for (const auto& field : column.fields()) types[field.name()] = field.base_type;
  CHECK(types == std::map<std::string, std::string>{{"c → n", "type/Float"},
                                                    {"c → m", "type/Text"},
                                                    {"c → x", "type/*"},
                                                    {"c → w", "type/BigInteger"},
                                                    {"c → z", "type/*"},
                                                    {"c → o → d", "type/Text"}});
  kpi::sandbox::Unfolding many("m");
  for (int i = 0; i < 300; ++i) many.add("{\"k" + std::to_string(i) + "\": 1}");
  CHECK(many.fields().size() == 100);
  many.add(std::string(100'000, '['));  // too deep to be read: passed over
}

TEST_CASE("sandbox::Fingerprint: quartiles, deviation and shares") {
  kpi::sandbox::Fingerprint numbers("type/Integer");
  for (int i = 1; i <= 5; ++i) numbers.add(i);
  const auto json = numbers.json()["type"]["type/Number"];
  CHECK(json["q1"] == 2.0);
  CHECK(json["q3"] == 4.0);
  CHECK(json["sd"].get<double>() == doctest::Approx(1.5811388));
  kpi::sandbox::Fingerprint one("type/Float");
  one.add(1.5);
  CHECK(one.json()["type"]["type/Number"]["sd"].is_null());
  kpi::sandbox::Fingerprint states("type/Text");
  for (const auto* text : {"CA", "Texas", "ny", "Vermont"}) states.add(text);
  CHECK(states.shown_type() == "type/State");
  CHECK(kpi::sandbox::Fingerprint("type/Text").json()["global"]["nil%"] == 0.0);
}
