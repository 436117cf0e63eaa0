#include "support/paths.hpp"
#include "system/fault_proxy.hpp"

#include <kpi/base/file.hpp>
#include <kpi/base/text.hpp>

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <set>
#include <utility>

using namespace kpi;
using namespace kpi::test;

namespace {

/// A validated report of one KPI that counts orders above `amount`.
std::string report_of(int amount, const std::string& name = "Large orders") {
  const Json kpi{{"name", name},
                 {"description", "How many orders are large."},
                 {"category", "Sales & Revenue Analytics"},
                 {"database_id", 1},
                 {"tables", {"TB_ORDER"}},
                 {"dialect", "sqlite"},
                 {"sql", "SELECT COUNT(*) AS orders FROM TB_ORDER WHERE amount > " + std::to_string(amount)},
                 {"result", {{"shape", "scalar"}, {"unit", "count"}, {"display", "scalar"}}},
                 {"validation", {{"status", "passed"}}}};
  return dump_json({{"report", "validation"}, {"version", 1}, {"kpis", Json::array({kpi})}});
}

}  // namespace

TEST_CASE(
    "kpi register: a dry run shows how cards would change, and a plan is refused where contents moved on") {
  World world;
  world.serve_sqlite(small_company());
  const auto create = world.kpi({"register", "--sandbox", "--dry-run"}, report_of(1));
  CHECK(create.exit_code == 0);
  CHECK(create.err.find("+ create KPIs/Sales & Revenue Analytics/Large orders") != std::string::npos);
  CHECK(create.err.find("      +WHERE amount > 1") != std::string::npos);
  CHECK(create.err.find("plan: 1 to create, 0 to update, 0 to archive") != std::string::npos);
  const auto created = world.kpi({"register", "--sandbox"}, report_of(1));
  REQUIRE(created.exit_code == 0);
  const auto registration = json_of(created.out)["kpis"][0]["registration"];
  CHECK(registration["execution"]["status"] == "ok");
  CHECK(registration["execution"]["rows"] == 1);

  const auto change = world.kpi({"register", "--sandbox", "--dry-run"}, report_of(2));
  CAPTURE(change.err);
  CHECK(change.err.find("~ update KPIs/Sales & Revenue Analytics/Large orders (card ") != std::string::npos);
  CHECK(change.err.find("      -WHERE amount > 1\n") != std::string::npos);
  CHECK(change.err.find("      +WHERE amount > 2\n") != std::string::npos);
  CHECK(change.err.find("description:") == std::string::npos);
  CHECK(json_of(change.out)["kpis"][0]["registration"]["changes"][0]["field"] == "sql");

  // The plan is to update what stands; by the time it is applied something else stands, by no person's hand.
  REQUIRE(world.kpi({"register", "--sandbox", "--plan", "plan.json"}, report_of(2)).exit_code == 0);
  REQUIRE(world.kpi({"register", "--sandbox", "-q"}, report_of(3)).exit_code == 0);
  check_failed(world.kpi({"register", "--sandbox", "--apply", "plan.json"}), 2, "moved on");
  REQUIRE(world.kpi({"register", "--sandbox", "-q"}, report_of(1)).exit_code == 0);
  CHECK(world.kpi({"register", "--sandbox", "--apply", "plan.json"}).exit_code == 0);

  check_failed(world.kpi({"register", "--sandbox", "--apply", "plan.json", "--tenant", "bob"}), 2,
               "tenant default");
  check_failed(world.kpi({"register", "--sandbox", "--apply", "plan.json", "--prune"}), 2, "--prune");

  const auto earlier = json_of(world.kpi({"history", "--sql", "--json"}).out);
  REQUIRE(earlier.size() == 4);
  CHECK(earlier[1]["sql"].get<std::string>().find("> 3") != std::string::npos);
  const auto writes = json_of(world.kpi({"history", "--kind", "write", "--json"}).out);
  CHECK(writes[0]["action"] == "create collection");
  CHECK(writes.back()["action"] == "update card");
  CHECK_FALSE(writes.back()["user"].is_null());
}

