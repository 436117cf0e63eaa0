// Money that buyers pay, for orders and purchase orders, and that they get back.
#include <kpi/shop/areas.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace kpi::shop {
namespace {

using namespace std::chrono_literals;

constexpr std::array payment_columns{
    key("payment_id"),
    to_undeclared("user_id", "TB_USER", "Who pays"),
    to("order_id", "TB_ORDER", "Empty if a purchase order is paid").or_null(),
    to("purchase_order_id", "TB_PURCHASE_ORDER", "Empty if an order is paid").or_null(),
    text("method", "card / bank_transfer / virtual_account / credit"),
    integer("status", "1: pending / 2: paid / 3: failed / 4: refunded, wholly or in part"),
    money("amount", "To pay, in cents"),
    money("fee_amount", "What the payment service takes, in cents; 0 unless paid"),
    money("refunded_amount", "Paid back so far, in cents"),
    text("failure_code", "card_declined / expired_card / limit / timeout; set exactly for status 3")
        .or_null(),
    flag("is_test", "Made by our own staff; leave out of every figure"),
    moment("created_at"),
    moment("paid_at", "Set for status 2 and 4").or_null(),
};
constexpr std::array refund_columns{
    key("refund_id"),
    to("payment_id", "TB_PAYMENT"),
    money("amount", "Paid back, in cents"),
    text("reason", "cancelled / returned"),
    text("status", "requested / completed"),
    moment("requested_at"),
    moment("completed_at", "Set exactly for status completed").or_null(),
};
constexpr std::array invoice_columns{
    key("tax_invoice_id"),
    to_undeclared("payment_id", "TB_PAYMENT"),
    text("invoice_no"),
    money("supply_amount", "Without tax, in cents"),
    money("tax_amount", "In cents"),
    integer("status", "1: issued / 2: sent to the tax office / 3: rejected by it"),
    moment("issued_at"),
    moment("sent_at", "Set exactly for status 2").or_null(),
};
constexpr std::array tables{
    Table{"TB_PAYMENT", category::payments, "Payments of buyers, failed attempts included", payment_columns},
    Table{"TB_REFUND", category::payments, "Money paid back to buyers", refund_columns},
    Table{"TB_TAX_INVOICE", category::payments, "Tax invoices for payments", invoice_columns},
};

struct Payment {
  Id user = 0;
  std::optional<Id> order, purchase_order;
  std::string_view method;
  std::int64_t amount = 0;
  bool failed = false;
  bool is_test = false;
  Moment created;
  std::optional<Moment> paid, refund_requested;
  std::int64_t refund = 0;
  const char* refund_reason = "";
};

void collect_orders(const World& world, Random& random, std::vector<Payment>& payments) {
  static constexpr std::array<std::string_view, 3> methods{"card", "bank_transfer", "virtual_account"};
  static constexpr std::array<int, 3> method_weights{64, 22, 14};
  for (const Order& order : world.orders) {
    Payment payment{};
    payment.user = order.user;
    payment.order = order.id;
    payment.method = methods[random.weighted(method_weights)];
    payment.amount = order.total;
    payment.is_test = order.is_test;
    payment.created = order.placed;
    if (random.chance(45)) {
      payment.failed = true;
      payments.push_back(payment);
      payment.failed = false;
    }
    if (order.cancelled && !order.paid) continue;  // gave up before paying
    payment.paid = order.paid;
    if (order.cancelled || order.returned) {
      payment.refund_requested = order.cancelled ? order.cancelled : order.returned;
      payment.refund = order.cancelled ? order.total : order.total * random.between(30, 100) / 100;
      payment.refund_reason = order.cancelled ? "cancelled" : "returned";
    }
    payments.push_back(payment);
  }
}

void collect_purchase_orders(const World& world, Random& random, std::vector<Payment>& payments) {
  for (const PurchaseOrder& order : world.purchase_orders) {
    if (!order.accepted) continue;
    Payment payment{};
    payment.user = order.user;
    payment.purchase_order = order.id;
    payment.method = random.chance(650) ? "bank_transfer" : "credit";
    payment.amount = order.total;
    payment.is_test = order.is_test;
    payment.created = *order.accepted;
    payment.paid = world.calendar.past(*order.accepted + random.span(3h, 24h * 20));
    payments.push_back(payment);
  }
}

struct Writer {
  const Calendar& calendar;
  RowSink& rows;
  Random& random;
  Id payments = 0, refunds = 0, invoices = 0;

  void put_payment(const Payment& payment) {
    static constexpr std::array<std::string_view, 4> failures{"card_declined", "expired_card", "limit",
                                                              "timeout"};
    const auto id = ++payments;
    const auto returns = random.span(2h, 24h * 5);
    const auto refunded =
        payment.refund_requested ? calendar.past(*payment.refund_requested + returns) : std::nullopt;
    const auto fee = payment.paid ? payment.amount * (payment.method == "card" ? 24 : 8) / 1000 : 0;
    const int status = payment.failed ? 3 : refunded ? 4 : payment.paid ? 2 : 1;
    const auto failure = random.pick(failures);
    rows.put(tables[0],
             {id, payment.user, payment.order, payment.purchase_order, payment.method, status, payment.amount,
              fee, refunded ? payment.refund : 0, payment.failed ? Value(failure) : Value(std::nullopt),
              payment.is_test, payment.created, payment.paid});
    if (payment.refund_requested) {
      rows.put(tables[1], {++refunds, id, payment.refund, payment.refund_reason,
                           refunded ? "completed" : "requested", *payment.refund_requested, refunded});
    }
    if (payment.paid && random.chance(780)) put_invoice(id, payment);
  }

  void put_invoice(Id payment_id, const Payment& payment) {
    const auto issued = calendar.past(*payment.paid + random.span(10min, 24h * 3));
    if (!issued) return;
    const bool rejected = random.chance(12);
    const auto sent = rejected ? std::nullopt : calendar.past(*issued + random.span(1h, 40h));
    const auto supply = payment.amount * 10 / 11;
    const std::string number = fmt::format("TI{:08}", ++invoices);
    rows.put(tables[2], {invoices, payment_id, number, supply, payment.amount - supply,
                         rejected ? 3
                         : sent   ? 2
                                  : 1,
                         *issued, sent});
  }
};

void fill(World& world, RowSink& rows) {
  Random random("payments");
  std::vector<Payment> payments;
  collect_orders(world, random, payments);
  collect_purchase_orders(world, random, payments);
  std::ranges::stable_sort(payments, {}, &Payment::created);
  Writer writer{world.calendar, rows, random};
  for (const Payment& payment : payments) writer.put_payment(payment);
}

}  // namespace

Area payments_area() { return {tables, fill}; }

}  // namespace kpi::shop
