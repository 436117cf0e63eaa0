// What a demanding reader would send back: each case is a KPI that ran, and that nobody would show a manager.
#include "llm/rules_run.hpp"

#include <kpi/llm/rules_column.hpp>
#include <kpi/llm/rules_words.hpp>

#include <doctest/doctest.h>

#include <algorithm>

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
using test::to;
using test::Writer;

namespace {

model::Table table(std::string name, model::Role role, std::vector<model::Field> fields,
                   std::int64_t rows = 100) {
  auto made = test::table(std::move(name), std::move(fields), rows);
  made.role = role;
  return made;
}

bool says(const model::Kpi* kpi, std::string_view text) {
  REQUIRE(kpi != nullptr);
  return kpi->description.find(text) != std::string::npos;
}

using model::Role;

}  // namespace

TEST_CASE("llm::Rules: two of one name are told apart, and a name that most lack is none") {
  Writer writer(database(
      {table("TB_EMPLOYEE", Role::dimension, {field("id", "Integer"), seen(field("title", "Text"), 2)}, 3),
       table("TB_VISIT", Role::fact,
             {field("visit_id", "Integer"), to(field("employee_id", "Integer"), "TB_EMPLOYEE", "id")})}));
  const auto rows = test::rows(R"(
    CREATE TABLE TB_EMPLOYEE (id INTEGER PRIMARY KEY, title TEXT);
    CREATE TABLE TB_VISIT (visit_id INTEGER PRIMARY KEY, employee_id INTEGER);
    INSERT INTO TB_EMPLOYEE VALUES (1,'Agent'),(2,'Agent'),(3,'Clerk');
    INSERT INTO TB_VISIT VALUES (1,1),(2,1),(3,2);)");
  CHECK(cells_of(rows, writer.kpis("TB_VISIT", all), "Top 10 Employees by Visits") ==
        Cells{"Agent (1)", "2", "Agent (2)", "1"});
  CHECK(cells_of(rows, writer.kpis("TB_EMPLOYEE", all), "Top 10 Employees by Visits") ==
        Cells{"Agent (1)", "2", "Agent (2)", "1"});

  const auto named = [](std::vector<model::Field> fields) {
    return llm::label_of(table("TB_CUSTOMER", Role::dimension, std::move(fields)));
  };
  CHECK(named({field("id", "Integer"), seen(or_null(field("company_name", "Text")), 10, 0.8)}) == nullptr);
  CHECK(named({field("id", "Integer"), field("postal_code", "Text")}) == nullptr);
  CHECK(named({field("id", "Integer"), seen(field("postal_code", "Text"), 100)}) == nullptr);
  CHECK(named({field("id", "Integer"), field("customer_code", "Text")}) != nullptr);
}

TEST_CASE("llm::Rules: whoever is counted by key alone is no test user") {
  Writer writer(database(
      {table("TB_USER", Role::dimension,
             {field("user_id", "Integer"), field("is_test", "Boolean"), field("created_at", "DateTime")}),
       table("TB_ORDER", Role::fact,
             {field("order_id", "Integer"), to(field("user_id", "Integer"), "TB_USER", "user_id"),
              field("created_at", "DateTime")})}));
  const auto rows = test::rows(R"(
    CREATE TABLE TB_USER (user_id INTEGER PRIMARY KEY, is_test BOOLEAN, created_at DATETIME);
    CREATE TABLE TB_ORDER (order_id INTEGER PRIMARY KEY, user_id INTEGER, created_at DATETIME);
    INSERT INTO TB_USER VALUES (1,0,'2026-01-01'),(2,0,'2026-01-01'),(9,1,'2026-01-01');
    INSERT INTO TB_ORDER VALUES (1,1,'2026-08-01'),(2,1,'2026-08-01 09:00:00'),(3,2,'2026-08-02'),(4,2,'2026-08-03'),
      (5,9,'2026-08-04'),(6,9,'2026-08-05');)");
  const auto kpis = writer.kpis("TB_ORDER", all);
  CHECK(cells_of(rows, kpis, "Active Users in the Last 30 Days (Orders)") == Cells{"2"});
  CHECK(cells_of(rows, kpis, "Monthly Active Users (Orders)") == Cells{"2026-08-01", "2", "2.0"});
  CHECK(cells_of(rows, kpis, "Users with Orders") == Cells{"2"});
  CHECK(cells_of(rows, kpis, "Orders per User") == Cells{"2.0", "2"});
  const auto* active = called(kpis, "Users with Orders");
  CHECK(says(active, "Test rows are left out."));
  CHECK(active->tables == std::vector<std::string>{"TB_ORDER", "TB_USER"});
  // One user ordered twice on one day, the other on two days.
  CHECK(cells_of(rows, kpis, "Repeat Rate of Users (Orders)") == Cells{"50.0"});
  CHECK(says(called(kpis, "Repeat Rate of Users (Orders)"), "two different days"));
}

