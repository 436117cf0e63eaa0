// Parts made to order, before the order: what users request and partners offer.
#include <kpi/shop/areas.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace kpi::shop {
namespace {

using namespace std::chrono_literals;

constexpr std::array rfq_columns{
    key("rfq_id"),
    to("user_id", "TB_USER", "Who asks"),
    text("project_name"),
    text("process", "cnc / sheet_metal / injection / 3d_print / casting"),
    integer("status", "1: requested / 2: quoted / 3: ordered / 4: expired / 5: cancelled"),
    money("budget_amount", "What the user expects to pay, in cents; empty if not told").or_null(),
    day("due_date", "When the parts are needed"),
    json("specification", "tolerance_um, surface, drawings, delivery {incoterm, country}"),
    flag("is_test", "Made by our own staff; leave out of every figure"),
    moment("created_at"),
    moment("closed_at", "Set for status 3, 4 and 5").or_null(),
};
constexpr std::array item_columns{
    key("rfq_item_id"),
    to("rfq_id", "TB_RFQ"),
    text("part_name"),
    text("material", "steel / aluminium / abs / nylon / brass"),
    integer("quantity", "Pieces"),
};
constexpr std::array invitation_columns{
    to("rfq_id", "TB_RFQ").as_key(),
    to("partner_id", "TB_PARTNER").as_key(),
    moment("invited_at"),
    moment("responded_at", "When the partner quoted; empty if it has not").or_null(),
};
constexpr std::array quotation_columns{
    key("quotation_id"),
    to("rfq_id", "TB_RFQ"),
    to("partner_id", "TB_PARTNER", "Who offers"),
    text("status", "sent / accepted / declined / expired"),
    money("amount", "Price of all parts in cents, without delivery"),
    money("delivery_amount", "Price of delivery in cents"),
    integer("lead_days", "Days from the order to the goods leaving the factory"),
    day("valid_until"),
    moment("created_at"),
    moment("read_at", "When the user opened it; empty if not yet").or_null(),
    moment("decided_at", "Set for accepted and declined").or_null(),
};
constexpr std::array tables{
    Table{"TB_RFQ", category::quotations, "Requests for quotation: parts to be made to drawing", rfq_columns},
    Table{"TB_RFQ_ITEM", category::quotations, "Parts of a request", item_columns},
    Table{"TB_RFQ_INVITATION", category::quotations, "Which partners were asked to quote for which request",
          invitation_columns},
    Table{"TB_QUOTATION", category::quotations, "Offers of partners for a request", quotation_columns},
};

struct Offer {
  Id partner;
  std::int64_t amount, delivery, lead_days;
  Moment created;
};

/// What becomes of a request; moments may lie ahead.
struct Course {
  std::vector<Offer> offers;
  std::optional<std::size_t> accepted;  ///< index of the offer
  std::optional<Moment> decided, cancelled;
};

struct Writer {
  World& world;
  RowSink& rows;
  Random random{"quotations"};
  Id items = 0;

  std::optional<Moment> past(Moment moment) { return world.calendar.past(moment); }

  /// Asks three to six partners; gives the offers they make, by time.
  std::vector<Offer> invite(const Rfq& rfq) {
    std::vector<Offer> offers;
    std::vector<Id> asked;
    for (auto left = random.between(3, 6); left > 0; --left) {
      const Partner& partner = world.some_partner(random, rfq.created);
      if (std::ranges::count(asked, partner.id) > 0) continue;
      asked.push_back(partner.id);
      const auto invited = rfq.created + random.span(5min, 3h);
      const auto answers = invited + random.span(1h, 24h * 5);
      const bool offers_it = random.chance(620);
      if (!past(invited)) continue;
      rows.put(tables[2], {rfq.id, partner.id, invited, offers_it ? past(answers) : std::nullopt});
      if (!offers_it) continue;
      offers.push_back({.partner = partner.id,
                        .amount = rfq.budget * random.between(72, 128) / 100,
                        .delivery = 1500 + 100 * random.skewed(200),
                        .lead_days = random.between(4, 28),
                        .created = answers});
    }
    std::ranges::stable_sort(offers, {}, &Offer::created);
    return offers;
  }

  Course course_of(const Rfq& rfq) {
    Course course{
        .offers = invite(rfq), .accepted = std::nullopt, .decided = std::nullopt, .cancelled = std::nullopt};
    if (course.offers.empty()) return course;
    const auto decides = course.offers.back().created + random.span(4h, 24h * 8);
    const auto fate = random.below(1000);
    if (fate < 400) {
      const auto cheapest =
          std::ranges::min_element(course.offers, {}, &Offer::amount) - course.offers.begin();
      course.accepted =
          random.chance(600)
              ? static_cast<std::size_t>(cheapest)
              : static_cast<std::size_t>(random.below(static_cast<std::int64_t>(course.offers.size())));
      course.decided = decides;
    } else if (fate < 470) {
      course.cancelled = decides;
    }
    return course;
  }

