// What users ask the service desk.
#include <kpi/shop/areas.hpp>

#include <array>

namespace kpi::shop {
namespace {

using namespace std::chrono_literals;

constexpr std::array columns{
    key("ticket_id"),
    to_undeclared("user_id", "TB_USER", "Who asks"),
    to_undeclared("order_id", "TB_ORDER", "Order that it is about, if any").or_null(),
    text("topic", "order / delivery / payment / quotation / account / other"),
    integer("priority", "1: high / 2: normal / 3: low"),
    text("status", "open / answered / closed"),
    integer("satisfaction", "1 (poor) to 5 (very good), asked after closing; often not answered").or_null(),
    moment("created_at"),
    moment("first_response_at", "Empty for status open").or_null(),
    moment("closed_at", "Set exactly for status closed").or_null(),
};
constexpr std::array tables{
    Table{"TB_SERVICE_TICKET", category::services, "Questions and complaints to the service desk", columns},
};

void fill(World& world, RowSink& rows) {
  static constexpr std::array<std::string_view, 6> topics{"order",     "delivery", "payment",
                                                          "quotation", "account",  "other"};
  static constexpr std::array<int, 6> topic_weights{24, 30, 14, 12, 12, 8};
  static constexpr std::array<int, 3> priority_weights{18, 62, 20};
  static constexpr std::array<int, 5> satisfaction_weights{6, 8, 16, 38, 32};
  Random random("tickets");
  const Calendar& calendar = world.calendar;
  Id tickets = 0;
  std::size_t placed = 0;  // orders placed by now
  calendar.each(random, 3200, [&](Moment created) {
    while (placed < world.orders.size() && world.orders[placed].placed < created) ++placed;
    const auto topic = topics[random.weighted(topic_weights)];
    const auto asked = random.below(120);  // one of the last orders
    const bool about_order = topic == "order" || topic == "delivery" || topic == "payment";
    const Order* order = about_order && placed > static_cast<std::size_t>(asked)
                             ? &world.orders[placed - 1 - static_cast<std::size_t>(asked)]
                             : nullptr;
    const auto user = order != nullptr ? order->user : world.some_user(random, created).id;
    const auto priority = random.weighted(priority_weights) + 1;
    const auto answers = created + random.span(5min, 10h * static_cast<int>(priority));
    const auto answered = calendar.past(answers);
    const auto closed = calendar.past(answers + random.span(10min, 24h * 6));
    const auto satisfaction = random.weighted(satisfaction_weights) + 1;
    const bool rates = random.chance(420) && closed;
    rows.put(tables[0],
             {++tickets, user, order != nullptr ? Value(order->id) : Value(std::nullopt), topic, priority,
              closed     ? "closed"
              : answered ? "answered"
                         : "open",
              rates ? Value(satisfaction) : Value(std::nullopt), created, answered, closed});
  });
}

}  // namespace

Area tickets_area() { return {tables, fill}; }

}  // namespace kpi::shop
