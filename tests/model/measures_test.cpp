#include <kpi/model/measures.hpp>

#include <doctest/doctest.h>

#include <array>
#include <optional>

using namespace kpi;

namespace {

model::Field field(std::string name, std::string type = "Integer", std::string comment = "") {
  model::Field made;
  made.name = std::move(name);
  made.type = "type/" + type;
  made.description = std::move(comment);
  return made;
}

std::optional<model::Measure> measure_of(const model::Field& field) {
  model::Table table;
  table.name = "tb_invoice";
  table.fields = {field};
  model::Domain domain;
  domain.minor_unit_columns = {"*_cents", "*_minor"};
  auto found = model::find_measures(table, domain);
  return found.empty() ? std::nullopt : std::optional(found.front());
}

std::string unit_of(const model::Field& field) {
  const auto measure = measure_of(field);
  return measure ? measure->unit : "none";
}

}  // namespace

TEST_CASE("model::find_measures: money in hundredths is told by the domain's names and by comments") {
  CHECK(unit_of(field("price_cents")) == "currency_minor");
  CHECK(unit_of(field("amount", "Integer", "To pay, in cents")) == "currency_minor");
  CHECK(unit_of(field("amount", "Integer", "In minor units")) == "currency_minor");
  CHECK(unit_of(field("price_cents", "Decimal")) == "currency");  // 10.50 is no number of cents
  CHECK(unit_of(field("amount")) == "currency");
  model::Field unfolded = field("info → fee_minor");
  unfolded.path = {"info", "fee_minor"};
  CHECK(unit_of(unfolded) == "currency_minor");
}

TEST_CASE("model::find_measures: a part of a whole is percent, a ratio where none is above 1") {
  CHECK(unit_of(field("commission_bp")) == "basis_points");
  CHECK(unit_of(field("margin", "Integer", "Basis points of the price")) == "basis_points");
  auto rate = field("conversion_rate", "Float");
  CHECK(unit_of(rate) == "percent");
  rate.stats.emplace().max = 0.42;
  CHECK(unit_of(rate) == "ratio");
  rate.stats->max = 42;
  CHECK(unit_of(rate) == "percent");
  const auto ways = measure_of(rate)->aggregations;
  CHECK(ways.front() != "sum");
}

TEST_CASE("model::find_measures: the total of a bill is money, a total of whole numbers may be anything") {
  CHECK(unit_of(field("Total", "Decimal")) == "currency");
  CHECK(unit_of(field("total", "Integer")) == "number");
}

TEST_CASE("model::find_measures: nothing of keys, codes and personal columns") {
  auto personal = field("salary_amount");
  personal.pii = true;
  CHECK(unit_of(personal) == "none");
  CHECK(unit_of(field("order_status")) == "none");
  auto key = field("order_no");
  key.references = model::FieldReference{"orders", "no"};
  CHECK(unit_of(key) == "none");
  model::Table empty;
  CHECK(model::find_measures(empty, {}).empty());
}

TEST_CASE("model::stored_unit: reads what a stored figure is of, and how many parts it counts") {
  struct Case {
    const char* stored;
    const char* unit;
    int scale;
  };
  static constexpr std::array cases{Case{"currency_minor", "currency", 100},
                                    Case{"basis_points", "percent", 100}, Case{"currency", "currency", 1},
                                    Case{"", "", 1}};
  for (const auto& c : cases) {
    CAPTURE(c.stored);
    CHECK(model::stored_unit(c.stored).unit == c.unit);
    CHECK(model::stored_unit(c.stored).scale == c.scale);
  }
}
