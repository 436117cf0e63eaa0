#include "fixture.hpp"

#include <kpi/stages/personal.hpp>

#include <array>

using namespace kpi;

TEST_CASE("stages::personal: flags what is about a person and nothing else") {
  struct Case {
    const char* table;
    const char* field;
    const char* type;
    const char* semantic;
    bool personal;
  };
  static constexpr std::array cases{
      Case{"TB_USER", "email", "Text", "", true},
      Case{"TB_USER", "name", "Text", "Name", true},
      Case{"TB_PRODUCT", "name", "Text", "Name", false},
      Case{"TB_PRODUCT", "product_name", "Text", "", false},
      Case{"Customer", "FirstName", "Text", "", true},
      Case{"Employee", "BirthDate", "DateTime", "", true},
      Case{"Employee", "HireDate", "DateTime", "", false},
      Case{"TB_USER", "email_verified", "Boolean", "", false},
      Case{"TB_USER", "email_count", "Integer", "", false},
      Case{"TB_MAIL", "email_sent_at", "DateTime", "", false},
      Case{"tb_user_delivery", "cellphone1", "Text", "", true},
      Case{"tb_user_delivery", "address_detail", "Text", "", true},
      Case{"tb_partner", "address_id", "Integer", "FK", false},
      Case{"tb_partner", "company_name", "Text", "Company", false},
      Case{"tb_order", "receiver", "Text", "", true},
      Case{"tb_order", "country", "Text", "Country", false},
      Case{"tb_session", "ip_address", "Text", "", true},
      Case{"tb_payment", "card_number", "Text", "", true},
      Case{"tb_payment", "card_type", "Text", "", false},
      Case{"tb_certificate", "certification_authority", "Text", "Author", false},
      Case{"tb_post", "posted", "Text", "Author", true},
      Case{"tb_payment", "account_holder", "Text", "", true},
      Case{"tb_payment", "owner_mark", "Text", "Email", true},
      // A number that identifies somebody, and numbers that only count such things.
      Case{"tb_user", "phone", "BigInteger", "", true},
      Case{"tb_user", "phone_number", "Integer", "", true},
      Case{"tb_user", "cell_phone2", "BigInteger", "", true},
      Case{"tb_user", "ssn", "Integer", "", true},
      Case{"tb_user", "ssn_last4", "Integer", "", true},
      Case{"tb_user", "resident_no", "BigInteger", "", true},
      Case{"tb_payment", "card_number", "BigInteger", "", true},
      Case{"tb_payment", "account_no", "Decimal", "", true},
      Case{"tb_user", "birth_year", "Integer", "", true},
      Case{"tb_user", "birthday", "Integer", "", true},
      Case{"tb_user", "phone_calls", "Integer", "", false},
      Case{"tb_payment", "card_count", "Integer", "", false},
      Case{"tb_ledger", "account_number", "Integer", "FK", false},
      Case{"tb_region", "birth_rate", "Float", "", false},
      Case{"tb_order", "order_no", "Integer", "", false},
      Case{"tb_visit", "mobile", "Integer", "", false},
      // A person's name, by any word for a person, and the names of other things.
      Case{"tb_visit", "patient_name", "Text", "", true},
      Case{"tb_trip", "driver_name", "Text", "", true},
      Case{"tb_post", "nick_name", "Text", "", true},
      Case{"tb_post", "real_name", "Text", "", true},
      Case{"tb_account", "display_name", "Text", "", true},
      Case{"tb_order", "cust_nm", "Text", "", true},
      Case{"tb_order", "buyer_name_en", "Text", "", true},
      Case{"tb_exam", "student_full_name", "Text", "", true},
      Case{"tb_patients", "name", "Text", "", true},
      Case{"tb_contract", "company_contact_name", "Text", "", true},
      Case{"tb_plan", "plan_name", "Text", "", false},
      Case{"tb_plan", "display_name", "Text", "", false},
      Case{"tb_company", "legal_name", "Text", "", false},
      Case{"tb_partner", "partner_name", "Text", "", false},
      Case{"tb_category", "category_nm", "Text", "", false},
      Case{"tb_upload", "file_name", "Text", "", false},
      Case{"tb_user", "user_group_name", "Text", "", false},
      Case{"tb_user_group", "name", "Text", "", false},
  };
  for (const auto& c : cases) {
    CAPTURE(c.table);
    CAPTURE(c.field);
    model::Table table;
    table.name = c.table;
    CHECK(stages::looks_personal(table, test::field(1, c.field, c.type, c.semantic)) == c.personal);
  }
}

