#include <kpi/model/joins.hpp>

#include <doctest/doctest.h>

#include <algorithm>

using namespace kpi;

namespace {

model::Database shop() {
  model::Database database;
  for (const char* name :
       {"user", "product", "order", "order_product", "country", "visit", "continent", "planet"}) {
    auto& table = database.tables.emplace_back();
    table.name = name;
    if (table.name == "order_product") table.role = model::Role::junction;
  }
  const auto link = [&](const char* from, const char* field, const char* to, double confidence = 1.0) {
    database.relationships.push_back({{from, field}, {to, "id"}, "declared", confidence, ""});
  };
  link("order", "buyer_id", "user");
  link("order", "seller_id", "user", 0.8);
  link("order_product", "order_id", "order");
  link("order_product", "product_id", "product");
  link("user", "country_id", "country", 0.9);
  link("country", "continent_id", "continent");
  link("continent", "planet_id", "planet");
  link("visit", "user_id", "user");
  return database;
}

const model::JoinPath* to(const std::vector<model::JoinPath>& paths, const std::string& table) {
  const auto at =
      std::find_if(paths.begin(), paths.end(), [&](const auto& path) { return path.table == table; });
  return at == paths.end() ? nullptr : &*at;
}

}  // namespace

TEST_CASE("model::JoinGraph: up to three steps along foreign keys, and through a junction") {
  const auto database = shop();
  const model::JoinGraph graph(database);
  const auto paths = graph.paths_from("order");
  REQUIRE(to(paths, "continent") != nullptr);
  CHECK(to(paths, "continent")->steps.size() == 3);
  CHECK(to(paths, "continent")->one);
  CHECK(to(paths, "continent")->confidence == doctest::Approx(0.9));
  CHECK(to(paths, "planet") == nullptr);  // four steps
  REQUIRE(to(paths, "product") != nullptr);
  CHECK_FALSE(to(paths, "product")->one);
  const auto json = model::to_json(*to(paths, "product"));
  CHECK(json["on"] ==
        Json::parse(R"(["order.id = order_product.order_id","order_product.product_id = product.id"])"));
  // Buyer and seller are two ways to one table, the surer first.
  REQUIRE(paths.size() >= 2);
  CHECK(paths[0].table == "order_product");
  CHECK(std::count_if(paths.begin(), paths.end(), [](const auto& path) { return path.table == "user"; }) ==
        2);
}

TEST_CASE("model::JoinGraph: what points at a table is one step away and many") {
  const auto database = shop();
  const auto paths = model::JoinGraph(database).paths_from("user");
  REQUIRE(to(paths, "visit") != nullptr);
  CHECK_FALSE(to(paths, "visit")->one);
  CHECK(to(paths, "product") == nullptr);  // an order is no junction
  CHECK(model::JoinGraph(database).paths_from("user", 3, 2).size() == 2);
  CHECK(model::JoinGraph(database).paths_from("nothing").empty());
}

TEST_CASE("model::JoinGraph: a column of a key of several is no way to a table") {
  model::Database database;
  for (const char* name : {"sale", "store_item", "clerk"}) database.tables.emplace_back().name = name;
  database.tables[1].primary_key = {"store_id", "item_id"};
  const auto link = [&](const char* field, const char* table, const char* key) {
    database.relationships.push_back({{"sale", field}, {table, key}, "declared", 1.0, ""});
  };
  link("store_id", "store_item", "store_id");
  link("item_id", "store_item", "item_id");
  link("clerk_id", "clerk", "id");
  const auto of_sale = model::JoinGraph(database).paths_from("sale");
  REQUIRE(of_sale.size() == 1);
  CHECK(of_sale[0].table == "clerk");
  CHECK(model::JoinGraph(database).paths_from("store_item").empty());

  // One column alone is a key of its own, whatever else is marked as one; and so is a primary key.
  database.relationships.erase(database.relationships.begin());
  CHECK(model::JoinGraph(database).paths_from("sale").size() == 2);
  link("clerk_code", "clerk", "code");
  database.tables[2].primary_key = {"id"};
  const auto with_code = model::JoinGraph(database).paths_from("sale");
  REQUIRE(with_code.size() == 2);
  CHECK(with_code[0].steps[0].to.field == "id");
}
