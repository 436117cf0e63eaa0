#include "workspace.hpp"

#include <doctest/doctest.h>

#include <array>

using kpi::test::contains;
using kpi::test::Workspace;

namespace {

void make_share(const Workspace& place, const std::filesystem::path& folder) {
  std::filesystem::create_directories(place.folder() / folder / "prompts");
  std::filesystem::create_directories(place.folder() / folder / "config" / "domains");
}

std::filesystem::path found(const Workspace& place, const std::filesystem::path& executable) {
  auto share = kpi::config::share_directory(place.folder() / executable);
  return share ? std::filesystem::relative(*share, place.folder()) : std::filesystem::path("none");
}

}  // namespace

TEST_CASE("config::share_directory: the source tree of a build, the prefix of an installation, or nothing") {
  const Workspace place;
  make_share(place, "tree");
  for (const char* binary : {"tree/build/bin/kpi", "tree/build/asan/bin/kpi", "tree/build-gcc/bin/kpi"}) {
    place.write(binary, "");
    CHECK(found(place, binary) == "tree");
  }
  place.write("usr/bin/kpi", "");
  CHECK(found(place, "usr/bin/kpi") == "none");
  make_share(place, "usr/share/kpismith");
  CHECK(found(place, "usr/bin/kpi") == "usr/share/kpismith");
  std::filesystem::create_symlink(place.folder() / "usr/bin/kpi", place.folder() / "kpi");
  CHECK(found(place, "kpi") == "usr/share/kpismith");
  place.write("tree/build/stage/bin/kpi", "");
  make_share(place, "tree/build/stage/share/kpismith");
  CHECK(found(place, "tree/build/stage/bin/kpi") == "tree/build/stage/share/kpismith");
}

TEST_CASE("config::share_directory: KPI_SHARE decides, and is refused where nothing is") {
  const Workspace place;
  make_share(place, "mine");
  ::setenv("KPI_SHARE", (place.folder() / "mine").c_str(), 1);
  CHECK(found(place, "anywhere/kpi") == "mine");
  ::setenv("KPI_SHARE", "/nonexistent", 1);
  const auto none = kpi::config::share_directory("/bin/sh");
  ::unsetenv("KPI_SHARE");
  REQUIRE_FALSE(none.has_value());
  CHECK(none.error().code == "config.no_share");
  CHECK(contains(none.error().line(), "KPI_SHARE: /nonexistent"));
}
