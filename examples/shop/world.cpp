#include <kpi/shop/world.hpp>

#include <algorithm>

namespace kpi::shop {

User& World::some_user(Random& random, Moment at) {
  const auto members = std::ranges::upper_bound(users, at, {}, &User::joined) - users.begin();
  for (;;) {
    const auto place = random.chance(600) ? random.skewed(members) : random.below(members);
    User& user = users[static_cast<std::size_t>(place)];
    if (lasts(user.joined, user.left, at)) return user;
  }
}

const Partner& World::some_partner(Random& random, Moment at) const {
  const auto known = std::ranges::upper_bound(partners, at, {}, &Partner::joined) - partners.begin();
  for (;;) {
    const Partner& partner = partners[static_cast<std::size_t>(random.below(known))];
    if (partner.approved && lasts(*partner.approved, partner.left, at)) return partner;
  }
}

const Seller& World::some_seller(Random& random, Moment at) const {
  for (;;) {
    const Seller& seller =
        sellers[static_cast<std::size_t>(random.skewed(static_cast<std::int64_t>(sellers.size())))];
    if (lasts(seller.opened, seller.closed, at) && some_product(seller, random, at) != nullptr) return seller;
  }
}

const Product* World::some_product(const Seller& seller, Random& random, Moment at) const {
  const auto count = static_cast<std::int64_t>(seller.products.size());
  for (int attempt = 0; attempt < 4 && count > 0; ++attempt) {
    const auto place = static_cast<std::size_t>(random.skewed(count));
    const Product& product = by_id(products, seller.products[place]);
    if (lasts(product.created, product.discontinued, at)) return &product;
  }
  return nullptr;
}

}  // namespace kpi::shop
