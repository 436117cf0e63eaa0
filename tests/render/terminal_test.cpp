#include "render/fixture.hpp"

#include <kpi/base/text.hpp>
#include <kpi/render/formats.hpp>
#include <kpi/render/terminal.hpp>
#include <kpi/render/text_width.hpp>

#include <doctest/doctest.h>

#include <algorithm>

using namespace kpi;
using namespace kpi::render;
using namespace kpi::render::test;

namespace {

Listing korean() {
  return {
      "KPIs",
      {{"Verdict", ColumnKind::status},
       {"Score", ColumnKind::number, 1},
       {"KPI"},
       {"Category", ColumnKind::text, 4},
       {"Findings", ColumnKind::text, 2}},
      {{{"passed", "100", "월별 매출 성장률과 전월 대비 변화", "Sales & Revenue Analytics", ""}, ""},
       {{"rejected", "7", "Order conversion\trate\nby week", "Delivery & Logistics", "schema.unknown_column"},
        ""}}};
}

std::size_t widest(const std::string& text) {
  std::size_t most = 0;
  for (const auto& line : split(text, '\n')) most = std::max(most, display_width(line));
  return most;
}

}  // namespace

TEST_CASE("render::display_width: counts columns, not bytes or letters") {
  CHECK(display_width("") == 0);
  CHECK(display_width("abc") == 3);
  CHECK(display_width("월별") == 4);
  CHECK(display_width("é") == 1);
  CHECK(display_width("e\xCC\x81") == 1);  // e and a combining acute
  CHECK(display_width("ｆｕｌｌ") == 8);
}

TEST_CASE("render::fitted: takes exactly the columns it is given") {
  CHECK(fitted("ab", 4) == "ab  ");
  CHECK(fitted("7", 3, Align::right) == "  7");
  CHECK(fitted("abcdef", 4) == "abc…");
  CHECK(fitted("월별 매출", 4) == "월… ");  // the second letter would be cut in half
  CHECK(fitted("월별", 1) == "…");
  CHECK(fitted("abc", 0).empty());
  for (std::size_t width = 1; width < 12; ++width)
    CHECK(display_width(fitted("a월e\xCC\x81별b c", width)) == width);
}

TEST_CASE("render::terminal_table: no line is wider than the terminal, whatever its width and the names") {
  auto listing = korean();
  listing.rows.push_back({{"rejected", "0", hostile, hostile, hostile}, ""});
  for (std::size_t width = 1; width < 220; ++width) {
    CAPTURE(width);
    const auto text = terminal_table(listing, {width, Paint::no});
    CHECK(widest(text) <= width);
    CHECK(text.find('\x1b') == std::string::npos);
  }
}

TEST_CASE("render::terminal_table: cuts names before it drops columns, and numbers never") {
  const auto wide = terminal_table(korean(), {160, Paint::no});
  CHECK(wide.find("월별 매출 성장률과 전월 대비 변화") != std::string::npos);
  CHECK(wide.find("Order conversion rate by week") != std::string::npos);
  CHECK(wide.find("too narrow") == std::string::npos);
  const auto narrow = terminal_table(korean(), {44, Paint::no});
  CHECK(narrow.find("Category") == narrow.find("Category,"));  // only in the line that says so
  CHECK(narrow.find("(too narrow for: Category") != std::string::npos);
  CHECK(narrow.find("…") != std::string::npos);
  CHECK(narrow.find("100") != std::string::npos);
  CHECK(narrow.find("rejected") != std::string::npos);
}

TEST_CASE("render::terminal_table: on 80 columns a column is whole enough to be read, or is left out") {
  Listing kpis{"KPIs",
               {{"Verdict", ColumnKind::status},
                {"Score", ColumnKind::number, 1},
                {"KPI"},
                {"Category", ColumnKind::text, 4},
                {"Table", ColumnKind::text, 3},
                {"Findings", ColumnKind::text, 2}},
               {{{"rejected", "71", "Top 10 Categories by Stock Value of Products",
                  "Product & Category Management", "TB_PARTNER_REVIEW_REPLY", "schema.unknown_column"},
                 ""}}};
  const auto text = terminal_table(kpis, {80, Paint::no});
  CHECK(text.find("(too narrow for: Category)") != std::string::npos);
  CHECK(text.find("TB_PARTNER_REVI") != std::string::npos);
  CHECK(text.find("schema.unknown_") != std::string::npos);
}

TEST_CASE("render::terminal_table: columns stand below each other, wide letters or not") {
  const auto lines = split(terminal_table(korean(), {120, Paint::no}), '\n');
  REQUIRE(lines.size() >= 3);
  const auto column_of = [](const std::string& line, const std::string& word) {
    const auto at = line.find(word);
    REQUIRE(at != std::string::npos);
    return display_width(line.substr(0, at));
  };
  CHECK(column_of(lines[1], "Sales") == column_of(lines[0], "Category"));
  CHECK(column_of(lines[2], "Delivery") == column_of(lines[0], "Category"));
}

TEST_CASE("render::terminal_table: paints statuses only where colour is wanted") {
  const auto painted = terminal_table(korean(), {120, Paint::yes});
  CHECK(painted.find("\x1b[32mpassed") != std::string::npos);
  CHECK(painted.find("\x1b[31mrejected") != std::string::npos);
  CHECK(terminal_table({"Empty", {{"A"}}, {}}, {80, Paint::yes}).empty());
}

TEST_CASE("render::rendered: a table of every kind of report holds its items and no control character") {
  const auto check = [](const auto& report) {
    const auto text = rendered(report, Format::table, {{100, Paint::no}, {}});
    CAPTURE(text);
    CHECK(text.find("alert(1)") != std::string::npos);
    for (const char c : text) CHECK((static_cast<unsigned char>(c) >= 0x20 || c == '\n'));
    CHECK(text.find("\xE2\x80\xAE") == std::string::npos);
  };
  check(hostile_schema());
  check(hostile_candidates());
  check(hostile_validation());
  check(hostile_registration());
  check(hostile_audit());
}
