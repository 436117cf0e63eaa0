// What is for sale: the categories, the products and what was in stock at each month's end.
#include <kpi/shop/areas.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace kpi::shop {
namespace {

using namespace std::chrono_literals;

constexpr std::array category_columns{
    key("category_id"),
    to("parent_category_id", "TB_CATEGORY", "Category above this one; empty at the top").or_null(),
    text("name"),
    text("slug", "Name as part of a web address"),
    integer("depth", "1 at the top, 2 below"),
    integer("sort_order"),
    flag("is_visible", "Shown in the menu"),
};
constexpr std::array product_columns{
    key("product_id"),
    to("seller_id", "TB_SELLER"),
    to("category_id", "TB_CATEGORY"),
    text("product_code"),
    text("name"),
    money("unit_price", "Price of one piece in cents"),
    integer("minimum_quantity", "Fewest pieces per order"),
    integer("stock_quantity", "Pieces in stock now"),
    text("status", "draft / on_sale / sold_out / discontinued"),
    json("attributes", "Properties of the product: material, finish, weight_g, certificates"),
    moment("created_at"),
    moment("discontinued_at", "Set exactly for status discontinued").or_null(),
};
constexpr std::array snapshot_columns{
    to("product_id", "TB_PRODUCT").as_key(),
    day("snapshot_date", "Last day of the month").as_key(),
    integer("stock_quantity", "Pieces in stock at the end of that day"),
    money("stock_value", "Those pieces at their price of that day, in cents"),
};
constexpr std::array tables{
    Table{"TB_CATEGORY", category::products, "Product categories, two levels", category_columns},
    Table{"TB_PRODUCT", category::products, "Standard products that sellers offer in the shop",
          product_columns},
    Table{"TB_PRODUCT_STOCK_SNAPSHOT", category::products, "Stock of every product at each month's end",
          snapshot_columns},
};

struct Branch {
  std::string_view name;
  std::array<std::string_view, 4> leaves;
  std::int64_t price;  ///< of a plain piece, in cents
};
constexpr std::array branches{
    Branch{"Fasteners", {"Bolts", "Screws", "Rivets", "Washers"}, 90},
    Branch{"Raw Material", {"Steel Sheet", "Aluminium Bar", "Brass Rod", "Polymer Granulate"}, 3200},
    Branch{"Motion", {"Bearings", "Linear Guides", "Couplings", "Timing Belts"}, 1900},
    Branch{"Tooling", {"End Mills", "Drills", "Inserts", "Clamps"}, 2600},
    Branch{"Pneumatics", {"Cylinders", "Valves", "Fittings", "Hoses"}, 2100},
    Branch{"Safety", {"Gloves", "Goggles", "Guards", "Signs"}, 700},
};

std::string slug_of(std::string_view name) {
  std::string slug;
  for (const char letter : name)
    slug +=
        letter == ' ' ? '-' : static_cast<char>(letter >= 'A' && letter <= 'Z' ? letter - 'A' + 'a' : letter);
  return slug;
}

void fill_categories(World& world, RowSink& rows) {
  Id parents = 0;
  for (const Branch& branch : branches) {
    const std::string slug = slug_of(branch.name);
    ++parents;
    rows.put(tables[0], {parents, std::nullopt, branch.name, slug, 1, parents, true});
    world.categories.push_back({.id = parents, .name = branch.name});
  }
  for (std::size_t b = 0; b < branches.size(); ++b) {
    int order = 0;
    for (const auto leaf : branches[b].leaves) {
      const std::string slug = slug_of(leaf);
      const auto id = next_id(world.categories);
      rows.put(tables[0], {id, b + 1, leaf, slug, 2, ++order, leaf != "Signs"});
      world.categories.push_back({.id = id, .name = leaf});
    }
  }
}

std::string attributes(Random& random) {
  static constexpr std::array<std::string_view, 5> materials{"steel", "stainless", "aluminium", "brass",
                                                             "nylon"};
  static constexpr std::array<std::string_view, 4> finishes{"plain", "zinc", "anodized", "black oxide"};
  const auto material = random.pick(materials);
  const auto finish = random.pick(finishes);
  const auto weight = 5 + random.skewed(9000);
  return fmt::format(R"({{"material": "{}", "finish": "{}", "weight_g": {}, "certificates": [{}]}})",
                     material, finish, weight, random.chance(400) ? R"("ISO 9001")" : "");
}

/// The stock at the end of every full month since `product` was made. Gives what was there at the last.
std::int64_t put_snapshots(const Product& product, const Calendar& calendar, Random& random, RowSink& rows) {
  const auto usual = random.between(200, 4000);
  auto stock = usual;
  calendar.each_month([&](Day month) {
    const Day end = Calendar::next_month(month) - std::chrono::days{1};
    if (end >= calendar.last() || !lasts(product.created, product.discontinued, Moment{end})) return;
    stock -= random.between(0, usual / 2);
    if (stock < usual / 5 && random.chance(850)) stock += usual;
    stock = std::max<std::int64_t>(stock, 0);
    rows.put(tables[2], {product.id, end, stock, stock * product.price});
  });
  return stock;
}

void put_product(World& world, Seller& seller, Moment created, Random& random, RowSink& rows) {
  const Calendar& calendar = world.calendar;
  const auto branch = static_cast<std::size_t>(random.below(branches.size()));
  const auto leaf = static_cast<std::size_t>(random.below(4));
  const auto category = by_id(world.categories, static_cast<Id>(branches.size() + branch * 4 + leaf + 1));
  Product product{
      .id = next_id(world.products),
      .seller = seller.id,
      .price = branches[branch].price * (40 + random.skewed(900)) / 100,
      .minimum_quantity =
          std::array<std::int64_t, 5>{1, 5, 10, 20, 50}[random.weighted(std::array{30, 20, 25, 15, 10})],
      .created = created,
      .discontinued = std::nullopt};
  const bool draft = !seller.products.empty() && random.chance(25);
  if (!draft && !seller.products.empty() && random.chance(90))
    product.discontinued = calendar.past(created + random.span(24h * 60, 24h * 800));
  if (seller.closed && !draft && (!product.discontinued || *seller.closed < *product.discontinued))
    product.discontinued = std::max(*seller.closed, created);
  const auto stock = draft ? 0 : put_snapshots(product, calendar, random, rows);
  const bool sold_out = stock == 0 || random.chance(20);
  const std::string code = fmt::format("P{:03}-{:05}", seller.id, product.id);
  const std::string name =
      fmt::format("{} {}{}", category.name, static_cast<char>('A' + random.below(26)), product.id);
  const std::string properties = attributes(random);
  const char* status = draft                  ? "draft"
                       : product.discontinued ? "discontinued"
                       : sold_out             ? "sold_out"
                                              : "on_sale";
  rows.put(tables[1],
           {product.id, seller.id, category.id, code, name, product.price, product.minimum_quantity,
            product.discontinued || sold_out ? 0 : stock, status, properties, created, product.discontinued});
  if (!draft) seller.products.push_back(product.id);
  world.products.push_back(product);
}

void fill(World& world, RowSink& rows) {
  Random random("products");
  fill_categories(world, rows);
  for (Seller& seller : world.sellers) {
    const auto count = 4 + random.skewed(26);
    for (std::int64_t i = 0; i < count; ++i) {
      // Each store opens with three products; the others follow over time.
      const auto created = i < 3 ? std::optional(seller.opened)
                                 : world.calendar.past(seller.opened + random.span(1h, 24h * 700));
      if (created && lasts(seller.opened, seller.closed, *created))
        put_product(world, seller, *created, random, rows);
    }
  }
}

}  // namespace

Area products_area() { return {tables, fill}; }

}  // namespace kpi::shop
