// Money that the shop pays on to partners, once a month.
#include <kpi/shop/areas.hpp>

#include <array>
#include <map>

namespace kpi::shop {
namespace {

using namespace std::chrono_literals;

constexpr std::array columns{
    key("settlement_id"),
    to("partner_id", "TB_PARTNER"),
    day("period_month", "First day of the month in which the goods arrived"),
    integer("deal_count", "Orders and purchase orders settled"),
    money("gross_amount", "What their buyers paid, in cents"),
    money("commission_amount", "Our share, in cents"),
    money("payout_amount", "gross_amount - commission_amount, in cents"),
    text("status", "scheduled / paid / held"),
    day("scheduled_on", "Tenth day of the following month"),
    moment("paid_at", "Set exactly for status paid").or_null(),
};
constexpr std::array tables{
    Table{"TB_SETTLEMENT", category::payments, "Monthly payouts to partners", columns},
};

constexpr std::int64_t purchase_order_commission_bp = 300;

struct Sum {
  std::int64_t count = 0, gross = 0, commission = 0;

  void add(std::int64_t amount, std::int64_t rate_bp) {
    ++count;
    gross += amount;
    commission += amount * rate_bp / 10'000;
  }
};

void fill(World& world, RowSink& rows) {
  Random random("settlements");
  std::map<std::pair<Day, Id>, Sum> sums;
  for (const Order& order : world.orders) {
    if (!order.delivered || order.returned || order.is_test) continue;
    const Seller& seller = by_id(world.sellers, order.seller);
    sums[{Calendar::month_of(day_of(*order.delivered)), seller.partner}].add(order.total,
                                                                             seller.commission_bp);
  }
  for (const PurchaseOrder& order : world.purchase_orders) {
    if (!order.completed || order.is_test) continue;
    sums[{Calendar::month_of(day_of(*order.completed)), order.partner}].add(order.total,
                                                                            purchase_order_commission_bp);
  }
  Id settlements = 0;
  for (const auto& [at, sum] : sums) {
    const Day scheduled = Calendar::next_month(at.first) + std::chrono::days{9};
    const bool held = random.chance(15);
    const auto paid = held ? std::nullopt : world.calendar.past(scheduled + random.span(8h, 17h));
    rows.put(tables[0], {++settlements, at.second, at.first, sum.count, sum.gross, sum.commission,
                         sum.gross - sum.commission,
                         held   ? "held"
                         : paid ? "paid"
                                : "scheduled",
                         scheduled, paid});
  }
}

}  // namespace

Area settlements_area() { return {tables, fill}; }

}  // namespace kpi::shop
