#include "token_guard.hpp"

#include "catalogue.hpp"

#include <kpi/base/text.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <initializer_list>

namespace kpi::sql {
namespace {

// Words that begin or take part in something other than reading. None is a function that only reads.
constexpr std::array<std::string_view, 81> refused_words{
    "alter",       "analyze",  "attach",    "backup",     "begin",   "bulk",     "call",
    "checkpoint",  "cluster",  "comment",   "commit",     "copy",    "create",   "dbcc",
    "deallocate",  "declare",  "delete",    "deny",       "detach",  "discard",  "do",
    "drop",        "dumpfile", "exec",      "execute",    "export",  "flush",    "goto",
    "grant",       "handler",  "holdlock",  "import",     "insert",  "install",  "into",
    "kill",        "listen",   "load",      "lock",       "merge",   "notify",   "optimize",
    "outfile",     "paglock",  "pragma",    "prepare",    "print",   "purge",    "readtext",
    "reconfigure", "refresh",  "reindex",   "rename",     "repair",  "reset",    "restore",
    "revoke",      "rollback", "savepoint", "set",        "share",   "shutdown", "sql_calc_found_rows",
    "start",       "sync",     "tablock",   "tablockx",   "throw",   "truncate", "uncache",
    "unload",      "unlock",   "update",    "updatetext", "updlock", "use",      "vacuum",
    "waitfor",     "while",    "writetext", "xlock"};

// Words that stand before a bracket without being called.
constexpr std::array<std::string_view, 46> structural_words{
    "all",   "and",      "any",       "as",     "between", "by",        "case",     "cast",
    "cube",  "distinct", "else",      "except", "exists",  "extract",   "filter",   "from",
    "group", "grouping", "having",    "if",     "in",      "intersect", "interval", "is",
    "join",  "lateral",  "like",      "limit",  "not",     "offset",    "on",       "or",
    "order", "over",     "partition", "rollup", "select",  "sets",      "some",     "then",
    "union", "using",    "values",    "when",   "where",   "with"};

constexpr std::array<std::string_view, 13> catalogs{"information_schema",
                                                    "performance_schema",
                                                    "mysql",
                                                    "sys",
                                                    "pg_catalog",
                                                    "sqlite_master",
                                                    "sqlite_schema",
                                                    "svv_tables",
                                                    "sysobjects",
                                                    "syslogins",
                                                    "sysusers",
                                                    "msdb",
                                                    "ndbinfo"};

// Words that tell who or what is connected, without a bracket.
constexpr std::array<std::string_view, 7> session_words{"current_catalog", "current_database", "current_role",
                                                        "current_schema",  "current_user",     "session_user",
                                                        "system_user"};
// After these words, or an opening bracket, a SELECT may begin; anywhere else it is a second statement.
constexpr std::array<std::string_view, 6> before_select{"all",       "distinct", "except",
                                                        "intersect", "minus",    "union"};

// \r without \n ends a -- comment to some databases only.
bool has_lone_return(std::string_view text) {
  for (std::size_t i = 0; i + 1 < text.size(); ++i) {
    if (text[i] == '\r' && text[i + 1] != '\n') return true;
  }
  return false;
}

template <class List>
bool has(const List& list, std::string_view word) {
  return std::find(list.begin(), list.end(), word) != list.end();
}

class TokenCheck {
public:
  TokenCheck(std::string_view statement, const NameSet& functions)
      : statement_(statement),
        functions_(functions) {}

  std::vector<model::Finding> run(const std::vector<Token>& all) {
    for (const Token& token : all) {
      if (!token.closed) {
        refuse("syntax.error", "a literal or comment that does not end", token);
        return std::move(findings_);
      }
      if (token.kind == TokenKind::comment) {
        comment(token);
      } else {
        tokens_.push_back(token);
      }
    }
    while (!tokens_.empty() && is_mark(statement_, tokens_.back(), ";")) tokens_.pop_back();
    if (tokens_.empty()) {
      findings_.push_back(finding("guard.statement_count", "no statement", 0));
      return std::move(findings_);
    }
    first_word();
    for (std::size_t i = 0; i < tokens_.size(); ++i) visit(i);
    return std::move(findings_);
  }

private:
  void refuse(Code code, std::string message, const Token& token) {
    findings_.push_back(finding(code, std::move(message), static_cast<std::int64_t>(token.begin)));
  }

