// What a KPI of the rules says is what its statement counts: each case is a trap that data lays.
#include "llm/rules_run.hpp"
#include "support/paths.hpp"

#include <kpi/base/text.hpp>
#include <kpi/config/resources.hpp>
#include <kpi/llm/rules_column.hpp>
#include <kpi/llm/rules_words.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <initializer_list>
#include <limits>

using namespace kpi;
using test::all;
using test::any_name_has;
using test::called;
using test::Cells;
using test::cells_of;
using test::database;
using test::field;
using test::or_null;
using test::seen;
using test::table;
using test::to;
using test::Writer;

namespace {

model::Database test_orders() {
  return database(
      {table("TB_USER", {field("user_id", "Integer"), or_null(field("user_title", "Text")),
                         field("region", "Text", "north / south"), or_null(field("deleted_at", "DateTime"))}),
       table("TB_ORDER",
             {field("order_id", "Integer"), or_null(to(field("user_id", "Integer"), "TB_USER", "user_id")),
              field("status", "Text", "open / done"), field("is_test", "Boolean"),
              field("created_at", "DateTime")}),
       table("TB_ORDER_ITEM",
             {field("item_id", "Integer"), to(field("order_id", "Integer"), "TB_ORDER", "order_id"),
              field("item_amount", "Integer")})});
}

test::Rows test_order_rows() {
  return test::rows(R"(
    CREATE TABLE TB_USER (user_id INTEGER PRIMARY KEY, user_title TEXT, region TEXT, deleted_at DATETIME);
    CREATE TABLE TB_ORDER (order_id INTEGER PRIMARY KEY, user_id INTEGER, status TEXT, is_test BOOLEAN,
      created_at DATETIME);
    CREATE TABLE TB_ORDER_ITEM (item_id INTEGER PRIMARY KEY, order_id INTEGER, item_amount INTEGER);
    INSERT INTO TB_USER VALUES (1,'A','north',NULL),(2,NULL,'south',NULL),(3,'C','south','2026-03-01');
    INSERT INTO TB_ORDER VALUES (1,1,'done',0,'2026-08-01'),(2,2,'done',0,'2026-08-02'),(3,2,'done',0,'2026-08-03'),
      (4,1,'done',1,'2026-08-03'),(5,3,'open',0,'2026-08-04'),(6,NULL,'open',0,'2026-08-05');
    INSERT INTO TB_ORDER_ITEM VALUES (1,1,10),(2,2,20),(3,3,40),(4,4,7000),(5,5,80);)");
}

}  // namespace

TEST_CASE("llm::Rules: no test or deleted row comes in through a join, and the description says so") {
  Writer writer(test_orders());
  const auto rows = test_order_rows();
  const auto items = writer.kpis("TB_ORDER_ITEM", all);
  CHECK(cells_of(rows, items, "Item Amount of Order Items by Order Status") ==
        Cells{"open", "80", "done", "70"});
  CHECK(called(items, "Item Amount of Order Items by Order Status")
            ->description.find("Test rows are left out") != std::string::npos);
  CHECK(called(items, "Total Item Amount of Order Items")->description.find("left out") == std::string::npos);
  const auto orders = writer.kpis("TB_ORDER", all);
  CHECK(cells_of(rows, orders, "Orders by User Region") == Cells{"south", "2", "66.7", "north", "1", "33.3"});
  CHECK(
      called(orders, "Orders by User Region")->description.find("Test rows and deleted rows are left out") !=
      std::string::npos);
  const auto users = writer.kpis("TB_USER", all);
  CHECK(cells_of(rows, users, "Users with Orders in the Last 90 Days") == Cells{"2"});
  CHECK(cells_of(rows, users, "Share of Users with Only One Order") == Cells{"50.0"});
}

TEST_CASE("llm::Rules: rows without a key are nobody's, rows without a name are called by their key") {
  Writer writer(test_orders());
  const auto rows = test_order_rows();
  const auto users = writer.kpis("TB_USER", all);
  CHECK(cells_of(rows, users, "Users with Orders by Month") == Cells{"2026-08-01", "2", "3"});
  CHECK(cells_of(rows, users, "Top 10 Users by Orders") == Cells{"2", "2", "A", "1"});
  const auto orders = writer.kpis("TB_ORDER", all);
  CHECK(cells_of(rows, orders, "Top 10 Users by Orders") == Cells{"2", "2", "A", "1"});
}

