#include "mend_cases.hpp"
#include "support.hpp"

#include <doctest/doctest.h>

using namespace kpi;
using namespace kpi::sql;
using namespace kpi::sql::test;

namespace {

Mended mend(std::string_view statement) {
  return analyzer().mend(statement, model::Dialect::postgres, &shop());
}

}  // namespace

TEST_CASE("sql::Mend: each rule gives what PostgreSQL takes, and says its name") {
  for (const MendCase& one : mend_cases()) {
    CAPTURE(one.before);
    const Mended mended = mend(one.before);
    CAPTURE(shown(analyze(mended.sql, &shop())));
    CHECK(mended.sql == one.after);
    CHECK(std::any_of(mended.repairs.begin(), mended.repairs.end(), [&](const model::Repair& repair) {
      return repair.code == one.code && repair.kind == "rule";
    }));
    CHECK_FALSE(analyze(mended.sql, &shop()).has_error());
  }
}

TEST_CASE("sql::Mend: leaves alone what is right, and what is not certain") {
  for (const std::string_view statement :
       {"SELECT amount / 10 AS bucket, count(*) FROM orders GROUP BY 1",
        "SELECT sum(amount) / 100.0 FROM orders",
        "SELECT 'SELECT 1; -- x'",
        "SELECT 'DATEDIFF(a, b)' FROM orders",
        "SELECT (ARRAY[1])[1]",
        "SELECT info -> 'total' FROM orders",
        "SELECT nothing FROM orders",
        "SELECT `open FROM orders",
        "SELECT 1 FROM orders WHERE unknown \xE2\x86\x92 key = 1",
        "SELECT DATEDIFF(fortnight, created_at, paid_at) FROM orders",
        "DELETE FROM orders",
        "SELECT status, sum(quantity) AS quantity FROM elsewhere WHERE quantity IS NOT NULL GROUP BY 1",
        "SELECT user_id, AVG(COUNT(*)) FROM orders GROUP BY user_id",
        "SELECT AVG(COUNT(*)) FROM orders",
        "SELECT AVG(COUNT(*)) FROM orders GROUP BY user_id ORDER BY COUNT(*) LIMIT 10",
        "SELECT AVG(COUNT(*)) FROM orders GROUP BY user_id LIMIT 0",
        "SELECT o.user_id, count(*) FROM orders o LEFT JOIN users u ON u.id = o.user_id GROUP BY u.id",
        "SELECT u.name, count(*) FROM orders o JOIN users u ON u.id = o.user_id GROUP BY o.status",
        "SELECT status, count(*) AS n FROM orders WHERE n > 5 OR state = 1 GROUP BY status",
        "SELECT format('%s', status) FROM orders",
        "SELECT WEEK(created_at, 5) FROM orders",
        "SELECT count(*) FROM users WHERE active = 7",
        "SELECT CAST(weight AS double precision) FROM orders",
        "SELECT status, count(*) FROM orders",
        "SELECT round(amount, 2) FROM orders",
        "SELECT avg(amount) FROM orders",
        "SELECT strftime('%s', created_at) FROM orders",
        "SELECT strftime('%W', created_at) FROM orders",
        "SELECT strftime('%f', created_at) FROM orders",
        "SELECT DATE_FORMAT(created_at, '%Y \"a\"') FROM orders",
        "SELECT u.month FROM (SELECT 1 AS month) u"}) {
    CAPTURE(statement);
    const Mended mended = mend(statement);
    CHECK(mended.sql == statement);
    CHECK(mended.repairs.empty());
  }
}

TEST_CASE("sql::Mend: a repair shows the piece it changed") {
  const Mended mended = mend("SELECT IFNULL(amount, 0) FROM orders;");
  REQUIRE(mended.repairs.size() == 2);
  CHECK(mended.repairs[0].code == "semicolon");
  CHECK(mended.repairs[1].before == "IFNULL(amount, 0)");
  CHECK(mended.repairs[1].after == "COALESCE(amount, 0)");
}

TEST_CASE("sql::Mend: several mistakes in one statement are mended together") {
  const Mended mended = mend(
      "SELECT TOP 10 `status`, COUNT(*) / COUNT(DISTINCT user_id) AS r -- rate\nFROM `orders` WHERE "
      "created_at > DATE_SUB(NOW(), "
      "INTERVAL 1 MONTH) GROUP BY `status` ORDER BY r DESC;");
  CHECK(mended.sql ==
        "SELECT status, COUNT(*)::numeric / NULLIF(COUNT(DISTINCT user_id), 0) AS r\nFROM orders WHERE "
        "created_at > (NOW() - INTERVAL '1 "
        "month') GROUP BY status ORDER BY r DESC LIMIT 10");
  CHECK_FALSE(analyze(mended.sql, &shop()).has_error());
}
