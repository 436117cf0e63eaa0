#include "fixture.hpp"

#include <kpi/stages/discover.hpp>

#include <algorithm>
#include <array>

using namespace kpi;

namespace {

/// The measure that `field` of a table of its own becomes; none where it is no measure.
std::optional<model::Measure> measure_of(std::vector<model::Field> fields,
                                         const char* name_of_table = "tb_thing") {
  model::Table table;
  table.name = name_of_table;
  table.fields = std::move(fields);
  const auto name = table.fields.front().name;
  model::Database database;
  database.tables = {std::move(table)};
  stages::enrich(database, test::small_domain());
  for (const auto& measure : database.tables[0].measures) {
    if (measure.field == name) return measure;
  }
  return std::nullopt;
}

}  // namespace

TEST_CASE("stages::enrich: a measure's unit, and whether rows add up to something") {
  struct Case {
    const char* name;
    const char* unit;
    bool adds;
  };
  static constexpr std::array cases{
      Case{"total_amount", "currency", true},
      Case{"unit_price", "currency", false},
      Case{"item_total_price", "currency", true},
      Case{"hourly_rate", "currency", false},
      Case{"stock_value", "currency", true},
      Case{"stock_quantity", "count", true},
      Case{"minimum_quantity", "count", false},
      Case{"payment_count", "count", true},
      Case{"commission_rate_bp", "basis_points", false},
      Case{"conversion_rate", "percent", false},
      Case{"exchange_rate", "number", false},
      Case{"specification → tolerance_um", "number", false},
      Case{"depth", "number", false},
      Case{"satisfaction", "number", false},
      Case{"avg_deal_amount", "currency", false},
      Case{"running_minutes", "duration", false},
      Case{"avg_chat_response_second", "duration", false},
      Case{"points", "number", true},
  };
  for (const auto& c : cases) {
    CAPTURE(c.name);
    const auto measure = measure_of({test::field(1, c.name, "Integer")});
    REQUIRE(measure.has_value());
    CHECK(measure->unit == c.unit);
    const auto& ways = measure->aggregations;
    CHECK((std::find(ways.begin(), ways.end(), "sum") != ways.end()) == c.adds);
  }
}

TEST_CASE(
    "stages::enrich: a row's own number or note is nothing to group by, though Metabase guesses a category") {
  const auto is_dimension = [](const char* name, bool with_values = false) {
    auto field = test::field(1, name, "Text", "Category");
    if (with_values) field.values = std::vector<Json>{"a", "b"};
    model::Database database;
    database.tables.emplace_back().name = "tb_invoice";
    database.tables[0].fields = {field};
    stages::enrich(database, test::small_domain());
    return !database.tables[0].dimensions.empty();
  };
  for (const char* name : {"old_id", "mgt_key", "nts_confirm_num", "certificate_number", "memo",
                           "certification_date", "unique_order_name", "introduction"}) {
    CAPTURE(name);
    CHECK_FALSE(is_dimension(name));
  }
  CHECK(is_dimension("issue_type"));
  CHECK(is_dimension("region"));
  CHECK(is_dimension("memo", true));  // a list of values is proof
}

TEST_CASE("stages::enrich: an invoice's total is money, unless it is of whole numbers") {
  CHECK(measure_of({test::field(1, "Total", "Decimal")}, "Invoice")->unit == "currency");
  CHECK(measure_of({test::field(1, "grand_total", "Float")}, "sales_orders")->unit == "currency");
  CHECK(measure_of({test::field(1, "Total", "Integer")}, "Invoice")->unit == "number");
  CHECK(measure_of({test::field(1, "sub_total", "Integer")}, "tb_market_order")->unit == "currency");
  CHECK(measure_of({test::field(1, "Total", "Decimal")}, "rainfall")->unit == "number");
}

TEST_CASE("stages::enrich: who did it, and to whom, is a key and no figure") {
  for (const char* name : {"created_by", "approvedBy", "assigned_to", "ReportsTo"}) {
    CAPTURE(name);
    CHECK_FALSE(measure_of({test::field(1, name, "Integer")}).has_value());
  }
}

TEST_CASE("stages::enrich: a figure of two units is no measure") {
  auto kind = test::field(2, "discount_type", "Text");
  CHECK_FALSE(measure_of({test::field(1, "discount_value", "Integer"), kind}).has_value());
  CHECK(measure_of({test::field(1, "discount_value", "Integer")}).has_value());
  auto told = test::field(1, "reward", "Integer");
  told.description = "Whole percent, or cents for gifts";
  CHECK_FALSE(measure_of({told}).has_value());
  auto reward = test::field(2, "reward_type", "Text");
  reward.description = "percent / fixed";
  CHECK_FALSE(measure_of({test::field(1, "reward_value", "Integer"), reward}).has_value());
  reward.description = "gift / voucher";
  CHECK(measure_of({test::field(1, "reward_value", "Integer"), reward}).has_value());
}