TEST_CASE("llm::Rules: what was taken out of a cart is an outcome and no deleted row") {
  for (const char* name : {"marketplace", "ecommerce"}) {
    CAPTURE(name);
    Writer writer(database({table(
        "TB_CART_ITEM", {field("item_id", "Integer"), to(field("user_id", "Integer"), "TB_USER", "user_id"),
                         field("created_at", "DateTime"), or_null(field("ordered_at", "DateTime")),
                         or_null(field("removed_at", "DateTime"))})}));
    const auto domain = config::read_domain(kpi::test::source_dir, name);
    REQUIRE(domain);
    writer.domain = *domain;
    const auto rows = test::rows(R"(
      CREATE TABLE TB_CART_ITEM (item_id INTEGER PRIMARY KEY, user_id INTEGER, created_at DATETIME,
        ordered_at DATETIME, removed_at DATETIME);
      INSERT INTO TB_CART_ITEM VALUES (1,1,'2026-08-01',NULL,NULL),(2,1,'2026-08-01','2026-08-02',NULL),
        (3,2,'2026-08-01',NULL,'2026-08-05'),(4,2,'2026-08-01',NULL,NULL);)");
    const auto kpis = writer.kpis("TB_CART_ITEM", all);
    CHECK(cells_of(rows, kpis, "Total Cart Items") == Cells{"4"});
    CHECK(
        called(kpis, "Total Cart Items")->description.find("Rows whose removed_at is set are counted, too") !=
        std::string::npos);
    CHECK(cells_of(rows, kpis, "Removed Rate of Cart Items") == Cells{"25.0"});
    CHECK(called(kpis, "Removed Rate of Cart Items")->business_value.find("conversion") == std::string::npos);
    CHECK(cells_of(rows, kpis, "Open Cart Items") == Cells{"2", "50.0"});
    CHECK_FALSE(any_name_has(kpis, "Funnel"));
    CHECK_FALSE(any_name_has(kpis, "Ordered to Removed"));
  }
}

TEST_CASE("llm::Rules: rows of a statistic are not counted as the things that it is of") {
  auto stock =
      table("TB_PRODUCT_STOCK_SNAPSHOT", {to(field("product_id", "Integer"), "TB_PRODUCT", "product_id"),
                                          field("day", "Date"), field("stock_quantity", "Integer")});
  stock.primary_key = {"product_id", "day"};
  stock.role = model::Role::snapshot;
  stock.measures = {{"stock_quantity", {"sum", "avg"}, "count"}};
  Writer writer(
      database({table("TB_PRODUCT", {field("product_id", "Integer"), field("name", "Text")}), stock}));
  const auto rows = test::rows(R"(
    CREATE TABLE TB_PRODUCT (product_id INTEGER PRIMARY KEY, name TEXT);
    CREATE TABLE TB_PRODUCT_STOCK_SNAPSHOT (product_id INTEGER, day DATE, stock_quantity INTEGER);
    INSERT INTO TB_PRODUCT VALUES (1,'A'),(2,'B');
    INSERT INTO TB_PRODUCT_STOCK_SNAPSHOT VALUES (1,'2026-07-15',1),(2,'2026-07-15',1),(1,'2026-07-31',10),
      (2,'2026-07-31',20),(1,'2026-08-31',33);)");
  const auto kpis = writer.kpis("TB_PRODUCT_STOCK_SNAPSHOT", all);
  for (const char* wrong : {"Total Product Stock", "Product Stock by Month", "New Product Stock",
                            "Repeat Rate", "Monthly Active", "Product Stock per Product"}) {
    CAPTURE(wrong);
    CHECK_FALSE(std::any_of(kpis.begin(), kpis.end(),
                            [&](const auto& kpi) { return kpi.name.rfind(wrong, 0) == 0; }));
  }
  CHECK(cells_of(rows, kpis, "Products in Product Stock Snapshot") == Cells{"2"});
  CHECK(cells_of(rows, kpis, "Products in Product Stock Snapshot by Month") ==
        Cells{"2026-07-01", "2", "2026-08-01", "1"});
  CHECK(cells_of(rows, kpis, "Stock Quantity of Product Stock at Month End") ==
        Cells{"2026-07-01", "30", "2026-08-01", "33"});
  CHECK(cells_of(rows, kpis, "Latest Total Stock Quantity of Product Stock") == Cells{"33"});
  CHECK(cells_of(rows, kpis, "Top 10 Products by Latest Stock Quantity of Product Stock") ==
        Cells{"A", "33"});
  for (const auto& kpi : writer.kpis("TB_PRODUCT", all)) {
    CAPTURE(kpi.name);
    const bool counts_rows = kpi.tables.size() > 1 && kpi.result.unit == model::Unit::count &&
                             kpi.sql.find("stock_quantity") == std::string::npos;
    CHECK_FALSE(counts_rows);
  }
}

