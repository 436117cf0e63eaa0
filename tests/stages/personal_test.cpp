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
      Case{"tb_payment", "account_holder", "Text", "", true},
      Case{"tb_payment", "owner_mark", "Text", "Email", true},
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

TEST_CASE("stages::personal: a Korean comment that says so") {
  model::Table table;
  table.name = "tb_partner";
  auto field = test::field(1, "m_col", "Text");
  field.description = "담당자 휴대폰";
  CHECK(stages::looks_personal(table, field));
  field.description = "대표자 홈페이지 주소";
  CHECK_FALSE(stages::looks_personal(table, field));
}
