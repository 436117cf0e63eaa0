#include <kpi/base/text.hpp>

#include <doctest/doctest.h>

#include <array>

TEST_CASE("base::text: two names that people would call the same have one key") {
  CHECK(kpi::name_key("  Total  Orders (paid)!") == "total orders paid");
  CHECK(kpi::name_key("TOTAL-ORDERS_PAID") == "total orders paid");
  CHECK(kpi::name_key("Cafe\u0301") == kpi::name_key("CAFÉ"));
  CHECK(kpi::name_key("주문 수") == "주문 수");
  CHECK(kpi::name_key("\xFF\xFE") == "");
}

TEST_CASE("base::text: globs match names without regard to case") {
  struct Case {
    const char* pattern;
    const char* text;
    bool matches;
  };
  static constexpr std::array cases{Case{"TB_*", "tb_order", true},  Case{"*", "", true},
                                    Case{"tb_?", "tb_주", true},     Case{"*_log", "tb_log_x", false},
                                    Case{"*a*b*", "xxaxxbxx", true}, Case{"", "x", false}};
  for (const auto& c : cases) {
    CAPTURE(c.pattern);
    CAPTURE(c.text);
    CHECK(kpi::glob_match(c.pattern, c.text) == c.matches);
  }
}

TEST_CASE("base::text: nothing that moves a cursor or hides text reaches a terminal") {
  CHECK(kpi::printable("a\x1B[31mb") == "a[31mb");
  CHECK(kpi::single_line("a\r\nb\t c\u202E") == "a b c");
  CHECK(kpi::printable("\xC3\x28") == "\uFFFD(");
}

TEST_CASE("base::text: text is cut between characters") {
  CHECK(kpi::shorten("주문", 4) == "주…");
  CHECK(kpi::shorten("abc", 3) == "abc");
}

TEST_CASE("base::text: the nearest name is offered only where it is near") {
  const std::vector<std::string> names{"created_at", "customer_id", "status"};
  CHECK(kpi::nearest("customerid", names) == "customer_id");
  CHECK(kpi::nearest("STATUS", names) == "status");
  CHECK_FALSE(kpi::nearest("zebra", names).has_value());
}