TEST_CASE("llm::Rules: late is what is open past its day or came after it, not what was done long ago") {
  Writer writer(database(
      {table("TB_SHIPMENT", {field("shipment_id", "Integer"), field("created_at", "DateTime"),
                             field("status", "Text", "ready / shipped / delivered / cancelled"),
                             field("promised_date", "Date"), or_null(field("shipped_at", "DateTime")),
                             or_null(field("delivered_at", "DateTime"))})}));
  const auto rows = test::rows(R"(
    CREATE TABLE TB_SHIPMENT (shipment_id INTEGER PRIMARY KEY, created_at DATETIME, status TEXT, promised_date DATE,
      shipped_at DATETIME, delivered_at DATETIME);
    INSERT INTO TB_SHIPMENT VALUES
      (1,'2026-06-01','delivered','2026-06-10','2026-06-02','2026-06-10 15:00:00'),
      (2,'2026-06-01','delivered','2026-06-10','2026-06-02','2026-06-11'),
      (3,'2026-06-01','cancelled','2026-06-10',NULL,NULL),
      (4,'2026-06-01','shipped','2026-06-10','2026-06-03',NULL),
      (5,'2026-08-01','ready','2026-08-20',NULL,NULL);)");
  const auto kpis = writer.kpis("TB_SHIPMENT", all);
  // Open are the fourth and the fifth; the data ends on 2026-08-01, before the fifth is due.
  CHECK(cells_of(rows, kpis, "Open Shipments past Their Promised Date") == Cells{"2", "1", "50.0"});
  // In time: the first of the first, the second and the fourth.
  CHECK(cells_of(rows, kpis, "On-Time Rate of Shipments (Delivered by Promised Date)") == Cells{"3", "33.3"});
  CHECK_FALSE(any_name_has(kpis, "Share of Shipments past"));
}

TEST_CASE("llm::Rules: what lies in stock does not flow, whatever it is worth") {
  auto products = table("TB_PRODUCT", {field("product_id", "Integer"), field("kind", "Text", "a / b"),
                                       field("unit_price", "Integer"), field("stock_quantity", "Integer"),
                                       field("created_at", "DateTime")});
  products.measures = {{"unit_price", {"avg"}, "currency"}, {"stock_quantity", {"sum", "avg"}, "count"}};
  Writer writer(database({products}));
  const auto rows = test::rows(R"(
    CREATE TABLE TB_PRODUCT (product_id INTEGER PRIMARY KEY, kind TEXT, unit_price INTEGER, stock_quantity INTEGER,
      created_at DATETIME);
    INSERT INTO TB_PRODUCT VALUES (1,'a',2,10,'2026-06-01'),(2,'a',3,10,'2026-08-01'),(3,'b',5,1,'2026-08-01');)");
  const auto kpis = writer.kpis("TB_PRODUCT", all);
  CHECK(cells_of(rows, kpis, "Total Stock Value of Products") == Cells{"55"});
  CHECK(cells_of(rows, kpis, "Stock Value of Products by Kind") == Cells{"a", "50", "2", "b", "5", "1"});
  CHECK_FALSE(any_name_has(kpis, "Stock Value of Products by Month"));
  CHECK_FALSE(any_name_has(kpis, "Stock Value of Products in the Last 30 Days"));
  CHECK_FALSE(any_name_has(kpis, "Stock Value of Products: Month over Month Growth"));
}

TEST_CASE("llm::Rules: a rate of how things stand is told by cohort, never by what only the outcome sets") {
  Writer writer(database(
      {table("TB_CONTRACT", {field("contract_id", "Integer"), field("status", "Text", "active / cancelled"),
                             or_null(field("cancel_reason", "Text", "price / other")),
                             field("channel", "Text", "web / phone"), field("started_at", "DateTime"),
                             or_null(field("cancelled_at", "DateTime"))})}));
  const auto kpis = writer.kpis("TB_CONTRACT", all);
  CHECK(called(kpis, "Cancelled Rate of Contracts by Month") == nullptr);
  const auto* cohorts = called(kpis, "Cancelled Rate of Contracts by Month Started");
  REQUIRE(cohorts != nullptr);
  CHECK(cohorts->description.find("as things stand today") != std::string::npos);
  CHECK(called(kpis, "Active Rate of Contracts by Channel") != nullptr);
  CHECK_FALSE(any_name_has(kpis, "Rate of Contracts by Cancel Reason"));
  CHECK_FALSE(any_name_has(kpis, "Rate of Contracts by Status"));
}

