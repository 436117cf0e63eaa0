#pragma once

#include <kpi/shop/schema.hpp>
#include <kpi/shop/sink.hpp>
#include <kpi/shop/world.hpp>

#include <span>

namespace kpi::shop {

/// One part of the business: what its tables look like, and what fills them. `fill` adds its things to the
/// world and reads those of the areas before it; each area stands in a file of its own name.
struct Area {
  std::span<const Table> tables;
  void (*fill)(World& world, RowSink& rows);
};

// In the order in which they are to be filled.
[[nodiscard]] Area users_area();  ///< makes the users; TB_USER itself is left to accounts_area()
[[nodiscard]] Area partners_area();
[[nodiscard]] Area products_area();
[[nodiscard]] Area orders_area();
[[nodiscard]] Area quotations_area();
[[nodiscard]] Area purchase_orders_area();
[[nodiscard]] Area deals_area();
[[nodiscard]] Area payments_area();
[[nodiscard]] Area settlements_area();
[[nodiscard]] Area delivery_area();
[[nodiscard]] Area factories_area();
[[nodiscard]] Area subscriptions_area();
[[nodiscard]] Area tickets_area();
[[nodiscard]] Area engagement_area();
[[nodiscard]] Area reviews_area();
[[nodiscard]] Area statistics_area();
[[nodiscard]] Area accounts_area();  ///< TB_USER, once it is known who logged in last when

}  // namespace kpi::shop