  [[nodiscard]] std::string name_of(const Token& token) const {
    std::string_view text = text_of(statement_, token);
    if (token.kind != TokenKind::word && text.size() >= 2) text = text.substr(1, text.size() - 2);
    return lower(text);
  }

  void comment(const Token& token) {
    const std::string_view text = text_of(statement_, token);
    const bool line = text.substr(0, 2) == "--";
    if (text.front() == '#' || (line && text.size() > 2 && text[2] != ' ' && text[2] != '\t') ||
        (!line && text.size() > 2 && (text[2] == '!' || text[2] == '+')) ||
        (!line && text.substr(2, 2) == "M!") ||  // MariaDB's own /*!
        (!line && text.find("/*", 2) != std::string_view::npos) || (line && has_lone_return(text))) {
      refuse("guard.construct", "a comment that databases read differently", token);
    }
  }

  void first_word() {
    std::size_t i = 0;
    while (i < tokens_.size() && is_mark(statement_, tokens_[i], "(")) ++i;
    if (i < tokens_.size() &&
        (is_word(statement_, tokens_[i], "select") || is_word(statement_, tokens_[i], "with")))
      return;
    refuse("guard.statement", "only SELECT is allowed", tokens_.front());
  }

  void visit(std::size_t i) {
    const Token& token = tokens_[i];
    const std::string_view text = text_of(statement_, token);
    if (token.kind != TokenKind::op && text.find('\\') != std::string_view::npos) {
      return refuse("guard.construct", "a backslash, which databases read differently", token);
    }
    switch (token.kind) {
      case TokenKind::punctuation:
        if (text == ";") refuse("guard.statement_count", "more than one statement", token);
        if (text == "[" || text == "]" || text == "{" || text == "}") {
          refuse("guard.construct", fmt::format("{} reads differently in every database", text), token);
        }
        return;
      case TokenKind::op:
        if (text.find_first_of("@#?:") != std::string_view::npos && text != "::") {
          refuse("guard.session", "a variable or a parameter", token);
        }
        return;
      case TokenKind::text:
        // "sleep"(5) calls sleep() where the server takes "x" for a name.
        if (i + 1 < tokens_.size() && is_mark(statement_, tokens_[i + 1], "(") && text.front() == '"')
          refuse("guard.function", "a text that is called like a function", token);
        return;
      case TokenKind::word:
      case TokenKind::quoted:
      case TokenKind::backtick:
        return name(i);
      default:
        return;
    }
  }

  void name(std::size_t i) {
    const Token& token = tokens_[i];
    const std::string word = name_of(token);
    const bool bare = token.kind == TokenKind::word;
    const bool member = i > 0 && is_mark(statement_, tokens_[i - 1], ".");
    const bool called = i + 1 < tokens_.size() && is_mark(statement_, tokens_[i + 1], "(");
    if (bare && word.find('$') != std::string::npos)
      return refuse("guard.construct", "$ reads differently in every database", token);
    if (bare && !member && has(session_words, word))
      return refuse("guard.session", "reads who or what is connected, not the data", token);
    if (bare && !member && word == "select" && !may_select(i))
      return refuse("guard.statement_count", "a SELECT where none can begin: more than one statement", token);
    if (word == "nextval" || word == "currval" ||
        (bare && word == "value" && follows(i, {"next", "previous"})))
      return refuse("guard.function", "takes a number from a sequence", token);
    if (bare && word == "by" && follows(i, {"connect"}))
      return refuse("guard.recursion", "CONNECT BY, whose end cannot be told from words", token);
    if (bare && !member && has(refused_words, word)) {
      return refuse("guard.write",
                    fmt::format("the word {} is refused in this dialect; quote it if it is a name", word),
                    token);
    }
    if (!member && (has(catalogs, word) || word.rfind("pg_", 0) == 0 || word.rfind("sqlite_", 0) == 0)) {
      return refuse("guard.catalog", fmt::format("{} is the database's own", shorten(single_line(word), 80)),
                    token);
    }
    if (called && !(bare && !member && has(structural_words, word)) &&
        (member || !functions_.contains(word)) && !names_a_query(i)) {
      refuse("guard.function",
             fmt::format("function {}() is not on the policy's list", shorten(single_line(word), 80)), token);
    }
  }