TEST_CASE("llm::Rules: growth is against the month before, not against the last that had any") {
  auto sales = table("TB_SALE", {field("sale_id", "Integer"), field("total_amount", "Integer"),
                                 field("created_at", "DateTime")});
  Writer writer(database({sales}));
  const auto rows = test::rows(R"(
    CREATE TABLE TB_SALE (sale_id INTEGER PRIMARY KEY, total_amount INTEGER, created_at DATETIME);
    INSERT INTO TB_SALE VALUES (1,10,'2026-01-05'),(2,30,'2026-03-05'),(3,15,'2026-04-05'),(4,1,'2026-05-05');)");
  const auto kpis = writer.kpis("TB_SALE", all);
  CHECK(cells_of(rows, kpis, "Sales: Month over Month Growth") ==
        Cells{"2026-01-01", "1", "NULL", "2026-03-01", "1", "NULL", "2026-04-01", "1", "0.0"});
  CHECK(cells_of(rows, kpis, "Total Amount of Sales: Month over Month Growth") ==
        Cells{"2026-01-01", "10", "NULL", "2026-03-01", "30", "NULL", "2026-04-01", "15", "-50.0"});
}

TEST_CASE("llm::Rules: a month is not cut by windows of days") {
  Writer writer(database({table(
      "TB_SETTLEMENT", {field("settlement_id", "Integer"),
                        to(field("partner_id", "Integer"), "TB_PARTNER", "id"), field("period_month", "Date"),
                        field("gross_amount", "Integer"), or_null(field("paid_at", "DateTime"))})}));
  const auto kpis = writer.kpis("TB_SETTLEMENT", all);
  CHECK(called(kpis, "Settlements by Month (by Period Month)") != nullptr);
  for (const auto& kpi : kpis) {
    CAPTURE(kpi.name);
    CHECK(kpi.name.find("Days") == std::string::npos);
    CHECK(kpi.name.find("Weekday") == std::string::npos);
  }
}

TEST_CASE("llm::Rules: nothing is ranked or shared out where it is one or all by construction") {
  auto reviews = table("TB_REVIEW", {field("review_id", "Integer"),
                                     to(seen(field("item_id", "Integer"), 100), "TB_ITEM", "item_id"),
                                     field("rating", "Integer"), field("created_at", "DateTime")});
  auto logs =
      table("TB_ITEM_LOG",
            {field("log_id", "Integer"), to(seen(field("item_id", "Integer"), 300), "TB_ITEM", "item_id"),
             field("kind", "Text", "a / b")},
            900);
  Writer writer(
      database({table("TB_ITEM", {field("item_id", "Integer"), field("name", "Text")}, 300), reviews, logs}));
  const auto items = writer.kpis("TB_ITEM", all);
  CHECK(called(items, "Items without Reviews") != nullptr);
  CHECK(called(items, "Top 10 Items by Item Log Entries") != nullptr);
  for (const char* constant :
       {"Top 10 Items by Reviews", "Average Reviews per Item", "Items by Number of Reviews",
        "Share of Items with Only One Review", "Items without Item Log Entries"}) {
    CAPTURE(constant);
    CHECK(called(items, constant) == nullptr);
  }
  CHECK(called(writer.kpis("TB_ITEM_LOG", all), "Share of Items with Item Log Entries") == nullptr);
  CHECK(called(writer.kpis("TB_REVIEW", all), "Share of Items with Reviews") != nullptr);
  CHECK(called(writer.kpis("TB_REVIEW", all), "Top 10 Items by Reviews") == nullptr);
}