TEST_CASE("llm::Rules: windows over a child's times say where they end") {
  auto ordered = field("created_at", "DateTime");
  ordered.stats.emplace().latest = "2025-01-31T00:00:00Z";
  Writer writer(
      database({table("TB_USER", Role::dimension, {field("user_id", "Integer"), field("name", "Text")}),
                table("TB_ORDER", Role::fact,
                      {field("order_id", "Integer"), to(field("user_id", "Integer"), "TB_USER", "user_id"),
                       ordered})}));
  for (const char* name : {"Users with Orders in the Last 90 Days", "Users with Orders by Month"})
    CHECK(
        says(called(writer.kpis("TB_USER", all), name), "Windows end at the latest created_at in the data."));
}

TEST_CASE("llm::Rules: a line of one piece is worth its price") {
  Writer writer(database({table(
      "InvoiceLine", Role::fact,
      {field("id", "Integer"), field("unit_price", "Decimal"), seen(field("quantity", "Integer"), 1)})}));
  const auto rows = test::rows(R"(
    CREATE TABLE InvoiceLine (id INTEGER PRIMARY KEY, unit_price NUMERIC, quantity INTEGER);
    INSERT INTO InvoiceLine VALUES (1,0.5,1),(2,2,1);)");
  CHECK(cells_of(rows, writer.kpis("InvoiceLine", all), "Total Value of Invoice Lines") == Cells{"2.5"});
}

TEST_CASE("llm::Rules: ten of ten are all: no share of the top ten, no fifth of a handful") {
  const auto with_partners = [](std::int64_t partners) {
    return Writer(database(
        {table("TB_PARTNER", Role::dimension, {field("id", "Integer"), field("name", "Text")}, partners),
         table("TB_VISIT", Role::fact,
               {field("visit_id", "Integer"),
                to(seen(field("partner_id", "Integer"), partners), "TB_PARTNER", "id")})}));
  };
  auto few = with_partners(9);
  CHECK_FALSE(any_name_has(few.kpis("TB_VISIT", all), "from the Top Ten Partners"));
  CHECK_FALSE(any_name_has(few.kpis("TB_PARTNER", all), "Busiest Fifth"));
  auto many = with_partners(60);
  CHECK(any_name_has(many.kpis("TB_VISIT", all), "from the Top Ten Partners"));
  CHECK(any_name_has(many.kpis("TB_PARTNER", all), "Busiest Fifth"));
}

TEST_CASE("llm::Rules: what is due has not come: neither new nor active nor grown") {
  Writer writer(
      database({table("TB_TASK", Role::fact,
                      {field("task_id", "Integer"), to(field("user_id", "Integer"), "TB_USER", "id"),
                       field("cost_amount", "Integer"), field("due_date", "Date")})}));
  const auto kpis = writer.kpis("TB_TASK", all);
  for (const char* untrue : {"New ", "Active", "Growth", "Last 30 Days", "Retention", "Repeat Rate"}) {
    CAPTURE(untrue);
    CHECK_FALSE(any_name_has(kpis, untrue));
  }
  CHECK(called(kpis, "Tasks by Month (by Due Date)") != nullptr);
  CHECK(called(kpis, "Cost of Tasks by Month (by Due Date)") != nullptr);
  CHECK(called(kpis, "Users with Tasks by Month (by Due Date)") != nullptr);
}

