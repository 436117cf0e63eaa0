// What the shop sums up every night: figures that agree with the rows they are made from.
#include <kpi/shop/areas.hpp>

#include <array>
#include <map>
#include <utility>

namespace kpi::shop {
namespace {

constexpr std::array user_columns{
    to("user_id", "TB_USER").as_key(),
    day("stat_month", "First day of the month; the running month is counted so far").as_key(),
    integer("rfq_count", "Requests made"),
    integer("order_count", "Orders placed, cancelled ones included"),
    integer("purchase_order_count", "Purchase orders issued, cancelled ones included"),
    integer("review_count", "Reviews of partners written"),
    money("spent_amount", "Orders paid in the month and not cancelled, in cents"),
};
constexpr std::array partner_columns{
    to("partner_id", "TB_PARTNER").as_key(),
    day("stat_month", "First day of the month; the running month is counted so far").as_key(),
    integer("quotation_count", "Offers made"),
    integer("accepted_count", "Of those, accepted"),
    integer("completed_count", "Purchase orders completed"),
    money("completed_amount", "Their sum with tax, in cents"),
    integer("review_count", "Reviews received"),
    real("average_rating", "Of those reviews, 1 to 5; empty without any").or_null(),
};
constexpr std::array sales_columns{
    day("stat_date", "Day, up to the last full one").as_key(),
    integer("order_count", "Orders placed, cancelled ones included, test orders left out"),
    integer("cancelled_count", "Of those, cancelled since"),
    money("placed_amount", "Sum of those orders, in cents"),
    money("paid_amount", "Orders paid on the day, in cents"),
    integer("buyer_count", "Users who placed at least one order"),
    integer("signup_count", "Users who signed up"),
};
constexpr std::array tables{
    Table{"TB_USER_MONTHLY_STATISTICS", category::users,
          "What each user did in a month; months without trade are left out", user_columns},
    Table{"TB_PARTNER_MONTHLY_STATISTICS", category::partners,
          "What each partner did in a month; months without trade are left out", partner_columns},
    Table{"TB_SALES_DAILY_STATISTICS", category::sales, "Trade of the shop by day", sales_columns},
};

using Month = std::pair<Id, Day>;  ///< whose, and its first day

Month month(Id id, Moment moment) { return {id, Calendar::month_of(day_of(moment))}; }

struct UserMonth {
  std::int64_t rfqs = 0, orders = 0, purchase_orders = 0, reviews = 0, spent = 0;
};

void fill_users(const World& world, RowSink& rows) {
  std::map<Month, UserMonth> months;
  for (const Rfq& rfq : world.rfqs) ++months[month(rfq.user, rfq.created)].rfqs;
  for (const Order& order : world.orders) {
    ++months[month(order.user, order.placed)].orders;
    if (order.paid && !order.cancelled) months[month(order.user, *order.paid)].spent += order.total;
  }
  for (const PurchaseOrder& order : world.purchase_orders)
    ++months[month(order.user, order.issued)].purchase_orders;
  for (const Review& review : world.reviews) ++months[month(review.user, review.created)].reviews;
  for (const auto& [at, sum] : months)
    rows.put(tables[0],
             {at.first, at.second, sum.rfqs, sum.orders, sum.purchase_orders, sum.reviews, sum.spent});
}

struct PartnerMonth {
  std::int64_t quotations = 0, accepted = 0, completed = 0, amount = 0, reviews = 0, stars = 0;
};

void fill_partners(const World& world, RowSink& rows) {
  std::map<Month, PartnerMonth> months;
  for (const Quotation& quotation : world.quotations) {
    auto& sum = months[month(quotation.partner, quotation.created)];
    ++sum.quotations;
    if (quotation.accepted) ++sum.accepted;
  }
  for (const PurchaseOrder& order : world.purchase_orders) {
    if (!order.completed) continue;
    auto& sum = months[month(order.partner, *order.completed)];
    ++sum.completed;
    sum.amount += order.total;
  }
  for (const Review& review : world.reviews) {
    auto& sum = months[month(review.partner, review.created)];
    ++sum.reviews;
    sum.stars += review.rating;
  }
  for (const auto& [at, sum] : months) {
    // Hundredths, rounded: the same double everywhere.
    const auto average =
        sum.reviews == 0
            ? Value(std::nullopt)
            : Value(static_cast<double>((sum.stars * 100 + sum.reviews / 2) / sum.reviews) / 100);
    rows.put(tables[1], {at.first, at.second, sum.quotations, sum.accepted, sum.completed, sum.amount,
                         sum.reviews, average});
  }
}

struct SalesDay {
  std::int64_t orders = 0, cancelled = 0, placed = 0, paid = 0, buyers = 0, signups = 0;
};

void fill_sales(const World& world, RowSink& rows) {
  std::map<Day, SalesDay> days;
  const Calendar& calendar = world.calendar;
  for (Day day = calendar.first(); day < calendar.last(); day += std::chrono::days{1}) days[day] = {};
  std::map<std::pair<Id, Day>, bool> bought;
  for (const Order& order : world.orders) {
    if (order.is_test) continue;
    auto& sum = days[day_of(order.placed)];
    ++sum.orders;
    if (order.cancelled) ++sum.cancelled;
    sum.placed += order.total;
    if (!std::exchange(bought[{order.user, day_of(order.placed)}], true)) ++sum.buyers;
    if (order.paid) days[day_of(*order.paid)].paid += order.total;
  }
  for (const User& user : world.users) {
    if (!user.is_test && days.contains(day_of(user.joined))) ++days[day_of(user.joined)].signups;
  }
  for (const auto& [day, sum] : days) {
    if (day < calendar.last())
      rows.put(tables[2], {day, sum.orders, sum.cancelled, sum.placed, sum.paid, sum.buyers, sum.signups});
  }
}

void fill(World& world, RowSink& rows) {
  fill_users(world, rows);
  fill_partners(world, rows);
  fill_sales(world, rows);
}

}  // namespace

Area statistics_area() { return {tables, fill}; }

}  // namespace kpi::shop
