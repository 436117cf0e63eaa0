#include "llm/rules_run.hpp"

#include <kpi/base/text.hpp>
#include <kpi/llm/rules_words.hpp>

#include <set>

using namespace kpi;
using test::cells;
using test::names;
using test::Writer;

namespace {

constexpr const char* tables[] = {"TB_USER", "TB_ORDER", "TB_ORDER_ITEM"};

/// The shop's tables with a few rows.
test::Rows filled_shop() {
  return test::rows(R"(
    CREATE TABLE TB_USER (user_id INTEGER PRIMARY KEY, user_name TEXT, email TEXT, region TEXT, joined_at DATETIME);
    CREATE TABLE TB_ORDER (order_id INTEGER PRIMARY KEY, user_id INTEGER, status INTEGER, channel TEXT, site TEXT,
      total_amount INTEGER, weight_kg REAL, is_gift BOOLEAN, is_test BOOLEAN, created_at DATETIME,
      completed_at DATETIME, note TEXT);
    CREATE TABLE TB_ORDER_ITEM (order_id INTEGER, line_no INTEGER, quantity INTEGER);
    INSERT INTO TB_USER VALUES (1,'A','a@x','north','2026-01-02 10:00:00'),(2,'B','b@x','south','2026-02-02 10:00:00');
    INSERT INTO TB_ORDER VALUES
      (1,1,2,'web','s',1050,1.5,1,0,'2026-07-01 08:00:00','2026-07-03 08:00:00',NULL),
      (2,1,3,'web','s',2000,NULL,0,0,'2026-08-01 09:00:00',NULL,'n'),
      (3,2,1,'phone','s',500,2.5,0,0,'2026-08-20 09:00:00',NULL,'n'),
      (4,2,2,'web','s',99999900,9,0,1,'2026-08-20 09:00:00',NULL,NULL);
    INSERT INTO TB_ORDER_ITEM VALUES (1,1,3),(1,2,1),(2,1,5),(3,1,2);)");
}

}  // namespace

TEST_CASE("llm::Rules: names the KPIs of an order table, the most useful first") {
  CHECK(join(names(Writer().kpis("TB_ORDER")), "\n") ==
        R"(Total Orders
New Orders in the Last 30 Days
Orders by Month
Total Amount of Orders
Total Amount of Orders by Month
Delivered Rate of Orders
Orders by Status
Total Amount of Orders in the Last 30 Days
Monthly Active Users (Orders)
Cancelled Rate of Orders
Active Users in the Last 30 Days (Orders)
Completed Rate of Orders
Average Amount per Order
Total Amount of Orders by Status
Total Amount of Orders: Month over Month Growth
Orders by Channel
Average Days from Created to Completed per Order
Total Amount of Orders by User Region
Orders by User Region
Orders without Order Items)");
}

TEST_CASE("llm::Rules: what the tables that point to one say of both is not said again, but to fill up") {
  auto database = test::shop();
  auto& users = database.tables.front();
  for (const char* name : {"tier", "segment", "country", "source", "language"}) {
    users.fields.push_back(test::field(name, "Text"));
    users.dimensions.emplace_back(name);
  }
  Writer writer(std::move(database));
  const auto of_orders = names(writer.kpis("TB_ORDER", 100));
  const auto said_twice = [&](int least) {
    llm::RulesGenerator rules(writer.clock);
    const auto draft = rules.generate(
        {writer.database, *writer.database.table("TB_USER"), writer.domain, "default", least, 100},
        writer.spent, {});
    REQUIRE(draft);
    CHECK(draft->kpis.size() >= 10);
    return std::count_if(draft->kpis.begin(), draft->kpis.end(), [&](const model::Kpi& kpi) {
      return std::find(of_orders.begin(), of_orders.end(), kpi.name) != of_orders.end();
    });
  };
  CHECK(said_twice(10) == 3);  // a table with keys has three that join a neighbour, whoever says them too
  CHECK(said_twice(100) > 3);  // there is more to leave out
}

TEST_CASE("llm::Rules: writes 15 to 20 for every table, no two alike") {
  Writer writer;
  for (const char* table : tables) {
    CAPTURE(table);
    const auto kpis = writer.kpis(table);
    CHECK(kpis.size() >= 15);
    CHECK(kpis.size() <= 20);
    std::set<std::string> titles;
    std::set<std::string> statements;
    for (const auto& kpi : kpis) {
      CHECK(titles.insert(name_key(kpi.name)).second);
      CHECK(statements.insert(kpi.sql).second);
      CHECK_FALSE(kpi.description.empty());
      CHECK_FALSE(kpi.business_value.empty());
      CHECK(kpi.tables.front() == table);
    }
  }
  CHECK(writer.kpis("TB_ORDER", 4).size() == 4);
}

TEST_CASE("llm::Rules: every statement runs, also those beyond the best twenty") {
  Writer writer;
  const auto database = filled_shop();
  for (const char* table : tables) {
    for (const auto& kpi : writer.kpis(table, 200)) {
      CAPTURE(kpi.name);
      CHECK_FALSE(kpi.sql.empty());
      cells(database.get(), kpi.sql);
    }
  }
}

