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