TEST_CASE("kpi register --prune: a report without KPIs archives no card unless it is forced") {
  World world;
  world.serve_sqlite(small_company());
  REQUIRE(world.kpi({"register", "--sandbox", "-q"}, report_of(1)).exit_code == 0);
  const std::string none = R"({"report":"validation","version":1,"kpis":[]})";
  check_failed(world.kpi({"register", "--sandbox", "--prune"}, none), 2, "--force");
  CHECK(json_of(world.kpi({"register", "--sandbox"}, report_of(1)).out)["summary"]["unchanged"] == 1);
  const auto forced = world.kpi({"register", "--sandbox", "--prune", "--force"}, none);
  CHECK(forced.exit_code == 0);
  CHECK(json_of(forced.out)["summary"]["archived"] == 1);
}

TEST_CASE("kpi register --dashboard: one dashboard a category, once") {
  World world;
  world.serve_sqlite(small_company());
  const SandboxServer metabase(world);
  world.environment["METABASE_URL"] = metabase.url();
  const auto first = world.kpi({"register", "--dashboard"}, report_of(1));
  CAPTURE(first.err);
  REQUIRE(first.exit_code == 0);
  const auto board = json_of(first.out)["dashboards"][0];
  CHECK(board["status"] == "created");
  const auto standing = metabase.get("/api/dashboard/" + board["dashboard_id"].dump());
  CHECK(standing["name"] == "Sales & Revenue Analytics");
  REQUIRE(standing["dashcards"].size() == 1);
  CHECK(standing["dashcards"][0]["size_x"] == 6);
  CHECK(json_of(world.kpi({"register", "--dashboard"}, report_of(1)).out)["dashboards"][0]["status"] ==
        "unchanged");
  CHECK(metabase.get("/api/dashboard").size() == 1);
}

TEST_CASE(
    "kpi: every stage works with the oldest and the newest release of Metabase, and with those that "
    "changed") {
  for (const auto* release : {"v0.46.6", "v0.47.2", "v0.48.0", "v0.57.1", "v0.63.2"}) {
    CAPTURE(release);
    World world;
    world.serve_sqlite(small_company());
    const SandboxServer metabase(world, release);
    world.environment["METABASE_URL"] = metabase.url();
    const auto schema = world.kpi({"discover"});
    REQUIRE(schema.exit_code == 0);
    CHECK(json_of(schema.out)["metabase"]["version"] == release);
    const auto candidates = world.kpi({"generate", "--provider", "rules"}, schema.out);
    const auto validation = world.kpi({"validate"}, candidates.out);
    REQUIRE(validation.exit_code == 0);
    const auto first = world.kpi({"register", "--dashboard"}, validation.out);
    CAPTURE(first.err);
    REQUIRE(first.exit_code == 0);
    const auto report = json_of(first.out);
    const auto created = report["summary"]["created"].get<int>();
    CHECK(created > 5);

    // All cards of a category lie on its dashboard, inside its grid, none on another.
    const int columns = std::string(release) == "v0.46.6" ? 18 : 24;
    int laid_out = 0;
    for (const auto& board : report["dashboards"]) {
      CHECK(board["status"] == "created");
      const auto standing = metabase.get("/api/dashboard/" + board["dashboard_id"].dump());
      const bool is_old = columns == 18 || std::string(release).starts_with("v0.47");
      const auto& cards = standing[is_old ? "ordered_cards" : "dashcards"];
      CHECK(cards.size() == board["cards"]);
      std::set<std::pair<int, int>> taken;
      for (const auto& card : cards) {
        const int left = card["col"].get<int>(), right = left + card["size_x"].get<int>();
        CHECK(right <= columns);
        for (int column = left; column < right; ++column) {
          for (int row = 0; row < card["size_y"].get<int>(); ++row)
            CHECK(taken.emplace(column, card["row"].get<int>() + row).second);
        }
        ++laid_out;
      }
    }
    CHECK(laid_out == created);

    const auto again = json_of(world.kpi({"register", "--dashboard"}, validation.out).out);
    CHECK(again["summary"]["unchanged"] == created);
    for (const auto& board : again["dashboards"]) CHECK(board["status"] == "unchanged");
    // A KPI less: its card is archived and its place taken off, the others stay.
    auto fewer = json_of(validation.out);
    std::string gone;
    for (const auto& kpi : report["kpis"]) {
      if (gone.empty() && kpi["registration"]["status"] == "created") gone = kpi["id"].get<std::string>();
    }
    Json kept = Json::array();
    for (const auto& kpi : fewer["kpis"]) {
      if (kpi["id"] != gone) kept.push_back(kpi);
    }
    fewer["kpis"] = kept;
    const auto pruned = world.kpi({"register", "--dashboard", "--prune"}, dump_json(fewer));
    CAPTURE(pruned.err);
    CHECK(pruned.exit_code == 0);
    CHECK(json_of(pruned.out)["summary"]["archived"] == 1);
    const auto audit = world.kpi({"audit"});
    CHECK(audit.exit_code == 0);
    const auto audited = json_of(audit.out);
    int live = 0;
    for (const auto& one : audited["cards"]) live += one["status"] == "archived" ? 0 : 1;
    CHECK(live == created - 1);
  }
}

