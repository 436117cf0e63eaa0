#pragma once

#include <kpi/base/result.hpp>
#include <kpi/shop/sink.hpp>

#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>

struct sqlite3;
struct sqlite3_stmt;

namespace kpi::shop {

/// Builds a SQLite database in memory, some 40 MB for the whole shop. One thread.
class SqliteSink final : public RowSink {
public:
  /// Makes `tables`, with no rows yet. Fails (machine, "shop.sqlite") as finish() does.
  static Result<std::unique_ptr<SqliteSink>> make(std::span<const Table> tables);

  void put(const Table& table, std::initializer_list<Value> row) override;

  /// Adds indexes and comments and writes the database to `file`, which holds the old bytes or the new, never
  /// half. Fails as kpi::write_file() does, or (machine, "shop.sqlite") for the first thing that SQLite
  /// refused since make().
  Result<Done> finish(const std::filesystem::path& file);

private:
  struct Close {
    void operator()(sqlite3* database) const;
    void operator()(sqlite3_stmt* statement) const;
  };
  using Statement = std::unique_ptr<sqlite3_stmt, Close>;

  explicit SqliteSink(std::span<const Table> tables);
  void run(const std::string& sql);
  [[nodiscard]] Statement prepare(const std::string& sql);
  void insert(sqlite3_stmt* statement, std::initializer_list<Value> row);
  void put_comments();
  void check(bool good);
  [[nodiscard]] Error failure() const;

  std::span<const Table> tables_;
  std::string scratch_;  ///< a date being written
  std::string failed_;   ///< the first failure; empty while all is well
  std::unique_ptr<sqlite3, Close> database_;
  std::unordered_map<std::string_view, Statement> inserts_;  ///< by table; closed before the database
};

}  // namespace kpi::shop
