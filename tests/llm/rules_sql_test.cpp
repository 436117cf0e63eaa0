// What kpi::sql promises, held against all that the rules write: over the shop, and over schemas by chance
// whose names need quotes.
#include "llm/fixture.hpp"
#include "support/fake_clock.hpp"

#include <kpi/llm/rules.hpp>
#include <kpi/sql/format.hpp>

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <array>
#include <random>
#include <sql/same_tree.hpp>
#include <sql/support.hpp>

using namespace kpi;

namespace {

constexpr std::array dialects{model::Dialect::postgres, model::Dialect::sqlite};
constexpr int all_ideas = 200;

/// Tables by chance, the same for the same seed: names of every spelling, columns of every type, keys between
/// them, unfolded JSON.
class Schemas {
public:
  explicit Schemas(std::uint32_t seed) : random_(seed) {}

  model::Database next(model::Dialect dialect) {
    model::Database database;
    database.id = 1;
    database.name = "chance";
    database.dialect = dialect;
    database.engine = std::string(model::to_string(dialect));
    const std::uint32_t count = 2 + below(3);
    for (std::uint32_t i = 0; i < count; ++i) database.tables.push_back(table(i));
    for (std::uint32_t i = 1; i < count; ++i) refer(database, i, below(i));
    return database;
  }

private:
  std::uint32_t below(std::uint32_t n) { return static_cast<std::uint32_t>(random_()) % n; }
  bool one_in(std::uint32_t n) { return below(n) == 0; }

  std::string name(std::string_view plain) {
    switch (below(6)) {
      case 0:
        return "TB_" + std::string(plain);
      case 1:
        return std::string(plain) + " of Ours";
      case 2:
        return std::string(plain) + "\"s'";
      case 3:
        return std::string(plain) + "\xEB\xA7\xA4\xEC\xB6\x9C";
      default:
        return std::string(plain);
    }
  }

  model::Table table(std::uint32_t number) {
    static constexpr std::array subjects{"orders", "user", "Payment", "select", "item"};
    static constexpr std::array columns{"status",     "total_amount", "createdAt", "order",
                                        "weight_kg",  "price",        "is_gift",   "channel",
                                        "deleted_at", "due_date",     "is_test",   "quantity",
                                        "rating",     "paid_at",      "country",   "updated_at"};
    static constexpr std::array types{"Integer", "BigInteger", "Float", "Decimal",
                                      "Text",    "Boolean",    "Date",  "DateTime"};
    model::Table made;
    made.name = name(subjects.at(number));
    made.fields = {test::field("id", "Integer")};
    made.primary_key = {"id"};
    for (const char* column : columns) {
      if (one_in(3)) continue;
      const std::string plain = column;
      std::string type = types.at(below(types.size()));
      if (plain.find("_at") != std::string::npos || plain == "createdAt") type = "DateTime";
      if (plain.rfind("is_", 0) == 0) type = "Boolean";
      model::Field field = test::field(name(plain), type);
      field.nullable = one_in(2);
      if (type == "Text" && one_in(2)) field.values = std::vector<Json>{"open", "it's", "5%"};
      if (type == "Integer" && one_in(2)) field.description = "1: new / 2: done / 3: cancelled";
      made.fields.push_back(std::move(field));
    }
    model::Field unfolded = test::or_null(test::field("info \xE2\x86\x92 total", "Integer"));
    unfolded.path = {"info", "total"};
    made.fields.push_back(std::move(unfolded));
    for (const model::Field& field : made.fields) {
      if (field.type == "type/DateTime") made.time_columns.push_back(field.name);
    }
    return made;
  }

  static void refer(model::Database& database, std::uint32_t from, std::uint32_t to) {
    model::Table& child = database.tables[from];
    const model::Table& parent = database.tables[to];
    const std::string key = "parent_id";
    child.fields.push_back(test::to(test::field(key, "Integer"), parent.name, "id"));
    database.relationships.push_back({{child.name, key}, {parent.name, "id"}, "declared", 1.0, ""});
  }

  std::mt19937 random_;
};

void keeps_promises(const std::string& statement, const model::Database& database) {
  CAPTURE(statement);
  const auto& analyzer = sql::test::analyzer();
  const model::Dialect dialect = database.dialect;
  const sql::Analysis analysis = analyzer.analyze(statement, dialect, &database);
  CAPTURE(sql::test::shown(analysis));
  CHECK(analysis.may_run());
  CHECK_FALSE(analysis.has_error());
  CHECK_FALSE(analysis.references.empty());

  const sql::Mended mended = analyzer.mend(statement, dialect, &database);
  CAPTURE(mended.sql);
  CHECK(mended.repairs.empty());

  const std::string formatted = sql::format(statement, dialect);
  CAPTURE(formatted);
  CHECK(sql::format(formatted, dialect) == formatted);
  CHECK(sql::test::same_tree(statement, formatted, dialect));
  const sql::Analysis after = analyzer.analyze(formatted, dialect, &database);
  CHECK(after.fingerprint == analysis.fingerprint);
  CHECK(sql::test::codes(after) == sql::test::codes(analysis));
}

/// Every statement that the rules have for any table of the database.
std::size_t hold_to_promises(const model::Database& database) {
  test::FakeClock clock;
  const model::Domain domain = test::domain();
  std::size_t count = 0;
  for (const model::Table& table : database.tables) {
    CAPTURE(table.name);
    llm::RulesGenerator rules(clock);
    llm::Spent spent;
    const auto draft = rules.generate({database, table, domain, "default", 15, all_ideas}, spent, {});
    REQUIRE(draft);
    for (const model::Kpi& kpi : draft->kpis) {
      CAPTURE(kpi.name);
      keeps_promises(kpi.sql, database);
      ++count;
    }
  }
  return count;
}

}  // namespace

TEST_CASE("llm::Rules: what they write for the shop is safe, bound, mended, formatted and told apart") {
  for (const auto dialect : dialects) {
    CAPTURE(model::to_string(dialect));
    CHECK(hold_to_promises(test::shop(dialect)) > 60);
  }
}

TEST_CASE("llm::Rules: what they write for schemas by chance is safe, bound, mended and formatted") {
  for (const auto dialect : dialects) {
    CAPTURE(model::to_string(dialect));
    Schemas schemas(20'261'121);
    std::size_t count = 0;
    for (int i = 0; i < 12; ++i) {
      CAPTURE(i);
      count += hold_to_promises(schemas.next(dialect));
    }
    CHECK(count > 500);
  }
}