TEST_CASE("kpi state: a backup restores what the state file knew") {
  World world;
  world.serve_sqlite(small_company());
  REQUIRE(world.kpi({"register", "--sandbox", "-q"}, report_of(1)).exit_code == 0);
  CHECK(world.kpi({"state", "backup", "copy.db"}).exit_code == 0);
  check_failed(world.kpi({"state", "backup", "copy.db"}), 2, "is there already");
  world.write("state/kpi/state.db", std::string(8192, 'x'));
  CHECK(world.kpi({"state", "check"}).exit_code == 5);
  const auto restored = world.kpi({"state", "restore", "copy.db"});
  CAPTURE(restored.err);
  CHECK(restored.exit_code == 0);
  CHECK(restored.err.find("damaged file is kept") != std::string::npos);
  CHECK(world.kpi({"state", "check"}).exit_code == 0);
  CHECK(json_of(world.kpi({"history", "--sql", "--json"}).out).size() == 1);
  check_failed(world.kpi({"state", "restore", "none.db"}), 2, "none.db");
}

TEST_CASE("kpi help, completion, man: one source for people, shells and man") {
  World world;
  world.environment["COLUMNS"] = "100";  // the longest line of the exit codes
  CHECK(world.kpi({"help", "codes"}).out.find("guard.write") != std::string::npos);
  CHECK(world.kpi({"help", "reports"}).out.find("registration (kpi register)") != std::string::npos);
  CHECK(world.kpi({"help", "troubleshooting"}).out.find("kpi doctor") != std::string::npos);
  CHECK(world.kpi({"help", "register"}).out.find("--prune") != std::string::npos);
  const auto readme = read_file(std::filesystem::path(kpi::test::source_dir) / "README.md");
  REQUIRE(readme.has_value());
  const auto told = replace_all(*readme, "`", "");
  const auto codes = world.kpi({"help", "codes"}).out;
  const auto table = codes.substr(codes.find("EXIT CODES"));
  std::size_t lines = 0;
  for (const auto& line : split(table, '\n')) {
    if (!line.starts_with("  ")) continue;
    const std::string number(trim(std::string_view(line).substr(2, 4)));
    CAPTURE(line);
    const std::string_view meaning = trim(std::string_view(line).substr(6));
    CHECK(told.find(fmt::format("| {} | {} |", number, meaning)) != std::string::npos);
    ++lines;
  }
  CHECK(lines == 9);
  CHECK(world.kpi({"--help"}).out.find(table.substr(table.find("  0 "))) != std::string::npos);
  check_failed(world.kpi({"help", "troubleshoting"}), 2, "did you mean troubleshooting?");
  for (const char* shell : {"bash", "zsh", "fish"}) {
    CAPTURE(shell);
    const auto script = world.kpi({"completion", shell}).out;
    CHECK(script.find("detailed-exitcode") != std::string::npos);
  }
  CHECK(world.kpi({"man", "pages"}).exit_code == 0);
  CHECK(world.read("pages/kpi-register.1").find("\\-\\-detailed\\-exitcode") != std::string::npos);
  CHECK(world.read("pages/kpi-register.1").find(".SH EXAMPLES") != std::string::npos);
  CHECK(world.read("pages/kpi-discover.1").find("\\(aqTB_*\\(aq") != std::string::npos);
  CHECK(world.read("pages/kpi-codes.7").find("guard.write") != std::string::npos);
}
