#include "shop/built_shop.hpp"
#include "support/paths.hpp"

#include <kpi/base/file.hpp>
#include <kpi/base/hash.hpp>
#include <kpi/base/text.hpp>
#include <kpi/shop/shop.hpp>

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <filesystem>
#include <map>
#include <set>
#include <sstream>
#include <string>

using namespace std::chrono_literals;
using kpi::shop::Column;
using kpi::shop::Table;
using kpi::shop::Type;
using kpi::shop::test::Shop;
using kpi::shop::test::until;
using kpi::shop::test::usual;

namespace {

std::string script(std::chrono::year_month_day last) {
  std::ostringstream out;
  REQUIRE(kpi::shop::write_postgres_sql(out, last));
  return out.str();
}

/// Rows of undeclared and declared references that point nowhere.
long long orphans(const Shop& shop) {
  long long sum = 0;
  for (const Table& table : kpi::shop::tables()) {
    for (const Column& column : table.columns) {
      if (column.references.empty()) continue;
      const auto key = kpi::shop::key_of(kpi::shop::tables(), column.references);
      REQUIRE_FALSE(key.empty());
      const auto lost =
          shop.count(table.name, fmt::format("{0} IS NOT NULL AND {0} NOT IN (SELECT {1} FROM {2})",
                                             column.name, key, column.references));
      CHECK_MESSAGE(lost == 0, table.name, ".", column.name);
      sum += lost;
    }
  }
  return sum;
}

}  // namespace

TEST_CASE("shop::tables: cover the ten business functions and explain themselves") {
  const auto tables = kpi::shop::tables();
  CHECK(tables.size() >= 28);
  std::set<std::string_view> categories;
  std::set<std::string_view> names;
  std::size_t undeclared = 0;
  for (const Table& table : tables) {
    CAPTURE(table.name);
    CHECK(table.name.starts_with("TB_"));
    CHECK_FALSE(table.comment.empty());
    CHECK(std::ranges::any_of(table.columns, &Column::key));
    categories.insert(table.category);
    names.insert(table.name);
    for (const Column& column : table.columns) {
      CAPTURE(column.name);
      CHECK(kpi::lower(column.name) == column.name);
      if (column.type == Type::money) CHECK(kpi::lower(column.comment).find("cents") != std::string::npos);
      const bool coded = column.name.find("status") != std::string_view::npos && column.type != Type::moment;
      if (coded) CHECK(column.comment.size() > 10);
      if (!column.references.empty() && !column.declared) ++undeclared;
    }
  }
  CHECK(categories.size() == 10);
  CHECK(names.size() == tables.size());
  CHECK(undeclared >= 5);
}

TEST_CASE("shop::tables: every one stands in the README with its function") {
  const auto readme =
      kpi::read_file(std::filesystem::path(kpi::test::source_dir) / "examples/shop/README.md");
  REQUIRE(readme);
  for (const Table& table : kpi::shop::tables())
    CHECK_MESSAGE(readme->find(fmt::format("| `{}` | {} |", table.name, table.category)) != std::string::npos,
                  table.name);
}

