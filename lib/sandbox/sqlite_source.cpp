#include <kpi/base/text.hpp>
#include <kpi/sandbox/base_type.hpp>
#include <kpi/sandbox/sqlite_describe.hpp>
#include <kpi/sandbox/sqlite_source.hpp>

#include <sqlite3.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <mutex>

namespace kpi::sandbox {
namespace {

using sqlite::Database;
using sqlite::Statement;
using sqlite::text_of;

constexpr int max_value_bytes = 16 << 20;
constexpr int max_sql_bytes = 1 << 20;
constexpr std::size_t max_idle = 8;
constexpr std::int64_t exact_limit = 9'007'199'254'740'991;

/// Lets statements read and call functions, and nothing else.
int authorize(void*, int action, const char*, const char* second, const char*, const char*) noexcept {
  switch (action) {
    case SQLITE_SELECT:
    case SQLITE_READ:
    case SQLITE_RECURSIVE:
      return SQLITE_OK;
    case SQLITE_FUNCTION: {
      const std::string_view function = second == nullptr ? "" : second;
      return sqlite3_stricmp(second, "load_extension") == 0 ||
                     sqlite3_stricmp(second, "fts3_tokenizer") == 0 || function.empty()
                 ? SQLITE_DENY
                 : SQLITE_OK;
    }
    default:
      return SQLITE_DENY;
  }
}

/// When to stop a statement; called every few thousand instructions.
struct Watch {
  std::chrono::steady_clock::time_point deadline;
  std::stop_token stop;
  bool timed_out = false;

  static int check(void* self) noexcept {
    auto& watch = *static_cast<Watch*>(self);
    watch.timed_out = std::chrono::steady_clock::now() >= watch.deadline;
    return watch.timed_out || watch.stop.stop_requested() ? 1 : 0;
  }
};

bool only_blank_or_comments(std::string_view tail) {
  for (std::size_t i = 0; i < tail.size();) {
    if (tail.substr(i, 2) == "--") {
      i = std::min(tail.find('\n', i), tail.size());
    } else if (tail.substr(i, 2) == "/*") {
      const auto end = tail.find("*/", i + 2);
      i = end == std::string_view::npos ? tail.size() : end + 2;
    } else if (tail[i] == ';' || tail[i] == ' ' || tail[i] == '\t' || tail[i] == '\n' || tail[i] == '\r' ||
               tail[i] == '\f') {
      ++i;
    } else {
      return false;
    }
  }
  return true;
}

std::string hex(const void* bytes, std::size_t size) {
  static constexpr std::string_view digits = "0123456789abcdef";
  const auto* byte = static_cast<const unsigned char*>(bytes);
  std::string text = "0x";
  for (std::size_t i = 0; i < size; ++i) {
    text += digits[byte[i] >> 4U];
    text += digits[byte[i] & 15U];
  }
  return text;
}

Json cell(sqlite3_stmt* statement, int column, std::string_view base_type, bool wide_as_text) {
  switch (sqlite3_column_type(statement, column)) {
    case SQLITE_NULL:
      return nullptr;
    case SQLITE_INTEGER: {
      const std::int64_t value = sqlite3_column_int64(statement, column);
      if (base_type == "type/Boolean" && (value == 0 || value == 1)) return value == 1;
      if (wide_as_text && (value > exact_limit || value < -exact_limit)) return std::to_string(value);
      return value;
    }
    case SQLITE_FLOAT: {
      const double value = sqlite3_column_double(statement, column);
      if (std::isfinite(value)) return value;
      return value > 0 ? "Infinity" : "-Infinity";
    }
    case SQLITE_BLOB:
      return hex(sqlite3_column_blob(statement, column),
                 static_cast<std::size_t>(sqlite3_column_bytes(statement, column)));
    default: {
      auto text = text_of(statement, column);
      if (has_date(base_type)) {
        if (auto iso = iso_from_database(text); !iso.empty()) return iso;
      }
      return is_utf8(text) ? text : repair_utf8(text);
    }
  }
}

/// What a column without a declared type holds, by its values; the widest wins.
std::string seen_type(const std::vector<Json>& rows, std::size_t column) {
  std::string type = "type/*";
  for (const auto& row : rows) {
    const auto& value = row[column];
    if (value.is_null()) continue;
    if (value.is_string()) return "type/Text";
    if (value.is_number_float()) type = "type/Float";
    if (value.is_number_integer() && type != "type/Float") {
      const auto number = value.get<std::int64_t>();
      const bool wide = number > 2'147'483'647 || number < -2'147'483'648LL;
      if (wide || type == "type/*") type = wide ? "type/BigInteger" : "type/Integer";
    }
  }
  return type;
}

std::string_view result_name(int code) {
  switch (code & 0xFF) {
    case SQLITE_ERROR:
      return "[SQLITE_ERROR] SQL error or missing database";
    case SQLITE_BUSY:
      return "[SQLITE_BUSY] The database file is locked";
    case SQLITE_READONLY:
      return "[SQLITE_READONLY] Attempt to write a readonly database";
    case SQLITE_INTERRUPT:
      return "[SQLITE_INTERRUPT] Operation terminated by sqlite3_interrupt()";
    case SQLITE_CORRUPT:
      return "[SQLITE_CORRUPT] The database disk image is malformed";
    case SQLITE_TOOBIG:
      return "[SQLITE_TOOBIG] String or BLOB exceeds size limit";
    case SQLITE_AUTH:
      return "[SQLITE_AUTH] Authorization denied";
    case SQLITE_NOTADB:
      return "[SQLITE_NOTADB] File opened that is not a database file";
    default:
      return "[SQLITE] Error";
  }
}

QueryFailure failure(int code, std::string_view reason) {
  QueryFailure failure;
  failure.message = std::string(result_name(code)) + " (" + std::string(reason) + ')';
  failure.exception = "class org.sqlite.SQLiteException";
  return failure;
}

class SqliteSource final : public Source {
public:
  explicit SqliteSource(std::filesystem::path file) : file_(std::move(file)) {}

