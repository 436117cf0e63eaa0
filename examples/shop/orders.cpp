// The shop's own trade: orders of standard products.
#include <kpi/shop/areas.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace kpi::shop {
namespace {

using namespace std::chrono_literals;

constexpr std::array coupon_columns{
    key("coupon_id"),
    text("code", "What the buyer types in"),
    text("discount_type", "percent / amount"),
    integer("discount_value", "Whole percent, or cents for discount_type amount"),
    day("valid_from"),
    day("valid_until", "Last day on which the coupon is taken"),
    flag("is_active", "Valid on the day of the data"),
};
constexpr std::array order_columns{
    key("order_id"),
    text("order_no", "Number that the buyer sees"),
    to("user_id", "TB_USER", "Buyer"),
    to("seller_id", "TB_SELLER", "Store that sells; one per order"),
    to("coupon_id", "TB_COUPON", "Empty for most orders").or_null(),
    integer("status", "1: placed / 2: paid / 3: preparing / 4: shipped / 5: delivered / 6: cancelled"),
    text("channel", "web / mobile / api / phone"),
    money("item_amount", "Sum of the items in cents, without shipping"),
    money("discount_amount", "Taken off by the coupon, in cents"),
    money("shipping_amount", "Shipping fee in cents; 0: free"),
    money("total_amount", "To pay, in cents: items - discount + shipping"),
    flag("is_test", "Placed by our own staff; leave out of every figure"),
    moment("created_at", "When the order was placed"),
    moment("paid_at", "Empty until paid").or_null(),
    moment("cancelled_at", "Set exactly for status 6").or_null(),
    moment("completed_at", "When the goods arrived; set exactly for status 5").or_null(),
};
constexpr std::array item_columns{
    key("order_item_id"),
    to("order_id", "TB_ORDER"),
    to("product_id", "TB_PRODUCT"),
    integer("quantity", "Pieces"),
    money("unit_price", "Price of one piece when ordered, in cents"),
    money("item_amount", "quantity x unit_price, in cents"),
};
constexpr std::array log_columns{
    key("log_id"),
    to_undeclared("order_id", "TB_ORDER"),
    integer("status", "Status from then on; the codes of TB_ORDER.status"),
    text("changed_by", "buyer / seller / system"),
    moment("changed_at"),
};
constexpr std::array tables{
    Table{"TB_COUPON", category::sales, "Discount codes", coupon_columns},
    Table{"TB_ORDER", category::sales, "Orders of standard products in the shop", order_columns},
    Table{"TB_ORDER_ITEM", category::sales, "Lines of the orders, one per product", item_columns},
    Table{"TB_ORDER_STATUS_LOG", category::sales, "Every change of an order's status", log_columns},
};

struct Coupon {
  Id id;
  bool percent;
  std::int64_t value;
  Day from, until;
};

std::vector<Coupon> fill_coupons(const Calendar& calendar, Random& random, RowSink& rows) {
  std::vector<Coupon> coupons;
  calendar.each_month([&](Day month) {
    const bool percent = random.chance(600);
    const Coupon coupon{.id = next_id(coupons),
                        .percent = percent,
                        .value = percent ? random.between(3, 12) : 500 * random.between(1, 8),
                        .from = month,
                        .until = month + std::chrono::days{random.between(20, 75)}};
    const std::string code = fmt::format("SAVE{:03}", coupon.id * 7 + 100);
    rows.put(tables[0], {coupon.id, code, percent ? "percent" : "amount", coupon.value, coupon.from,
                         coupon.until, calendar.last() <= coupon.until});
    coupons.push_back(coupon);
  });
  return coupons;
}

/// When `order` was paid, prepared, shipped, delivered or cancelled, as far as that is past.
void live(Order& order, const Calendar& calendar, Random& random) {
  const auto fate = random.below(1000);
  if (fate < 35) {  // never paid
    order.cancelled = calendar.past(order.placed + (fate < 15 ? random.span(1h, 48h) : 24h * 7));
    return;
  }
  const auto pays = order.placed + (random.chance(700) ? random.span(1min, 30min) : random.span(2h, 70h));
  order.paid = calendar.past(pays);
  if (fate < 70) {  // cancelled after payment
    order.cancelled = calendar.past(pays + random.span(20min, 30h));
    return;
  }
  const auto prepares = pays + random.span(30min, 26h);
  const auto ships = prepares + random.span(4h, 70h);
  order.preparing = calendar.past(prepares);
  order.shipped = calendar.past(ships);
  const auto arrives = ships + random.span(20h, 24h * 6);
  order.delivered = calendar.past(arrives);
  if (fate >= 970) order.returned = calendar.past(arrives + random.span(24h, 24h * 9));
}

int status_of(const Order& order) {
  if (order.cancelled) return 6;
  return order.delivered ? 5 : order.shipped ? 4 : order.preparing ? 3 : order.paid ? 2 : 1;
}

struct Writer {
  World& world;
  RowSink& rows;
  Random random{"orders"};
  std::vector<Coupon> coupons = {};
  Id items = 0;
  Id logs = 0;

