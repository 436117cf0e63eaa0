#include "system/fault_proxy.hpp"

#include <kpi/base/file.hpp>

#include <doctest/doctest.h>
#include <sqlite3.h>

#include <map>
#include <set>

using namespace kpi;
using namespace kpi::test;

namespace {

/// The text of everything below `folder`.
std::string all_text(const std::filesystem::path& folder) {
  std::string all;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
    auto text = entry.is_regular_file() ? read_file(entry.path()) : Result<std::string>(std::string());
    if (text) all += *text;
  }
  return all;
}

std::map<std::string, int> rows_by_tenant(const std::string& state, const std::string& table) {
  sqlite3* database = nullptr;
  REQUIRE(sqlite3_open(state.c_str(), &database) == SQLITE_OK);
  std::map<std::string, int> counts;
  const auto take = [](void* into, int, char** cells, char**) {
    (*static_cast<std::map<std::string, int>*>(into))[cells[0]] = std::stoi(cells[1]);
    return 0;
  };
  const auto sql = "SELECT tenant, count(*) FROM " + table + " GROUP BY tenant";
  REQUIRE(sqlite3_exec(database, sql.c_str(), take, static_cast<void*>(&counts), nullptr) == SQLITE_OK);
  sqlite3_close(database);
  return counts;
}

}  // namespace

TEST_CASE("kpi run --all-tenants: two tenants on one server share no answer, card, row or line of report") {
  World world;
  world.serve_sqlite(numbered_company(2));
  const SandboxServer metabase(world);
  const CountingModel model(std::chrono::milliseconds(5));
  world.environment["METABASE_URL"] = metabase.url();
  world.environment["OPENAI_API_KEY"] = "sk-not-a-real-key-0123456789";
  world.environment["OPENAI_BASE_URL"] = model.url();
  world.environment["KPI_GENERATE_PER_TABLE"] = "3..6";
  world.write("kpi.yaml",
              "tenants:\n"
              "  acme: {register: {collection: Acme}}\n"
              "  globex: {register: {collection: Globex}, features: {history: off}}\n");
  const auto ended = world.kpi({"run", "--all-tenants", "--out", "reports"});
  CAPTURE(ended.err);
  REQUIRE(ended.exit_code == 0);
  const auto tenants = json_of(ended.out)["tenants"];
  REQUIRE(tenants.size() == 2);
  CHECK(tenants[0]["exit_code"] == 0);

  // The same table and prompt is asked for twice: one's answer is not the other's.
  std::map<std::string, int> asked;
  for (const auto& paid : model.paid()) ++asked[paid.prompt];
  CHECK(asked.size() == 2);
  for (const auto& [prompt, times] : asked) CHECK(times == 2);

  std::map<std::string, std::set<std::string>> ids;
  for (const auto& card : metabase.get("/api/card")) {
    const auto description = card["description"].get<std::string>();
    const auto at = description.rfind("\nkpi:") + 5;
    const auto tenant = description.substr(at, description.find(':', at) - at);
    ids[tenant].insert(description.substr(at + tenant.size() + 1, 16));
    CHECK(card["collection"]["name"].get<std::string>() != "KPIs");
  }
  REQUIRE(ids.size() == 2);
  CHECK(ids["acme"].size() == ids["globex"].size());
  for (const auto& id : ids["acme"]) CHECK_FALSE(ids["globex"].contains(id));

  const auto state = world.file("state/kpi/state.db").string();
  for (const std::string table : {"model_calls", "cards", "events", "card_versions"}) {
    CAPTURE(table);
    const auto rows = rows_by_tenant(state, table);
    CHECK(rows.size() == 2);
    CHECK(rows.at("acme") > 0);
    CHECK(rows.at("globex") > 0);
    // What was tried again is noted again.
    if (table != "events") CHECK(rows.at("acme") == rows.at("globex"));
  }
  CHECK_FALSE(rows_by_tenant(state, "kpi_values").contains("globex"));

  const auto acme = all_text(world.file("reports/acme"));
  const auto globex = all_text(world.file("reports/globex"));
  for (const char* word : {"globex", "Globex"}) CHECK(acme.find(word) == std::string::npos);
  for (const char* word : {"acme", "Acme"}) CHECK(globex.find(word) == std::string::npos);

  // A folder of one tenant is none of the other's.
  check_failed(world.kpi({"run", "--tenant", "globex", "--out", "reports/acme"}), 2,
               "reports of tenant acme");
  check_failed(world.kpi({"run", "--tenant", "glbex"}), 2, "did you mean globex?");
}
