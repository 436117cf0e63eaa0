#include "fixture.hpp"

#include <doctest/doctest.h>

using namespace kpi::metabase;
using namespace kpi::metabase::test;

namespace {

constexpr const char* graph =
    R"({"revision":7,"groups":{"1":{"root":"none","9":"read"},"2":{"root":"write","9":"write"},"5":{"root":"read"}}})";
constexpr const char* groups =
    R"([{"id":1,"name":"All Users","member_count":40},{"id":2,"name":"Administrators","member_count":2},
        {"id":5,"name":"Finance","member_count":1},{"id":6,"name":"New","member_count":0}])";

std::vector<std::string> names(const std::vector<CollectionAccess>& access) {
  std::vector<std::string> list;
  for (const auto& one : access) list.push_back(one.group + (one.may_write ? " writes" : " reads"));
  return list;
}

}  // namespace

TEST_CASE("metabase::Client: tells which groups see a collection, and which see the root") {
  World world;
  world.server.on("GET /api/collection/graph", json(graph));
  world.server.on("GET /api/permissions/group", json(groups));
  const auto cards = world.client->who_sees(9, {});
  REQUIRE(cards);
  REQUIRE(cards->has_value());
  CHECK(names(**cards) == std::vector<std::string>{"All Users reads", "Administrators writes"});
  CHECK((**cards)[0].members == 40);
  const auto root = world.client->who_sees({}, {});
  REQUIRE(root);
  REQUIRE(root->has_value());
  CHECK(names(**root) == std::vector<std::string>{"Administrators writes", "Finance reads"});
}

TEST_CASE("metabase::Client: who sees a collection is kept from those who are no administrators") {
  World world;
  world.server.on("GET /api/collection/graph", text(403, "You don't have permissions to do that."));
  const auto access = world.client->who_sees(9, {});
  REQUIRE(access);
  CHECK_FALSE(access->has_value());
}