TEST_CASE("stages::personal: values that are mostly addresses tell, whatever the name") {
  model::Table table;
  table.name = "tb_misc";
  auto contact = test::field(1, "value", "Text");
  contact.stats.emplace().percent_email = 0.9;
  CHECK(stages::looks_personal(table, contact));
  contact.stats->percent_email = 0.1;
  CHECK_FALSE(stages::looks_personal(table, contact));
}

TEST_CASE("stages::personal: a key of a document is judged by its own name") {
  model::Table table;
  table.name = "tb_oem_market_order";
  auto field = test::field(1, "client_info → manager_name", "Text", "Category");
  field.path = {"client_info", "manager_name"};
  CHECK(stages::looks_personal(table, field));
  field.path = {"client_info", "company_name"};
  CHECK_FALSE(stages::looks_personal(table, field));
}

TEST_CASE("stages::personal: the shape of known values tells, whatever the name") {
  struct Case {
    const char* value;
    bool personal;
  };
  static constexpr std::array cases{
      Case{"kim@example.com", true},
      Case{"a@b", false},
      Case{"010-1234-5678", true},
      Case{"+82 10 1234 5678", true},
      Case{"02-345-6789", true},
      Case{"2026-11-21", false},
      Case{"21.11.2026", false},
      Case{"900101-1234567", true},
      Case{"078-05-1120", true},
      Case{"4111 1111 1111 1111", true},
      Case{"4111 1111 1111 1112", false},
      Case{"1234567", false},
      Case{"12.50", false},
      Case{"10.0.0.1 / 24", false},
      Case{"PAID", false},
      Case{"결제완료", false},
  };
  for (const auto& c : cases) {
    CAPTURE(c.value);
    CHECK(stages::has_personal_shape({Json(c.value), Json(nullptr), Json(7)}) == c.personal);
  }
  CHECK_FALSE(stages::has_personal_shape({}));
  CHECK_FALSE(stages::has_personal_shape({Json("kim@example.com"), Json("web"), Json("app")}));
}

TEST_CASE("stages::flag_personal: nothing of a personal number is kept, nor is it a measure") {
  model::Table table;
  table.name = "tb_user";
  table.fields = {test::field(1, "phone", "BigInteger"), test::field(2, "points", "Integer")};
  for (auto& field : table.fields) {
    auto& stats = field.stats.emplace();
    stats.min = stats.max = stats.avg = stats.q1 = stats.q3 = stats.sd = 1012345678;
    stats.distinct = 40;
    field.values.emplace().emplace_back(1012345678);
    table.measures.push_back({field.name, {"sum"}, "number"});
  }
  table.dimensions = {"phone", "points"};
  stages::flag_personal(table);
  CHECK(table.fields[0].pii);
  CHECK(table.fields[0].stats->distinct == 40);
  CHECK(dump_json(model::to_json(table.fields[0])).find("1012345678") == std::string::npos);
  CHECK_FALSE(table.fields[1].pii);
  CHECK(table.fields[1].stats->max == 1012345678);
  CHECK(table.dimensions == std::vector<std::string>{"points"});
  REQUIRE(table.measures.size() == 1);
  CHECK(table.measures[0].field == "points");
}

TEST_CASE("stages::personal: a Korean comment that says so") {
  model::Table table;
  table.name = "tb_partner";
  auto field = test::field(1, "m_col", "Text");
  field.description = "담당자 휴대폰";
  CHECK(stages::looks_personal(table, field));
  field.description = "대표자 홈페이지 주소";
  CHECK_FALSE(stages::looks_personal(table, field));
  auto number = test::field(1, "m_col", "BigInteger");
  number.description = "담당자 휴대폰 번호";
  CHECK(stages::looks_personal(table, number));
  number.description = "전화번호 인증 횟수";
  CHECK_FALSE(stages::looks_personal(table, number));
}

TEST_CASE("stages::personal: a day of birth that is kept as a number of seconds is personal too") {
  auto born = test::field(1, "birth", "DateTime");
  born.database_type = "int8";
  model::Table table;
  table.name = "tb_member";
  table.fields = {born};
  CHECK(stages::looks_personal(table, table.fields[0]));
}
