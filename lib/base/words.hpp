#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

namespace kpi {

/// The words an identifier is made of, lower case: "TB_MarketOrder2Id" gives tb, market, order, 2, id. Splits
/// at other than letters and digits, at a hump (aB), before the last capital of a run (ABc) and between
/// letters and digits. Non-ASCII letters count as lower-case letters.
[[nodiscard]] std::vector<std::string> identifier_words(std::string_view identifier);

/// True if `words` holds one of `wanted`.
[[nodiscard]] bool has_word(const std::vector<std::string>& words,
                            std::initializer_list<std::string_view> wanted);

/// An English noun without its plural ending: "categories" gives category, "boxes" box, "orders" order,
/// "status" status.
[[nodiscard]] std::string singular(std::string_view word);

}  // namespace kpi
