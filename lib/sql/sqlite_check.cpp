#include "sqlite_check.hpp"

#include "catalogue.hpp"
#include "sqlite_copies.hpp"
#include "sqlite_replica.hpp"
#include "token_guard.hpp"

#include <kpi/base/text.hpp>

#include <fmt/format.h>
#include <sqlite3.h>

#include <algorithm>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <utility>

namespace kpi::sql {
namespace {

constexpr std::size_t max_replicas = 64;  // kept: as many as a run has sets of tables that are joined
constexpr double max_copies = 50'000;     // of a query or a column, a kilobyte or so each
constexpr std::size_t max_message_bytes = 200;

struct FinalizeStatement {
  void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
};

bool begins(std::string_view text, std::string_view prefix) {
  return text.size() >= prefix.size() && lower(text.substr(0, prefix.size())) == prefix;
}

std::string_view or_empty(const char* text) {
  return text == nullptr ? std::string_view() : std::string_view(text);
}

// What the authorizer, which SQLite calls and which must not throw, leaves behind.
struct Witness {
  const NameSet& functions;
  std::vector<model::Finding> findings;
  std::set<std::pair<std::string, std::string>> reads;
};

Code code_of(int action) {
  switch (action) {
    case SQLITE_ATTACH:
    case SQLITE_DETACH:
    case SQLITE_PRAGMA:
    case SQLITE_TRANSACTION:
    case SQLITE_SAVEPOINT:
      return "guard.statement";
    default:
      return "guard.write";
  }
}

int authorize(void* data, int action, const char* first, const char* second, const char* /*database*/,
              const char* /*trigger*/) noexcept {
  auto& witness = *static_cast<Witness*>(data);
  const std::string_view one = or_empty(first);
  const std::string_view two = or_empty(second);
  switch (action) {
    case SQLITE_SELECT:
    case SQLITE_RECURSIVE:
      return SQLITE_OK;
    case SQLITE_FUNCTION:
      if (witness.functions.contains(lower(two))) return SQLITE_OK;
      witness.findings.push_back(
          finding("guard.function",
                  fmt::format("function {}() is not on the policy's list", shorten(single_line(two), 80))));
      return SQLITE_DENY;
    case SQLITE_READ:
      if (begins(one, "sqlite_") || begins(one, "pragma_") || lower(one) == "dbstat" ||
          begins(one, "bytecode") || begins(one, "tables_used")) {
        witness.findings.push_back(
            finding("guard.catalog", fmt::format("{} is SQLite's own", shorten(single_line(one), 80))));
        return SQLITE_DENY;
      }
      witness.reads.emplace(one, two);
      return SQLITE_OK;
    default:
      witness.findings.push_back(finding(code_of(action), "only SELECT is allowed"));
      return SQLITE_DENY;
  }
}

std::vector<std::string> table_names(const model::Database& schema) {
  std::vector<std::string> names;
  for (const auto& table : schema.tables) names.push_back(table.name);
  return names;
}

std::vector<std::string> field_names(const std::vector<const model::Table*>& tables) {
  std::vector<std::string> names;
  for (const model::Table* table : tables) {
    for (const auto& field : table->fields)
      names.push_back(field.path.empty() ? field.name : field.path.front());
  }
  return names;
}

// "; write orders.id or users.id" for the tables that have such a column.
std::string owners(std::string_view name, const std::vector<const model::Table*>& tables) {
  std::vector<std::string> all;
  for (const model::Table* table : tables) {
    const bool has = std::any_of(table->fields.begin(), table->fields.end(), [&](const model::Field& field) {
      return lower(field.path.empty() ? field.name : field.path.front()) == lower(name);
    });
    if (has) all.push_back(fmt::format("{}.{}", table->name, name));
  }
  return all.size() < 2 ? std::string() : fmt::format("; write {}", join(all, " or "));
}

std::string meant(std::string_view word, const std::vector<std::string>& names) {
  const std::size_t dot = word.rfind('.');
  const auto name = nearest(dot == std::string_view::npos ? word : word.substr(dot + 1), names);
  return name ? fmt::format("; did you mean {}?", *name) : std::string();
}

// SQLite says what is wrong in words only. Source: resolve.c, build.c and parse.y of SQLite 3.40.
model::Finding read_error(const std::string& message, std::int64_t position, const model::Database* schema,
                          const std::vector<const model::Table*>& tables) {
  const auto after = [&](std::string_view prefix) {
    return message.substr(std::min(prefix.size(), message.size()));
  };
  const std::string line = shorten(single_line(message), max_message_bytes);
  if (begins(message, "no such table: ")) {
    return finding("schema.unknown_table",
                   line + (schema == nullptr ? "" : meant(after("no such table: "), table_names(*schema))),
                   position);
  }
  if (begins(message, "no such column: ")) {
    return finding("schema.unknown_column",
                   line + (schema == nullptr ? "" : meant(after("no such column: "), field_names(tables))),
                   position);
  }
  if (begins(message, "ambiguous column name: ")) {
    return finding("schema.ambiguous_column", line + owners(after("ambiguous column name: "), tables),
                   position);
  }
  if (begins(message, "misuse of ")) return finding("schema.aggregate", line, position);
  if (begins(message, "no such function: ")) return finding("guard.function", line, position);
  if (begins(message, "wrong number of arguments")) return finding("schema.type_mismatch", line, position);
  if (begins(message, "expression tree is too large") || begins(message, "parser stack overflow") ||
      begins(message, "too many terms")) {
    return finding("guard.depth", line, position);
  }
  return finding("syntax.error", line, position);
}

bool only_blank(std::string_view tail) {
  for (const Token& token : lex(tail, sqlite_rules)) {
    if (token.kind != TokenKind::comment && !is_mark(tail, token, ";")) return false;
  }
  return true;
}

}  // namespace

// Idle connections by what stands in them: the text that made their tables. A thread takes one out while it
// works, so no two share one.
class SqliteCheck::Replicas {
public:
  SqliteConnection take(const std::string& key, const std::vector<std::string>& definitions,
                        const Policy& policy) {
    {
      const std::lock_guard lock(mutex_);
      const auto idle = idle_.find(key);
      if (idle != idle_.end() && !idle->second.empty()) {
        SqliteConnection connection = std::move(idle->second.back());
        idle->second.pop_back();
        return connection;
      }
    }
    auto opened = open_replica(definitions, policy.max_bytes, policy.max_depth);
    return opened ? *std::move(opened) : nullptr;
  }

