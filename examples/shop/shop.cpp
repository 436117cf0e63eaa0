#include <kpi/shop/areas.hpp>
#include <kpi/shop/postgres_sink.hpp>
#include <kpi/shop/shop.hpp>
#include <kpi/shop/sqlite_sink.hpp>

#include <array>
#include <optional>
#include <utility>
#include <vector>

namespace kpi::shop {
namespace {

std::array<Area, 17> areas() {
  return {users_area(),       partners_area(),        products_area(),  orders_area(),
          quotations_area(),  purchase_orders_area(), deals_area(),     payments_area(),
          settlements_area(), delivery_area(),        factories_area(), subscriptions_area(),
          tickets_area(),     engagement_area(),      reviews_area(),   statistics_area(),
          accounts_area()};
}

std::optional<Error> bad_date(std::chrono::year_month_day until) {
  using std::chrono::year;
  if (until.ok() && until.year() >= year{1972} && until.year() <= year{9990}) return std::nullopt;
  return Error{Fault::input, "shop.bad_date", "shop", "the data cannot end on a day that is no date",
               "give a date of the years 1972 to 9990"};
}

void fill(RowSink& rows, std::chrono::year_month_day until) {
  World world{Calendar(until)};
  for (const Area& area : areas()) area.fill(world, rows);
}

}  // namespace

std::span<const Table> tables() {
  static const std::vector<Table> all = [] {
    std::vector<Table> list;
    for (const Area& area : areas()) list.insert(list.end(), area.tables.begin(), area.tables.end());
    return list;
  }();
  return all;
}

Result<Done> write_sqlite(const std::filesystem::path& file, std::chrono::year_month_day until) {
  if (auto bad = bad_date(until)) return *bad;
  auto sink = SqliteSink::make(tables());
  if (!sink) return std::move(sink).error();
  fill(**sink, until);
  return (*sink)->finish(file);
}

Result<Done> write_postgres_sql(std::ostream& out, std::chrono::year_month_day until) {
  if (auto bad = bad_date(until)) return *bad;
  PostgresSink sink(tables());
  fill(sink, until);
  sink.finish(out);
  if (!out.flush()) {
    return Error{Fault::machine, "shop.unwritable", "shop", "the script for PostgreSQL cannot be written",
                 "check the folder, its permissions and the room left"};
  }
  return Done{};
}

}  // namespace kpi::shop
