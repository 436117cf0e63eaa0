#pragma once

#include <kpi/sandbox/postgres_connection.hpp>
#include <kpi/sandbox/source.hpp>

namespace kpi::sandbox::postgres {

/// Tables, columns, comments, keys and indexes that the user may read, from PostgreSQL's own catalog; reads
/// no rows. Fails (unreachable) where the catalog does not answer.
Result<Shape> describe(PGconn* connection);

}  // namespace kpi::sandbox::postgres
