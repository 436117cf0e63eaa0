// PostgreSQL's statements mended for SQLite, run there on the rows of mend/shop.sql, and held against what
// PostgreSQL 15 gave for the statement as it was written (mend/postgres_for_sqlite.tsv: rule, statement,
// rows). mend/month_ends.tsv holds PostgreSQL 15's answers to what asks for now, were it another day.
#include "support.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>
#include <sqlite3.h>

#include <cstdlib>
#include <memory>

using namespace kpi;
using namespace kpi::sql;
using namespace kpi::sql::test;

namespace {

struct Close {
  void operator()(sqlite3* database) const { sqlite3_close(database); }
};
using Connection = std::unique_ptr<sqlite3, Close>;

Connection filled_shop() {
  sqlite3* raw = nullptr;
  REQUIRE(sqlite3_open(":memory:", &raw) == SQLITE_OK);
  Connection connection(raw);
  std::string script;
  for (const std::string& line : lines("mend/shop.sql")) script += line + "\n";
  REQUIRE(sqlite3_exec(raw, script.c_str(), nullptr, nullptr, nullptr) == SQLITE_OK);
  return connection;
}

// Numbers are compared by value: 5 and 5.0 are one, as in a chart.
std::string cell(const std::string& text) {
  char* end = nullptr;
  const double number = std::strtod(text.c_str(), &end);
  const bool whole = !text.empty() && end == text.c_str() + text.size();
  return whole ? fmt::format("{:.10g}", number) : text;
}

/// "a,b; c,d", or what SQLite objects to.
std::string rows_of(sqlite3* database, const std::string& statement) {
  sqlite3_stmt* raw = nullptr;
  if (sqlite3_prepare_v2(database, statement.c_str(), -1, &raw, nullptr) != SQLITE_OK)
    return sqlite3_errmsg(database);
  std::string rows;
  while (sqlite3_step(raw) == SQLITE_ROW) {
    if (!rows.empty()) rows += "; ";
    for (int i = 0; i < sqlite3_column_count(raw); ++i) {
      const auto* text =
          reinterpret_cast<const char*>(sqlite3_column_text(raw, i));  // NOLINT: SQLite's bytes
      rows += (i == 0 ? "" : ",") + (text == nullptr ? std::string() : cell(text));
    }
  }
  sqlite3_finalize(raw);
  return rows;
}

struct Case {
  std::string code;
  std::string statement;
  std::string rows;
};

std::vector<Case> cases() {
  std::vector<Case> all;
  for (const std::string& line : lines("mend/postgres_for_sqlite.tsv")) {
    const auto parts = split(line, '\t');
    REQUIRE(parts.size() == 3);
    all.push_back({parts[0], parts[1], parts[2]});
  }
  return all;
}

Mended mend(std::string_view statement) {
  return analyzer().mend(statement, model::Dialect::sqlite, &shop());
}

}  // namespace

TEST_CASE("sql::Mend: PostgreSQL's statements give SQLite's users the same rows") {
  const Connection connection = filled_shop();
  const auto all = cases();
  REQUIRE(all.size() > 50);
  for (const Case& one : all) {
    CAPTURE(one.statement);
    const Mended mended = mend(one.statement);
    CAPTURE(mended.sql);
    CAPTURE(shown(analyze(mended.sql, &shop(), model::Dialect::sqlite)));
    CHECK(rows_of(connection.get(), mended.sql) == one.rows);
    CHECK(std::any_of(mended.repairs.begin(), mended.repairs.end(),
                      [&](const model::Repair& repair) { return repair.code == one.code; }));
    CHECK_FALSE(analyze(mended.sql, &shop(), model::Dialect::sqlite).has_error());
    CHECK(mend(mended.sql).sql == mended.sql);
  }
}

