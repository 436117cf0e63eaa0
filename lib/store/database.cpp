#include <kpi/base/file.hpp>
#include <kpi/store/database.hpp>

#include <fmt/format.h>
#include <sqlite3.h>

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <thread>
#include <unistd.h>

namespace kpi::store {
namespace {

Error unwritable(const std::filesystem::path& file, const std::string& why) {
  return {Fault::machine, "state.unwritable", "state", fmt::format("cannot write {}: {}", file.string(), why),
          "check the file, its folder and their permissions, or choose another with --state"};
}

Error full(const std::filesystem::path& file) {
  return {Fault::machine, "state.full", "state", fmt::format("no room left to write {}", file.string()),
          "make room and run the same command again; what was finished is kept"};
}

/// Makes the file before SQLite does, which would make it readable by all; -wal and -shm take its mode over.
std::optional<Error> make_private(const std::filesystem::path& file) {
  const int fd = ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOCTTY, 0600);
  if (fd >= 0) {
    ::close(fd);
    return std::nullopt;
  }
  if (errno == ENOSPC || errno == EDQUOT) return full(file);
  return unwritable(file, std::strerror(errno));
}

/// The system's own number for the last failure; 0 where there is none. A failed commit leaves it with the
/// file it was writing and not with the connection, so both the database and its log are asked.
int system_reason(sqlite3* handle) {
  if (const int reason = sqlite3_system_errno(handle); reason != 0) return reason;
  for (const int which : {SQLITE_FCNTL_FILE_POINTER, SQLITE_FCNTL_JOURNAL_POINTER}) {
    sqlite3_file* file = nullptr;
    int reason = 0;
    if (sqlite3_file_control(handle, "main", which, static_cast<void*>(&file)) != SQLITE_OK ||
        file == nullptr || file->pMethods == nullptr) {
      continue;
    }
    if (file->pMethods->xFileControl(file, SQLITE_FCNTL_LAST_ERRNO, &reason) == SQLITE_OK && reason != 0) {
      return reason;
    }
  }
  return 0;
}

}  // namespace

void CloseDatabase::operator()(sqlite3* handle) const noexcept { sqlite3_close_v2(handle); }
void FinalizeStatement::operator()(sqlite3_stmt* handle) const noexcept { sqlite3_finalize(handle); }

Statement::~Statement() {
  if (handle_ == nullptr) return;
  sqlite3_reset(handle_);
  sqlite3_clear_bindings(handle_);
}

Statement& Statement::text(std::string_view value) {
  sqlite3_bind_text64(handle_, next_++, value.data() == nullptr ? "" : value.data(), value.size(),
                      SQLITE_STATIC, SQLITE_UTF8);
  return *this;
}

Statement& Statement::bytes(std::string_view value) {
  sqlite3_bind_blob64(handle_, next_++, value.data() == nullptr ? "" : value.data(), value.size(),
                      SQLITE_STATIC);
  return *this;
}

Statement& Statement::number(std::int64_t value) {
  sqlite3_bind_int64(handle_, next_++, value);
  return *this;
}

Statement& Statement::real(std::optional<double> value) {
  if (value) {
    sqlite3_bind_double(handle_, next_++, *value);
  } else {
    sqlite3_bind_null(handle_, next_++);
  }
  return *this;
}

Result<bool> Statement::step() {
  const int code = sqlite3_step(handle_);
  if (code == SQLITE_ROW) return true;
  if (code == SQLITE_DONE) return false;
  return database_->error();
}

std::string Statement::text_at(int column) const {
  const void* bytes = sqlite3_column_blob(handle_, column);
  if (bytes == nullptr) return {};
  return {static_cast<const char*>(bytes), static_cast<std::size_t>(sqlite3_column_bytes(handle_, column))};
}

std::int64_t Statement::number_at(int column) const { return sqlite3_column_int64(handle_, column); }

std::optional<double> Statement::real_at(int column) const {
  if (sqlite3_column_type(handle_, column) == SQLITE_NULL) return std::nullopt;
  return sqlite3_column_double(handle_, column);
}

Result<std::unique_ptr<Database>> Database::open(const std::filesystem::path& file,
                                                 std::chrono::milliseconds patience) {
  std::error_code failure;
  const auto path = std::filesystem::absolute(file, failure);  // ":memory:" and "" name files too
  if (auto made = make_directories(path.parent_path()); !made) return unwritable(path, made.error().what);
  if (auto wrong = make_private(path)) return *wrong;
  sqlite3* handle = nullptr;
  const int code =
      sqlite3_open_v2(path.c_str(), &handle, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, nullptr);
  std::unique_ptr<Database> database(new Database(path, handle));
  if (code != SQLITE_OK) return database->error();
  sqlite3_extended_result_codes(handle, 1);
  sqlite3_busy_timeout(handle, static_cast<int>(patience.count()));
  sqlite3_db_config(handle, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);

  if (auto done = database->run("PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON"); !done) {
    return std::move(done).error();
  }
  return database;
}