TEST_CASE("llm::Rules: a log tells when each step is reached, and ranks no single order") {
  Writer writer(database(
      {table("TB_ORDER", Role::fact,
             {field("order_id", "Integer"), field("order_no", "Text"), field("created_at", "DateTime")}),
       table("TB_ORDER_LOG", Role::event_log,
             {field("log_id", "Integer"), to(field("order_id", "Integer"), "TB_ORDER", "order_id"),
              field("status", "Text", "paid / delivered"), field("changed_at", "DateTime")})}));
  const auto rows = test::rows(R"(
    CREATE TABLE TB_ORDER (order_id INTEGER PRIMARY KEY, order_no TEXT, created_at DATETIME);
    CREATE TABLE TB_ORDER_LOG (log_id INTEGER PRIMARY KEY, order_id INTEGER, status TEXT, changed_at DATETIME);
    INSERT INTO TB_ORDER VALUES (1,'a','2026-08-01'),(2,'b','2026-08-10');
    INSERT INTO TB_ORDER_LOG VALUES (1,1,'paid','2026-08-02'),(2,1,'delivered','2026-08-05'),(3,2,'paid','2026-08-13'),
      (4,2,'delivered','2026-08-01');)");
  const auto kpis = writer.kpis("TB_ORDER_LOG", all);
  CHECK(cells_of(rows, kpis, "Average Days from Order Created to Order Log Entry by Status") ==
        Cells{"paid", "2.0", "2", "delivered", "4.0", "1"});
  CHECK(called(kpis, "Average Days from Order Created to Order Log Entry") == nullptr);
  for (const char* of : {"TB_ORDER", "TB_ORDER_LOG"}) {
    CHECK_FALSE(any_name_has(writer.kpis(of, all), "Top 10 Orders by Order Log Entries"));
    CHECK_FALSE(any_name_has(writer.kpis(of, all), "from the Top Ten Orders"));
  }
}

TEST_CASE("llm::Rules: what ends is no conversion, and what is done is no loss") {
  const auto closing = [](Role role) {
    return Writer(database(
        {table("TB_THING", role,
               {field("thing_id", "Integer"), field("created_at", "DateTime"),
                or_null(field("closed_at", "DateTime")), or_null(field("discontinued_at", "DateTime"))})}));
  };
  for (const auto role : {Role::fact, Role::dimension}) {
    auto writer = closing(role);
    const auto kpis = writer.kpis("TB_THING", all);
    const auto* closed = called(kpis, "Closed Rate of Things");
    const auto* discontinued = called(kpis, "Discontinued Rate of Things");
    REQUIRE(closed != nullptr);
    REQUIRE(discontinued != nullptr);
    CHECK((closed->business_value.find("conversion") != std::string::npos) == (role == Role::fact));
    CHECK(discontinued->business_value.find("conversion") == std::string::npos);
    const auto* lasted = called(kpis, "Average Days from Created to Discontinued per Thing");
    REQUIRE(lasted != nullptr);
    CHECK(lasted->business_value.find("speed") == std::string::npos);
  }
}

TEST_CASE("llm::Rules: the prices of all plans have no sum, their subscribers have") {
  auto plans = table(
      "TB_PLAN", Role::dimension,
      {field("plan_id", "Integer"), field("monthly_amount", "Integer"), field("seat_count", "Integer")});
  Writer writer(database({plans}));
  const auto kpis = writer.kpis("TB_PLAN", all);
  CHECK(called(kpis, "Total Monthly Amount of Plans") == nullptr);
  CHECK(called(kpis, "Average Monthly Amount per Plan") != nullptr);
  CHECK(called(kpis, "Total Seat Count of Plans") != nullptr);
  // Four plans have no fifths.
  plans.row_count = 4;
  Writer small(database({plans}));
  CHECK_FALSE(any_name_has(small.kpis("TB_PLAN", all), "Fifths"));
}

