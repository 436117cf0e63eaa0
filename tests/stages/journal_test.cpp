#include "validate_fixture.hpp"

#include <kpi/stages/journal.hpp>

#include <map>

using namespace kpi;
using test::candidate;
using test::candidates;

namespace {

/// A journal in memory.
class Notebook final : public stages::Journal {
public:
  [[nodiscard]] std::optional<std::string> find(std::string_view key) override {
    const std::lock_guard lock(mutex);
    const auto at = kept.find(std::string(key));
    return at == kept.end() ? std::nullopt : std::optional(at->second);
  }
  void keep(std::string_view key, std::string_view text) override {
    const std::lock_guard lock(mutex);
    kept.emplace(key, text);
  }
  std::mutex mutex;
  std::map<std::string, std::string> kept;
};

/// Five that run, one that does not parse, one that the guard refuses, one with a correction.
model::CandidatesReport some() {
  std::vector<model::Kpi> kpis;
  for (int i = 0; i < 5; ++i) {
    const auto n = std::to_string(i);
    kpis.push_back(candidate("Orders over " + n,
                             "SELECT count(*) AS n FROM orders WHERE status = 1 AND total_amount > " + n));
  }
  kpis.push_back(candidate("Broken", "SELECT FROM WHERE"));
  kpis.push_back(candidate("Bad", "DROP TABLE orders"));
  kpis.push_back(
      candidate("Mended", "SELECT count(*) AS n FROM orders WHERE total_amuont_x > 5 AND status = 1"));
  return candidates(std::move(kpis));
}

constexpr const char* correction = "SELECT count(*) AS n FROM orders WHERE total_amount > 5 AND status = 1";

/// Only the last is corrected.
Result<stages::Outcome<model::ValidationReport>> validate(test::Stage& stage, Notebook& journal,
                                                          test::FakeRepairer& repairer,
                                                          std::size_t jobs = 1) {
  stage.metabase.schema = {test::small_shop()};
  const stages::RepairerFor repairer_for = [&](const model::Kpi& kpi) -> llm::Repairer* {
    return kpi.name == "Mended" ? &repairer : nullptr;
  };
  return stages::validate(some(), {},
                          {&stage.metabase, &stage.metabase, stage.analyzer, stage.domain, test::weights(),
                           repairer_for, &journal},
                          stage.context(jobs));
}

}  // namespace

TEST_CASE("stages::validate: with a journal goes on where an earlier try was lost, to the same report") {
  test::Stage whole_stage;
  Notebook unused;
  test::FakeRepairer whole_repairer({correction});
  int number = 0;
  const auto answers = [&number](const std::string&) {
    return test::FakeMetabase::rows({{++number * 12'345}});
  };
  whole_stage.metabase.answer = answers;
  const auto whole = validate(whole_stage, unused, whole_repairer);
  REQUIRE(whole.has_value());
  CHECK(whole->report.repair.accepted == 1);
  const auto all = whole_stage.metabase.queries_seen.size();
  REQUIRE(all == 6);

  Notebook journal;
  test::Stage lost;
  test::FakeRepairer repairer({correction});
  number = 0;
  lost.metabase.answer = [&](const std::string& sql) -> Result<metabase::QueryResult> {
    if (lost.metabase.queries_seen.size() > 3) return test::FakeMetabase::unreachable();
    return answers(sql);
  };
  const auto first = validate(lost, journal, repairer);
  REQUIRE(first.has_value());
  CHECK(first->partial);
  CHECK(journal.kept.size() == 5);  // three that ran, and the two that never could

  test::Stage again;
  number = 3;
  again.metabase.answer = answers;
  const auto second = validate(again, journal, repairer, 4);
  REQUIRE(second.has_value());
  CHECK_FALSE(second->partial);
  CHECK(again.metabase.queries_seen.size() == all - 3);
  CHECK(journal.kept.size() == 8);

  test::Stage third;
  const auto recalled = validate(third, journal, repairer);
  REQUIRE(recalled.has_value());
  CHECK(third.metabase.queries_seen.empty());
  CHECK(model::report_text(recalled->report) == model::report_text(second->report));
}

TEST_CASE("stages::validate: from the journal come the same bytes, score and cost as from the work itself") {
  Notebook journal;
  test::FakeRepairer repairer({correction});
  test::Stage stage;
  stage.metabase.answer = [&](const std::string& sql) {
    return test::FakeMetabase::rows({{static_cast<double>(sql.size()) / 7}});
  };
  const auto first = validate(stage, journal, repairer);
  const auto second = validate(stage, journal, repairer);
  REQUIRE(first.has_value());
  REQUIRE(second.has_value());
  CHECK(repairer.told.size() == 1);
  CHECK(second->report.repair.cost_usd.value() == 0.25);
  CHECK(model::report_text(first->report) == model::report_text(second->report));
}

TEST_CASE("stages::Journal: what was stopped, changed or damaged is done again") {
  Notebook journal;
  test::FakeRepairer repairer({correction});
  test::Stage stage;
  REQUIRE(validate(stage, journal, repairer).has_value());
  const auto asked = stage.metabase.queries_seen.size();

  SUBCASE("a damaged line") {
    for (auto& [key, text] : journal.kept) text.resize(text.size() / 2);
    REQUIRE(validate(stage, journal, repairer).has_value());
    CHECK(stage.metabase.queries_seen.size() == 2 * asked);
    for (const char* text :
         {"", "{}", "[]", R"({"kpi":{"name":"x","sql":"y","database_id":1}})",
          R"({"kpi":{"name":"x","sql":"y","database_id":1,"validation":{"status":"passed"}},
                                 "facts":{"rows":1,"digest":"d","columns":[[1,2]],"measures":[0]}})",
          R"({"kpi":{"name":"x","sql":"y","database_id":1,"validation":{"status":"passed"}},
                                 "facts":{"rows":1,"digest":"d","columns":[],"measures":[7]}})"}) {
      CAPTURE(text);
      CHECK_FALSE(stages::read_journal_text(text).has_value());
    }
  }
  SUBCASE("a KPI of another text, place or database has another key") {
    const auto one = candidate("a", "SELECT 1");
    auto other = one;
    other.sql = "SELECT 2";
    const stages::Target target{7, nullptr, true};
    const auto key = stages::journal_key(0, one, target);
    CHECK(key == stages::journal_key(0, one, target));
    CHECK(key != stages::journal_key(1, one, target));
    CHECK(key != stages::journal_key(0, other, target));
    CHECK(key != stages::journal_key(0, one, {8, nullptr, true}));
  }
  SUBCASE("no cell of a result is in it") {
    test::Stage other;
    other.metabase.answer = [](const std::string&) {
      return test::FakeMetabase::rows({{"planted-cell", 5}, {"other-cell", 7}});
    };
    Notebook fresh;
    REQUIRE(validate(other, fresh, repairer).has_value());
    REQUIRE(fresh.kept.size() == 8);
    for (const auto& [key, text] : fresh.kept) CHECK(text.find("-cell") == std::string::npos);
  }
}
