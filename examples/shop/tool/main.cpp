// kpi-shop: writes the sample company's database, for SQLite or PostgreSQL.
#include <kpi/shop/shop.hpp>

#include <CLI/CLI.hpp>

#include <charconv>
#include <cstdio>
#include <fstream>
#include <iostream>
#include <optional>
#include <string>
#include <string_view>

namespace {

std::optional<std::chrono::year_month_day> date_of(std::string_view text) {
  if (text.size() != 10 || text[4] != '-' || text[7] != '-') return std::nullopt;
  const auto number = [&](std::size_t from, std::size_t count) {
    unsigned value = 0;
    const char* end = text.data() + from + count;
    const auto read = std::from_chars(text.data() + from, end, value);
    return read.ec == std::errc{} && read.ptr == end ? value : 0U;
  };
  const std::chrono::year_month_day date(std::chrono::year(static_cast<int>(number(0, 4))),
                                         std::chrono::month(number(5, 2)), std::chrono::day(number(8, 2)));
  if (!date.ok()) return std::nullopt;
  return date;
}

kpi::Result<kpi::Done> write_script(const std::string& target, std::chrono::year_month_day until) {
  if (target == "-") return kpi::shop::write_postgres_sql(std::cout, until);
  std::ofstream file(target, std::ios::binary);
  return kpi::shop::write_postgres_sql(file, until);
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("Writes the sample company's database: 24 months that end on a given day.");
  std::string until;
  std::string sqlite;
  std::string script;
  app.add_option("--until", until, "Last day of the data, YYYY-MM-DD (default: today, UTC)");
  auto* target = app.add_option_group("target")->require_option(1);
  target->add_option("--sqlite", sqlite, "Write a SQLite file");
  target->add_option("--postgres-sql", script, "Write a script for psql, or - for standard output");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  }
  const auto date = until.empty() ? std::chrono::floor<std::chrono::days>(std::chrono::system_clock::now())
                                  : date_of(until);
  if (!date) {
    std::fprintf(stderr, "kpi-shop: --until must be a date like 2026-11-21, not %s\n", until.c_str());
    return 2;
  }
  const auto written = sqlite.empty() ? write_script(script, *date) : kpi::shop::write_sqlite(sqlite, *date);
  if (written) return 0;
  std::fprintf(stderr, "kpi-shop: %s\n", written.error().line().c_str());
  return written.error().fault == kpi::Fault::input ? 2 : 5;
}
