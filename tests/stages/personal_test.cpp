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