  std::int64_t put_items(Order& order, const Seller& seller) {
    std::int64_t sum = 0;
    for (auto wanted = 1 + random.skewed(6); wanted > 0 || order.items.empty(); --wanted) {
      const Product* product = world.some_product(seller, random, order.placed);
      if (product == nullptr || std::ranges::count(order.items, product->id, &OrderItem::product) > 0)
        continue;
      const auto quantity = product->minimum_quantity * (1 + random.skewed(24));
      // Prices rose a little since: the further back, the cheaper.
      const auto age = (world.calendar.last() - day_of(order.placed)).count();
      const auto price = std::max<std::int64_t>(product->price * (10'000 - age) / 10'000, 1);
      rows.put(tables[2], {++items, order.id, product->id, quantity, price, quantity * price});
      order.items.push_back({.id = items, .product = product->id});
      sum += quantity * price;
    }
    return sum;
  }

  void put_logs(const Order& order) {
    const auto log = [&](int status, const char* by, const std::optional<Moment>& when) {
      if (when) rows.put(tables[3], {++logs, order.id, status, by, *when});
    };
    log(1, "buyer", order.placed);
    log(2, "system", order.paid);
    log(3, "seller", order.preparing);
    log(4, "seller", order.shipped);
    log(5, "system", order.delivered);
    log(6, order.paid ? "buyer" : "system", order.cancelled);
  }

  void put_order(Moment placed) {
    static constexpr std::array<std::string_view, 4> channels{"web", "mobile", "api", "phone"};
    static constexpr std::array<int, 4> channel_weights{58, 24, 13, 5};
    const User& user = world.some_user(random, placed);
    const Seller& seller = world.some_seller(random, placed);
    Order order{};
    order.id = next_id(world.orders);
    order.user = user.id;
    order.seller = seller.id;
    order.is_test = user.is_test;
    order.placed = placed;
    const auto sum = put_items(order, seller);
    const Coupon& offered = random.pick(coupons);
    const bool taken = offered.from <= day_of(placed) && day_of(placed) <= offered.until;
    const auto discount = !taken            ? 0
                          : offered.percent ? sum * offered.value / 100
                                            : std::min(offered.value, sum / 2);
    const auto shipping = sum >= 50'000 ? 0 : 350 + 50 * random.below(20);
    order.total = sum - discount + shipping;
    live(order, world.calendar, random);
    const std::string number = fmt::format("SO-{:07}", 1'000'000 + order.id);
    rows.put(tables[1],
             {order.id, number, order.user, order.seller, taken ? Value(offered.id) : Value(std::nullopt),
              status_of(order), channels[random.weighted(channel_weights)], sum, discount, shipping,
              order.total, order.is_test, placed, order.paid, order.cancelled, order.delivered});
    put_logs(order);
    world.orders.push_back(std::move(order));
  }
};

void fill(World& world, RowSink& rows) {
  Writer writer{world, rows};
  writer.coupons = fill_coupons(world.calendar, writer.random, rows);
  world.calendar.each(writer.random, 10'500, [&](Moment placed) { writer.put_order(placed); });
}

}  // namespace

Area orders_area() { return {tables, fill}; }

}  // namespace kpi::shop
