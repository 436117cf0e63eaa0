#include <kpi/base/file.hpp>
#include <kpi/base/hash.hpp>
#include <kpi/base/text.hpp>
#include <kpi/shop/shop.hpp>

#include <doctest/doctest.h>
#include <fmt/format.h>
#include <sqlite3.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <filesystem>
#include <map>
#include <memory>
#include <set>
#include <sstream>
#include <string>
#include <unistd.h>

using namespace std::chrono_literals;
using kpi::shop::Column;
using kpi::shop::Table;
using kpi::shop::Type;

namespace {

constexpr auto until = 2026y / 11 / 21;  // a Saturday

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
const Shop& usual() {
  static const Shop shop;
  return shop;
}

std::string script(std::chrono::year_month_day last) {
  std::ostringstream out;
  REQUIRE(kpi::shop::write_postgres_sql(out, last));
  return out.str();
}

/// Rows of undeclared and declared references that point nowhere.
long long orphans(const Shop& shop) {
  long long sum = 0;
  for (const Table& table : kpi::shop::tables()) {
    for (const Column& column : table.columns) {
      if (column.references.empty()) continue;
      const auto key = kpi::shop::key_of(kpi::shop::tables(), column.references);
      REQUIRE_FALSE(key.empty());
      const auto lost =
          shop.count(table.name, fmt::format("{0} IS NOT NULL AND {0} NOT IN (SELECT {1} FROM {2})",
                                             column.name, key, column.references));
      CHECK_MESSAGE(lost == 0, table.name, ".", column.name);
      sum += lost;
    }
  }
  return sum;
}

}  // namespace

TEST_CASE("shop::tables: cover the ten business functions and explain themselves") {
  const auto tables = kpi::shop::tables();
  CHECK(tables.size() >= 28);
  std::set<std::string_view> categories;
  std::set<std::string_view> names;
  std::size_t undeclared = 0;
  for (const Table& table : tables) {
    CAPTURE(table.name);
    CHECK(table.name.starts_with("TB_"));
    CHECK_FALSE(table.comment.empty());
    CHECK(std::ranges::any_of(table.columns, &Column::key));
    categories.insert(table.category);
    names.insert(table.name);
    for (const Column& column : table.columns) {
      CAPTURE(column.name);
      CHECK(kpi::lower(column.name) == column.name);
      if (column.type == Type::money) CHECK(kpi::lower(column.comment).find("cents") != std::string::npos);
      const bool coded = column.name.find("status") != std::string_view::npos && column.type != Type::moment;
      if (coded) CHECK(column.comment.size() > 10);
      if (!column.references.empty() && !column.declared) ++undeclared;
    }
  }
  CHECK(categories.size() == 10);
  CHECK(names.size() == tables.size());
  CHECK(undeclared >= 5);
}

TEST_CASE("shop::tables: every one stands in the README with its function") {
  const auto readme = kpi::read_file(std::filesystem::path(KPI_SOURCE_DIR) / "examples/shop/README.md");
  REQUIRE(readme);
  for (const Table& table : kpi::shop::tables())
    CHECK_MESSAGE(readme->find(fmt::format("| `{}` | {} |", table.name, table.category)) != std::string::npos,
                  table.name);
}

