#pragma once

#include <kpi/shop/shop.hpp>

#include <doctest/doctest.h>
#include <fmt/format.h>
#include <sqlite3.h>

#include <chrono>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <system_error>
#include <unistd.h>

namespace kpi::shop::test {

inline constexpr std::chrono::year_month_day until{std::chrono::year(2026), std::chrono::month(11),
                                                   std::chrono::day(21)};  // a Saturday

/// A shop built for one test in a folder of its own, gone with it.
class Shop {
public:
  explicit Shop(std::chrono::year_month_day last = until) {
    std::string pattern = (std::filesystem::temp_directory_path() / "kpi-shop.XXXXXX").string();
    REQUIRE(::mkdtemp(pattern.data()) != nullptr);
    folder_ = pattern;
    REQUIRE(kpi::shop::write_sqlite(file(), last));
    sqlite3* database = nullptr;
    REQUIRE(sqlite3_open_v2(file().c_str(), &database, SQLITE_OPEN_READONLY, nullptr) == SQLITE_OK);
    database_ = {database, &sqlite3_close};
  }
  ~Shop() {
    database_.reset();
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
  }
  Shop(const Shop&) = delete;
  Shop& operator=(const Shop&) = delete;

  [[nodiscard]] std::filesystem::path folder() const { return folder_; }
  [[nodiscard]] std::filesystem::path file() const { return folder_ / "shop.db"; }

  /// The only cell of the only row of `sql`, as text.
  [[nodiscard]] std::string text(const std::string& sql) const {
    CAPTURE(sql);
    sqlite3_stmt* prepared = nullptr;
    REQUIRE_MESSAGE(sqlite3_prepare_v2(database_.get(), sql.c_str(), -1, &prepared, nullptr) == SQLITE_OK,
                    sqlite3_errmsg(database_.get()));
    const std::unique_ptr<sqlite3_stmt, decltype(&sqlite3_finalize)> statement(prepared, &sqlite3_finalize);
    REQUIRE(sqlite3_step(prepared) == SQLITE_ROW);
    const auto* cell = reinterpret_cast<const char*>(sqlite3_column_text(prepared, 0));
    return cell == nullptr ? std::string() : std::string(cell);
  }
  [[nodiscard]] long long number(const std::string& sql) const { return std::stoll(text(sql)); }
  [[nodiscard]] long long count(std::string_view table, std::string_view where = "1") const {
    return number(fmt::format("SELECT count(*) FROM {} WHERE {}", table, where));
  }

private:
  std::filesystem::path folder_;
  std::unique_ptr<sqlite3, decltype(&sqlite3_close)> database_{nullptr, &sqlite3_close};
};

/// The shop that ends on `until`, built once for all the tests of a process that only read it.
inline const Shop& usual() {
  static const Shop shop;
  return shop;
}

}  // namespace kpi::shop::test
