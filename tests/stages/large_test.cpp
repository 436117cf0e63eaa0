// A database of many tables: read, enriched and written in little more than what its model takes.
#include "fixture.hpp"
#include "stages/heap.hpp"
#include "support/fake_transport.hpp"
#include "support/large_metadata.hpp"

#include <kpi/metabase/client.hpp>
#include <kpi/stages/discover.hpp>

#include <algorithm>
#include <deque>
#include <string>
#include <utility>

using namespace kpi;

namespace {

constexpr std::size_t table_count = 500;

/// Metabase's answer in pieces, as the real client hands it over.
std::deque<std::string> metadata_pieces() {
  constexpr std::size_t piece_bytes = std::size_t{1} << 20U;
  const auto text = test::large_metadata(table_count);
  std::deque<std::string> pieces;
  for (std::size_t at = 0; at < text.size(); at += piece_bytes)
    pieces.push_back(text.substr(at, piece_bytes));
  return pieces;
}

/// Answers as Metabase would; the metadata is given away.
http::Response answer(const http::Request& request, std::deque<std::string>& metadata) {
  const auto line = test::FakeTransport::line_of(request);
  if (line == "GET /api/database") return test::json(test::large_database_list());
  auto response = test::json(R"({"version":{"tag":"v0.50.0"}})");
  if (line != "GET /api/database/1/metadata") return response;
  response.body.clear();
  response.pieces = std::move(metadata);
  return response;
}

}  // namespace

TEST_CASE(
    "stages::discover: 500 tables in at most twice the memory of Metabase's answer, the report written") {
  const std::size_t answer_bytes = test::large_metadata(table_count).size();
  auto metadata = metadata_pieces();
  test::Stage stage;
  test::FakeTransport transport;
  transport.play = [&metadata](const http::Request& request) { return answer(request, metadata); };
  metabase::ClientOptions options;
  options.url = "http://metabase.test";
  options.api_key = "mb_key";
  auto client = metabase::Client::make(options, transport, stage.clock);
  REQUIRE(client);

  std::size_t peak = 0;
  std::size_t report_bytes = 0;
  {
    const test::HeapWatch heap;
    const auto outcome = stages::discover({}, {**client, stage.domain}, stage.context());
    REQUIRE(outcome);
    REQUIRE(outcome->report.databases.at(0).tables.size() == table_count);
    model::write_report(outcome->report, [&](std::string_view piece) {
      report_bytes += piece.size();
      return true;
    });
    peak = answer_bytes + heap.peak_bytes();  // the answer was there before the watch began
    // What the answer does not say was found: a table's second key is declared, every table's third is not.
    const auto& links = outcome->report.databases[0].relationships;
    CHECK(std::count_if(links.begin(), links.end(), [](const auto& link) {
            return link.kind == "declared";
          }) == static_cast<std::ptrdiff_t>(table_count + table_count / 2));
    CHECK(std::count_if(links.begin(), links.end(), [](const auto& link) {
            return link.kind == "inferred";
          }) > static_cast<std::ptrdiff_t>(table_count));
  }
  MESSAGE("answer " << answer_bytes << " bytes, peak " << peak << ", report " << report_bytes);
  CHECK(peak < 2 * answer_bytes);
  CHECK(report_bytes > answer_bytes / 4);

  // The report is read as it was written: in pieces, never whole.
  metadata = metadata_pieces();
  const auto again = stages::discover({}, {**client, stage.domain}, stage.context());
  REQUIRE(again);
  std::deque<std::string> pieces;
  model::write_report(again->report, [&](std::string_view piece) {
    pieces.emplace_back(piece);
    return true;
  });
  std::size_t tables = 0;
  {
    const test::HeapWatch heap;
    const auto read = model::read_schema_report(source_of(pieces), "schema.json");
    REQUIRE(read);
    tables = read->databases.at(0).tables.size();
    CHECK(heap.peak_bytes() < answer_bytes);
  }
  CHECK(tables == table_count);
}
