#include <kpi/base/words.hpp>

#include <doctest/doctest.h>

using Words = std::vector<std::string>;

TEST_CASE("base::words: an identifier is taken apart the way people read it") {
  CHECK(kpi::identifier_words("TB_MarketOrder2Id") == Words{"tb", "market", "order", "2", "id"});
  CHECK(kpi::identifier_words("HTTPServerURL") == Words{"http", "server", "url"});
  CHECK(kpi::identifier_words("first name") == Words{"first", "name"});
  CHECK(kpi::identifier_words("주문_id") == Words{"주문", "id"});
  CHECK(kpi::identifier_words("__").empty());
}

TEST_CASE("base::words: plurals lose their ending and other words keep theirs") {
  for (const auto& [plural, one] : {std::pair{"orders", "order"},
                                    {"categories", "category"},
                                    {"boxes", "box"},
                                    {"status", "status"},
                                    {"address", "address"},
                                    {"analysis", "analysis"},
                                    {"statistics", "statistics"},
                                    {"batches", "batch"},
                                    {"gas", "gas"}}) {
    CHECK(kpi::singular(plural) == one);
  }
}
