// What the sales team makes of larger requests.
#include <kpi/shop/areas.hpp>

#include <array>

namespace kpi::shop {
namespace {

using namespace std::chrono_literals;

constexpr std::array columns{
    key("deal_id"),
    to_undeclared("rfq_id", "TB_RFQ", "Request that the deal grew from; one deal each"),
    to("user_id", "TB_USER", "Customer"),
    to("partner_id", "TB_PARTNER", "Who won the work; set exactly for stage won").or_null(),
    text("stage", "qualified / proposal / won / lost"),
    money("expected_amount", "What the sales team expects, in cents"),
    integer("probability_percent", "0 for lost, 100 for won"),
    text("lost_reason", "price / time / competitor / no_budget; set exactly for stage lost").or_null(),
    moment("created_at"),
    moment("closed_at", "Set for won and lost").or_null(),
};
constexpr std::array tables{
    Table{"TB_DEAL", category::deals, "Deals that the sales team follows up, one per larger request",
          columns},
};

void fill(World& world, RowSink& rows) {
  static constexpr std::array<std::string_view, 4> reasons{"price", "time", "competitor", "no_budget"};
  Random random("deals");
  Id deals = 0;
  for (const Rfq& rfq : world.rfqs) {
    if (rfq.is_test || rfq.budget < 800'000) continue;
    const auto created = world.calendar.past(rfq.created + random.span(10min, 4h));
    const auto expected = rfq.budget * random.between(90, 115) / 100;
    const auto reason = random.pick(reasons);
    const auto open_percent = 10 * random.between(1, 3);
    if (!created) continue;
    const bool won = rfq.ordered.has_value();
    const bool lost = rfq.closed && !won;
    const char* stage = won ? "won" : lost ? "lost" : rfq.first_quoted ? "proposal" : "qualified";
    const auto percent = won ? 100 : lost ? 0 : rfq.first_quoted ? open_percent + 30 : open_percent;
    rows.put(tables[0], {++deals, rfq.id, rfq.user, rfq.winner, stage, expected, percent,
                         lost ? Value(reason) : Value(std::nullopt), *created, rfq.closed});
  }
}

}  // namespace

Area deals_area() { return {tables, fill}; }

}  // namespace kpi::shop
