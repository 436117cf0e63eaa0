// What buyers think of products and partners.
#include <kpi/shop/areas.hpp>

#include <algorithm>
#include <array>

namespace kpi::shop {
namespace {

using namespace std::chrono_literals;

constexpr std::array partner_review_columns{
    key("review_id"),
    to("partner_id", "TB_PARTNER"),
    to("user_id", "TB_USER", "Who writes"),
    to("purchase_order_id", "TB_PURCHASE_ORDER", "Completed purchase order that it is about"),
    integer("rating", "1 (poor) to 5 (very good)"),
    integer("quality_rating", "1 to 5, for the parts"),
    integer("delivery_rating", "1 to 5, for being on time; empty if not given").or_null(),
    moment("created_at"),
    moment("deleted_at", "When the review was taken down; leave such reviews out").or_null(),
};
constexpr std::array product_review_columns{
    key("review_id"),
    to("product_id", "TB_PRODUCT"),
    to("user_id", "TB_USER", "Who writes"),
    to_undeclared("order_item_id", "TB_ORDER_ITEM", "Delivered line of an order that it is about"),
    integer("rating", "1 (poor) to 5 (very good)"),
    text("title").or_null(),
    integer("helpful_count", "Users who found the review helpful"),
    moment("created_at"),
    moment("deleted_at", "When the review was taken down; leave such reviews out").or_null(),
};
constexpr std::array tables{
    Table{"TB_PARTNER_REVIEW", category::partners, "Ratings of partners by buyers", partner_review_columns},
    Table{"TB_PRODUCT_REVIEW", category::products, "Ratings of products by buyers", product_review_columns},
};

std::int64_t rating(Random& random) {
  static constexpr std::array<int, 5> weights{4, 6, 14, 37, 39};
  return static_cast<std::int64_t>(random.weighted(weights)) + 1;
}

std::int64_t near(std::int64_t rating, Random& random) {
  return std::clamp<std::int64_t>(rating + random.between(-1, 1), 1, 5);
}

void fill_partner_reviews(World& world, Random& random, RowSink& rows) {
  Id reviews = 0;
  for (const PurchaseOrder& order : world.purchase_orders) {
    if (!order.completed || order.is_test || !random.chance(580)) continue;
    const auto created = world.calendar.past(*order.completed + random.span(2h, 24h * 12));
    if (!created) continue;
    const auto stars = rating(random);
    const auto quality = near(stars, random);
    const auto delivery = near(stars, random);
    const auto deleted =
        random.chance(20) ? world.calendar.past(*created + random.span(24h, 24h * 60)) : std::nullopt;
    rows.put(tables[0], {++reviews, order.partner, order.user, order.id, stars, quality,
                         random.chance(850) ? Value(delivery) : Value(std::nullopt), *created, deleted});
    if (!deleted)
      world.reviews.push_back(
          {.user = order.user, .partner = order.partner, .rating = stars, .created = *created});
  }
}

void fill_product_reviews(World& world, Random& random, RowSink& rows) {
  static constexpr std::array<std::string_view, 5> titles{
      "Not usable", "Below what we expected", "Does the job", "Good", "Very good, will order again"};
  Id reviews = 0;
  for (const Order& order : world.orders) {
    if (!order.delivered || order.is_test) continue;
    for (const OrderItem& item : order.items) {
      if (!random.chance(160)) continue;
      const auto created = world.calendar.past(*order.delivered + random.span(5h, 24h * 20));
      if (!created) continue;
      const auto stars = rating(random);
      const auto deleted =
          random.chance(18) ? world.calendar.past(*created + random.span(24h, 24h * 60)) : std::nullopt;
      const auto title = titles[static_cast<std::size_t>(stars) - 1];
      rows.put(tables[1], {++reviews, item.product, order.user, item.id, stars,
                           random.chance(700) ? Value(title) : Value(std::nullopt), random.skewed(12),
                           *created, deleted});
    }
  }
}

void fill(World& world, RowSink& rows) {
  Random random("reviews");
  fill_partner_reviews(world, random, rows);
  fill_product_reviews(world, random, rows);
}

}  // namespace

Area reviews_area() { return {tables, fill}; }

}  // namespace kpi::shop