Result<Done> Database::write_ahead(std::chrono::milliseconds patience) {
  const auto give_up = std::chrono::steady_clock::now() + patience;
  for (;;) {  // the change takes a lock that SQLite does not wait for by itself
    auto done = run("PRAGMA journal_mode=WAL");
    if (done || done.error().code != "state.locked" || std::chrono::steady_clock::now() >= give_up)
      return done;
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
}

Result<Statement> Database::prepare(std::string_view sql) {
  auto& kept = statements_[sql];
  if (!kept) {
    sqlite3_stmt* handle = nullptr;
    const int code = sqlite3_prepare_v3(handle_.get(), sql.data(), static_cast<int>(sql.size()),
                                        SQLITE_PREPARE_PERSISTENT, &handle, nullptr);
    if (code != SQLITE_OK) return error();
    kept.reset(handle);
  }
  return Statement(kept.get(), *this);
}

Result<Done> Database::run(const std::string& sql) {
  if (sqlite3_exec(handle_.get(), sql.c_str(), nullptr, nullptr, nullptr) != SQLITE_OK) return error();
  return Done{};
}

Result<std::int64_t> Database::ask(std::string_view sql) {
  auto statement = prepare(sql);
  if (!statement) return std::move(statement).error();
  const auto row = statement->step();
  if (!row) return row.error();
  return *row ? statement->number_at(0) : 0;
}

Result<Done> Database::copy_from(Database& source) {
  sqlite3_backup* backup = sqlite3_backup_init(handle_.get(), "main", source.handle_.get(), "main");
  if (backup == nullptr) return error();
  const int code = sqlite3_backup_step(backup, -1);
  const int finished = sqlite3_backup_finish(backup);
  if (code == SQLITE_DONE && finished == SQLITE_OK) return Done{};
  if (code == SQLITE_BUSY || code == SQLITE_LOCKED) {
    return Error{Fault::machine, "state.locked", "state",
                 fmt::format("{} is locked by another process", file_.string()),
                 "wait for the other kpi to end"};
  }
  return error();
}

Result<Done> Database::make(Durability durability) {
  if (durability == durability_) return Done{};
  auto done =
      run(durability == Durability::durable ? "PRAGMA synchronous=FULL" : "PRAGMA synchronous=NORMAL");
  if (done) durability_ = durability;
  return done;
}

std::int64_t Database::last_row_id() const { return sqlite3_last_insert_rowid(handle_.get()); }
std::int64_t Database::changed_rows() const { return sqlite3_changes64(handle_.get()); }

Error Database::error() const {
  const int extended = sqlite3_extended_errcode(handle_.get());
  const int system = system_reason(handle_.get());
  const std::string name = file_.string();
  const std::string why = sqlite3_errmsg(handle_.get());
  switch (extended & 0xFF) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return {Fault::machine, "state.locked", "state", fmt::format("{} is locked by another process", name),
              "wait for the other kpi to end, or choose another file with --state"};
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return {
          Fault::machine, "state.damaged", "state", fmt::format("{} is damaged: {}", name, why),
          "move it away together with its -wal and -shm files: a new one is made; cards are found again by "
          "their markers, stored answers are lost"};
    case SQLITE_FULL:
      return full(file_);
    case SQLITE_IOERR:
      if (system == ENOSPC || system == EDQUOT || system == EFBIG) return full(file_);
      return unwritable(file_, system == 0 ? why : std::strerror(system));
    case SQLITE_READONLY:
    case SQLITE_CANTOPEN:
    case SQLITE_PERM:
    case SQLITE_AUTH:
      return unwritable(file_, system == 0 ? why : std::strerror(system));
    default:
      return {Fault::machine, "state.failed", "state", fmt::format("{}: {}", name, why), ""};
  }
}

Result<Transaction> Transaction::begin(Database& database) {
  if (auto done = database.run("BEGIN IMMEDIATE"); !done) return std::move(done).error();
  return Transaction(database);
}

Transaction::~Transaction() {
  if (database_ == nullptr) return;
  const auto undone = database_->run("ROLLBACK");  // fails only where SQLite has rolled back by itself
  static_cast<void>(undone);
}

Result<Done> Transaction::commit() {
  auto done = database_->run("COMMIT");
  if (done) database_ = nullptr;
  return done;
}

}  // namespace kpi::store