  [[nodiscard]] bool follows(std::size_t i, std::initializer_list<std::string_view> words) const {
    return i > 0 && std::any_of(words.begin(), words.end(), [&](std::string_view one) {
             return is_word(statement_, tokens_[i - 1], one);
           });
  }

  // A bracket that closes before it closes the last WITH query.
  [[nodiscard]] bool may_select(std::size_t i) const {
    if (i == 0 || is_mark(statement_, tokens_[i - 1], "(")) return true;
    if (tokens_[i - 1].kind == TokenKind::word) return has(before_select, name_of(tokens_[i - 1]));
    if (!is_mark(statement_, tokens_[i - 1], ")")) return false;
    std::size_t closed = 0;
    for (std::size_t at = i; at-- > 0;) {
      if (is_mark(statement_, tokens_[at], ")")) ++closed;
      if (is_mark(statement_, tokens_[at], "(") && closed-- == 0) return false;
      if (closed > 0) continue;
      if (is_word(statement_, tokens_[at], "select")) return false;
      if (is_word(statement_, tokens_[at], "with")) return true;
    }
    return false;
  }

  // WITH name (columns) AS ( and FROM (..) alias (columns): a name before a bracket that is no call.
  [[nodiscard]] bool names_a_query(std::size_t i) const {
    return i > 0 && is_word(statement_, tokens_[i - 1], "with");
  }

  std::string_view statement_;
  const NameSet& functions_;
  std::vector<Token> tokens_;
  std::vector<model::Finding> findings_;
};

}  // namespace

std::vector<model::Finding> guard_tokens(std::string_view statement, const std::vector<Token>& tokens,
                                         const NameSet& functions) {
  return TokenCheck(statement, functions).run(tokens);
}

// Source: MySQL 8.0 reference manual, built-in function reference, read name by name.
const std::vector<std::string_view>& mysql_functions() {
  static const std::vector<std::string_view> names{"adddate",       "addtime",
                                                   "convert_tz",    "curdate",
                                                   "curtime",       "date_add",
                                                   "date_format",   "date_sub",
                                                   "datediff",      "day",
                                                   "dayname",       "dayofmonth",
                                                   "dayofweek",     "dayofyear",
                                                   "field",         "find_in_set",
                                                   "from_days",     "from_unixtime",
                                                   "get_format",    "greatest",
                                                   "hour",          "ifnull",
                                                   "isnull",        "json_unquote",
                                                   "last_day",      "lcase",
                                                   "least",         "locate",
                                                   "log2",          "makedate",
                                                   "maketime",      "microsecond",
                                                   "mid",           "minute",
                                                   "month",         "monthname",
                                                   "period_add",    "period_diff",
                                                   "quarter",       "second",
                                                   "space",         "std",
                                                   "str_to_date",   "strcmp",
                                                   "subdate",       "substring_index",
                                                   "subtime",       "time_format",
                                                   "time_to_sec",   "timestampadd",
                                                   "timestampdiff", "to_days",
                                                   "to_seconds",    "truncate",
                                                   "ucase",         "unix_timestamp",
                                                   "utc_date",      "utc_time",
                                                   "utc_timestamp", "week",
                                                   "weekday",       "weekofyear",
                                                   "year",          "yearweek"};
  return names;
}

}  // namespace kpi::sql