TEST_CASE(
    "shop::write_sqlite: holds more than 200,000 rows, none of the tables empty, of the types declared") {
  const Shop& shop = usual();
  static const std::map<Type, std::string> stored{{Type::integer, "'integer'"}, {Type::money, "'integer'"},
                                                  {Type::real, "'real'"},       {Type::text, "'text'"},
                                                  {Type::flag, "'integer'"},    {Type::day, "'text'"},
                                                  {Type::moment, "'text'"},     {Type::json, "'text'"}};
  long long rows = 0;
  for (const Table& table : kpi::shop::tables()) {
    CAPTURE(table.name);
    const auto count = shop.count(table.name);
    CHECK(count > 0);
    rows += count;
    for (const Column& column : table.columns) {
      CAPTURE(column.name);
      const auto& type = stored.at(column.type);
      CHECK(shop.count(table.name, fmt::format("typeof({}) NOT IN ({}, {})", column.name, type,
                                               column.nullable ? "'null'" : type)) == 0);
      if (column.nullable) {
        const auto empty = shop.count(table.name, fmt::format("{} IS NULL", column.name));
        CHECK_MESSAGE((empty > 0 && empty < count), "a nullable column is sometimes empty, not always");
      }
      if (column.type == Type::json)
        CHECK(shop.count(table.name, fmt::format("{0} IS NOT NULL AND NOT json_valid({0})", column.name)) ==
              0);
      if (column.type == Type::money) CHECK(shop.count(table.name, fmt::format("{} < 0", column.name)) == 0);
    }
  }
  CHECK(rows >= 200'000);
}

TEST_CASE("shop::write_sqlite: keeps every comment in kpi_comments") {
  const Shop& shop = usual();
  CHECK(shop.text("SELECT comment FROM kpi_comments WHERE table_name = 'TB_ORDER' AND column_name IS NULL") ==
        "Orders of standard products in the shop");
  CHECK(shop.text("SELECT comment FROM kpi_comments WHERE table_name = 'TB_ORDER' AND column_name = 'status'")
            .starts_with("1: placed / 2: paid"));
  CHECK(shop.count("kpi_comments", "column_name IS NULL") ==
        static_cast<long long>(kpi::shop::tables().size()));
}

TEST_CASE("shop::write_sqlite: every key leads somewhere, declared or not, whatever the last day") {
  static constexpr std::array days{2024y / 2 / 29, 2025y / 3 / 2};
  CHECK(orphans(usual()) == 0);
  for (const auto last : days) {
    CAPTURE(fmt::format("{}-{}", static_cast<int>(last.year()), static_cast<unsigned>(last.month())));
    const Shop shop(last);
    CHECK(orphans(shop) == 0);
    CHECK(shop.number("SELECT count(*) FROM pragma_foreign_key_check") == 0);
  }
}

TEST_CASE("shop::write_sqlite: ends on the last day, with trade in its last 30 days, and knows no future") {
  const Shop& shop = usual();
  struct Case {
    const char* table;
    const char* column;
  };
  static constexpr std::array cases{
      Case{"TB_USER", "created_at"},
      Case{"TB_USER_ACTIVITY_LOG", "occurred_at"},
      Case{"TB_ORDER", "created_at"},
      Case{"TB_ORDER", "completed_at"},
      Case{"TB_SALES_DAILY_STATISTICS", "stat_date"},
      Case{"TB_PRODUCT", "created_at"},
      Case{"TB_PARTNER_REVIEW", "created_at"},
      Case{"TB_RFQ", "created_at"},
      Case{"TB_QUOTATION", "created_at"},
      Case{"TB_PURCHASE_ORDER", "created_at"},
      Case{"TB_PURCHASE_ORDER", "completed_at"},
      Case{"TB_PAYMENT", "paid_at"},
      Case{"TB_REFUND", "completed_at"},
      Case{"TB_SETTLEMENT", "paid_at"},
      Case{"TB_SHIPMENT", "delivered_at"},
      Case{"TB_EQUIPMENT_USAGE_LOG", "usage_date"},
      Case{"TB_EQUIPMENT_MAINTENANCE", "started_at"},
      Case{"TB_SUBSCRIPTION", "started_at"},
      Case{"TB_SUBSCRIPTION_INVOICE", "issued_at"},
      Case{"TB_SERVICE_TICKET", "created_at"},
  };
  for (const auto& c : cases) {
    CAPTURE(c.table);
    CHECK(shop.count(c.table, fmt::format("{} > '2026-10-22'", c.column)) > 0);
  }
  CHECK(shop.count("TB_USER_ACTIVITY_LOG", "occurred_at >= '2026-11-21'") > 0);
  CHECK(shop.text("SELECT min(created_at) FROM TB_ORDER").starts_with("2024-11-2"));
  for (const Table& table : kpi::shop::tables()) {
    for (const Column& column : table.columns) {
      if (column.type != Type::moment) continue;
      CHECK_MESSAGE(shop.count(table.name, fmt::format("{} >= '2026-11-21 04:00:00'", column.name)) == 0,
                    table.name, ".", column.name);
    }
  }
}

TEST_CASE("shop::write_sqlite: trade grows, rests at weekends and follows the seasons") {
  const Shop& shop = usual();
  static constexpr std::array tables{"TB_ORDER", "TB_RFQ", "TB_PAYMENT", "TB_SHIPMENT", "TB_SERVICE_TICKET"};
  for (const char* table : tables) {
    CAPTURE(table);
    CHECK(shop.count(table, "created_at >= '2025-11-22'") * 10 >
          shop.count(table, "created_at < '2025-11-22'") * 12);
  }
  CHECK(shop.count("TB_ORDER", "strftime('%w', created_at) IN ('0', '6')") * 8 < shop.count("TB_ORDER"));
  CHECK(shop.count("TB_ORDER", "created_at LIKE '2026-08%'") <
        shop.count("TB_ORDER", "created_at LIKE '2026-06%'"));
  CHECK(shop.count("TB_ORDER", "created_at LIKE '2026-08%'") <
        shop.count("TB_ORDER", "created_at LIKE '2026-10%'"));
}

TEST_CASE("shop::write_sqlite: the statistics agree with what they sum up") {
  const Shop& shop = usual();
  CHECK(shop.number("SELECT sum(order_count) FROM TB_USER_MONTHLY_STATISTICS") == shop.count("TB_ORDER"));
  CHECK(shop.number("SELECT sum(rfq_count) FROM TB_USER_MONTHLY_STATISTICS") == shop.count("TB_RFQ"));
  CHECK(shop.number("SELECT sum(spent_amount) FROM TB_USER_MONTHLY_STATISTICS") ==
        shop.number(
            "SELECT sum(total_amount) FROM TB_ORDER WHERE paid_at IS NOT NULL AND cancelled_at IS NULL"));
  CHECK(shop.number("SELECT sum(quotation_count) FROM TB_PARTNER_MONTHLY_STATISTICS") ==
        shop.count("TB_QUOTATION"));
  CHECK(shop.number("SELECT sum(completed_amount) FROM TB_PARTNER_MONTHLY_STATISTICS") ==
        shop.number("SELECT sum(total_amount) FROM TB_PURCHASE_ORDER WHERE status = 5"));
  CHECK(
      shop.number("SELECT sum(placed_amount) FROM TB_SALES_DAILY_STATISTICS") ==
      shop.number("SELECT sum(total_amount) FROM TB_ORDER WHERE NOT is_test AND created_at < '2026-11-21'"));
}

TEST_CASE("shop::write_sqlite: people are invented, and test rows are marked and few") {
  const Shop& shop = usual();
  CHECK(shop.count("TB_USER", "email NOT LIKE '%@example.com' OR phone NOT LIKE '%-555-01__'") == 0);
  CHECK(shop.count("TB_PARTNER",
                   "contact_email NOT LIKE '%@example.com' OR contact_phone NOT LIKE '%-555-01__'") == 0);
  CHECK(shop.number("SELECT count(*) - count(DISTINCT email) FROM TB_USER") == 0);
  for (const char* table :
       {"TB_USER", "TB_PARTNER", "TB_ORDER", "TB_RFQ", "TB_PURCHASE_ORDER", "TB_PAYMENT"}) {
    CAPTURE(table);
    CHECK(shop.count(table, "is_test") > 0);
    CHECK(shop.count(table, "is_test") * 20 < shop.count(table));
  }
}

TEST_CASE("shop::write_sqlite: the same last day gives the same file, and replaces an older one") {
  const Shop shop;
  const auto before = kpi::read_file(shop.file());
  REQUIRE(kpi::shop::write_sqlite(shop.file(), until));
  const auto after = kpi::read_file(shop.file());
  REQUIRE(before);
  REQUIRE(after);
  CHECK(kpi::sha256_hex(*before) == kpi::sha256_hex(*after));
}

TEST_CASE("shop::write_sqlite: refuses a day that is none and a folder that is not there") {
  const Shop& shop = usual();
  const auto no_day = kpi::shop::write_sqlite(shop.folder() / "x.db", 2025y / 2 / 29);
  REQUIRE_FALSE(no_day);
  CHECK(no_day.error().code == "shop.bad_date");
  const auto no_folder = kpi::shop::write_sqlite(shop.folder() / "missing" / "x.db", until);
  REQUIRE_FALSE(no_folder);
  CHECK(no_folder.error().fault == kpi::Fault::machine);
  CHECK(no_folder.error().code == "file.unwritable");
}

TEST_CASE("shop::write_postgres_sql: the same bytes on every machine") {
  const auto first = script(until);
  CHECK(first == script(until));
  CHECK(first != script(2026y / 11 / 20));
  // A new hash here is a new shop: change it together with what was meant to change.
  CHECK(kpi::sha256_hex(first) == "caac522eb89fb257efe4ab027786e02c8f9cb44f98927c34975cd6b39b696c33");
}

TEST_CASE("shop::write_postgres_sql: holds the rows of the SQLite file, a cell for every column") {
  const Shop& shop = usual();
  std::istringstream lines(script(until));
  std::string line;
  std::string table;
  std::ptrdiff_t columns = 0;
  std::map<std::string, long long> counts;
  while (std::getline(lines, line)) {
    if (table.empty() && line.starts_with("COPY ")) {
      table = line.substr(5, line.find(' ', 5) - 5);
      columns = std::ranges::count(line, ',') + 1;
    } else if (line == "\\.") {
      table.clear();
    } else if (!table.empty()) {
      ++counts[table];
      if (std::ranges::count(line, '\t') + 1 != columns) FAIL_CHECK(table, ": ", line);
    }
  }
  CHECK(counts.size() == kpi::shop::tables().size());
  for (const Table& described : kpi::shop::tables()) {
    CAPTURE(described.name);
    CHECK(counts[kpi::lower(described.name)] == shop.count(described.name));
  }
}

TEST_CASE("shop::write_postgres_sql: says so when the stream takes no more") {
  std::ostringstream out;
  out.setstate(std::ios::badbit);
  const auto written = kpi::shop::write_postgres_sql(out, until);
  REQUIRE_FALSE(written);
  CHECK(written.error().code == "shop.unwritable");
}