  [[nodiscard]] std::string_view engine() const override { return "sqlite"; }
  [[nodiscard]] bool has_schemas() const override { return false; }
  [[nodiscard]] std::string prefix(std::string_view quoted, std::size_t characters) const override {
    return "substr(" + std::string(quoted) + ", 1, " + std::to_string(characters) + ")";
  }
  Result<Shape> describe() override;
  QueryOutcome run(const Query& query) override;

private:
  /// A connection for the caller alone; one that has no authorizer yet unless `guarded`.
  Result<Database> open(bool guarded) const;
  Database take_idle();
  void give_back(Database db);
  [[nodiscard]] std::string identity() const;

  std::filesystem::path file_;
  std::mutex mutex_;
  std::vector<Database> idle_;
};

/// Path, size and time of change of the file, and of its log.
std::string SqliteSource::identity() const {
  std::error_code error;
  const auto absolute = std::filesystem::weakly_canonical(file_, error);
  std::string text = absolute.string();
  for (const auto* suffix : {"", "-wal"}) {
    const std::filesystem::path part = file_.string() + suffix;
    const auto size = std::filesystem::file_size(part, error);
    if (error) continue;
    const auto changed = std::filesystem::last_write_time(part, error);
    if (size > 0)
      text += '|' + std::to_string(size) + '|' + std::to_string(changed.time_since_epoch().count());
  }
  return text;
}

Result<Database> SqliteSource::open(bool guarded) const {
  if (std::error_code error; !std::filesystem::exists(file_, error))
    return sqlite::unreadable(file_, "no such file");
  const auto open_as = [&](const std::string& name, int flags) {
    sqlite3* raw = nullptr;
    sqlite3_open_v2(name.c_str(), &raw, flags, nullptr);
    Database db(raw);
    sqlite3_busy_timeout(raw, 5000);
    return db;
  };
  auto db = open_as(file_.string(), SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX);
  if (db == nullptr) return sqlite::unreadable(file_, "out of memory");
  sqlite3_limit(db.get(), SQLITE_LIMIT_LENGTH, max_value_bytes);
  sqlite3_limit(db.get(), SQLITE_LIMIT_SQL_LENGTH, max_sql_bytes);
  sqlite3_limit(db.get(), SQLITE_LIMIT_ATTACHED, 0);
  sqlite3_db_config(db.get(), SQLITE_DBCONFIG_DQS_DML, 0, nullptr);
  sqlite3_db_config(db.get(), SQLITE_DBCONFIG_DQS_DDL, 0, nullptr);
  sqlite3_db_config(db.get(), SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, 0, nullptr);
  sqlite3_db_config(db.get(), SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, nullptr);
  if (const int code = sqlite3_exec(db.get(), "SELECT 1 FROM sqlite_master", nullptr, nullptr, nullptr);
      code != SQLITE_OK) {
    return sqlite::unreadable(file_, sqlite3_errmsg(db.get()));
  }
  if (guarded) sqlite3_set_authorizer(db.get(), &authorize, nullptr);
  return db;
}

Database SqliteSource::take_idle() {
  const std::lock_guard lock(mutex_);
  if (idle_.empty()) return nullptr;
  auto db = std::move(idle_.back());
  idle_.pop_back();
  return db;
}

void SqliteSource::give_back(Database db) {
  const std::lock_guard lock(mutex_);
  if (idle_.size() < max_idle) idle_.push_back(std::move(db));
}

Result<Shape> SqliteSource::describe() {
  auto db = open(false);
  if (!db) return std::move(db).error();
  return sqlite::describe(db->get(), file_, identity());
}

QueryOutcome SqliteSource::run(const Query& query) {
  auto db = take_idle();
  if (db == nullptr) {
    auto opened = open(true);
    if (!opened)
      return QueryFailure{QueryFailure::Kind::database, opened.error().line(), "",
                          "class org.sqlite.SQLiteException"};
    db = std::move(*opened);
  }
  Watch watch{std::chrono::steady_clock::now() + query.timeout, query.stop};
  sqlite3_progress_handler(db.get(), 2'000, &Watch::check, &watch);
  const auto failed = [&](int code) -> QueryOutcome {
    auto result = failure(code, sqlite3_errmsg(db.get()));
    if ((code & 0xFF) == SQLITE_INTERRUPT) {
      result.kind = watch.timed_out ? QueryFailure::Kind::timed_out : QueryFailure::Kind::cancelled;
    }
    return result;
  };

  sqlite3_stmt* raw = nullptr;
  const char* tail = nullptr;
  if (const int code =
          sqlite3_prepare_v2(db.get(), query.sql.data(), static_cast<int>(query.sql.size()), &raw, &tail);
      code != SQLITE_OK) {
    return failed(code);  // the connection is not reused
  }
  RowSet rows;
  {
    const Statement statement(raw);
    const auto end = query.sql.data() + query.sql.size();
    if (statement == nullptr) return failure(SQLITE_ERROR, "query does not return ResultSet");
    if (!only_blank_or_comments({tail, static_cast<std::size_t>(end - tail)})) {
      return failure(SQLITE_ERROR, "only one statement may be run");
    }
    if (sqlite3_stmt_readonly(raw) == 0)
      return failure(SQLITE_READONLY, "attempt to write a readonly database");
    if (sqlite3_column_count(raw) == 0) return failure(SQLITE_ERROR, "query does not return ResultSet");
    if (sqlite3_bind_parameter_count(raw) > 0) return failure(SQLITE_ERROR, "Values not bound to statement");

    for (int i = 0; i < sqlite3_column_count(raw); ++i) {
      const char* declared = sqlite3_column_decltype(raw, i);
      const char* name = sqlite3_column_name(raw, i);
      rows.columns.push_back({repair_utf8(name == nullptr ? "" : name),
                              declared == nullptr ? "" : sqlite_base_type(declared),
                              declared == nullptr ? "" : declared});
    }
    int code = SQLITE_DONE;
    std::size_t bytes = 0;
    while (rows.rows.size() < query.max_rows && (code = sqlite3_step(raw)) == SQLITE_ROW) {
      Json row = Json::array();
      for (int i = 0; i < sqlite3_column_count(raw); ++i) {
        row.push_back(
            cell(raw, i, rows.columns[static_cast<std::size_t>(i)].base_type, query.wide_integers_as_text));
        bytes += 16 + static_cast<std::size_t>(sqlite3_column_bytes(raw, i));
      }
      rows.rows.push_back(std::move(row));
      if (bytes > max_answer_bytes) return failure(SQLITE_TOOBIG, "the answer is larger than 64 MiB");
    }
    if (code != SQLITE_DONE && code != SQLITE_ROW) return failed(code);
  }
  for (std::size_t i = 0; i < rows.columns.size(); ++i) {
    auto& type = rows.columns[i].base_type;
    if (type.empty() || type == "type/*") type = seen_type(rows.rows, i);
  }
  sqlite3_progress_handler(db.get(), 0, nullptr, nullptr);
  give_back(std::move(db));
  return rows;
}

}  // namespace

Result<std::unique_ptr<Source>> make_sqlite_source(const std::filesystem::path& file) {
  return std::unique_ptr<Source>(std::make_unique<SqliteSource>(file));
}

}  // namespace kpi::sandbox
