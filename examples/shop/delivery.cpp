// Goods on their way, from orders and purchase orders.
#include <kpi/shop/areas.hpp>
#include <kpi/shop/names.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace kpi::shop {
namespace {

using namespace std::chrono_literals;

constexpr std::array carrier_columns{
    key("carrier_id"),
    text("name"),
    text("mode", "parcel / freight / courier"),
    flag("is_active", "Takes new shipments"),
};
constexpr std::array shipment_columns{
    key("shipment_id"),
    to("order_id", "TB_ORDER", "Empty if it belongs to a purchase order").or_null(),
    to_undeclared("purchase_order_id", "TB_PURCHASE_ORDER", "Empty if it belongs to an order").or_null(),
    to("carrier_id", "TB_CARRIER"),
    text("tracking_no"),
    integer("status", "1: ready / 2: in transit / 3: delivered / 4: returned"),
    integer("weight_g", "Weight in grams"),
    money("cost_amount", "What the carrier charges us, in cents"),
    text("destination_city"),
    day("promised_date", "Arrival promised to the buyer; later is late"),
    moment("created_at"),
    moment("shipped_at", "Empty for status 1").or_null(),
    moment("delivered_at", "Set for status 3 and 4").or_null(),
    moment("returned_at", "Set exactly for status 4").or_null(),
};
constexpr std::array event_columns{
    key("event_id"),
    to("shipment_id", "TB_SHIPMENT"),
    text("event_type", "label_created / picked_up / at_hub / delayed / delivered / returned"),
    text("location").or_null(),
    moment("occurred_at"),
};
constexpr std::array tables{
    Table{"TB_CARRIER", category::delivery, "Companies that carry goods", carrier_columns},
    Table{"TB_SHIPMENT", category::delivery, "Shipments, one per order or purchase order", shipment_columns},
    Table{"TB_SHIPMENT_EVENT", category::delivery, "Scans of shipments on their way", event_columns},
};

struct Carrier {
  std::string_view name, mode;
  bool active;
};
constexpr std::array carriers{
    Carrier{"Sample Parcel", "parcel", true},    Carrier{"Example Express", "courier", true},
    Carrier{"Mockup Freight", "freight", true},  Carrier{"Fixture Lines", "parcel", true},
    Carrier{"Demo Logistics", "freight", true},  Carrier{"Placeholder Post", "parcel", true},
    Carrier{"Old Specimen Co", "courier", false}};

struct Shipment {
  std::optional<Id> order, purchase_order;
  Day promised;
  Moment created;
  std::optional<Moment> shipped, delivered, returned;
};

std::vector<Shipment> collect(const World& world, Random& random) {
  std::vector<Shipment> shipments;
  for (const Order& order : world.orders) {
    if (!order.preparing) continue;
    shipments.push_back({.order = order.id,
                         .purchase_order = std::nullopt,
                         .promised = day_of(*order.preparing) + std::chrono::days{6},
                         .created = *order.preparing,
                         .shipped = order.shipped,
                         .delivered = order.delivered,
                         .returned = order.returned});
  }
  for (const PurchaseOrder& order : world.purchase_orders) {
    if (!order.shipped) continue;
    shipments.push_back({.order = std::nullopt,
                         .purchase_order = order.id,
                         .promised = order.due,
                         .created = *order.shipped - random.span(2h, 20h),
                         .shipped = order.shipped,
                         .delivered = order.completed,
                         .returned = std::nullopt});
  }
  std::ranges::stable_sort(shipments, {}, &Shipment::created);
  return shipments;
}

struct Writer {
  const Calendar& calendar;
  RowSink& rows;
  Random& random;
  Id shipments = 0, events = 0;

  void put_event(const char* type, std::string_view where, const std::optional<Moment>& when) {
    if (when)
      rows.put(tables[2],
               {++events, shipments, type, where.empty() ? Value(std::nullopt) : Value(where), *when});
  }

  void put_shipment(const Shipment& shipment) {
    static constexpr std::array<int, 7> carrier_weights{34, 22, 12, 15, 7, 8, 2};
    auto carrier = random.weighted(carrier_weights);
    // The last one was given up after the first year.
    if (!carriers[carrier].active && day_of(shipment.created) > calendar.first() + std::chrono::days{365})
      carrier = 0;
    const std::string tracking = fmt::format("TRK{:010}", random.below(10'000'000'000));
    const auto weight = 200 + 10 * random.skewed(12'000);
    const auto destination = city(random);
    const int status = shipment.returned ? 4 : shipment.delivered ? 3 : shipment.shipped ? 2 : 1;
    rows.put(tables[1], {++shipments, shipment.order, shipment.purchase_order, carrier + 1, tracking, status,
                         weight, 300 + weight / 12, destination, shipment.promised, shipment.created,
                         shipment.shipped, shipment.delivered, shipment.returned});
    put_event("label_created", "", shipment.created);
    put_event("picked_up", city(random), shipment.shipped);
    const auto hubs = random.between(1, 2);
    const bool delayed = random.chance(70);
    for (std::int64_t hub = 1; shipment.shipped && hub <= hubs; ++hub) {
      const auto scan = calendar.past(*shipment.shipped + hub * 8h + random.span(0s, 2h));
      if (!scan || (shipment.delivered && *scan >= *shipment.delivered)) continue;
      put_event(hub == 1 && delayed ? "delayed" : "at_hub", city(random), scan);
    }
    put_event("delivered", destination, shipment.delivered);
    put_event("returned", "", shipment.returned);
  }
};

void fill(World& world, RowSink& rows) {
  Random random("delivery");
  for (std::size_t i = 0; i < carriers.size(); ++i)
    rows.put(tables[0], {i + 1, carriers[i].name, carriers[i].mode, carriers[i].active});
  Writer writer{world.calendar, rows, random};
  for (const Shipment& shipment : collect(world, random)) writer.put_shipment(shipment);
}

}  // namespace

Area delivery_area() { return {tables, fill}; }

}  // namespace kpi::shop
