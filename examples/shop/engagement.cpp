// What users do in the shop: visits, favourites and carts.
#include <kpi/shop/areas.hpp>

#include <fmt/format.h>

#include <array>
#include <set>
#include <utility>

namespace kpi::shop {
namespace {

using namespace std::chrono_literals;

constexpr std::array log_columns{
    key("log_id"),
    to("user_id", "TB_USER"),
    to_undeclared("product_id", "TB_PRODUCT", "Set for view_product, favorite and add_cart").or_null(),
    integer("session_no", "Counts visits; events of one visit share it"),
    text("event_type", "login / search / view_product / favorite / add_cart / view_partner / start_rfq"),
    text("device", "desktop / mobile / tablet"),
    json("properties", "For search: query and results").or_null(),
    moment("occurred_at"),
};
constexpr std::array favorite_columns{
    to("user_id", "TB_USER").as_key(),
    to("product_id", "TB_PRODUCT").as_key(),
    moment("created_at"),
};
constexpr std::array cart_columns{
    key("cart_item_id"),
    to("user_id", "TB_USER"),
    to("product_id", "TB_PRODUCT"),
    integer("quantity", "Pieces"),
    moment("created_at"),
    moment("ordered_at", "When it became part of an order; empty if it did not").or_null(),
    moment("removed_at", "When the user took it out; empty if it is still there or was ordered").or_null(),
};
constexpr std::array tables{
    Table{"TB_USER_ACTIVITY_LOG", category::users, "What users do on the site, one row per event",
          log_columns},
    Table{"TB_USER_FAVORITE", category::users, "Products that users have marked", favorite_columns},
    Table{"TB_CART_ITEM", category::users, "Products put into the cart", cart_columns},
};

struct Writer {
  World& world;
  RowSink& rows;
  Random random{"engagement"};
  Id logs = 0, carts = 0, sessions = 0;
  std::set<std::pair<Id, Id>> favorites = {};

  void put_cart(const User& user, const Product& product, Moment at) {
    const auto quantity = product.minimum_quantity * (1 + random.skewed(24));
    const auto fate = random.below(100);
    const auto acts = world.calendar.past(at + random.span(1min, 24h * 4));
    rows.put(tables[2], {++carts, user.id, product.id, quantity, at, fate < 34 ? acts : std::nullopt,
                         fate >= 34 && fate < 60 ? acts : std::nullopt});
  }

  void put_event(const User& user, std::string_view device, Moment at) {
    static constexpr std::array<std::string_view, 6> kinds{"search",   "view_product", "favorite",
                                                           "add_cart", "view_partner", "start_rfq"};
    static constexpr std::array<int, 6> kind_weights{24, 42, 6, 12, 11, 5};
    static constexpr std::array<std::string_view, 6> words{"bolt m8", "bearing", "steel sheet",
                                                           "valve",   "gloves",  "end mill"};
    auto kind = kinds[random.weighted(kind_weights)];
    const Product* product = nullptr;
    if (kind == "view_product" || kind == "favorite" || kind == "add_cart")
      product = world.some_product(world.some_seller(random, at), random, at);
    if (product == nullptr && kind != "view_partner" && kind != "start_rfq") kind = "search";
    if (kind == "favorite" && !favorites.emplace(user.id, product->id).second) kind = "view_product";
    std::string properties;
    if (kind == "search") {
      const auto word = random.pick(words);
      properties = fmt::format(R"({{"query": "{}", "results": {}}})", word, random.skewed(200));
    }
    rows.put(tables[0],
             {++logs, user.id, product != nullptr ? Value(product->id) : Value(std::nullopt), sessions, kind,
              device, properties.empty() ? Value(std::nullopt) : Value(properties), at});
    if (kind == "favorite") rows.put(tables[1], {user.id, product->id, at});
    if (kind == "add_cart") put_cart(user, *product, at);
  }

  void put_session(Moment begin) {
    static constexpr std::array<std::string_view, 3> devices{"desktop", "mobile", "tablet"};
    static constexpr std::array<int, 3> device_weights{68, 27, 5};
    User& user = world.some_user(random, begin);
    const auto device = devices[random.weighted(device_weights)];
    ++sessions;
    if (random.chance(700)) {
      rows.put(tables[0], {++logs, user.id, std::nullopt, sessions, "login", device, std::nullopt, begin});
      user.last_login = begin;
    }
    Moment at = begin;
    for (auto left = 1 + random.skewed(11); left > 0; --left) {
      at += random.span(4s, 5min);
      if (!world.calendar.past(at) || !lasts(user.joined, user.left, at)) return;
      put_event(user, device, at);
    }
  }
};

void fill(World& world, RowSink& rows) {
  Writer writer{world, rows};
  world.calendar.each(writer.random, 18'500, [&](Moment begin) { writer.put_session(begin); });
}

}  // namespace

Area engagement_area() { return {tables, fill}; }

}  // namespace kpi::shop
