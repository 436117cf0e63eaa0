#include <kpi/stages/card_display.hpp>

#include <doctest/doctest.h>

#include <string>
#include <utility>
#include <vector>

using namespace kpi;

namespace {

/// A KPI that ran and gave columns of these names and types ("Integer"), as "name:Type".
model::Kpi ran(const std::string& display, const std::vector<std::pair<std::string, std::string>>& columns,
               std::int64_t rows = 12) {
  model::Kpi kpi;
  kpi.name = "Orders a month";
  kpi.sql = "SELECT month, COUNT(*) AS orders FROM tb_order GROUP BY month ORDER BY month";
  kpi.result.display = display;
  auto& run = kpi.validation.emplace().execution.emplace();
  run.status = model::RunStatus::ok;
  run.rows = rows;
  for (const auto& [name, type] : columns) run.columns.push_back({name, "type/" + type});
  return kpi;
}

model::Kpi of_unit(model::Unit unit, const std::string& column) {
  auto kpi = ran("scalar", {{column, "Decimal"}}, 1);
  kpi.result.shape = model::Shape::scalar;
  kpi.result.unit = unit;
  return kpi;
}

Json settings(const model::Kpi& kpi, const std::string& currency = "USD") {
  return stages::settings_of(kpi, stages::display_of(kpi), currency);
}

/// The settings of one column.
Json format(const model::Kpi& kpi, const std::string& column, const std::string& currency = "USD") {
  return settings(kpi, currency)["column_settings"][R"(["name",")" + column + R"("])"];
}

}  // namespace

TEST_CASE("stages::display_of: shows a result as it can be shown") {
  struct Case {
    const char* name;
    const char* wanted;
    std::vector<std::pair<std::string, std::string>> columns;
    std::int64_t rows;
    const char* shown;
  };
  const std::vector<Case> cases{
      {"a number", "scalar", {{"n", "Integer"}}, 1, "scalar"},
      {"a number of many rows", "scalar", {{"m", "Text"}, {"n", "Integer"}}, 5, "table"},
      {"a line", "line", {{"m", "Text"}, {"n", "Integer"}}, 5, "line"},
      {"a line without a number", "line", {{"m", "Text"}, {"s", "Text"}}, 5, "table"},
      {"a bar of one cell", "bar", {{"n", "Integer"}}, 1, "scalar"},
      {"a pie of one column", "pie", {{"n", "Integer"}}, 4, "table"},
      {"a trend", "trend", {{"m", "Date"}, {"n", "Integer"}}, 5, "smartscalar"},
      {"a trend of times with zones",
       "smartscalar",
       {{"m", "DateTimeWithLocalTZ"}, {"n", "Integer"}},
       5,
       "smartscalar"},
      {"a trend of one point", "trend", {{"m", "Date"}, {"n", "Integer"}}, 1, "line"},
      {"a trend of months as text", "trend", {{"m", "Text"}, {"n", "Integer"}}, 5, "line"},
      {"a trend by another dimension", "trend", {{"m", "Date"}, {"s", "Text"}, {"n", "Integer"}}, 5, "line"},
      {"a trend of one cell", "trend", {{"n", "Integer"}}, 1, "scalar"},
      {"nothing said", "", {{"n", "Integer"}}, 1, "table"},
      {"what only Metabase knows", "gauge", {{"n", "Integer"}}, 1, "gauge"}};
  for (const auto& c : cases) {
    CAPTURE(c.name);
    CHECK(stages::display_of(ran(c.wanted, c.columns, c.rows)) == c.shown);
  }
  model::Kpi not_run;
  not_run.result.display = "bar";
  CHECK(stages::display_of(not_run) == "bar");
  CHECK(stages::settings_of(not_run, "bar", "USD") == Json::object());
}

TEST_CASE("stages::display_of: a line whose latest point counts is a trend, if its last row is the latest") {
  auto kpi = ran("line", {{"month", "DateTime"}, {"orders", "Integer"}});
  CHECK(stages::display_of(kpi) == "line");
  for (const char* name : {"Latest month of orders", "Current balance", "Orders this month"}) {
    CAPTURE(name);
    kpi.name = name;
    CHECK(stages::display_of(kpi) == "smartscalar");
  }
  CHECK(settings(kpi)["scalar.field"] == "orders");
  kpi.sql = "SELECT month, COUNT(*) AS orders FROM tb_order GROUP BY month ORDER BY month DESC LIMIT 12";
  CHECK(stages::display_of(kpi) == "line");
  kpi.sql = "SELECT month, COUNT(*) AS orders FROM tb_order GROUP BY month";
  CHECK(stages::display_of(kpi) == "line");
}

