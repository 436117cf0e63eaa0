// What partners pay for: plans, subscriptions and their invoices.
#include <kpi/shop/areas.hpp>

#include <array>

namespace kpi::shop {
namespace {

using namespace std::chrono_literals;

constexpr std::array plan_columns{
    key("plan_id"),
    text("plan_name", "basic / plus / pro"),
    money("monthly_amount", "Price of 30 days in cents"),
    integer("monthly_quotations", "Offers included per period; empty: no limit").or_null(),
    flag("is_on_sale"),
};
constexpr std::array subscription_columns{
    key("subscription_id"),
    to("partner_id", "TB_PARTNER"),
    to("plan_id", "TB_PLAN"),
    text("status", "trial / active / past_due / cancelled"),
    flag("is_auto_renewed"),
    day("trial_ends_on", "14 days after the start"),
    day("period_ends_on", "Last day paid for or tried; empty once cancelled").or_null(),
    text("cancel_reason", "price / unused / features / closed; set exactly for status cancelled").or_null(),
    moment("started_at"),
    moment("cancelled_at", "Set exactly for status cancelled").or_null(),
};
constexpr std::array invoice_columns{
    key("invoice_id"),
    to("subscription_id", "TB_SUBSCRIPTION"),
    integer("period_no", "1 for the first 30 days after the trial"),
    money("amount", "In cents"),
    integer("status", "1: open / 2: paid / 3: written off"),
    day("due_date"),
    moment("issued_at"),
    moment("paid_at", "Set exactly for status 2").or_null(),
};
constexpr std::array tables{
    Table{"TB_PLAN", category::services, "Plans that partners can subscribe to", plan_columns},
    Table{"TB_SUBSCRIPTION", category::services, "Subscriptions of partners, past ones included",
          subscription_columns},
    Table{"TB_SUBSCRIPTION_INVOICE", category::services, "Invoices of subscriptions, one per 30 days",
          invoice_columns},
};

struct Plan {
  std::string_view name;
  std::int64_t monthly;
  std::optional<int> quotations;
  bool on_sale;
};
constexpr std::array plans{Plan{"basic", 4900, 10, true}, Plan{"plus", 12'900, 60, true},
                           Plan{"pro", 29'900, std::nullopt, true}, Plan{"basic 2023", 3900, 10, false}};
constexpr std::array<int, 4> plan_weights{46, 33, 16, 5};

struct Writer {
  const Calendar& calendar;
  RowSink& rows;
  Random random{"subscriptions"};
  Id subscriptions = 0, invoices = 0;

  /// The subscription of a partner from `started` on. Gives the moment it was cancelled.
  std::optional<Moment> put_subscription(const Partner& partner, Moment started) {
    static constexpr std::array<std::string_view, 3> reasons{"price", "unused", "features"};
    const auto id = ++subscriptions;
    const auto plan = random.weighted(plan_weights);
    const Moment trial_ends = started + 24h * 14;
    std::optional<Moment> cancelled;
    if (random.chance(220)) cancelled = trial_ends - random.span(1h, 24h * 6);
    if (partner.left && (!cancelled || *partner.left < *cancelled)) cancelled = partner.left;
    bool past_due = false;
    Moment period = trial_ends;
    for (int number = 1; period < calendar.end() && (!cancelled || period < *cancelled); ++number) {
      const bool ends = random.chance(28);
      const bool defaults = random.chance(12);
      const auto pays =
          defaults ? std::nullopt
                   : calendar.past(period + random.span(1h, random.chance(900) ? 24h * 4 : 24h * 20));
      const Day due = day_of(period) + std::chrono::days{10};
      const bool off = defaults && calendar.past(period + 24h * 60);
      rows.put(tables[2], {++invoices, id, number, plans[plan].monthly,
                           pays  ? 2
                           : off ? 3
                                 : 1,
                           due, period, pays});
      past_due = past_due || (!pays && !off && due < calendar.last());
      period += 24h * 30;
      if (ends && (!cancelled || period < *cancelled)) cancelled = period - random.span(1h, 24h * 20);
    }
    if (cancelled) cancelled = calendar.past(*cancelled);
    const bool closed = cancelled && cancelled == partner.left;
    const char* status = cancelled                     ? "cancelled"
                         : calendar.end() < trial_ends ? "trial"
                         : past_due                    ? "past_due"
                                                       : "active";
    const auto reason = random.pick(reasons);
    rows.put(tables[1], {id, partner.id, plan + 1, status, random.chance(880), day_of(trial_ends),
                         cancelled ? Value(std::nullopt) : Value(day_of(period)),
                         !cancelled ? Value(std::nullopt)
                         : closed   ? Value("closed")
                                    : Value(reason),
                         started, cancelled});
    return cancelled;
  }
};

void fill(World& world, RowSink& rows) {
  const Calendar& calendar = world.calendar;
  for (std::size_t i = 0; i < plans.size(); ++i)
    rows.put(tables[0], {i + 1, plans[i].name, plans[i].monthly, plans[i].quotations, plans[i].on_sale});
  Writer writer{calendar, rows};
  for (const Partner& partner : world.partners) {
    if (!partner.approved || writer.random.chance(180)) continue;
    // Subscriptions came with the shop: who was there before it took one in its first year.
    const bool founder = *partner.approved < Moment{calendar.first()};
    std::optional<Moment> starts = founder ? calendar.first() + writer.random.span(9h, 24h * 400)
                                           : *partner.approved + writer.random.span(1h, 24h * 45);
    for (int attempt = 0; attempt < 3 && starts; ++attempt) {
      if (!calendar.past(*starts) || (partner.left && *starts >= *partner.left)) break;
      const auto cancelled = writer.put_subscription(partner, *starts);
      starts = cancelled && writer.random.chance(450)
                   ? std::optional(*cancelled + writer.random.span(24h * 10, 24h * 160))
                   : std::nullopt;
    }
  }
}

}  // namespace

Area subscriptions_area() { return {tables, fill}; }

}  // namespace kpi::shop
