#pragma once

#include <span>
#include <string_view>

// What the tables look like, said once: both databases are made from it, and the tests check the rows by it.
namespace kpi::shop {

enum class Type {
  integer,
  money,   ///< whole minor units
  real,    ///< double precision
  text,    ///< UTF-8
  flag,    ///< yes or no
  day,     ///< a date
  moment,  ///< a date and time of day, UTC
  json,    ///< one JSON object
};

/// One column. A reference points to the only key column of the table it names.
struct Column {
  std::string_view name;
  Type type = Type::text;
  std::string_view comment = {};     ///< may be empty
  std::string_view references = {};  ///< a table; empty: none
  bool declared = false;             ///< the reference is a foreign key; else it shows in the name only
  bool key = false;                  ///< part of the primary key
  bool nullable = false;

  [[nodiscard]] constexpr Column or_null() const {
    Column column = *this;
    column.nullable = true;
    return column;
  }
  [[nodiscard]] constexpr Column as_key() const {
    Column column = *this;
    column.key = true;
    return column;
  }
};

/// One table. `category` is one of the ten business functions.
struct Table {
  std::string_view name;  ///< upper case, "TB_ORDER"
  std::string_view category;
  std::string_view comment;
  std::span<const Column> columns;
};

/// The names of the ten business functions.
namespace category {
inline constexpr std::string_view users = "User Analytics & Engagement";
inline constexpr std::string_view sales = "Sales & Revenue Analytics";
inline constexpr std::string_view partners = "Partner & Seller Management";
inline constexpr std::string_view products = "Product & Category Management";
inline constexpr std::string_view quotations = "RFQ & Quotation Management";
inline constexpr std::string_view deals = "Purchase Order & Deal Management";
inline constexpr std::string_view payments = "Payment & Financial Analytics";
inline constexpr std::string_view delivery = "Delivery & Logistics";
inline constexpr std::string_view factories = "Equipment & Factory Management";
inline constexpr std::string_view services = "Subscription & Service Management";
}  // namespace category

/// A column that is the primary key by itself.
constexpr Column key(std::string_view name, std::string_view comment = {}) {
  return Column{.name = name, .type = Type::integer, .comment = comment}.as_key();
}
/// A foreign key to `table`.
constexpr Column to(std::string_view name, std::string_view table, std::string_view comment = {}) {
  return {.name = name, .type = Type::integer, .comment = comment, .references = table, .declared = true};
}
/// A reference to `table` that the database does not know of: every row keeps it, no constraint says so.
constexpr Column to_undeclared(std::string_view name, std::string_view table, std::string_view comment = {}) {
  return {.name = name, .type = Type::integer, .comment = comment, .references = table};
}
constexpr Column integer(std::string_view name, std::string_view comment = {}) {
  return {.name = name, .type = Type::integer, .comment = comment};
}
constexpr Column money(std::string_view name, std::string_view comment) {
  return {.name = name, .type = Type::money, .comment = comment};
}
constexpr Column real(std::string_view name, std::string_view comment = {}) {
  return {.name = name, .type = Type::real, .comment = comment};
}
constexpr Column text(std::string_view name, std::string_view comment = {}) {
  return {.name = name, .type = Type::text, .comment = comment};
}
constexpr Column flag(std::string_view name, std::string_view comment = {}) {
  return {.name = name, .type = Type::flag, .comment = comment};
}
constexpr Column day(std::string_view name, std::string_view comment = {}) {
  return {.name = name, .type = Type::day, .comment = comment};
}
constexpr Column moment(std::string_view name, std::string_view comment = {}) {
  return {.name = name, .type = Type::moment, .comment = comment};
}
constexpr Column json(std::string_view name, std::string_view comment = {}) {
  return {.name = name, .type = Type::json, .comment = comment};
}

/// The only key column of the table called `table`, for what refers to it; "" where there is none.
[[nodiscard]] std::string_view key_of(std::span<const Table> tables, std::string_view table);

}  // namespace kpi::shop
