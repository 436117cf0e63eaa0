#pragma once

#include <array>
#include <cstdint>
#include <random>
#include <string>
#include <string_view>

namespace kpi::sql::test {

/// Statements over the tables of shop(), by chance but the same for the same seed: most are right, some name
/// what is not there or mix types.
class Statements {
public:
  explicit Statements(std::uint32_t seed) : random_(seed) {}

  std::string next() {
    depth_ = 0;
    std::string text;
    if (one_in(6)) {
      text = "WITH a AS (" + select() + ") SELECT * FROM a";
      if (one_in(2)) text += " LIMIT 3";
      return text;
    }
    text = select();
    if (one_in(8)) text += pick({" UNION ALL ", " UNION ", " EXCEPT "}) + select_of("SELECT " + column());
    return text;
  }

private:
  std::uint32_t below(std::uint32_t n) {
    return std::uniform_int_distribution<std::uint32_t>(0, n - 1)(random_);
  }
  bool one_in(std::uint32_t n) { return below(n) == 0; }
  template <std::size_t size>
  std::string pick(const char* const (&words)[size]) {  // NOLINT: literals
    return words[below(size)];
  }

  std::string column() {
    return pick({"o.id", "o.status", "o.amount", "o.state", "o.weight", "o.created_at", "o.due", "o.paid_at",
                 "u.name", "u.active", "status", "amount", "id", "u.created_at", "o.missing", "o.info",
                 "o.user_id"});
  }
  std::string number() {
    return pick({"1", "-1", "2.5", "1e3", "amount", "o.state", "o.weight", "count(*)", "sum(o.amount)",
                 "length(o.status)", "(o.info ->> 'total')::numeric", "EXTRACT(YEAR FROM o.created_at)",
                 "avg(o.weight)", "NULLIF(o.state, 0)", "count(DISTINCT o.status)"});
  }
  std::string text() {
    return pick({"'paid'", "o.status", "lower(u.name)", "o.status || '-'", "to_char(o.created_at, 'YYYY-MM')",
                 "concat(u.name, ' ', o.status)", "o.info ->> 'city'", "coalesce(o.status, 'none')",
                 "substring(u.name FROM 1 FOR 3)", "o.due::text", "'it''s'", "E'a\\tb'", "left(u.name, 2)"});
  }
  std::string instant() {
    return pick({"o.created_at", "o.due", "now()", "CURRENT_DATE", "date_trunc('month', o.created_at)",
                 "o.created_at - interval '7 days'", "o.due + 3", "DATE '2024-01-31'",
                 "'2024-02-01'::timestamp", "o.created_at AT TIME ZONE 'UTC'", "max(o.created_at)"});
  }
  std::string condition() {
    if (++depth_ > 3) return "o.state = 1";
    switch (below(12)) {
      case 0:
        return number() + pick({" > ", " = ", " <= ", " <> "}) + number();
      case 1:
        return text() + pick({" = ", " <> ", " LIKE ", " ~ "}) + text();
      case 2:
        return instant() + pick({" >= ", " < "}) + instant();
      case 3:
        return condition() + pick({" AND ", " OR "}) + condition();
      case 4:
        return "NOT (" + condition() + ")";
      case 5:
        return column() + pick({" IS NULL", " IS NOT NULL"});
      case 6:
        return number() + " BETWEEN " + number() + " AND " + number();
      case 7:
        return text() + pick({" IN ('a', 'paid')", " = ANY (ARRAY['x', 'y'])", " NOT IN ('z')"});
      case 8:
        return "EXISTS (SELECT 1 FROM order_items i WHERE i.order_id = o.id AND i.quantity > 1)";
      case 9:
        return column() + " = " + column();
      case 10:
        return "o.state IN (SELECT i.quantity FROM order_items i)";
      default:
        return "u.active";
    }
  }
  std::string value() {
    switch (below(10)) {
      case 0:
        return text();
      case 1:
        return instant();
      case 2:
        return "round((" + number() + " * 100.0 / NULLIF(" + number() + ", 0))::numeric, 2)";
      case 3:
        return "CASE WHEN " + condition() + " THEN " + number() + " ELSE " + number() + " END";
      case 4:
        return "count(*) FILTER (WHERE " + condition() + ")";
      case 5:
        return pick({"row_number()", "rank()", "sum(o.amount)"}) +
               " OVER (PARTITION BY o.status ORDER BY o.id)";
      case 6:
        return "coalesce(" + number() + ", 0)";
      case 7:
        return "(SELECT max(i.price_cents) FROM order_items i WHERE i.order_id = o.id)";
      case 8:
        return column();
      default:
        return number() + pick({" + ", " - ", " * ", " / ", " % "}) + number();
    }
  }
  std::string select_of(std::string head) {
    head += pick(
        {" FROM orders o JOIN users u ON u.id = o.user_id", " FROM orders o JOIN users u ON u.id = o.user_id",
         " FROM orders o LEFT JOIN users u ON o.user_id = u.id",
         " FROM orders o, users u WHERE u.id = o.user_id", " FROM orders o JOIN users u USING (id)",
         " FROM users u CROSS JOIN LATERAL (SELECT * FROM orders x WHERE x.user_id = u.id) o",
         " FROM (SELECT * FROM orders) o NATURAL JOIN (SELECT id AS user_id, name, active FROM users) u"});
    if (head.find("WHERE u.id = o.user_id") == std::string::npos && one_in(2))
      head += " WHERE " + condition();
    return head;
  }
  std::string select() {
    std::string head = one_in(8) ? "SELECT DISTINCT " : "SELECT ";
    const std::uint32_t columns = 1 + below(3);
    for (std::uint32_t i = 0; i < columns; ++i)
      head += (i == 0 ? "" : ", ") + value() + (one_in(2) ? " AS c" + std::to_string(i) : "");
    head = select_of(head);
    if (one_in(3))
      head +=
          " GROUP BY " + pick({"1", "o.status", "c0", "o.id, u.name", "ROLLUP (o.status)", "o.status, u.id"});
    if (one_in(8)) head += " HAVING count(*) > 1";
    if (one_in(3))
      head +=
          " ORDER BY " + pick({"1", "1 DESC NULLS LAST", "c0", "o.id", "o.amount DESC", "lower(o.status)"});
    if (one_in(4)) head += pick({" LIMIT 5", " LIMIT 5 OFFSET 1", " FETCH FIRST 2 ROWS ONLY"});
    return head;
  }

  std::mt19937 random_;
  int depth_ = 0;
};

}  // namespace kpi::sql::test