  void give_back(const std::string& key, SqliteConnection connection) {
    const std::lock_guard lock(mutex_);
    if (idle_.size() >= max_replicas && !idle_.contains(key)) idle_.clear();
    idle_[key].push_back(std::move(connection));
  }

private:
  std::mutex mutex_;
  std::map<std::string, std::vector<SqliteConnection>> idle_;
};

SqliteCheck::SqliteCheck(const Policy& policy)
    : policy_(policy),
      functions_(policy.sqlite_functions.begin(), policy.sqlite_functions.end()),
      replicas_(std::make_unique<Replicas>()) {}

SqliteCheck::~SqliteCheck() = default;

SqliteCheck::Outcome SqliteCheck::check(std::string_view statement, const std::vector<Token>& tokens,
                                        const model::Database* schema) const {
  Outcome outcome;
  if (copies_made(statement, tokens) > max_copies) {
    outcome.findings.push_back(
        finding("guard.depth", "queries in queries that name each other, or their columns, too often"));
    return outcome;
  }
  for (const Token& token : tokens) {
    if (!begins(text_of(statement, token), "pragma_")) continue;
    outcome.findings.push_back(finding("guard.catalog", "the pragma_ tables are SQLite's own",
                                       static_cast<std::int64_t>(token.begin)));
    return outcome;
  }
  std::vector<const model::Table*> tables;
  if (schema != nullptr) tables = named_tables(*schema, statement, tokens);
  const std::vector<std::string> definitions = definitions_of(tables);
  const std::string key = join(definitions, "\n");
  SqliteConnection connection = replicas_->take(key, definitions, policy_);
  if (connection == nullptr) {
    outcome.findings.push_back(finding("guard.construct", "no memory to check the statement"));
    return outcome;
  }
  Witness witness{functions_, {}, {}};
  sqlite3_set_authorizer(connection.get(), authorize, &witness);
  sqlite3_stmt* raw = nullptr;
  const char* rest = nullptr;
  const int status =
      sqlite3_prepare_v2(connection.get(), statement.data(), static_cast<int>(statement.size()), &raw, &rest);
  std::unique_ptr<sqlite3_stmt, FinalizeStatement> prepared(raw);

  outcome.findings = std::move(witness.findings);
  if (status != SQLITE_OK) {
    const int offset = sqlite3_error_offset(connection.get());
    model::Finding error = read_error(sqlite3_errmsg(connection.get()), offset, schema, tables);
    const bool unbound = schema == nullptr && error.code.rfind("schema.unknown", 0) == 0;
    if (unbound) {
      // What SQLite could not look into for want of tables is looked at word by word instead.
      outcome.findings = guard_tokens(statement, tokens, functions_);
    } else if (outcome.findings.empty()) {
      outcome.findings.push_back(std::move(error));
    }
  } else if (raw == nullptr) {
    outcome.findings.push_back(finding("guard.statement_count", "no statement", 0));
  } else if (!only_blank(statement.substr(static_cast<std::size_t>(rest - statement.data())))) {
    outcome.findings.push_back(finding(
        "guard.statement_count", "more than one statement; exactly one is allowed", rest - statement.data()));
  } else if (sqlite3_stmt_readonly(raw) == 0) {
    outcome.findings.push_back(finding("guard.write", "only SELECT is allowed", 0));
  } else if (sqlite3_column_count(raw) == 0) {
    outcome.findings.push_back(finding("guard.statement", "only SELECT is allowed", 0));
  } else if (sqlite3_stmt_isexplain(raw) != 0) {
    outcome.findings.push_back(finding("guard.statement", "EXPLAIN is not allowed; only SELECT is", 0));
  } else if (sqlite3_bind_parameter_count(raw) != 0) {
    outcome.findings.push_back(finding("guard.parameter", "a parameter that nothing fills"));
  }
  for (const auto& [table, field] : witness.reads) {
    outcome.references.push_back({table, field.empty() ? "*" : field});
  }
  prepared.reset();  // before another thread may have the connection
  sqlite3_set_authorizer(connection.get(), nullptr, nullptr);
  replicas_->give_back(key, std::move(connection));
  return outcome;
}

}  // namespace kpi::sql