TEST_CASE("stages::settings_of: draws what is measured against its axis") {
  auto kpi = ran("line", {{"month", "Date"}, {"orders", "Integer"}, {"paid_percent", "Decimal"}});
  kpi.result = {model::Shape::series, model::Unit::percent, "line"};
  CHECK(settings(kpi)["graph.dimensions"] == Json::array({"month"}));
  CHECK(settings(kpi)["graph.metrics"] == Json::array({"paid_percent"}));

  SUBCASE("two dimensions") {
    kpi = ran("bar", {{"month", "Date"}, {"status", "Text"}, {"orders", "Integer"}});
    kpi.result = {model::Shape::series, model::Unit::count, "bar"};
    CHECK(settings(kpi)["graph.dimensions"] == Json::array({"month", "status"}));
    CHECK(settings(kpi)["graph.metrics"] == Json::array({"orders"}));
    CHECK(settings(kpi)["stackable.stack_type"] == "stacked");
  }
  SUBCASE("two dimensions, one of them a code") {
    kpi = ran("bar", {{"month", "Date"}, {"method_type", "Integer"}, {"count", "Integer"}});
    kpi.result = {model::Shape::series, model::Unit::number, "bar"};
    CHECK(settings(kpi)["graph.dimensions"] == Json::array({"month", "method_type"}));
    CHECK(settings(kpi)["graph.metrics"] == Json::array({"count"}));
  }
  SUBCASE("an axis of numbers") {
    kpi = ran("bar", {{"year", "Integer"}, {"n", "Integer"}});
    CHECK(settings(kpi)["graph.dimensions"] == Json::array({"year"}));
    CHECK(settings(kpi)["graph.metrics"] == Json::array({"n"}));
  }
  SUBCASE("a pie") {
    kpi = ran("pie", {{"status", "Text"}, {"n", "Integer"}});
    CHECK(settings(kpi)["pie.dimension"] == "status");
    CHECK(settings(kpi)["pie.metric"] == "n");
  }
  SUBCASE("one number of several") {
    kpi = ran("scalar", {{"label", "Text"}, {"n", "Integer"}}, 1);
    CHECK(settings(kpi)["scalar.field"] == "n");
  }
}

TEST_CASE("stages::settings_of: writes numbers by their unit") {
  using model::Unit;
  CHECK(format(of_unit(Unit::percent, "paid_percent"), "paid_percent") ==
        Json{{"suffix", "%"}, {"decimals", 1}});
  CHECK(format(of_unit(Unit::ratio, "paid_ratio"), "paid_ratio")["number_style"] == "percent");
  CHECK(format(of_unit(Unit::duration, "avg_days"), "avg_days") == Json{{"suffix", " days"}});
  CHECK_FALSE(settings(of_unit(Unit::duration, "wait")).contains("column_settings"));
  CHECK_FALSE(settings(of_unit(Unit::count, "orders")).contains("column_settings"));

  const auto money = format(of_unit(Unit::currency, "revenue"), "revenue");
  CHECK(
      money ==
      Json{{"decimals", 2}, {"number_style", "currency"}, {"currency", "USD"}, {"currency_style", "symbol"}});
  CHECK(format(of_unit(Unit::currency, "revenue"), "revenue", "KRW")["decimals"] == 0);
  CHECK(format(of_unit(Unit::currency, "revenue_eur"), "revenue_eur")["currency"] == "EUR");
  CHECK(format(of_unit(Unit::currency, "revenue"), "revenue", "") == Json{{"decimals", 2}});

  // Beside the measure, only a column that says so itself is a percentage.
  auto growth = ran("line", {{"month", "Date"}, {"revenue", "Decimal"}, {"growth_percent", "Decimal"}});
  growth.result = {model::Shape::series, Unit::currency, "line"};
  CHECK(format(growth, "growth_percent") == Json{{"suffix", "%"}, {"decimals", 1}});
  CHECK(format(growth, "revenue")["currency"] == "USD");
}

TEST_CASE("stages::settings_of: never shows hundredths, or mixed currencies, as one kind of money") {
  auto kpi = of_unit(model::Unit::currency, "total_amount");
  kpi.validation->findings.push_back({"lint.minor_units", model::Severity::warning, "", std::nullopt});
  CHECK(format(kpi, "total_amount")["scale"] == 0.01);
  CHECK(format(kpi, "total_amount")["number_style"] == "currency");
  SUBCASE("where it is not certain which column holds them") {
    kpi.validation->execution->columns.push_back({"fee_amount", "type/Decimal"});
    CHECK_FALSE(settings(kpi).contains("column_settings"));
  }
  SUBCASE("where the rows are of several currencies") {
    kpi = ran("bar", {{"currency", "Text"}, {"total_amount", "Decimal"}});
    kpi.result = {model::Shape::breakdown, model::Unit::currency, "bar"};
    CHECK(format(kpi, "total_amount") == Json{{"decimals", 2}});
  }
}
