// Parts made to order, once an offer is accepted.
#include <kpi/shop/areas.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace kpi::shop {
namespace {

using namespace std::chrono_literals;

constexpr std::array order_columns{
    key("purchase_order_id"),
    text("purchase_order_no", "Number that both sides see"),
    to("quotation_id", "TB_QUOTATION", "Offer that was accepted; one purchase order each"),
    to("user_id", "TB_USER", "Buyer"),
    to_undeclared("partner_id", "TB_PARTNER", "Who makes the parts"),
    integer("status",
            "1: issued / 2: accepted / 3: in production / 4: shipped / 5: completed / 6: cancelled"),
    money("supply_amount", "Price without tax, in cents"),
    money("tax_amount", "Tax of 10 percent, in cents"),
    money("total_amount", "supply_amount + tax_amount, in cents"),
    day("due_date", "Promised to the buyer"),
    flag("is_test", "Made by our own staff; leave out of every figure"),
    moment("created_at", "When it was issued"),
    moment("accepted_at", "When the partner confirmed").or_null(),
    moment("completed_at", "When the buyer took the parts in; set exactly for status 5").or_null(),
    moment("cancelled_at", "Set exactly for status 6").or_null(),
    text("cancel_reason", "price / delay / no_need / quality; set exactly for status 6").or_null(),
};
constexpr std::array log_columns{
    key("log_id"),
    to("purchase_order_id", "TB_PURCHASE_ORDER"),
    integer("from_status", "Codes of TB_PURCHASE_ORDER.status; empty for the first").or_null(),
    integer("to_status", "Codes of TB_PURCHASE_ORDER.status"),
    moment("changed_at"),
};
constexpr std::array tables{
    Table{"TB_PURCHASE_ORDER", category::deals, "Purchase orders: accepted offers for parts made to drawing",
          order_columns},
    Table{"TB_PURCHASE_ORDER_STATUS_LOG", category::deals, "Every change of a purchase order's status",
          log_columns},
};

void live(PurchaseOrder& order, std::int64_t lead_days, const Calendar& calendar, Random& random) {
  if (random.chance(60)) {
    order.cancelled = calendar.past(order.issued + random.span(2h, 24h * 5));
    return;
  }
  const auto accepts = order.issued + random.span(1h, 48h);
  const auto begins = accepts + random.span(4h, 24h * 4);
  const auto ships = begins + std::chrono::hours(24 * lead_days * random.between(70, 125) / 100);
  order.accepted = calendar.past(accepts);
  order.production = calendar.past(begins);
  order.shipped = calendar.past(ships);
  order.completed = calendar.past(ships + random.span(20h, 24h * 6));
}

int status_of(const PurchaseOrder& order) {
  if (order.cancelled) return 6;
  return order.completed ? 5 : order.shipped ? 4 : order.production ? 3 : order.accepted ? 2 : 1;
}

void put_logs(const PurchaseOrder& order, Id& logs, RowSink& rows) {
  std::optional<int> from;
  const auto log = [&](int status, const std::optional<Moment>& when) {
    if (!when) return;
    rows.put(tables[1], {++logs, order.id, from, status, *when});
    from = status;
  };
  log(1, order.issued);
  log(2, order.accepted);
  log(3, order.production);
  log(4, order.shipped);
  log(5, order.completed);
  log(6, order.cancelled);
}

void fill(World& world, RowSink& rows) {
  static constexpr std::array<std::string_view, 4> reasons{"price", "delay", "no_need", "quality"};
  Random random("purchase_orders");
  std::vector<const Quotation*> accepted;
  for (const Quotation& quotation : world.quotations) {
    if (quotation.accepted) accepted.push_back(&quotation);
  }
  std::ranges::stable_sort(accepted, {}, [](const Quotation* quotation) { return *quotation->accepted; });
  Id logs = 0;
  for (const Quotation* quotation : accepted) {
    const Rfq& rfq = by_id(world.rfqs, quotation->rfq);
    const auto tax = quotation->amount / 10;
    PurchaseOrder order{};
    order.id = next_id(world.purchase_orders);
    order.user = rfq.user;
    order.partner = quotation->partner;
    order.is_test = rfq.is_test;
    order.total = quotation->amount + tax;
    order.issued = *quotation->accepted;
    order.due = day_of(order.issued) + std::chrono::days{quotation->lead_days + 7};
    live(order, quotation->lead_days, world.calendar, random);
    const std::string number = fmt::format("PO-{:06}", 100'000 + order.id);
    const auto reason = random.pick(reasons);
    rows.put(tables[0],
             {order.id, number, quotation->id, order.user, order.partner, status_of(order), quotation->amount,
              tax, order.total, order.due, order.is_test, order.issued, order.accepted, order.completed,
              order.cancelled, order.cancelled ? Value(reason) : Value(std::nullopt)});
    put_logs(order, logs, rows);
    world.purchase_orders.push_back(order);
  }
}

}  // namespace

Area purchase_orders_area() { return {tables, fill}; }

}  // namespace kpi::shop
