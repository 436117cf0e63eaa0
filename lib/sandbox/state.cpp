#include <kpi/base/file.hpp>
#include <kpi/base/text.hpp>
#include <kpi/sandbox/state.hpp>

#include <sqlite3.h>

#include <chrono>
#include <thread>
#include <unordered_map>

namespace kpi::sandbox {
namespace {

constexpr int layout = 1;  ///< PRAGMA user_version of the file
constexpr int busy_timeout_ms = 10'000;

constexpr const char* tables = R"(
CREATE TABLE database (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL UNIQUE, created_at TEXT NOT NULL);
CREATE TABLE object (id INTEGER PRIMARY KEY AUTOINCREMENT, database_id INTEGER NOT NULL, schema TEXT NOT NULL,
                     name TEXT NOT NULL, UNIQUE (database_id, schema, name));
CREATE TABLE field (id INTEGER PRIMARY KEY AUTOINCREMENT, table_id INTEGER NOT NULL, name TEXT NOT NULL,
                    UNIQUE (table_id, name));
CREATE TABLE profile (table_id INTEGER PRIMARY KEY, identity TEXT NOT NULL, body TEXT NOT NULL);
CREATE TABLE session (sha256 TEXT PRIMARY KEY, created_at INTEGER NOT NULL);
CREATE TABLE collection (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL, description TEXT, location TEXT NOT NULL,
                         archived INTEGER NOT NULL DEFAULT 0, archived_directly INTEGER NOT NULL DEFAULT 0, type TEXT,
                         personal_owner_id INTEGER, entity_id TEXT NOT NULL, created_at TEXT NOT NULL);
CREATE TABLE card (id INTEGER PRIMARY KEY AUTOINCREMENT, collection_id INTEGER, name TEXT NOT NULL, type TEXT NOT NULL,
                   database_id INTEGER, archived INTEGER NOT NULL DEFAULT 0, archived_directly INTEGER NOT NULL DEFAULT 0,
                   body TEXT NOT NULL);
CREATE INDEX card_collection ON card (collection_id);
CREATE TABLE dashboard (id INTEGER PRIMARY KEY AUTOINCREMENT, collection_id INTEGER, name TEXT NOT NULL,
                        archived INTEGER NOT NULL DEFAULT 0, archived_directly INTEGER NOT NULL DEFAULT 0, body TEXT NOT NULL);
CREATE TABLE dashcard (id INTEGER PRIMARY KEY AUTOINCREMENT, dashboard_id INTEGER NOT NULL, body TEXT NOT NULL);
)";

struct Finalize {
  void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
};
using Statement = std::unique_ptr<sqlite3_stmt, Finalize>;

int bind(sqlite3_stmt* statement, int place, const Json& value) {
  switch (value.type()) {
    case Json::value_t::null:
      return sqlite3_bind_null(statement, place);
    case Json::value_t::boolean:
      return sqlite3_bind_int(statement, place, value.get<bool>() ? 1 : 0);
    case Json::value_t::number_integer:
    case Json::value_t::number_unsigned:
      return sqlite3_bind_int64(statement, place, value.get<std::int64_t>());
    case Json::value_t::number_float:
      return sqlite3_bind_double(statement, place, value.get<double>());
    default: {
      const auto text = value.is_string() ? value.get<std::string>() : dump_json(value);
      return sqlite3_bind_text64(statement, place, text.data(), text.size(), SQLITE_TRANSIENT, SQLITE_UTF8);
    }
  }
}

Json cell(sqlite3_stmt* statement, int column) {
  switch (sqlite3_column_type(statement, column)) {
    case SQLITE_NULL:
      return nullptr;
    case SQLITE_INTEGER:
      return static_cast<std::int64_t>(sqlite3_column_int64(statement, column));
    case SQLITE_FLOAT:
      return sqlite3_column_double(statement, column);
    default: {
      const auto* text = reinterpret_cast<const char*>(sqlite3_column_text(statement, column));
      return std::string(text == nullptr ? "" : text,
                         static_cast<std::size_t>(sqlite3_column_bytes(statement, column)));
    }
  }
}

}  // namespace

/// Compiled statements by their text: ids are allotted by the thousand.
struct State::Statements {
  std::unordered_map<std::string, Statement> by_text;
};

