#include <kpi/model/sample.hpp>

#include <doctest/doctest.h>

using namespace kpi;

TEST_CASE("model::is_sampled: by the number of rows, else by a column that has filled the sample") {
  model::Table table;
  table.fields.resize(2);
  CHECK_FALSE(model::is_sampled(table));
  table.fields[1].stats.emplace().distinct = 9'100;
  CHECK(model::is_sampled(table));
  table.row_count = 9'999;
  CHECK_FALSE(model::is_sampled(table));
  table.row_count = 10'000;
  CHECK(model::is_sampled(table));
}

TEST_CASE("model::to_json: a time range says whether it is of a part of the rows") {
  model::Table table;
  table.row_count = 50'000;
  table.time_columns = {"at"};
  auto& at = table.fields.emplace_back();
  at.name = "at";
  auto& stats = at.stats.emplace();
  stats.earliest = "2024-01-01";
  stats.latest = "2025-04-10";
  CHECK(model::to_json(table)["time_ranges"][0]["sampled"] == true);
  table.row_count = 50;
  CHECK(model::to_json(table)["time_ranges"][0]["sampled"] == false);
}
