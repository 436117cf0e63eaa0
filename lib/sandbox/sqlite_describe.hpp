#pragma once

#include <kpi/sandbox/source.hpp>

#include <sqlite3.h>

#include <filesystem>
#include <memory>
#include <string>

// sqlite3's handles as values, and what one SQLite file holds.
namespace kpi::sandbox::sqlite {

struct CloseDatabase {
  void operator()(sqlite3* db) const { sqlite3_close(db); }
};
using Database = std::unique_ptr<sqlite3, CloseDatabase>;
struct FinalizeStatement {
  void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
};
using Statement = std::unique_ptr<sqlite3_stmt, FinalizeStatement>;

/// A cell as text, "" for NULL; bytes as they are.
std::string text_of(sqlite3_stmt* statement, int column);

/// The error (input) for a file that cannot be read, naming it.
Error unreadable(const std::filesystem::path& file, std::string_view reason);

/// Tables, views, columns, keys and indexes of `db`, whose file is `file`, and the descriptions that its
/// table kpi_comments (table_name, column_name, comment) gives, SQLite having none of its own; reads no other
/// rows. `identity` becomes that of each table. Fails (input) where the file cannot be read.
Result<Shape> describe(sqlite3* db, const std::filesystem::path& file, const std::string& identity);

}  // namespace kpi::sandbox::sqlite
