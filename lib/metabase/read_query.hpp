#pragma once

#include <kpi/base/json.hpp>
#include <kpi/metabase/api.hpp>

#include <cstdint>
#include <string>
#include <string_view>

// What a query came to, from the body that says so. No function here fails or does IO.
namespace kpi::metabase {

/// The body of POST /api/dataset, in the form that every release takes.
[[nodiscard]] Json dataset_body(const Query& query);

/// `sql` as a card's or a dataset's query, in the form that every release takes: MBQL before version 5.
[[nodiscard]] Json native_query(std::int64_t database_id, std::string_view sql);

/// True if `body` tells a query's outcome, whatever the HTTP status: an object with `status` completed or
/// failed.
[[nodiscard]] bool is_outcome(const Json& body);

/// The outcome that `body` tells (is_outcome()): takes the rows out of it. At most `max_rows` rows are kept;
/// `sql` is what was sent, to check positions in messages against; may be empty.
[[nodiscard]] QueryResult outcome_of(Json body, std::int64_t max_rows, std::string_view sql);

/// True where the failure is the server's want of connections, not the statement's.
[[nodiscard]] bool is_saturation(const QueryResult& result);
/// True where the user may not run the query at all.
[[nodiscard]] bool is_forbidden(const QueryResult& result);

/// A database's message as it would read had Metabase put no comment before the statement: `-- Metabase...`
/// lines left out, and "Position: N" counted from the statement's start. `comment` is the line that Metabase
/// put before it, with its line end, as far as known; a position that then lies beyond `sql` is left out. At
/// most 2,000 bytes.
[[nodiscard]] std::string clean_message(std::string_view message, std::string_view comment,
                                        std::string_view sql);

}  // namespace kpi::metabase
