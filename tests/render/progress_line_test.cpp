#include <kpi/render/progress_line.hpp>

#include <doctest/doctest.h>

using namespace kpi::render;
using std::chrono::milliseconds;

TEST_CASE("render::progress_line: tells done of total, rate, time left and failures") {
  CHECK(progress_line({"generate", "tables", 12, 28, 1, milliseconds(6000)}) ==
        "generate: 12 of 28 tables, 42%, 2.0/s, 8 s left, 1 failed");
  CHECK(progress_line({"generate", "tables", 0, 28, 0, milliseconds(6000)}) ==
        "generate: 0 of 28 tables, 0%");
  CHECK(progress_line({"validate", "KPIs", 28, 28, 0, milliseconds(1000)}) ==
        "validate: 28 of 28 KPIs, 100%, 28/s");
  CHECK(progress_line({"register", "cards", 1, 3, 0, milliseconds(120'000)}) ==
        "register: 1 of 3 cards, 33%, 0.5/min, 4 min left");
  CHECK(progress_line({"discover", "tables", 0, 0, 0, milliseconds(0)}) == "discover: 0 of 0 tables");
}

TEST_CASE("render::progress_bar: never fills the line, whatever its width") {
  const ProgressState state{"generate", "tables", 12, 28, 3, milliseconds(6000)};
  for (std::size_t width = 0; width < 200; ++width) {
    CAPTURE(width);
    const auto bar = progress_bar(state, width);
    CHECK((bar.empty() || bar.size() < width));
  }
  CHECK(progress_bar(state, 100).starts_with("[############..................] generate 12 of 28 tables"));
  SUBCASE("a narrow terminal keeps the count and the failures") {
    CHECK(progress_bar(state, 38).find("12 of 28 tables, 3 failed") != std::string::npos);
  }
}

TEST_CASE("render::duration_text: speaks as people do") {
  CHECK(duration_text(milliseconds(0)) == "0 s");
  CHECK(duration_text(milliseconds(412)) == "0.4 s");
  CHECK(duration_text(milliseconds(12'345)) == "12 s");
  CHECK(duration_text(milliseconds(200'000)) == "3 min 20 s");
  CHECK(duration_text(milliseconds(7'500'000)) == "2 h 5 min");
}