TEST_CASE("llm::Rules: whose rows end badly most often is told where enough of them ended") {
  Writer writer(database(
      {table("TB_CARRIER", Role::dimension, {field("carrier_id", "Integer"), field("name", "Text")}),
       table("TB_PARCEL", Role::fact,
             {field("parcel_id", "Integer"), to(field("carrier_id", "Integer"), "TB_CARRIER", "carrier_id"),
              field("status", "Text", "sent / delivered / lost")})}));
  const auto rows = test::rows(R"(
    CREATE TABLE TB_CARRIER (carrier_id INTEGER PRIMARY KEY, name TEXT);
    CREATE TABLE TB_PARCEL (parcel_id INTEGER PRIMARY KEY, carrier_id INTEGER, status TEXT);
    INSERT INTO TB_CARRIER VALUES (1,'good'),(2,'bad'),(3,'rare');
    WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 20)
      INSERT INTO TB_PARCEL SELECT i, 1 + i % 2, CASE WHEN i IN (1,3,5) THEN 'lost' ELSE 'delivered' END FROM n;
    INSERT INTO TB_PARCEL VALUES (90,3,'lost');)");
  const auto kpis = writer.kpis("TB_CARRIER", all);
  CHECK(cells_of(rows, kpis, "Top 10 Carriers by Lost Rate of Parcels") ==
        Cells{"bad", "30.0", "10", "good", "0.0", "10"});
  CHECK(cells_of(rows, kpis, "Top 10 Carriers by Delivered Rate of Parcels") ==
        Cells{"good", "100.0", "10", "bad", "70.0", "10"});
}

TEST_CASE("llm::Rules: a reason that only the lost have is shared out among the lost") {
  Writer writer(database(
      {table("TB_DEAL", Role::fact,
             {field("deal_id", "Integer"), or_null(field("lost_reason", "Text", "price / time"))})}));
  const auto rows = test::rows(R"(
    CREATE TABLE TB_DEAL (deal_id INTEGER PRIMARY KEY, lost_reason TEXT);
    INSERT INTO TB_DEAL VALUES (1,'price'),(2,'price'),(3,'time'),(4,NULL);)");
  const auto kpis = writer.kpis("TB_DEAL", all);
  CHECK(cells_of(rows, kpis, "Deals by Lost Reason") == Cells{"price", "2", "66.7", "time", "1", "33.3"});
  CHECK(says(called(kpis, "Deals by Lost Reason"), "of those that have one"));
}

TEST_CASE("llm::Rules: who has any is compared with who has none") {
  Writer writer(database(
      {table("TB_USER", Role::dimension, {field("user_id", "Integer"), field("credit_amount", "Integer")}),
       table("TB_CHAT", Role::event_log,
             {field("chat_id", "Integer"), to(field("user_id", "Integer"), "TB_USER", "user_id")})}));
  const auto rows = test::rows(R"(
    CREATE TABLE TB_USER (user_id INTEGER PRIMARY KEY, credit_amount INTEGER);
    CREATE TABLE TB_CHAT (chat_id INTEGER PRIMARY KEY, user_id INTEGER);
    INSERT INTO TB_USER VALUES (1,10),(2,20),(3,100);
    INSERT INTO TB_CHAT VALUES (1,1),(2,1),(3,2);)");
  CHECK(cells_of(rows, writer.kpis("TB_CHAT", all), "Average Credit Amount of Users with Chats and Others") ==
        Cells{"with", "15.0", "2", "without", "100.0", "1"});
}

