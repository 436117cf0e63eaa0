// Who makes and sells: the partners, and the stores that some of them keep.
#include <kpi/shop/areas.hpp>
#include <kpi/shop/names.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace kpi::shop {
namespace {

using namespace std::chrono_literals;

constexpr std::array partner_columns{
    key("partner_id"),
    text("partner_name", "Company name"),
    text("owner_name", "Name of the person who owns or runs the company"),
    text("contact_email", "Mail address for requests"),
    text("contact_phone", "Telephone number for requests"),
    text("business_no", "Registration number of the company"),
    text("address", "Street and number of the office"),
    text("region", "north / east / south / west / overseas"),
    text("industry", "machining / sheet_metal / molding / printing / casting"),
    integer("employee_count").or_null(),
    day("founded_on", "When the company was founded").or_null(),
    text("grade", "bronze / silver / gold, set by the partner team once a year"),
    integer("status", "1: applied / 2: approved / 3: rejected / 4: left"),
    flag("is_test", "Made by our own staff; leave out of every figure"),
    moment("created_at", "When the company applied"),
    moment("approved_at", "Set for status 2 and 4").or_null(),
    moment("deleted_at", "When the partner left; set exactly for status 4").or_null(),
};
constexpr std::array seller_columns{
    key("seller_id"),
    to("partner_id", "TB_PARTNER", "Company that keeps the store; at most one store each"),
    text("store_name"),
    integer("commission_rate_bp", "Our share of each sale in basis points: 850 is 8.5 percent"),
    flag("is_active", "The store is open"),
    moment("opened_at"),
    moment("closed_at", "Empty while the store is open").or_null(),
};
constexpr std::array tables{
    Table{"TB_PARTNER", category::partners, "Companies that make parts to order or sell in the shop",
          partner_columns},
    Table{"TB_SELLER", category::partners, "Stores in the shop; each belongs to a partner", seller_columns},
};

constexpr int founding_partners = 95;

void add_partner(World& world, Random& random, Moment joined) {
  Partner partner{.id = next_id(world.partners),
                  .joined = joined,
                  .approved = std::nullopt,
                  .left = std::nullopt,
                  .is_test = random.chance(15)};
  const bool founder = partner.id <= 3;  // stays, so that there always is a partner
  if (founder || random.chance(900))
    partner.approved = world.calendar.past(joined + random.span(4h, 24h * 12));
  if (founder) partner.is_test = false;
  if (!founder && partner.approved && random.chance(70)) {
    const auto left = *partner.approved + random.span(24h * 120, 24h * 900);
    if (left >= world.calendar.first()) partner.left = world.calendar.past(left);
  }
  world.partners.push_back(partner);
}

int status_of(const Partner& partner, Moment now) {
  if (partner.left) return 4;
  if (partner.approved) return 2;
  return now - partner.joined > 24h * 14 ? 3 : 1;
}

void put_partner(const Partner& partner, const Calendar& calendar, Random& random, RowSink& rows) {
  static constexpr std::array<std::string_view, 5> industries{"machining", "sheet_metal", "molding",
                                                              "printing", "casting"};
  static constexpr std::array<std::string_view, 3> grades{"bronze", "silver", "gold"};
  static constexpr std::array<int, 3> grade_weights{50, 35, 15};
  const std::string name = company_name(random);
  const std::string owner = person_name(random);
  const std::string mail = fmt::format("sales.{}@example.com", partner.id);
  const std::string phone = phone_number(random);
  const std::string number = fmt::format("REG-{:08}", random.below(100'000'000));
  const std::string street = street_address(random);
  const auto where = region(random);
  const auto industry = random.pick(industries);
  const auto employees = 3 + random.skewed(240);
  const bool tells_employees = random.chance(900);
  const Day founded = day_of(partner.joined) - std::chrono::days{random.between(200, 9000)};
  const bool tells_founded = random.chance(850);
  rows.put(tables[0], {partner.id, name, owner, mail, phone, number, street, where, industry,
                       tells_employees ? Value(employees) : Value(std::nullopt),
                       tells_founded ? Value(founded) : Value(std::nullopt),
                       grades[random.weighted(grade_weights)], status_of(partner, calendar.end()),
                       partner.is_test, partner.joined, partner.approved, partner.left});
}

void fill(World& world, RowSink& rows) {
  Random random("partners");
  const Calendar& calendar = world.calendar;
  std::vector<Moment> founded;
  for (int i = 0; i < founding_partners; ++i)
    founded.push_back(
        Calendar::moment_of(calendar.first() - std::chrono::days{random.between(20, 500)}, random));
  std::ranges::sort(founded);
  for (const Moment joined : founded) add_partner(world, random, joined);
  calendar.each(random, 55, [&](Moment joined) { add_partner(world, random, joined); });

  for (const Partner& partner : world.partners) {
    put_partner(partner, calendar, random, rows);
    if (!partner.approved || partner.is_test || (partner.id > 3 && !random.chance(720))) continue;
    // The stores of the founders are open on the first day.
    const bool early = *partner.approved < Moment{calendar.first()};
    const auto opened =
        early ? partner.approved : calendar.past(*partner.approved + random.span(24h, 24h * 40));
    if (!opened || (partner.left && *partner.left <= *opened)) continue;
    Seller seller{.id = next_id(world.sellers),
                  .partner = partner.id,
                  .opened = *opened,
                  .closed = partner.left,
                  .commission_bp = 500 + 50 * random.below(15),
                  .products = {}};
    const std::string name = fmt::format("{} Store {}", company_name(random), seller.id);
    rows.put(tables[1], {seller.id, seller.partner, name, seller.commission_bp, !seller.closed, seller.opened,
                         seller.closed});
    world.sellers.push_back(std::move(seller));
  }
}

}  // namespace

Area partners_area() { return {tables, fill}; }

}  // namespace kpi::shop
