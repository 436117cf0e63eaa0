#pragma once

#include <kpi/sandbox/source.hpp>

namespace kpi::sandbox {

/// Reads a PostgreSQL database through at most 8 connections: each statement alone, in a read-only
/// transaction that is rolled back, under a statement and a lock timeout. What a read-only transaction does
/// not stop (a superuser's file functions) needs a role without those rights.
Result<std::unique_ptr<Source>> make_postgres_source(const std::string& url, const std::string& password);

}  // namespace kpi::sandbox