TEST_CASE("llm::due_title: says a promised day as people would") {
  CHECK(llm::due_title(field("scheduled_on", "Date")) == "Scheduled Date");
  CHECK(llm::due_title(field("due_date", "Date")) == "Due Date");
  CHECK(llm::due_title(field("expires_at", "DateTime")) == "Expiry Date");
  CHECK(llm::due_title(field("valid_until", "Date")) == "Valid Until Date");
  CHECK(llm::due_title(field("deadline", "Date")) == "Deadline");
}

TEST_CASE("llm::mark_title: a word in the middle stays") {
  CHECK(llm::mark_title(field("is_on_sale", "Boolean")) == "On Sale");
  CHECK(llm::mark_title(field("completed_at", "DateTime")) == "Completed");
  CHECK(llm::mark_title(field("ship_date", "Date")) == "Ship");
}

TEST_CASE("llm::rows_a_month: of a sample the rows that its times are of") {
  auto made = table("TB_LOG", Role::event_log, {field("id", "Integer"), field("at", "DateTime")}, 50'000'000);
  made.fields[1].stats.emplace().earliest = "2020-01-01T00:00:00Z";
  made.fields[1].stats->latest = "2024-01-01T00:00:00Z";
  const auto sampled = llm::rows_a_month(made, made.fields[1]);
  REQUIRE(sampled);
  CHECK(*sampled < 300);
}

TEST_CASE("llm::Rules: a poor or hostile schema gives what it bears, and nothing that does not run") {
  struct Case {
    const char* name;
    std::vector<model::Field> fields;
  };
  const std::string evil = "x\"; DROP TABLE users; --";
  auto empty = seen(or_null(field("never", "Text")), 0, 1.0);
  const std::vector<Case> cases{
      {"no column at all", {}},
      {"one column", {field("id", "Integer")}},
      {"only words", {field("a", "Text"), field("b", "Text", "long / short"), field("c", "Text")}},
      {"only personal columns", {test::personal(field("email", "Text"))}},
      {"no time", {field("id", "Integer"), field("kind", "Text", "a / b"), field("price", "Decimal")}},
      {"nothing filled", {empty}},
      {"names of signs", {field("\"\"", "Integer"), field("--", "Text", "a / b"), field("'", "DateTime")}},
      {"an injection", {field(evil, "Integer"), field("'; SELECT 1; --", "Text", "it's / ain't")}},
      {"one name twice in two cases",
       {field("Id", "Integer"), field("ID_", "Integer"), field("id ", "Text")}}};
  for (const auto& c : cases) {
    CAPTURE(c.name);
    for (const auto dialect : {model::Dialect::sqlite, model::Dialect::postgres, model::Dialect::mysql}) {
      Writer writer(database({table("TB_ODD", Role::unknown, c.fields)}, dialect));
      const auto kpis = writer.kpis("TB_ODD", all);
      CHECK_FALSE(kpis.empty());  // how many there are can be asked of any table
      if (dialect != model::Dialect::sqlite || c.fields.empty()) continue;
      std::string columns;
      for (const auto& one : c.fields) {
        std::string name;
        for (const char letter : one.name)
          name += letter == '"' ? std::string("\"\"") : std::string(1, letter);
        columns += (columns.empty() ? "\"" : ", \"") + name + "\"";
      }
      const auto rows = test::rows(("CREATE TABLE TB_ODD (" + columns + ")").c_str());
      for (const auto& kpi : kpis) test::cells(rows.get(), kpi.sql);
    }
  }
  Writer writer(database({table("TB_ODD", Role::unknown, {field("id", "Integer")})}));
  llm::RulesGenerator rules(writer.clock);
  const auto draft = rules.generate(
      {writer.database, writer.database.tables[0], writer.domain, "default", 15, 20}, writer.spent, {});
  REQUIRE(draft);
  REQUIRE(draft->notes.size() == 1);
  CHECK(draft->notes.front() == "the columns of TB_ODD bear no more KPIs");
}
