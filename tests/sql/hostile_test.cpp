#include "support.hpp"

#include <kpi/sql/prescan.hpp>

#include <doctest/doctest.h>

#include <array>
#include <chrono>
#include <random>

using namespace kpi;
using namespace kpi::sql;
using namespace kpi::sql::test;

namespace {

std::string repeated(std::string_view part, std::size_t times) {
  std::string text;
  for (std::size_t i = 0; i < times; ++i) text += part;
  return text;
}

// What is looked at in more than this was not looked at in linear time, also with a sanitizer on a slow
// machine.
constexpr std::chrono::seconds patience{10};

void survives(std::string_view statement) {
  for (const auto dialect :
       {model::Dialect::postgres, model::Dialect::sqlite, model::Dialect::mysql, model::Dialect::generic}) {
    const auto begin = std::chrono::steady_clock::now();
    const Analysis analysis = analyzer().analyze(statement, dialect, &shop());
    const Mended mended = analyzer().mend(statement, dialect, &shop());
    CHECK(std::chrono::steady_clock::now() - begin < patience);
    CHECK(mended.sql.size() < statement.size() + 4'000);
  }
}

}  // namespace

TEST_CASE("sql::Analyzer: bytes that are no text are refused, by place") {
  using namespace std::string_view_literals;
  const Analysis nul = analyze("SELECT 1\0; DELETE FROM t"sv);
  CHECK(codes(nul) == std::vector<std::string>{"guard.bytes"});
  CHECK(nul.findings[0].position == 8);
  CHECK(codes(analyze("SELECT '\xFF'")) == std::vector<std::string>{"guard.bytes"});
  CHECK(codes(analyze("SELECT '\xC0\xAF'")) == std::vector<std::string>{"guard.bytes"});
  CHECK(codes(analyze("SELECT '\xED\xA0\x80'")) == std::vector<std::string>{"guard.bytes"});
}

TEST_CASE("sql::Analyzer: too long a statement is not looked at") {
  CHECK(codes(analyze("SELECT '" + repeated("x", 20'000) + "'")) == std::vector<std::string>{"guard.size"});
  Policy wide = shipped_policy();
  wide.max_bytes = 1'000'000'000;  // what the parser survives does not depend on a setting
  const Analyzer own = *Analyzer::make(wide);
  CHECK(has_code(own.analyze("SELECT 1" + repeated("+1", 65'000), model::Dialect::postgres, nullptr),
                 "guard.size"));
}

TEST_CASE("sql::Analyzer: what makes the parser crash or stall never reaches it") {
  const std::vector<std::pair<const char*, std::string>> cases{
      {"a long sum", "SELECT 1" + repeated("+1", 7'000)},
      {"a long chain of casts", "SELECT 1" + repeated("::int", 2'500)},
      {"a long chain of joins", "SELECT 1 FROM a" + repeated(" CROSS JOIN a", 1'100)},
      {"a long chain of unions", "SELECT 1" + repeated(" UNION SELECT 1", 1'050)},
      {"a long chain of ISNULL", "SELECT 1" + repeated(" ISNULL", 2'000)},
      {"nested comments", "SELECT " + repeated("/*", 3'000) + repeated("*/", 3'000) + " 1"},
      {"a run of operator characters", "SELECT 1 " + repeated("+", 15'000) + " 1"},
      {"deep brackets", "SELECT " + repeated("(", 5'000) + "1" + repeated(")", 5'000)},
      {"deep subscripts", "SELECT a" + repeated("[a", 5'000)},
  };
  Policy wide = shipped_policy();
  wide.max_bytes = 64'000;
  wide.max_depth = 100'000;
  const Analyzer own = *Analyzer::make(wide);
  for (const auto& one : cases) {
    const auto& statement = one.second;
    CAPTURE(one.first);
    const auto begin = std::chrono::steady_clock::now();
    const Analysis analysis = own.analyze(statement, model::Dialect::postgres, nullptr);
    CHECK(std::chrono::steady_clock::now() - begin < patience);
    CHECK_FALSE(analysis.may_run());
    survives(statement);
  }
}

TEST_CASE("sql::Analyzer: deep but lawful nesting is refused by its depth") {
  std::string deep = "SELECT 1";
  for (int i = 0; i < 110; ++i) deep = "SELECT * FROM (" + deep + ") x";
  CHECK(has_code(analyze(deep), "guard.depth"));
  CHECK(has_code(analyze("SELECT 1" + repeated("+1", 300)), "guard.depth"));
  CHECK(analyze("SELECT 1" + repeated("+1", 100)).may_run());
  CHECK(analyze("SELECT 1 WHERE 1 IN (1" + repeated(",1", 5'000) + ")").may_run());
  CHECK(analyze("SELECT 1 FROM t WHERE a = 1" + repeated(" OR a = 1", 400)).may_run());
}

TEST_CASE("sql::Analyzer: WITH queries that multiply by name alone take no time") {
  std::string statement = "WITH a0 AS (SELECT 1 AS x)";
  for (int i = 1; i < 30; ++i) {
    const std::string before = "a" + std::to_string(i - 1);
    statement += ", a" + std::to_string(i) + " AS (SELECT l.x FROM " + before + " l, " + before +
                 " r WHERE l.x = r.x)";
  }
  survives(statement + " SELECT count(*) FROM a29");
  std::string nested = "SELECT 1 AS x UNION ALL SELECT x FROM r WHERE x < 3";
  for (int i = 0; i < 20; ++i)
    nested = "WITH RECURSIVE r AS (" + nested + ") SELECT x FROM r UNION ALL SELECT x FROM r WHERE x < 3";
  survives(nested);
}

TEST_CASE("sql::Analyzer: queries in queries that multiply by what they name alone take no time") {
  // % is the query within, or at last a number.
  static constexpr std::array<std::string_view, 8> forms{
      "(SELECT % AS a FROM orders GROUP BY a, 1 ORDER BY 1)",
      "(SELECT % AS a FROM orders WHERE a > 0 AND a < 9)",
      "(SELECT sum(1) OVER w + sum(2) OVER w FROM orders WINDOW w AS (ORDER BY %))",
      "(SELECT id FROM orders WHERE % BETWEEN 1 AND 2)",
      "(SELECT a + a + a + a AS a FROM (SELECT % AS a) x WHERE a > 0 AND a < 9)",
      "(SELECT \"a+a\", a FROM (SELECT a+a, a FROM (SELECT % AS a) x) y)",
      "(% BETWEEN 1 AND 2)",
      "(% IN (1, 2, 3))"};
  const auto nested = [](std::string_view form, int depth, std::string_view innermost) {
    std::string all(innermost);
    for (int i = 0; i < depth; ++i) all = replace_all(form, "%", all);
    return "SELECT " + all;
  };
  for (const std::string_view form : forms) {
    CAPTURE(form);
    for (const int depth : {5, 9, 11, 13, 30, 45}) {
      CAPTURE(depth);
      survives(nested(form, depth, "1"));
    }
    CHECK(analyze(nested(form, 30, "1")).fingerprint != analyze(nested(form, 30, "2")).fingerprint);
  }
  // What people write is far from it.
  const std::string usual =
      "WITH m AS (SELECT strftime('%Y-%m', created_at) AS month, sum(amount) AS revenue, count(*) AS n FROM "
      "orders GROUP BY 1), g AS (SELECT month, revenue, n, LAG(revenue) OVER (ORDER BY month) AS before FROM "
      "m), "
      "s AS (SELECT month, revenue, n, before, revenue - before AS more, CASE WHEN before > 0 THEN 100.0 * "
      "(revenue - before) / before END AS growth FROM g), r AS (SELECT month, CASE WHEN growth > 50 THEN 'a' "
      "WHEN growth > 20 THEN 'b' WHEN growth > 0 THEN 'c' ELSE 'd' END AS class, revenue / n AS mean FROM s) "
      "SELECT class, count(*) AS months, avg(mean) AS mean FROM r GROUP BY class ORDER BY months DESC, class";
  CHECK(analyze(usual, &shop(), model::Dialect::sqlite).may_run());
}

TEST_CASE("sql::Analyzer: random bytes and random words end in an answer") {
  std::mt19937 random(7);  // NOLINT: the same bytes every time
  const std::vector<std::string> words{
      "SELECT", "FROM",  "orders", "(",     ")",     ",",        "WITH",         "a",
      "AS",     "UNION", "1",      "'x'",   "\"",    "'",        "/*",           "*/",
      "--",     "\n",    ";",      "JOIN",  "ON",    "=",        "id",           ".",
      "*",      "$$",    "[",      "]",     "::",    "date",     "\xE2\x86\x92", "->",
      "info",   "total", "TOP",    "LIMIT", "`",     "DATEDIFF", "INTERVAL",     "CASE",
      "END",    "GROUP", "BY",     "/",     "count", "OVER",     "month",        "ORDER",
      "CAST",   "round", "E'\\"};
  for (int i = 0; i < 300; ++i) {
    std::string bytes;
    for (std::size_t n = random() % 200; n > 0; --n) bytes += static_cast<char>(random() % 256);
    CAPTURE(i);
    survives(bytes);
    std::string sentence;
    for (std::size_t n = random() % 60; n > 0; --n)
      sentence += words[random() % words.size()] + (random() % 3 == 0 ? "" : " ");
    CAPTURE(sentence);
    survives(sentence);
  }
}

TEST_CASE("sql::Lexer: every token ends where the next begins or later, and covers no white space outside") {
  const std::string text =
      "SELECT a.\"b c\", 'it''s', E'\\'', $q$ x $q$, 1.5e-3, /* a /* b */ */ x::int -- end";
  std::size_t at = 0;
  for (const Token& token : lex(text, postgres_rules)) {
    CHECK(token.begin >= at);
    CHECK(token.end > token.begin);
    CHECK(token.closed);
    CHECK(trim(text.substr(at, token.begin - at)).empty());
    at = token.end;
  }
  CHECK(at == text.size());
}
