#pragma once

#include <kpi/shop/random.hpp>

#include <string>
#include <string_view>

// Names, addresses and the like, all of them invented. Mail addresses end in example.com and telephone
// numbers lie in the range 555-01xx, which both belong to nobody.
namespace kpi::shop {

/// "Mira Tolvane".
[[nodiscard]] std::string person_name(Random& random);
/// "mira.tolvane.17@example.com" for the name above and 17; ASCII only.
[[nodiscard]] std::string mail_address(std::string_view name, std::int64_t number);
/// "+1-312-555-0142".
[[nodiscard]] std::string phone_number(Random& random);
/// "Larkfield Castings".
[[nodiscard]] std::string company_name(Random& random);
/// "12 Sample Street".
[[nodiscard]] std::string street_address(Random& random);
/// "Port Example".
[[nodiscard]] std::string_view city(Random& random);
/// "north", "east", "south", "west" or "overseas".
[[nodiscard]] std::string_view region(Random& random);

}  // namespace kpi::shop
