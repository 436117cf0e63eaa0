#pragma once

#include <kpi/shop/calendar.hpp>
#include <kpi/shop/random.hpp>

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

// What the parts of the shop know of each other. Each part adds its own things and reads those of the parts
// before it. A thing's id is its place in its list, counted from 1. Moments that are not past yet are left
// empty, so what state a thing is in follows from its dates and the two never disagree.
namespace kpi::shop {

using Id = std::int64_t;

struct User {
  Id id;
  std::string name;
  Moment joined;
  std::optional<Moment> left;
  std::optional<Moment> last_login;
  bool is_test;
};

struct Partner {
  Id id;
  Moment joined;
  std::optional<Moment> approved;
  std::optional<Moment> left;
  bool is_test;
};

struct Seller {
  Id id;
  Id partner;
  Moment opened;
  std::optional<Moment> closed;
  std::int64_t commission_bp;  ///< hundredths of a percent
  std::vector<Id> products;
};

struct Category {
  Id id;
  std::string_view name;
};

struct Product {
  Id id;
  Id seller;
  std::int64_t price;
  std::int64_t minimum_quantity;
  Moment created;
  std::optional<Moment> discontinued;
};

struct OrderItem {
  Id id;
  Id product;
};

struct Order {
  Id id;
  Id user;
  Id seller;
  bool is_test;
  std::int64_t total;
  Moment placed;
  std::optional<Moment> paid, preparing, shipped, delivered, returned, cancelled;
  std::vector<OrderItem> items;
};

struct Rfq {
  Id id;
  Id user;
  bool is_test;
  std::int64_t budget;
  Moment created;
  std::optional<Moment> first_quoted, ordered, closed;
  std::optional<Id> winner;  ///< the partner whose quotation was accepted
};

struct Quotation {
  Id id;
  Id rfq;
  Id partner;
  std::int64_t amount;  ///< with delivery
  std::int64_t lead_days;
  Moment created;
  std::optional<Moment> accepted;
};

struct PurchaseOrder {
  Id id;
  Id user;
  Id partner;
  bool is_test;
  std::int64_t total;  ///< with tax
  Moment issued;
  Day due;
  std::optional<Moment> accepted, production, shipped, completed, cancelled;
};

struct Review {
  Id user;
  Id partner;
  std::int64_t rating;
  Moment created;
};

struct World {
  explicit World(Calendar c) : calendar(c) {}

  Calendar calendar;
  std::vector<User> users;        ///< by the moment they joined
  std::vector<Partner> partners;  ///< by the moment they joined
  std::vector<Seller> sellers;
  std::vector<Category> categories;  ///< those that hold products
  std::vector<Product> products;
  std::vector<Order> orders;
  std::vector<Rfq> rfqs;
  std::vector<Quotation> quotations;
  std::vector<PurchaseOrder> purchase_orders;
  std::vector<Review> reviews;  ///< of partners

  /// Someone who is a member at `at`; old hands more often than newcomers.
  [[nodiscard]] User& some_user(Random& random, Moment at);
  /// A partner that works for the shop at `at`.
  [[nodiscard]] const Partner& some_partner(Random& random, Moment at) const;
  /// A seller whose store is open at `at` and has something on sale then.
  [[nodiscard]] const Seller& some_seller(Random& random, Moment at) const;
  /// A product of `seller` on sale at `at`; null where chance found none.
  [[nodiscard]] const Product* some_product(const Seller& seller, Random& random, Moment at) const;
};

/// The next id of `things`.
template <class Thing>
[[nodiscard]] Id next_id(const std::vector<Thing>& things) {
  return static_cast<Id>(things.size()) + 1;
}

/// The thing of that id.
template <class Thing>
[[nodiscard]] const Thing& by_id(const std::vector<Thing>& things, Id id) {
  return things[static_cast<std::size_t>(id) - 1];
}

/// Whether what began at `begin`, and ends at `end` if ever, goes on at `at`.
[[nodiscard]] constexpr bool lasts(Moment begin, const std::optional<Moment>& end, Moment at) {
  return begin <= at && (!end || at < *end);
}

}  // namespace kpi::shop
