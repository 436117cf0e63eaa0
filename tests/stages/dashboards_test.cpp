#include "register_fixture.hpp"

#include <kpi/stages/dashboards.hpp>

using namespace kpi;
using kpi::test::Registrar;
using kpi::test::valid;

TEST_CASE(
    "stages::register: --dashboard lays a category's cards out once, the best first, and keeps up with "
    "them") {
  Registrar r;
  r.options.dashboards = true;
  auto chart = valid("By month", 90);
  chart.result.display = "line";
  const auto first = r.run({valid("Orders", 60), chart});
  REQUIRE(first.dashboards.size() == 1);
  CHECK(first.dashboards[0].status == model::CardStatus::created);
  REQUIRE(r.stage.metabase.boards.size() == 1);
  auto& board = r.stage.metabase.boards[0];
  CHECK(board.name == "Sales");
  REQUIRE(board.cards.size() == 2);
  CHECK(board.cards[0].card_id == 2);
  CHECK(board.cards[1].column == 12);
  r.writes().clear();
  CHECK(r.run({valid("Orders", 60), chart}).dashboards[0].status == model::CardStatus::unchanged);
  CHECK(r.writes().empty());

  SUBCASE("a new card joins it") {
    r.options.dry_run = true;
    CHECK(stages::changes_in(r.run({valid("Orders", 60), chart, valid("Late orders")})) == 2);
    r.options.dry_run = false;
    CHECK(r.run({valid("Orders", 60), chart, valid("Late orders")}).dashboards[0].status ==
          model::CardStatus::updated);
    CHECK(board.cards.size() == 3);
  }
  SUBCASE("what a person set on a tile stays when the others change") {
    board.cards[0].rest = {{"visualization_settings", {{"card.title", "Ours"}}}};
    r.run({valid("Orders", 60), chart, valid("Late orders")});
    CHECK(board.cards[0].rest["visualization_settings"]["card.title"] == "Ours");
  }
  SUBCASE("a card that a person edited stays on it, one that a person archived does not") {
    r.stage.metabase.find(1)->name = "My own name";
    CHECK(r.run({valid("Orders", 60), chart}).dashboards[0].status == model::CardStatus::unchanged);
    CHECK(board.cards.size() == 2);
    r.stage.metabase.find(1)->archived = true;
    r.run({valid("Orders", 60), chart});
    CHECK(board.cards.size() == 1);
  }
  SUBCASE("one that a person archived or moved comes back with --force alone, and never twice") {
    SUBCASE("archived") { board.archived = true; }
    SUBCASE("moved") { board.collection_id = 1; }
    const auto left = r.run({valid("Orders", 60), chart});
    CHECK(left.dashboards[0].status == model::CardStatus::skipped);
    CHECK(r.stage.metabase.boards.size() == 1);
    r.options.force = true;
    r.run({valid("Orders", 60), chart});
    REQUIRE(r.stage.metabase.boards.size() == 1);
    CHECK_FALSE(r.stage.metabase.boards[0].archived);
    CHECK(r.stage.metabase.boards[0].collection_id == 2);
  }
  SUBCASE("one that a person gave tabs is left alone, and --force takes them off first") {
    board.has_tabs = true;
    board.cards[0].rest = {{"dashboard_tab_id", 3}};
    CHECK(r.run({valid("Orders", 60), chart}).dashboards[0].status == model::CardStatus::skipped);
    r.options.force = true;
    CHECK(r.run({valid("Orders", 60), chart}).dashboards[0].status == model::CardStatus::updated);
    CHECK_FALSE(board.has_tabs);
    REQUIRE(board.cards.size() == 2);
    CHECK(board.cards[0].rest.empty());
    CHECK(r.run({valid("Orders", 60), chart}).dashboards[0].status == model::CardStatus::unchanged);
  }
  SUBCASE("one that a person rearranged is left alone") {
    board.cards[1].column = 0;
    CHECK(r.run({valid("Orders", 60), chart, valid("Late orders")}).dashboards[0].status ==
          model::CardStatus::skipped);
    CHECK(board.cards.size() == 2);
  }
}

TEST_CASE("stages::laid_out: fills rows of 24 columns and leaves nothing overlapping") {
  const auto cards =
      stages::laid_out({{1, "scalar"}, {2, "scalar"}, {3, "bar"}, {4, "scalar"}, {5, "table"}});
  std::vector<std::vector<int>> places;
  for (const auto& card : cards) places.push_back({card.row, card.column, card.width, card.height});
  CHECK(places == std::vector<std::vector<int>>{
                      {0, 0, 6, 3}, {0, 6, 6, 3}, {0, 12, 12, 6}, {6, 0, 6, 3}, {9, 0, 24, 8}});
}
