#include <kpi/model/schema.hpp>

#include <doctest/doctest.h>

#include <array>

using namespace kpi;

TEST_CASE("model::schema: a time that is kept as a number is none to SQL, whatever Metabase shows it as") {
  struct Case {
    const char* database_type;
    const char* type;
    bool is_temporal;
  };
  static constexpr std::array cases{Case{"timestamptz", "type/DateTimeWithLocalTZ", true},
                                    Case{"", "type/DateTime", true},
                                    Case{"date", "type/Date", true},
                                    Case{"TEXT", "type/DateTime", true},  // SQLite keeps times so
                                    Case{"int8", "type/DateTime", false},
                                    Case{"BIGINT UNSIGNED", "type/Instant", false},
                                    Case{"NUMBER(10,0)", "type/DateTime", false},
                                    Case{"integer", "type/Date", false},
                                    Case{"interval", "type/Interval", false}};
  for (const auto& c : cases) {
    CAPTURE(c.database_type);
    model::Field field;
    field.database_type = c.database_type;
    field.type = c.type;
    CHECK(model::is_temporal(field) == c.is_temporal);
    CHECK_FALSE(model::is_number(field));
  }
}
