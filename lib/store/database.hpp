#pragma once

#include <kpi/base/result.hpp>

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

struct sqlite3;
struct sqlite3_stmt;

// SQLite as values and Results: the one place that knows its C interface.
namespace kpi::store {

struct CloseDatabase {
  void operator()(sqlite3* handle) const noexcept;
};
struct FinalizeStatement {
  void operator()(sqlite3_stmt* handle) const noexcept;
};

/// A prepared statement while it is used: bind, step, read; reset when it goes out of scope. Binding cannot
/// fail but for a defect or no memory, which the next step reports.
class Statement {
public:
  Statement(sqlite3_stmt* handle, const class Database& database) : handle_(handle), database_(&database) {}
  ~Statement();
  Statement(Statement&& other) noexcept : handle_(other.handle_), database_(other.database_) {
    other.handle_ = nullptr;
  }
  Statement(const Statement&) = delete;
  Statement& operator=(const Statement&) = delete;
  Statement& operator=(Statement&&) = delete;

  /// Binds the next parameter, from ?1 on. Text and bytes must outlive the statement's use.
  Statement& text(std::string_view value);
  Statement& bytes(std::string_view value);
  Statement& number(std::int64_t value);
  Statement& real(std::optional<double> value);  ///< none is NULL

  /// The next row: true if there is one, false at the end.
  Result<bool> step();

  [[nodiscard]] std::string text_at(int column) const;  ///< of bytes too; "" for NULL
  [[nodiscard]] std::int64_t number_at(int column) const;
  [[nodiscard]] std::optional<double> real_at(int column) const;

private:
  sqlite3_stmt* handle_;
  const Database* database_;
  int next_ = 1;
};

enum class Durability {
  ordered,  ///< survives a killed process; a power cut may take the last of it
  durable,  ///< survives a power cut once the call has returned
};

/// One connection to one file. Not for several threads at once: State guards it.
class Database {
public:
  /// Opens or creates `file` with mode 0600, its folder too. A lock held by another process is waited for
  /// `patience` long, here and later. Fails (machine): see error().
  static Result<std::unique_ptr<Database>> open(const std::filesystem::path& file,
                                                std::chrono::milliseconds patience);

  /// Writes go to a log beside the file from now on, so that readers and a writer do not wait for each other.
  /// The file remembers it: call this on a file of ours only. Where the file system cannot, all goes on
  /// without.
  Result<Done> write_ahead(std::chrono::milliseconds patience);

  /// `sql` ready to bind, prepared once and kept; it must be a literal or outlive the database.
  Result<Statement> prepare(std::string_view sql);
  /// Runs statements that return nothing of interest.
  Result<Done> run(const std::string& sql);
  /// The number that `sql` returns first; 0 where it returns none.
  Result<std::int64_t> ask(std::string_view sql);

  /// Makes this database a copy of `source`, in one transaction. Source: SQLite's online backup.
  Result<Done> copy_from(Database& source);

  /// How lasting the writes from here on are.
  Result<Done> make(Durability durability);
  [[nodiscard]] std::int64_t last_row_id() const;
  [[nodiscard]] std::int64_t changed_rows() const;

  /// What went wrong last, as (machine) "state.locked", "state.damaged", "state.full", "state.unwritable", or
  /// "state.failed" for the rest.
  [[nodiscard]] Error error() const;
  [[nodiscard]] const std::filesystem::path& file() const { return file_; }

private:
  Database(std::filesystem::path file, sqlite3* handle) : file_(std::move(file)), handle_(handle) {}

  std::filesystem::path file_;
  std::unique_ptr<sqlite3, CloseDatabase> handle_;
  // After handle_, so that statements are finalized before their connection closes.
  std::map<std::string_view, std::unique_ptr<sqlite3_stmt, FinalizeStatement>> statements_;
  Durability durability_ = Durability::durable;
};

/// A transaction that takes the write lock at once, so that it cannot fail halfway for one; undone unless
/// commit() was reached.
class Transaction {
public:
  static Result<Transaction> begin(Database& database);
  ~Transaction();
  Transaction(Transaction&& other) noexcept : database_(other.database_) { other.database_ = nullptr; }
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;
  Transaction& operator=(Transaction&&) = delete;

  Result<Done> commit();

private:
  explicit Transaction(Database& database) : database_(&database) {}
  Database* database_;
};

}  // namespace kpi::store
