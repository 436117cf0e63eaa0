#include <kpi/stages/marker.hpp>

#include <doctest/doctest.h>

using namespace kpi;

TEST_CASE("stages::marker: reads back what it wrote and nothing else") {
  const stages::Marker marker{"acme", "0123456789abcdef", "0123456789ab"};
  const auto found = stages::marker_of("Text\n" + stages::to_string(marker) + "\n");
  REQUIRE(found.has_value());
  CHECK(found->tenant == "acme");
  CHECK(stages::marker_of("kpi:acme:0123456789abcdef:0123456789ab\nwritten below by a person"));
  CHECK_FALSE(stages::marker_of("kpi:acme:short:0123456789ab"));
  CHECK_FALSE(stages::marker_of("kpi::0123456789abcdef:0123456789ab"));
  CHECK_FALSE(stages::marker_of(""));
}
