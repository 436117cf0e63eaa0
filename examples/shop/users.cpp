// Who buys: the members and their addresses.
#include <kpi/shop/areas.hpp>
#include <kpi/shop/names.hpp>

#include <algorithm>
#include <array>

namespace kpi::shop {
namespace {

using namespace std::chrono_literals;

constexpr std::array address_columns{
    key("address_id"),
    to("user_id", "TB_USER"),
    text("label", "Name that the user gave the address"),
    text("receiver", "Name of the person who takes the goods in"),
    text("phone", "Telephone number of the receiver"),
    text("address", "Street and number"),
    text("city"),
    text("zip_code"),
    flag("is_default", "Used unless the buyer picks another; one per user"),
    moment("created_at"),
};
constexpr std::array address_tables{
    Table{"TB_USER_ADDRESS", category::users, "Delivery addresses that users have saved", address_columns},
};

constexpr std::array user_columns{
    key("user_id"),
    text("email", "Mail address, also the login name"),
    text("name", "Full name of the person"),
    text("phone", "Telephone number").or_null(),
    text("company_name", "Company that the user buys for").or_null(),
    text("region", "north / east / south / west / overseas"),
    text("signup_channel", "organic / search_ad / referral / sales / partner"),
    integer("status", "1: active / 2: dormant, no login for 180 days / 3: withdrawn"),
    flag("is_marketing_agreed", "Agreed to receive marketing mail"),
    flag("is_test", "Account of our own staff; leave out of every figure"),
    moment("created_at", "When the user signed up"),
    moment("last_login_at", "Empty if the user never logged in within the logged period").or_null(),
    moment("deleted_at", "When the user withdrew; set exactly for status 3").or_null(),
};
constexpr std::array user_tables{
    Table{"TB_USER", category::users, "Users who buy: one row per account", user_columns},
};

constexpr int founding_users = 420;

void add_user(World& world, Random& random, Moment joined) {
  User user{.id = next_id(world.users),
            .name = person_name(random),
            .joined = joined,
            .left = std::nullopt,
            .last_login = std::nullopt,
            .is_test = random.chance(12)};
  // The very first user stays, so that there always is one.
  if (random.chance(60) && user.id > 1)
    user.left = world.calendar.past(joined + random.span(24h * 30, 24h * 700));
  if (user.left && *user.left < Moment{world.calendar.first()}) user.left.reset();
  world.users.push_back(std::move(user));
}

void fill_users(World& world, RowSink& rows) {
  Random random("users");
  const Calendar& calendar = world.calendar;
  std::vector<Moment> founded;
  for (int i = 0; i < founding_users; ++i)
    founded.push_back(
        Calendar::moment_of(calendar.first() - std::chrono::days{random.between(1, 365)}, random));
  std::ranges::sort(founded);
  for (const Moment joined : founded) add_user(world, random, joined);
  calendar.each(random, 2200, [&](Moment joined) { add_user(world, random, joined); });

  static constexpr std::array<std::string_view, 4> labels{"Head office", "Warehouse", "Workshop", "Branch"};
  Id address = 0;
  for (const User& user : world.users) {
    const auto count = random.chance(250) ? random.between(2, 4) : random.below(2);
    for (std::int64_t i = 0; i < count; ++i) {
      const auto created = calendar.past(user.joined + random.span(1h, 24h * 20));
      if (!created) continue;
      const std::string receiver = i == 0 ? user.name : person_name(random);
      const std::string phone = phone_number(random);
      const std::string street = street_address(random);
      const std::string zip = std::to_string(random.between(10000, 99999));
      rows.put(address_tables[0], {++address, user.id, labels[static_cast<std::size_t>(i)], receiver, phone,
                                   street, city(random), zip, i == 0, *created});
    }
  }
}

int status_of(const User& user, Moment now) {
  if (user.left) return 3;
  return now - user.last_login.value_or(user.joined) > 24h * 180 ? 2 : 1;
}

void fill_accounts(World& world, RowSink& rows) {
  static constexpr std::array<std::string_view, 5> channels{"organic", "search_ad", "referral", "sales",
                                                            "partner"};
  static constexpr std::array<int, 5> channel_weights{38, 27, 16, 12, 7};
  Random random("accounts");
  for (const User& user : world.users) {
    const std::string mail = mail_address(user.name, user.id);
    const std::string phone = phone_number(random);
    const std::string company = company_name(random);
    const bool has_phone = random.chance(880);
    const bool has_company = random.chance(930);
    const auto where = region(random);
    const auto channel = channels[random.weighted(channel_weights)];
    rows.put(user_tables[0], {user.id, mail, user.name, has_phone ? Value(phone) : Value(std::nullopt),
                              has_company ? Value(company) : Value(std::nullopt), where, channel,
                              status_of(user, world.calendar.end()), random.chance(410), user.is_test,
                              user.joined, user.last_login, user.left});
  }
}

}  // namespace

Area users_area() { return {address_tables, fill_users}; }
Area accounts_area() { return {user_tables, fill_accounts}; }

}  // namespace kpi::shop