TEST_CASE("llm::Rules: figures are right on known rows") {
  Writer writer;
  const auto database = filled_shop();
  const auto kpis = writer.kpis("TB_ORDER", 200);
  const auto value = [&](const char* name) { return test::cells_of(database, kpis, name).front(); };
  CHECK(value("Total Orders") == "3");  // the test row is left out
  CHECK(value("Total Amount of Orders") == "35.5");
  CHECK(value("Average Amount per Order") == "11.83");
  CHECK(value("Delivered Rate of Orders") == "33.3");
  CHECK(value("Gift Share of Orders") == "33.3");
  CHECK(value("Average Days from Created to Completed per Order") == "2.0");
  CHECK(value("Repeat Rate of Users (Orders)") == "50.0");
  CHECK(value("New Orders in the Last 30 Days") == "2");  // up to the latest order, not up to today
}

TEST_CASE("llm::Rules: personal columns are never read") {
  Writer writer;
  for (const char* table : tables) {
    for (const auto& kpi : writer.kpis(table, 200)) {
      CHECK(kpi.sql.find("user_name") == std::string::npos);
      CHECK(kpi.sql.find("email") == std::string::npos);
    }
  }
}

TEST_CASE("llm::Rules: a column of one value is no KPI") {
  for (const auto& kpi : Writer().kpis("TB_ORDER", 200)) CHECK(kpi.sql.find("site") == std::string::npos);
}

TEST_CASE("llm::Rules: codes are shown by their meanings, money by whole units") {
  for (const auto& kpi : Writer().kpis("TB_ORDER", 200)) {
    if (kpi.name == "Orders by Status") CHECK(kpi.sql.find("WHEN 2 THEN 'delivered'") != std::string::npos);
    if (kpi.name == "Total Amount of Orders") {
      CHECK(kpi.sql.find("/ 100.0") != std::string::npos);
      CHECK(kpi.description.find("minor units") != std::string::npos);
      CHECK(kpi.result.unit == model::Unit::currency);
    }
  }
}

TEST_CASE("llm::Rules: at least three KPIs of a table with keys join a neighbour") {
  for (const char* table : tables) {
    int joined = 0;
    for (const auto& kpi : Writer().kpis(table)) joined += kpi.tables.size() > 1 ? 1 : 0;
    CAPTURE(table);
    CHECK(joined >= 3);
  }
}

TEST_CASE("llm::Rules: windows end today where the data goes on") {
  auto database = test::shop();
  auto& time = database.tables[1].fields[9];
  time.stats = model::FieldStats{};
  time.stats->latest = "2026-09-20T10:00:00Z";  // a day before the clock's
  for (const auto& kpi : Writer(std::move(database)).kpis("TB_ORDER")) {
    if (kpi.name == "New Orders in the Last 30 Days") {
      CHECK(kpi.sql.find("date('now', '-29 days')") != std::string::npos);
      CHECK(kpi.sql.find("MAX(") == std::string::npos);
    }
  }
}

TEST_CASE("llm::Rules: breakdowns are ordered and limited, series ordered, nothing selects everything") {
  for (const auto dialect : {model::Dialect::sqlite, model::Dialect::postgres, model::Dialect::generic}) {
    Writer writer(test::shop(dialect));
    for (const char* table : tables) {
      for (const auto& kpi : writer.kpis(table, 200)) {
        CAPTURE(kpi.sql);
        CHECK(kpi.sql.find("SELECT *") == std::string::npos);
        CHECK(kpi.sql.find(';') == std::string::npos);
        if (kpi.result.shape == model::Shape::series || kpi.result.shape == model::Shape::breakdown)
          CHECK(kpi.sql.find("\nORDER BY ") != std::string::npos);
      }
    }
  }
}

TEST_CASE("llm::meanings_of: reads what a comment says of a column's values") {
  const auto database = test::shop();
  auto domain = test::domain();
  const auto of = [&](const char* type, const char* comment) {
    std::string text;
    for (const auto& meaning :
         llm::meanings_of(database, domain, database.tables[0], test::field("x", type, comment)))
      text += meaning.value + "=" + meaning.label + ";";
    return text;
  };
  CHECK(of("Integer", "1: placed / 2: paid by card, 3 = sent") == "1=placed;2=paid by card;3=sent;");
  CHECK(of("Text", "card / bank_transfer; empty if free") == "card=card;bank_transfer=bank_transfer;");
  CHECK(of("Integer", "The codes of TB_ORDER.status") == "1=placed;2=delivered;3=cancelled;");
  CHECK(of("Text", "A remark / note of two words") == "");
  CHECK(of("Integer", "Pieces") == "");
  auto secret = test::personal(test::field("x", "Text", "a / b"));
  CHECK(llm::meanings_of(database, domain, database.tables[0], secret).empty());
  domain.value_meanings = {{"TB_USER.x", {{"1", "yes"}, {"2", "no"}}}};
  CHECK(of("Integer", "1: placed / 2: paid by card") == "1=yes;2=no;");  // the domain's word counts
}

TEST_CASE("llm::table_titles: says table names as people would") {
  CHECK(llm::table_titles("TB_ORDER_ITEM") == "Order Items");
  CHECK(llm::table_titles("InvoiceLine") == "Invoice Lines");
  CHECK(llm::table_titles("tb_rfq") == "RFQs");
  CHECK(llm::table_titles("TB_EQUIPMENT") == "Equipment");
  CHECK(llm::table_titles("TB_DELIVERY") == "Deliveries");
  CHECK(llm::table_titles("TB_STATISTICS_USER") == "Statistics Users");
}
