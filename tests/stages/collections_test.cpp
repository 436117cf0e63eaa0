#include "fixture.hpp"

#include <kpi/stages/collections.hpp>

using namespace kpi;
using Path = stages::CollectionTree::Path;

namespace {

struct Tree {
  test::Stage stage;

  std::map<Path, Result<std::int64_t>> ensure(const std::set<Path>& paths, std::size_t jobs = 1) {
    auto tree = stages::CollectionTree::read(stage.metabase, {});
    REQUIRE(tree.has_value());
    return tree->ensure(paths, stage.metabase, stage.context(jobs));
  }
  [[nodiscard]] std::size_t created() const { return stage.metabase.tree.size(); }
};

}  // namespace

TEST_CASE("stages::CollectionTree: creates what is missing of many paths level by level, each once") {
  Tree t;
  const std::set<Path> paths{
      {"Company", "KPIs", "Sales"}, {"Company", "KPIs", "People"}, {"Company", "KPIs"}};
  std::size_t jobs = 1;
  SUBCASE("one at a time") { jobs = 1; }
  SUBCASE("at once") { jobs = 8; }
  const auto ids = t.ensure(paths, jobs);
  CHECK(t.created() == 4);
  // One look before, and one after each level.
  CHECK(t.stage.metabase.trees_read == 4);
  const auto again = t.ensure(paths);
  CHECK(t.created() == 4);
  for (const auto& path : paths) {
    REQUIRE(ids.at(path).has_value());
    CHECK(*again.at(path) == *ids.at(path));
  }
}

TEST_CASE("stages::CollectionTree: one that may not be had fails alone") {
  Tree t;
  t.stage.metabase.refused_names = {"People"};
  const auto ids = t.ensure({{"KPIs", "Sales"}, {"KPIs", "People"}, {"KPIs", "People", "Old"}, {}});
  CHECK(ids.at({"KPIs", "Sales"}).has_value());
  CHECK(ids.at({"KPIs", "People"}).error().code == "metabase.forbidden");
  CHECK(ids.at({"KPIs", "People", "Old"}).error().code == "metabase.forbidden");
  CHECK(ids.at(Path{}).error().code == "register.no_collection");
}

TEST_CASE("stages::CollectionTree: a creation that failed without a trace is looked for, then tried again") {
  Tree t;
  t.stage.metabase.refuse_next_collection = true;
  const auto ids = t.ensure({{"KPIs"}});
  CHECK(ids.at({"KPIs"}).has_value());
  CHECK(t.created() == 1);
}