TEST_CASE("sql::Mend: a month more or less ends where PostgreSQL ends it, on the last days of months too") {
  const Connection connection = filled_shop();
  const auto rows = lines("mend/month_ends.tsv");
  REQUIRE(rows.size() > 50);
  for (const std::string& row : rows) {
    const auto parts = split(row, '\t');
    REQUIRE(parts.size() == 3);
    CAPTURE(row);
    const Mended mended = mend("SELECT " + parts[0]);
    CAPTURE(mended.sql);
    CHECK_FALSE(mended.repairs.empty());
    CHECK(mend(mended.sql).sql == mended.sql);
    std::string answer = parts[2];
    const std::string ours =
        rows_of(connection.get(), replace_all(mended.sql, "'now'", "'" + parts[1] + "'"));
    // A date is the midnight that PostgreSQL writes out.
    if (ours.size() == 10) answer = replace_all(answer, " 00:00:00", "");
    CHECK(ours == answer);
  }
}

TEST_CASE("sql::Mend: statements of other databases reach SQLite by way of PostgreSQL's") {
  const Connection connection = filled_shop();
  struct Other {
    std::string_view statement;
    std::string_view rows;
  };
  for (const Other& one :
       {Other{"SELECT AVG(DATEDIFF(paid_at, created_at)) FROM orders", "1.8"},
        Other{"SELECT YEAR(created_at) AS y, COUNT(*) FROM orders GROUP BY YEAR(created_at) ORDER BY y",
              "2024,6; 2025,1"},
        Other{"SELECT DATE_FORMAT(created_at, '%Y-%m') AS m, COUNT(*) FROM orders GROUP BY m ORDER BY m",
              "2024-01,2; 2024-02,2; 2024-04,1; 2024-12,1; 2025-01,1"},
        Other{"SELECT COUNT(*) FROM orders WHERE created_at < DATE_SUB(CURDATE(), INTERVAL 30 DAY)", "7"},
        Other{"SELECT TOP 2 id FROM orders ORDER BY id", "1; 2"},
        Other{"SELECT NVL(amount, 0) FROM orders WHERE id = 5", "0"},
        Other{"SELECT COUNT(*) FROM orders WHERE created_at < DATEADD(day, -7, GETDATE())", "7"}}) {
    CAPTURE(one.statement);
    const Mended mended = mend(one.statement);
    CAPTURE(mended.sql);
    CHECK(rows_of(connection.get(), mended.sql) == one.rows);
    CHECK_FALSE(mended.repairs.empty());
    CHECK(mend(mended.sql).sql == mended.sql);
  }
}

TEST_CASE("sql::Mend: what SQLite has no equal for stays as it was, and is named") {
  for (const std::string_view statement :
       {"SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY amount) FROM orders",
        "SELECT DISTINCT ON (user_id) user_id, amount FROM orders ORDER BY user_id, created_at DESC",
        "SELECT to_char(created_at, 'Mon YYYY') FROM orders",
        "SELECT d FROM generate_series(CURRENT_DATE - 7, CURRENT_DATE, INTERVAL '1 day') d",
        "SELECT array_agg(status ORDER BY id) FROM orders", "SELECT stddev(amount) FROM orders",
        "SELECT age(paid_at, created_at) FROM orders"}) {
    CAPTURE(statement);
    const Mended mended = mend(statement);
    CHECK(mended.sql == statement);
    CHECK(mended.repairs.empty());
    const Analysis analysis = analyze(statement, &shop(), model::Dialect::sqlite);
    CHECK(analysis.has_error());
    CHECK(shown(analysis).find("SQLite has no ") != std::string::npos);
  }
}

