#pragma once

#include <kpi/sandbox/source.hpp>

#include <filesystem>

namespace kpi::sandbox {

/// Reads a SQLite file: opened read-only, behind an authorizer that lets nothing but reading through.
/// A table kpi_comments(table_name, column_name, comment), if there is one, gives the descriptions.
Result<std::unique_ptr<Source>> make_sqlite_source(const std::filesystem::path& file);

}  // namespace kpi::sandbox
