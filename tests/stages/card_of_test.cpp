#include "register_fixture.hpp"

#include <kpi/base/text.hpp>
#include <kpi/stages/marker.hpp>

using namespace kpi;
using kpi::test::Registrar;
using kpi::test::status;
using kpi::test::valid;

TEST_CASE("stages::register: the card says what it is and carries its marker on the last line") {
  Registrar r;
  r.run({valid("Orders")});
  const auto& card = r.stage.metabase.stored.at(0);
  CHECK(card.description.find("How many orders there are.\nBusiness value: Tells sales") == 0);
  CHECK(card.description.find("\nTables: orders\nResult: scalar, count\nScore: 70/100\nkpi:default:") !=
        std::string::npos);
  const auto marker = stages::marker_of(card.description);
  REQUIRE(marker.has_value());
  CHECK(marker->kpi_id == valid("Orders").id);
  CHECK(card.sql == "SELECT count(*) AS orders\nFROM orders");
}

TEST_CASE("stages::register: a card holds its SQL formatted, where that is certain to mean the same") {
  Registrar r;
  auto commented = valid("Commented");
  commented.sql = "select count(*) from orders -- all";
  auto unknown = valid("Unknown");
  unknown.dialect = model::Dialect::generic;
  auto laid_out = valid("Laid out");
  laid_out.sql = "select  status,count(*) as n from orders group by status order by n desc";
  r.run({commented, unknown, laid_out});
  const auto& cards = r.stage.metabase.stored;
  REQUIRE(cards.size() == 3);
  CHECK(cards[0].sql == commented.sql);
  CHECK(cards[1].sql == unknown.sql);
  CHECK(cards[2].sql == "SELECT status,\n  count(*) AS n\nFROM orders\nGROUP BY status\nORDER BY n desc");
  // The layout of the KPI's own text is no change of the card.
  laid_out.sql = cards[2].sql;
  CHECK(status(r.run({laid_out})) == model::CardStatus::unchanged);
}

TEST_CASE("stages::register: a card is shown by its result, with the domain's currency") {
  Registrar r;
  r.options.currency = "KRW";
  auto kpi = valid("Revenue this month");
  kpi.result = {model::Shape::series, model::Unit::currency, "line"};
  kpi.sql = "SELECT date(created_at) AS day, sum(total_amount) AS revenue FROM orders GROUP BY 1 ORDER BY 1";
  auto& run = kpi.validation->execution.emplace();
  run.status = model::RunStatus::ok;
  run.rows = 30;
  run.columns = {{"day", "type/Date"}, {"revenue", "type/Integer"}};
  r.run({kpi});
  const auto& card = r.stage.metabase.stored.at(0);
  CHECK(card.display == "smartscalar");
  CHECK(card.visualization_settings["scalar.field"] == "revenue");
  CHECK(card.visualization_settings["column_settings"][R"(["name","revenue"])"]["currency"] == "KRW");
}