TEST_CASE(
    "shop::write_sqlite: holds more than 200,000 rows, none of the tables empty, of the types declared") {
  const Shop& shop = usual();
  static const std::map<Type, std::string> stored{{Type::integer, "'integer'"}, {Type::money, "'integer'"},
                                                  {Type::real, "'real'"},       {Type::text, "'text'"},
                                                  {Type::flag, "'integer'"},    {Type::day, "'text'"},
                                                  {Type::moment, "'text'"},     {Type::json, "'text'"}};
  long long rows = 0;
  for (const Table& table : kpi::shop::tables()) {
    CAPTURE(table.name);
    const auto count = shop.count(table.name);
    CHECK(count > 0);
    rows += count;
    for (const Column& column : table.columns) {
      CAPTURE(column.name);
      const auto& type = stored.at(column.type);
      CHECK(shop.count(table.name, fmt::format("typeof({}) NOT IN ({}, {})", column.name, type,
                                               column.nullable ? "'null'" : type)) == 0);
      if (column.nullable) {
        const auto empty = shop.count(table.name, fmt::format("{} IS NULL", column.name));
        CHECK_MESSAGE((empty > 0 && empty < count), "a nullable column is sometimes empty, not always");
      }
      if (column.type == Type::json)
        CHECK(shop.count(table.name, fmt::format("{0} IS NOT NULL AND NOT json_valid({0})", column.name)) ==
              0);
      if (column.type == Type::money) CHECK(shop.count(table.name, fmt::format("{} < 0", column.name)) == 0);
    }
  }
  CHECK(rows >= 200'000);
}

TEST_CASE("shop::write_sqlite: keeps every comment in kpi_comments") {
  const Shop& shop = usual();
  CHECK(shop.text("SELECT comment FROM kpi_comments WHERE table_name = 'TB_ORDER' AND column_name IS NULL") ==
        "Orders of standard products in the shop");
  CHECK(shop.text("SELECT comment FROM kpi_comments WHERE table_name = 'TB_ORDER' AND column_name = 'status'")
            .starts_with("1: placed / 2: paid"));
  CHECK(shop.count("kpi_comments", "column_name IS NULL") ==
        static_cast<long long>(kpi::shop::tables().size()));
}

TEST_CASE("shop::write_sqlite: every key leads somewhere, declared or not, whatever the last day") {
  static constexpr std::array days{2024y / 2 / 29, 2025y / 3 / 2};
  CHECK(orphans(usual()) == 0);
  for (const auto last : days) {
    CAPTURE(fmt::format("{}-{}", static_cast<int>(last.year()), static_cast<unsigned>(last.month())));
    const Shop shop(last);
    CHECK(orphans(shop) == 0);
    CHECK(shop.number("SELECT count(*) FROM pragma_foreign_key_check") == 0);
  }
}

TEST_CASE("shop::write_sqlite: ends on the last day, with trade in its last 30 days, and knows no future") {
  const Shop& shop = usual();
  struct Case {
    const char* table;
    const char* column;
  };
  static constexpr std::array cases{
      Case{"TB_USER", "created_at"},
      Case{"TB_USER_ACTIVITY_LOG", "occurred_at"},
      Case{"TB_ORDER", "created_at"},
      Case{"TB_ORDER", "completed_at"},
      Case{"TB_SALES_DAILY_STATISTICS", "stat_date"},
      Case{"TB_PRODUCT", "created_at"},
      Case{"TB_PARTNER_REVIEW", "created_at"},
      Case{"TB_RFQ", "created_at"},
      Case{"TB_QUOTATION", "created_at"},
      Case{"TB_PURCHASE_ORDER", "created_at"},
      Case{"TB_PURCHASE_ORDER", "completed_at"},
      Case{"TB_PAYMENT", "paid_at"},
      Case{"TB_REFUND", "completed_at"},
      Case{"TB_SETTLEMENT", "paid_at"},
      Case{"TB_SHIPMENT", "delivered_at"},
      Case{"TB_EQUIPMENT_USAGE_LOG", "usage_date"},
      Case{"TB_EQUIPMENT_MAINTENANCE", "started_at"},
      Case{"TB_SUBSCRIPTION", "started_at"},
      Case{"TB_SUBSCRIPTION_INVOICE", "issued_at"},
      Case{"TB_SERVICE_TICKET", "created_at"},
  };
  for (const auto& c : cases) {
    CAPTURE(c.table);
    CHECK(shop.count(c.table, fmt::format("{} > '2026-10-22'", c.column)) > 0);
  }
  CHECK(shop.count("TB_USER_ACTIVITY_LOG", "occurred_at >= '2026-11-21'") > 0);
  CHECK(shop.text("SELECT min(created_at) FROM TB_ORDER").starts_with("2024-11-2"));
  for (const Table& table : kpi::shop::tables()) {
    for (const Column& column : table.columns) {
      if (column.type != Type::moment) continue;
      CHECK_MESSAGE(shop.count(table.name, fmt::format("{} >= '2026-11-21 04:00:00'", column.name)) == 0,
                    table.name, ".", column.name);
    }
  }
}

TEST_CASE("shop::write_sqlite: states and dates never disagree") {
  const Shop& shop = usual();
  struct Case {
    const char* table;
    const char* wrong;
  };
  static constexpr std::array cases{
      Case{"TB_USER",
           "(status = 3) <> (deleted_at IS NOT NULL) OR deleted_at < created_at OR last_login_at < "
           "created_at"},
      Case{"TB_PARTNER",
           "(status = 4) <> (deleted_at IS NOT NULL) OR (status IN (2, 4)) <> (approved_at IS NOT NULL) OR "
           "approved_at < created_at OR deleted_at < approved_at"},
      Case{"TB_SELLER", "is_active = (closed_at IS NOT NULL) OR closed_at < opened_at"},
      Case{"TB_PRODUCT",
           "(status = 'discontinued') <> (discontinued_at IS NOT NULL) OR discontinued_at < created_at OR "
           "(stock_quantity > 0 AND status <> 'on_sale')"},
      Case{"TB_ORDER",
           "(status = 6) <> (cancelled_at IS NOT NULL) OR (status = 5) <> (completed_at IS NOT NULL) OR "
           "(status BETWEEN 2 AND 5 AND paid_at IS NULL) OR (status = 1 AND paid_at IS NOT NULL) OR "
           "paid_at < created_at OR completed_at < paid_at OR cancelled_at < coalesce(paid_at, created_at)"},
      Case{"TB_ORDER",
           "total_amount <> item_amount - discount_amount + shipping_amount OR item_amount <> (SELECT "
           "sum(i.item_amount) FROM TB_ORDER_ITEM i WHERE i.order_id = TB_ORDER.order_id)"},
      Case{"TB_ORDER",
           "status <> (SELECT l.status FROM TB_ORDER_STATUS_LOG l WHERE l.order_id = TB_ORDER.order_id "
           "ORDER BY l.log_id DESC LIMIT 1)"},
      Case{"TB_ORDER_ITEM", "item_amount <> quantity * unit_price OR quantity < 1 OR unit_price < 1"},
      Case{"TB_RFQ",
           "(status IN (3, 4, 5)) <> (closed_at IS NOT NULL) OR closed_at < created_at OR (status = 3) <> "
           "EXISTS (SELECT 1 FROM TB_QUOTATION q WHERE q.rfq_id = TB_RFQ.rfq_id AND q.status = 'accepted')"},
      Case{"TB_RFQ_INVITATION",
           "responded_at < invited_at OR (responded_at IS NOT NULL) <> EXISTS (SELECT 1 FROM "
           "TB_QUOTATION q WHERE q.rfq_id = TB_RFQ_INVITATION.rfq_id AND q.partner_id = "
           "TB_RFQ_INVITATION.partner_id AND q.created_at = responded_at)"},
      Case{"TB_QUOTATION",
           "(status IN ('accepted', 'declined')) <> (decided_at IS NOT NULL) OR decided_at < created_at OR "
           "read_at < created_at OR decided_at < read_at"},
      Case{"TB_PURCHASE_ORDER",
           "(status = 6) <> (cancelled_at IS NOT NULL) OR (status = 5) <> (completed_at IS NOT NULL) "
           "OR (status BETWEEN 2 AND 5) <> (accepted_at IS NOT NULL) OR accepted_at < created_at OR "
           "completed_at < accepted_at OR (cancel_reason IS NULL) <> (cancelled_at IS NULL)"},
      Case{"TB_PURCHASE_ORDER",
           "(SELECT status FROM TB_QUOTATION q WHERE q.quotation_id = "
           "TB_PURCHASE_ORDER.quotation_id) <> 'accepted'"},
      Case{"TB_DEAL",
           "(stage IN ('won', 'lost')) <> (closed_at IS NOT NULL) OR closed_at < created_at OR (stage = "
           "'won') "
           "<> (partner_id IS NOT NULL)"},
      Case{"TB_PAYMENT",
           "(status IN (2, 4)) <> (paid_at IS NOT NULL) OR paid_at < created_at OR (status = 4) <> "
           "(refunded_amount > 0) OR refunded_amount > amount OR (order_id IS NULL) = "
           "(purchase_order_id IS NULL) OR (status = 3) <> (failure_code IS NOT NULL)"},
      Case{"TB_REFUND",
           "(status = 'completed') <> (completed_at IS NOT NULL) OR completed_at < requested_at"},
      Case{"TB_TAX_INVOICE", "(status = 2) <> (sent_at IS NOT NULL) OR sent_at < issued_at"},
      Case{"TB_SETTLEMENT",
           "(status = 'paid') <> (paid_at IS NOT NULL) OR payout_amount <> gross_amount - "
           "commission_amount"},
      Case{"TB_SHIPMENT",
           "(status = 1) <> (shipped_at IS NULL) OR (status IN (3, 4)) <> (delivered_at IS NOT NULL) OR "
           "(status = 4) <> (returned_at IS NOT NULL) OR shipped_at < created_at OR delivered_at < "
           "shipped_at OR returned_at < delivered_at OR (order_id IS NULL) = (purchase_order_id IS NULL)"},
      Case{"TB_EQUIPMENT",
           "(status = 'retired') <> (retired_on IS NOT NULL) OR retired_on < purchased_on OR (status = "
           "'maintenance') <> EXISTS (SELECT 1 FROM TB_EQUIPMENT_MAINTENANCE m WHERE m.equipment_id = "
           "TB_EQUIPMENT.equipment_id AND m.completed_at IS NULL)"},
      Case{"TB_EQUIPMENT_USAGE_LOG",
           "running_minutes + idle_minutes + down_minutes <> 960 OR idle_minutes < 0 OR "
           "defect_count > produced_count"},
      Case{"TB_EQUIPMENT_MAINTENANCE",
           "completed_at < started_at OR (completed_at IS NULL) <> (cost_amount IS NULL)"},
      Case{"TB_SUBSCRIPTION",
           "(status = 'cancelled') <> (cancelled_at IS NOT NULL) OR cancelled_at < started_at OR "
           "(cancelled_at IS NULL) <> (cancel_reason IS NULL) OR (status = 'trial' AND trial_ends_on "
           "< '2026-11-21')"},
      Case{"TB_SUBSCRIPTION_INVOICE", "(status = 2) <> (paid_at IS NOT NULL) OR paid_at < issued_at"},
      Case{"TB_SERVICE_TICKET",
           "(status = 'closed') <> (closed_at IS NOT NULL) OR (status = 'open') <> "
           "(first_response_at IS NULL) OR closed_at < first_response_at OR first_response_at < "
           "created_at OR satisfaction NOT BETWEEN 1 AND 5"},
      Case{"TB_PARTNER_REVIEW",
           "rating NOT BETWEEN 1 AND 5 OR quality_rating NOT BETWEEN 1 AND 5 OR delivery_rating NOT "
           "BETWEEN 1 AND 5 OR deleted_at < created_at"},
      Case{"TB_PRODUCT_REVIEW", "rating NOT BETWEEN 1 AND 5 OR deleted_at < created_at"},
      Case{"TB_CART_ITEM",
           "ordered_at < created_at OR removed_at < created_at OR (ordered_at IS NOT NULL AND removed_at "
           "IS NOT NULL)"},
  };
  for (const auto& c : cases) {
    CAPTURE(c.wrong);
    CHECK_MESSAGE(shop.count(c.table, c.wrong) == 0, c.table);
  }
}

TEST_CASE("shop::write_sqlite: nothing happens before what it follows from") {
  const Shop& shop = usual();
  struct Case {
    const char* from;   ///< joined rows
    const char* wrong;  ///< a later thing before an earlier one
  };
  static constexpr std::array cases{
      Case{"TB_ORDER JOIN TB_USER u USING (user_id)",
           "TB_ORDER.created_at < u.created_at OR TB_ORDER.created_at >= u.deleted_at"},
      Case{"TB_ORDER JOIN TB_SELLER s USING (seller_id)",
           "created_at < opened_at OR created_at >= closed_at"},
      Case{"TB_ORDER JOIN TB_COUPON c USING (coupon_id)",
           "date(created_at) NOT BETWEEN valid_from AND valid_until"},
      Case{"TB_ORDER_ITEM JOIN TB_ORDER o USING (order_id) JOIN TB_PRODUCT p USING (product_id)",
           "o.created_at < p.created_at OR o.created_at >= p.discontinued_at OR o.seller_id <> p.seller_id "
           "OR quantity < "
           "minimum_quantity"},
      Case{"TB_PRODUCT p JOIN TB_SELLER s USING (seller_id)", "p.created_at < s.opened_at"},
      Case{"TB_SELLER s JOIN TB_PARTNER p USING (partner_id)", "s.opened_at < p.approved_at"},
      Case{"TB_RFQ r JOIN TB_USER u USING (user_id)",
           "r.created_at < u.created_at OR r.created_at >= u.deleted_at"},
      Case{"TB_QUOTATION q JOIN TB_RFQ r USING (rfq_id)", "q.created_at < r.created_at"},
      Case{"TB_QUOTATION q JOIN TB_RFQ r USING (rfq_id)",
           "q.status = 'accepted' AND (r.status <> 3 OR r.closed_at <> q.decided_at)"},
      Case{"TB_PURCHASE_ORDER o JOIN TB_QUOTATION q USING (quotation_id)",
           "o.created_at <> q.decided_at OR o.partner_id <> q.partner_id OR o.supply_amount <> q.amount + "
           "q.delivery_amount"},
      Case{"TB_PAYMENT p JOIN TB_ORDER o USING (order_id)",
           "p.created_at < o.created_at OR p.amount <> o.total_amount OR p.user_id <> o.user_id"},
      Case{"TB_PAYMENT p JOIN TB_PURCHASE_ORDER o USING (purchase_order_id)",
           "p.created_at < o.accepted_at OR p.amount <> o.total_amount OR p.user_id <> o.user_id"},
      Case{"TB_REFUND r JOIN TB_PAYMENT p USING (payment_id)",
           "r.requested_at < p.paid_at OR r.amount > p.amount"},
      Case{"TB_TAX_INVOICE i JOIN TB_PAYMENT p USING (payment_id)",
           "i.issued_at < p.paid_at OR i.supply_amount + i.tax_amount <> p.amount"},
      Case{"TB_SHIPMENT s JOIN TB_ORDER o USING (order_id)",
           "s.created_at < o.paid_at OR s.delivered_at IS NOT o.completed_at OR o.status = 6"},
      Case{"TB_SHIPMENT s JOIN TB_PURCHASE_ORDER o USING (purchase_order_id)",
           "s.created_at < o.accepted_at OR s.delivered_at IS NOT o.completed_at OR o.status = 6"},
      Case{"TB_SHIPMENT_EVENT e JOIN TB_SHIPMENT s USING (shipment_id)",
           "e.occurred_at < s.created_at OR (e.event_type = 'delivered' AND e.occurred_at <> s.delivered_at) "
           "OR "
           "(e.event_type = 'at_hub' AND e.occurred_at > s.delivered_at)"},
      Case{"TB_PRODUCT_REVIEW r JOIN TB_ORDER_ITEM i USING (order_item_id) JOIN TB_ORDER o USING (order_id)",
           "r.created_at < o.completed_at OR r.product_id <> i.product_id OR r.user_id <> o.user_id"},
      Case{"TB_PARTNER_REVIEW r JOIN TB_PURCHASE_ORDER o USING (purchase_order_id)",
           "r.created_at < o.completed_at OR r.partner_id <> o.partner_id"},
      Case{"TB_USER_ACTIVITY_LOG l JOIN TB_USER u USING (user_id)",
           "l.occurred_at < u.created_at OR l.occurred_at >= u.deleted_at"},
      Case{"TB_USER u",
           "last_login_at IS NOT (SELECT max(occurred_at) FROM TB_USER_ACTIVITY_LOG l WHERE l.user_id = "
           "u.user_id AND event_type = 'login')"},
      Case{"TB_EQUIPMENT_USAGE_LOG l JOIN TB_EQUIPMENT e USING (equipment_id)",
           "l.usage_date < e.purchased_on OR l.usage_date >= e.retired_on OR NOT is_connected"},
      Case{"TB_EQUIPMENT_MAINTENANCE m JOIN TB_EQUIPMENT e USING (equipment_id)",
           "m.started_at < e.purchased_on OR m.completed_at > e.retired_on"},
      Case{"TB_SUBSCRIPTION s JOIN TB_PARTNER p USING (partner_id)", "s.started_at < p.approved_at"},
      Case{"TB_SUBSCRIPTION_INVOICE i JOIN TB_SUBSCRIPTION s USING (subscription_id)",
           "i.issued_at < s.started_at OR i.issued_at >= s.cancelled_at"},
      Case{"TB_SERVICE_TICKET t JOIN TB_ORDER o USING (order_id)",
           "t.created_at < o.created_at OR t.user_id <> o.user_id"},
  };
  for (const auto& c : cases) {
    CAPTURE(c.wrong);
    CHECK_MESSAGE(shop.count(c.from, c.wrong) == 0, c.from);
  }
}

TEST_CASE("shop::write_sqlite: trade grows, rests at weekends and follows the seasons") {
  const Shop& shop = usual();
  static constexpr std::array tables{"TB_ORDER", "TB_RFQ", "TB_PAYMENT", "TB_SHIPMENT", "TB_SERVICE_TICKET"};
  for (const char* table : tables) {
    CAPTURE(table);
    CHECK(shop.count(table, "created_at >= '2025-11-22'") * 10 >
          shop.count(table, "created_at < '2025-11-22'") * 12);
  }
  CHECK(shop.count("TB_ORDER", "strftime('%w', created_at) IN ('0', '6')") * 8 < shop.count("TB_ORDER"));
  CHECK(shop.count("TB_ORDER", "created_at LIKE '2026-08%'") <
        shop.count("TB_ORDER", "created_at LIKE '2026-06%'"));
  CHECK(shop.count("TB_ORDER", "created_at LIKE '2026-08%'") <
        shop.count("TB_ORDER", "created_at LIKE '2026-10%'"));
}

TEST_CASE("shop::write_sqlite: the statistics agree with what they sum up") {
  const Shop& shop = usual();
  CHECK(shop.number("SELECT sum(order_count) FROM TB_USER_MONTHLY_STATISTICS") == shop.count("TB_ORDER"));
  CHECK(shop.number("SELECT sum(rfq_count) FROM TB_USER_MONTHLY_STATISTICS") == shop.count("TB_RFQ"));
  CHECK(shop.number("SELECT sum(spent_amount) FROM TB_USER_MONTHLY_STATISTICS") ==
        shop.number(
            "SELECT sum(total_amount) FROM TB_ORDER WHERE paid_at IS NOT NULL AND cancelled_at IS NULL"));
  CHECK(shop.number("SELECT sum(quotation_count) FROM TB_PARTNER_MONTHLY_STATISTICS") ==
        shop.count("TB_QUOTATION"));
  CHECK(shop.number("SELECT sum(completed_amount) FROM TB_PARTNER_MONTHLY_STATISTICS") ==
        shop.number("SELECT sum(total_amount) FROM TB_PURCHASE_ORDER WHERE status = 5"));
  CHECK(
      shop.number("SELECT sum(placed_amount) FROM TB_SALES_DAILY_STATISTICS") ==
      shop.number("SELECT sum(total_amount) FROM TB_ORDER WHERE NOT is_test AND created_at < '2026-11-21'"));
}

TEST_CASE("shop::write_sqlite: people are invented, and test rows are marked and few") {
  const Shop& shop = usual();
  CHECK(shop.count("TB_USER", "email NOT LIKE '%@example.com' OR phone NOT LIKE '%-555-01__'") == 0);
  CHECK(shop.count("TB_PARTNER",
                   "contact_email NOT LIKE '%@example.com' OR contact_phone NOT LIKE '%-555-01__'") == 0);
  CHECK(shop.number("SELECT count(*) - count(DISTINCT email) FROM TB_USER") == 0);
  for (const char* table :
       {"TB_USER", "TB_PARTNER", "TB_ORDER", "TB_RFQ", "TB_PURCHASE_ORDER", "TB_PAYMENT"}) {
    CAPTURE(table);
    CHECK(shop.count(table, "is_test") > 0);
    CHECK(shop.count(table, "is_test") * 20 < shop.count(table));
  }
}

TEST_CASE("shop::write_sqlite: the same last day gives the same file, and replaces an older one") {
  const Shop shop;
  const auto before = kpi::read_file(shop.file());
  REQUIRE(kpi::shop::write_sqlite(shop.file(), until));
  const auto after = kpi::read_file(shop.file());
  REQUIRE(before);
  REQUIRE(after);
  CHECK(kpi::sha256_hex(*before) == kpi::sha256_hex(*after));
}

TEST_CASE("shop::write_sqlite: refuses a day that is none and a folder that is not there") {
  const Shop& shop = usual();
  const auto no_day = kpi::shop::write_sqlite(shop.folder() / "x.db", 2025y / 2 / 29);
  REQUIRE_FALSE(no_day);
  CHECK(no_day.error().code == "shop.bad_date");
  const auto no_folder = kpi::shop::write_sqlite(shop.folder() / "missing" / "x.db", until);
  REQUIRE_FALSE(no_folder);
  CHECK(no_folder.error().fault == kpi::Fault::machine);
  CHECK(no_folder.error().code == "file.unwritable");
}

TEST_CASE("shop::write_postgres_sql: the same bytes on every machine") {
  const auto first = script(until);
  CHECK(first == script(until));
  CHECK(first != script(2026y / 11 / 20));
  // A new hash here is a new shop: change it together with what was meant to change.
  CHECK(kpi::sha256_hex(first) == "caac522eb89fb257efe4ab027786e02c8f9cb44f98927c34975cd6b39b696c33");
}

TEST_CASE("shop::write_postgres_sql: holds the rows of the SQLite file, a cell for every column") {
  const Shop& shop = usual();
  std::istringstream lines(script(until));
  std::string line;
  std::string table;
  std::ptrdiff_t columns = 0;
  std::map<std::string, long long> counts;
  while (std::getline(lines, line)) {
    if (table.empty() && line.starts_with("COPY ")) {
      table = line.substr(5, line.find(' ', 5) - 5);
      columns = std::ranges::count(line, ',') + 1;
    } else if (line == "\\.") {
      table.clear();
    } else if (!table.empty()) {
      ++counts[table];
      if (std::ranges::count(line, '\t') + 1 != columns) FAIL_CHECK(table, ": ", line);
    }
  }
  CHECK(counts.size() == kpi::shop::tables().size());
  for (const Table& described : kpi::shop::tables()) {
    CAPTURE(described.name);
    CHECK(counts[kpi::lower(described.name)] == shop.count(described.name));
  }
}

TEST_CASE("shop::write_postgres_sql: says so when the stream takes no more") {
  std::ostringstream out;
  out.setstate(std::ios::badbit);
  const auto written = kpi::shop::write_postgres_sql(out, until);
  REQUIRE_FALSE(written);
  CHECK(written.error().code == "shop.unwritable");
}