  void put_quotation(const Rfq& rfq, const Course& course, std::size_t place) {
    const Offer& offer = course.offers[place];
    const Day valid_until = day_of(offer.created) + std::chrono::days{21};
    const auto decided = course.decided     ? past(*course.decided)
                         : course.cancelled ? past(*course.cancelled)
                                            : std::nullopt;
    const bool accepted = course.accepted == place && decided;
    // What was decided on had been read.
    auto read = random.chance(820) ? past(offer.created + random.span(5min, 4h)) : std::nullopt;
    if (decided && !read) read = offer.created + random.span(5min, 4h);
    const char* status = accepted                              ? "accepted"
                         : decided                             ? "declined"
                         : valid_until < world.calendar.last() ? "expired"
                                                               : "sent";
    const auto id = next_id(world.quotations);
    rows.put(tables[3], {id, rfq.id, offer.partner, status, offer.amount, offer.delivery, offer.lead_days,
                         valid_until, offer.created, read, decided});
    world.quotations.push_back({.id = id,
                                .rfq = rfq.id,
                                .partner = offer.partner,
                                .amount = offer.amount + offer.delivery,
                                .lead_days = offer.lead_days,
                                .created = offer.created,
                                .accepted = accepted ? decided : std::nullopt});
  }

  void put_items(const Rfq& rfq) {
    static constexpr std::array<std::string_view, 8> parts{"Bracket", "Housing", "Shaft", "Flange",
                                                           "Cover",   "Gear",    "Plate", "Nozzle"};
    static constexpr std::array<std::string_view, 5> materials{"steel", "aluminium", "abs", "nylon", "brass"};
    for (auto left = 1 + random.skewed(6); left > 0; --left) {
      const std::string name = fmt::format("{} {}", random.pick(parts), items % 90 + 10);
      rows.put(tables[1], {++items, rfq.id, name, random.pick(materials), 1 + random.skewed(900)});
    }
  }

  std::string specification() {
    static constexpr std::array<std::string_view, 4> surfaces{"as machined", "ground", "painted", "anodized"};
    static constexpr std::array<std::string_view, 4> incoterms{"EXW", "FCA", "DAP", "DDP"};
    static constexpr std::array<std::string_view, 6> countries{"DE", "FR", "US", "KR", "JP", "NL"};
    const auto tolerance = 10 * random.between(1, 20);
    const auto surface = random.pick(surfaces);
    const auto drawings = 1 + random.skewed(9);
    const auto incoterm = random.pick(incoterms);
    return fmt::format(
        R"({{"tolerance_um": {}, "surface": "{}", "drawings": {}, "delivery": {{"incoterm": "{}", "country": "{}"}}}})",
        tolerance, surface, drawings, incoterm, random.pick(countries));
  }

  void put_rfq(Moment created) {
    static constexpr std::array<std::string_view, 5> processes{"cnc", "sheet_metal", "injection", "3d_print",
                                                               "casting"};
    static constexpr std::array<int, 5> process_weights{36, 24, 14, 18, 8};
    const User& user = world.some_user(random, created);
    Rfq rfq{};
    rfq.id = next_id(world.rfqs);
    rfq.user = user.id;
    rfq.is_test = user.is_test;
    rfq.created = created;
    rfq.budget = 20'000 + 1000 * random.skewed(4000);
    const Course course = course_of(rfq);
    for (std::size_t place = 0; place < course.offers.size(); ++place) {
      if (past(course.offers[place].created)) put_quotation(rfq, course, place);
    }
    if (!course.offers.empty()) rfq.first_quoted = past(course.offers.front().created);
    const auto cancelled = course.cancelled ? past(*course.cancelled) : std::nullopt;
    rfq.ordered = course.decided ? past(*course.decided) : std::nullopt;
    if (rfq.ordered) rfq.winner = course.offers[*course.accepted].partner;
    const auto expired = past(created + 24h * 30);
    rfq.closed = cancelled ? cancelled : rfq.ordered ? rfq.ordered : expired;
    const int status = cancelled ? 5 : rfq.ordered ? 3 : rfq.closed ? 4 : rfq.first_quoted ? 2 : 1;
    const std::string project =
        fmt::format("Project {}-{}", static_cast<char>('A' + random.below(26)), rfq.id);
    const std::string wanted = specification();
    const auto process = processes[random.weighted(process_weights)];
    const Day due = day_of(created) + std::chrono::days{random.between(21, 75)};
    rows.put(tables[0], {rfq.id, rfq.user, project, process, status,
                         random.chance(720) ? Value(rfq.budget) : Value(std::nullopt), due, wanted,
                         rfq.is_test, created, rfq.closed});
    put_items(rfq);
    world.rfqs.push_back(rfq);
  }
};

void fill(World& world, RowSink& rows) {
  Writer writer{world, rows};
  world.calendar.each(writer.random, 4200, [&](Moment created) { writer.put_rfq(created); });
}

}  // namespace

Area quotations_area() { return {tables, fill}; }

}  // namespace kpi::shop