TEST_CASE("sql::Mend: a rewrite for SQLite that would mean something else is not made") {
  for (const std::string_view statement :
       {"SELECT count(*) FROM orders WHERE paid_at < created_at + INTERVAL '1 day' * 10",
        "SELECT created_at + INTERVAL '1 day' / 2 FROM orders",
        "SELECT to_char(created_at, 'SSSS') FROM orders",
        "SELECT to_char(created_at, 'YYYY\"%m\"MM') FROM orders", "SELECT status::char(3) FROM orders",
        "SELECT count(*) FROM orders WHERE created_at >= TIMESTAMPTZ '2024-02-29 00:00:00+09'",
        "SELECT count(*) FROM orders WHERE created_at >= TIMESTAMP '2024-02-29 00:00:00+09:00'",
        "SELECT count(*) FROM orders WHERE created_at >= 'Feb 9, 2024'::date",
        "SELECT count(*) FROM orders WHERE created_at < 'infinity'::timestamp",
        "SELECT count(*) FROM orders WHERE created_at >= to_date('Feb 9', 'YYYY-MM-DD')"}) {
    CAPTURE(statement);
    const Mended mended = mend(statement);
    CHECK(mended.sql == statement);
    CHECK(analyze(statement, &shop(), model::Dialect::sqlite).has_error());
  }
  CHECK(mend("SELECT due - 7 % 3 FROM orders").sql == "SELECT due - 7 % 3 FROM orders");
}

TEST_CASE("sql::Mend: what SQLite means already is left alone") {
  for (const std::string_view statement :
       {"SELECT strftime('%Y-%m', created_at) AS m, sum(amount) FROM orders GROUP BY 1 ORDER BY 1",
        "SELECT avg(julianday(paid_at) - julianday(created_at)) FROM orders",
        "SELECT count(*) FROM orders WHERE created_at >= date('now', '-30 days')",
        "SELECT 100.0 * sum(state) / count(*) FROM orders", "SELECT total(amount) / count(*) FROM orders",
        "SELECT CAST(weight AS INTEGER) FROM orders",
        "SELECT ifnull(amount, 0), iif(state = 1, 'a', 'b') FROM orders",
        "SELECT group_concat(status, ';'), round(avg(amount), 2) FROM orders",
        "SELECT amount / 10 AS bucket, count(*) FROM orders GROUP BY 1",
        "SELECT sum(weight) / count(*) FROM orders", "SELECT status FROM orders WHERE status LIKE 'p%'",
        "SELECT info ->> 'total' FROM orders", "SELECT user_id - 1 FROM orders"}) {
    CAPTURE(statement);
    const Mended mended = mend(statement);
    CHECK(mended.sql == statement);
    CHECK(mended.repairs.empty());
  }
}

TEST_CASE("sql::Mend: names in SQLite have no letter case") {
  model::Database music;
  music.dialect = model::Dialect::sqlite;
  model::Table invoices;
  invoices.name = "Invoice";
  invoices.primary_key = {"InvoiceId"};
  invoices.fields = {
      field("InvoiceId", "INTEGER", "type/Integer"), field("CustomerId", "INTEGER", "type/Integer"),
      field("Total", "NUMERIC(10,2)", "type/Decimal"), field("InvoiceDate", "DATETIME", "type/DateTime")};
  music.tables = {invoices};
  const auto mended = analyzer().mend("SELECT COUNT(*) / COUNT(DISTINCT customerid) FROM invoice",
                                      model::Dialect::sqlite, &music);
  CHECK(mended.sql == "SELECT CAST(COUNT(*) AS REAL) / COUNT(DISTINCT customerid) FROM invoice");
  // Whole prices in a NUMERIC column are whole numbers to SQLite.
  CHECK(
      analyzer().mend("SELECT SUM(\"Total\") / COUNT(*) FROM Invoice", model::Dialect::sqlite, &music).sql ==
      "SELECT CAST(SUM(\"Total\") AS REAL) / COUNT(*) FROM Invoice");
  const auto mine = analyzer().analyze(
      "SELECT AVG(invoicedate - '2024-01-01') FROM invoice i WHERE "
      "InvoiceDate <= '2024-01-31'",
      model::Dialect::sqlite, &music);
  CHECK(has_code(mine, "lint.timestamp_bound"));
}
