#include <kpi/shop/names.hpp>

#include <fmt/format.h>

#include <array>

namespace kpi::shop {
namespace {

constexpr std::array<std::string_view, 24> first_names{"Mira",   "Tobin", "Élise", "Søren", "Ada",    "Bruno",
                                                       "Chiara", "Dario", "Edda",  "Farid", "Greta",  "Hiro",
                                                       "Ines",   "Jonas", "Katya", "Liam",  "Minji",  "Nadia",
                                                       "Oskar",  "Priya", "Quinn", "Rosa",  "Stefan", "Uma"};
constexpr std::array<std::string_view, 24> last_names{
    "Tolvane",    "Brackwater", "Quillfeather", "Ostermoor",  "Vandrell",   "Hollowick",
    "Penhallow",  "Sundrake",   "Marrowby",     "Fenwarren",  "Castellane", "Drummore",
    "Elderquist", "Grünbach",   "Ivarsson",     "Juniper",    "Kettlewell", "Lindqvard",
    "Moonfield",  "Norrington", "Pemberlake",   "Rosenthorn", "Silverton",  "Yarrowdale"};
constexpr std::array<std::string_view, 20> company_roots{
    "Larkfield",  "Ironbrook", "Copperhill", "Northgate", "Bluewater", "Stonebridge", "Redfern",
    "Silverlake", "Oakmere",   "Highmoor",   "Eastvale",  "Granite",   "Meridian",    "Juniper Hill",
    "Whitecliff", "Falcon",    "Harbour",    "Kingsway",  "Summit",    "Westmark"};
constexpr std::array<std::string_view, 10> company_trades{
    "Castings",  "Precision",   "Tooling", "Polymers",  "Sheet Metal",
    "Machining", "Fabrication", "Springs", "Fasteners", "Prototyping"};
constexpr std::array<std::string_view, 8> streets{"Sample Street", "Example Road",  "Placeholder Lane",
                                                  "Specimen Way",  "Mockup Avenue", "Fixture Court",
                                                  "Template Row",  "Demo Square"};
constexpr std::array<std::string_view, 9> cities{"Port Example", "Sampleton",   "Mockford",
                                                 "Demoville",    "Fixture Bay", "New Specimen",
                                                 "Testbury",     "Placehold",   "Exampleham"};
constexpr std::array<std::string_view, 5> regions{"north", "east", "south", "west", "overseas"};
constexpr std::array<int, 5> region_weights{34, 26, 20, 14, 6};

}  // namespace

std::string person_name(Random& random) {
  const auto first = random.pick(first_names);
  return fmt::format("{} {}", first, random.pick(last_names));
}

std::string mail_address(std::string_view name, std::int64_t number) {
  std::string local;
  for (const char letter : name) {
    if (letter == ' ') local += '.';
    if (letter >= 'a' && letter <= 'z') local += letter;
    if (letter >= 'A' && letter <= 'Z') local += static_cast<char>(letter - 'A' + 'a');
  }
  return fmt::format("{}.{}@example.com", local, number);
}

std::string phone_number(Random& random) {
  const auto area = random.between(201, 979);
  return fmt::format("+1-{}-555-01{:02}", area, random.below(100));
}

std::string company_name(Random& random) {
  const auto root = random.pick(company_roots);
  return fmt::format("{} {}", root, random.pick(company_trades));
}

std::string street_address(Random& random) {
  const auto number = random.between(1, 180);
  return fmt::format("{} {}", number, random.pick(streets));
}

std::string_view city(Random& random) { return random.pick(cities); }

std::string_view region(Random& random) { return regions[random.weighted(region_weights)]; }

}  // namespace kpi::shop