TEST_CASE("llm::Rules: a sample of a large log covers its table where no key is left out") {
  auto key = to(seen(field("item_id", "Integer"), 2000), "TB_ITEM", "item_id");
  key.stats->min = 1;
  key.stats->max = 2000;
  const auto items = table("TB_ITEM", {field("item_id", "Integer")}, 11'000);
  const auto log = table("TB_ITEM_LOG", {field("log_id", "Integer"), key}, 50'000);
  CHECK(llm::covers(log, log.fields[1], items));
  auto with_gaps = log;
  with_gaps.fields[1].stats->max = 2400;
  CHECK_FALSE(llm::covers(with_gaps, with_gaps.fields[1], items));
}

TEST_CASE("llm::Rules: who complains or has two addresses is neither active nor loyal") {
  for (const char* name : {"TB_SERVICE_TICKET", "TB_USER_ADDRESS", "TB_SUBSCRIPTION", "TB_REFUND"}) {
    CAPTURE(name);
    Writer writer(
        database({table(name, {field("row_id", "Integer"), to(field("user_id", "Integer"), "TB_USER", "id"),
                               field("created_at", "DateTime")})}));
    const auto kpis = writer.kpis(name, all);
    for (const char* word : {"Active", "Retention", "Repeat", "Returning"})
      CHECK_FALSE(any_name_has(kpis, word));
    CHECK(called(kpis, "Users with " + llm::table_titles(name) + " by Month") != nullptr);
    CHECK(called(kpis, "Share of Users with Two or More " + llm::table_titles(name)) != nullptr);
  }
}

TEST_CASE("llm::ending: sold out is no sale") {
  const auto database = test::shop();
  const auto domain = test::domain();
  const auto meanings = llm::meanings_of(database, domain, database.tables[0],
                                         field("status", "Text", "draft / on_sale / sold_out"));
  CHECK(llm::ending(meanings, llm::Outcome::good).meanings.empty());
  const auto house =
      llm::meanings_of(database, domain, database.tables[0], field("status", "Text", "offered / sold"));
  CHECK(llm::ending(house, llm::Outcome::good).word == "sold");
}

TEST_CASE("llm::may_be_empty: a sample without an empty row does not overrule the schema") {
  auto delivered = or_null(seen(field("delivered_at", "DateTime"), 10'000, 0));
  const auto in_table = [&](std::optional<std::int64_t> rows) {
    auto made = table("TB_SHIPMENT", {field("id", "Integer"), delivered});
    made.row_count = rows;
    return llm::may_be_empty(made, made.fields[1]);
  };
  CHECK(in_table(10'000));  // as many as are looked at, or more
  CHECK(in_table(std::nullopt));
  CHECK_FALSE(in_table(9'999));
  delivered.nullable = false;
  CHECK_FALSE(in_table(10'000));
}

TEST_CASE("llm::is_near_unique: counts of the size of the number type do not overflow") {
  auto made = table("TB_X", {field("id", "Integer"), seen(field("kind", "Text"), 5)}, 9'000);
  CHECK_FALSE(llm::is_near_unique(made, made.fields[1]));
  made.fields[1].stats->distinct = std::numeric_limits<std::int64_t>::max();
  made.row_count = std::numeric_limits<std::int64_t>::max();
  CHECK(llm::is_near_unique(made, made.fields[1]));
}

TEST_CASE("llm::in_prose: keeps acronyms, in sentences and in names of columns") {
  CHECK(llm::in_prose("RFQs") == "RFQs");
  CHECK(llm::in_prose("Average RFQ Items") == "average RFQ items");
  CHECK(llm::column_alias("RFQs") == "rfqs");
  CHECK(llm::column_alias("RFQ Items") == "rfq_items");
  CHECK(llm::column_alias("Total Amount") == "total_amount");
}

TEST_CASE("llm::closed_by: the values after which nothing is to be done") {
  const auto database = test::shop();
  const auto domain = test::domain();
  const auto closed = [&](const char* comment) {
    std::string text;
    const auto values =
        llm::meanings_of(database, domain, database.tables[0], field("status", "Text", comment));
    for (const auto& meaning : llm::closed_by(values)) text += meaning.value + ";";
    return text;
  };
  CHECK(closed("issued / accepted / shipped / completed / cancelled") == "completed;cancelled;");
  CHECK(closed("sent / accepted / declined / expired") == "accepted;declined;expired;");
  CHECK(closed("open / paid / written_off") == "paid;written_off;");
  CHECK(closed("red / green") == "");
}

TEST_CASE("llm::Rules: whose rows are the largest is told by means of five or more") {
  Writer writer(database({table("TB_CARRIER", {field("carrier_id", "Integer"), field("name", "Text")}),
                          table("TB_PARCEL", {field("parcel_id", "Integer"),
                                              to(field("carrier_id", "Integer"), "TB_CARRIER", "carrier_id"),
                                              field("cost_amount", "Integer")})}));
  const auto rows = test::rows(R"(
    CREATE TABLE TB_CARRIER (carrier_id INTEGER PRIMARY KEY, name TEXT);
    CREATE TABLE TB_PARCEL (parcel_id INTEGER PRIMARY KEY, carrier_id INTEGER, cost_amount INTEGER);
    INSERT INTO TB_CARRIER VALUES (1,'dear'),(2,'cheap'),(3,'rare');
    INSERT INTO TB_PARCEL (carrier_id, cost_amount) VALUES (1,9),(1,9),(1,9),(1,9),(1,10),(2,1),(2,1),(2,1),(2,1),(2,1),
      (3,900);)");
  CHECK(cells_of(rows, writer.kpis("TB_CARRIER", all), "Top 10 Carriers by Average Cost per Parcel") ==
        Cells{"dear", "9.2", "cheap", "1.0"});
}