State::State(std::filesystem::path file, sqlite3* db)
    : file_(std::move(file)),
      db_(db),
      statements_(std::make_unique<Statements>()) {}

State::~State() {
  statements_.reset();
  sqlite3_close(db_);
}

Error State::failure(int code) const {
  const std::string reason = db_ == nullptr ? sqlite3_errstr(code) : sqlite3_errmsg(db_);
  switch (code & 0xFF) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return {Fault::machine, "sandbox.locked", "sandbox", file_.string() + " is locked by another process",
              "wait for it to end, or give this one a folder of its own with --data"};
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return {Fault::machine, "sandbox.damaged", "sandbox", file_.string() + " is damaged: " + reason,
              "move it away: the server makes a new one, without the cards"};
    default:
      return {Fault::machine, "sandbox.state", "sandbox", file_.string() + ": " + reason,
              "check the folder's rights and free space, or choose another with --data"};
  }
}

Result<std::unique_ptr<State>> State::open(const std::filesystem::path& directory) {
  if (auto made = make_directories(directory); !made) return std::move(made).error();
  const auto file = directory / "sandbox.db";
  sqlite3* db = nullptr;
  const int code = sqlite3_open_v2(
      file.c_str(), &db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_FULLMUTEX, nullptr);
  std::unique_ptr<State> state(new State(file, db));
  if (code != SQLITE_OK) return state->failure(code);
  sqlite3_busy_timeout(db, busy_timeout_ms);
  if (auto ready = state->prepare_file(); !ready) return std::move(ready).error();
  return state;
}

Result<Done> State::prepare_file() {
  // Switching to WAL does not wait for others by itself.
  const auto give_up = std::chrono::steady_clock::now() + std::chrono::milliseconds(busy_timeout_ms);
  for (;;) {
    auto mode = query("PRAGMA journal_mode = WAL");
    if (mode) break;
    if (mode.error().code != "sandbox.locked" || std::chrono::steady_clock::now() > give_up)
      return std::move(mode).error();
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  if (auto set = query("PRAGMA synchronous = NORMAL"); !set) return std::move(set).error();
  return transact([&]() -> Result<Done> {
    auto version = query("PRAGMA user_version");
    if (!version) return std::move(version).error();
    const auto found = version->front()["user_version"].get<int>();
    if (found == layout) return Done{};
    if (found != 0) {
      return Error{Fault::machine, "sandbox.state", "sandbox",
                   file_.string() + " was written by another version of kpi",
                   "choose another folder with --data"};
    }
    const int code = sqlite3_exec(db_, tables, nullptr, nullptr, nullptr);
    if (code != SQLITE_OK) return failure(code);
    if (auto set = execute("PRAGMA user_version = " + std::to_string(layout)); !set)
      return std::move(set).error();
    return Done{};
  });
}

Result<std::vector<Json>> State::query(std::string_view sql, const std::vector<Json>& values) {
  const std::lock_guard lock(mutex_);
  auto& slot = statements_->by_text[std::string(sql)];
  if (slot == nullptr) {
    sqlite3_stmt* compiled = nullptr;
    const int code = sqlite3_prepare_v2(db_, sql.data(), static_cast<int>(sql.size()), &compiled, nullptr);
    slot.reset(compiled);
    if (code != SQLITE_OK) return failure(code);
  }
  auto* statement = slot.get();
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (const int code = bind(statement, static_cast<int>(i) + 1, values[i]); code != SQLITE_OK)
      return failure(code);
  }
  std::vector<Json> rows;
  int code = SQLITE_ROW;
  while ((code = sqlite3_step(statement)) == SQLITE_ROW) {
    Json row = Json::object();
    for (int i = 0; i < sqlite3_column_count(statement); ++i)
      row[sqlite3_column_name(statement, i)] = cell(statement, i);
    rows.push_back(std::move(row));
  }
  if (code != SQLITE_DONE) {
    auto error = failure(code);
    sqlite3_reset(statement);
    return error;
  }
  sqlite3_reset(statement);
  sqlite3_clear_bindings(statement);
  return rows;
}

Result<std::int64_t> State::execute(std::string_view sql, const std::vector<Json>& values) {
  const std::lock_guard lock(mutex_);
  auto rows = query(sql, values);
  if (!rows) return std::move(rows).error();
  return static_cast<std::int64_t>(sqlite3_last_insert_rowid(db_));
}

}  // namespace kpi::sandbox
