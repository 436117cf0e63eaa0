#pragma once

#include "support/fake_clock.hpp"
#include "support/fake_metabase.hpp"

#include <kpi/base/progress.hpp>
#include <kpi/model/domain.hpp>
#include <kpi/model/report.hpp>
#include <kpi/sql/analyzer.hpp>
#include <kpi/stages/ports.hpp>
#include <kpi/store/state.hpp>

#include <doctest/doctest.h>

#include <filesystem>
#include <string>

namespace kpi::test {

/// A field with the least that matters.
inline model::Field field(std::int64_t id, std::string name, const std::string& type,
                          const std::string& semantic = "") {
  model::Field made;
  made.id = id;
  made.name = std::move(name);
  made.type = "type/" + type;
  if (!semantic.empty()) made.semantic_type = "type/" + semantic;
  return made;
}

/// Two tables, customers and orders, the key between them undeclared.
inline model::Database small_shop() {
  model::Table customers;
  customers.id = 1;
  customers.name = "customers";
  customers.primary_key = {"customer_id"};
  customers.fields = {field(11, "customer_id", "Integer", "PK"), field(12, "name", "Text", "Name"),
                      field(13, "email", "Text", "Email"), field(14, "country", "Text", "Country")};
  customers.fields[1].values.emplace();
  customers.fields[3].values.emplace();
  model::Table orders;
  orders.id = 2;
  orders.name = "orders";
  orders.primary_key = {"order_id"};
  orders.fields = {field(21, "order_id", "Integer", "PK"),
                   field(22, "customer_id", "Integer"),
                   field(23, "status", "Integer", "Category"),
                   field(24, "total_amount", "BigInteger"),
                   field(25, "created_at", "DateTime", "CreationTimestamp"),
                   field(26, "paid_at", "DateTime")};
  orders.fields[2].values.emplace();
  model::Database database;
  database.id = 7;
  database.name = "shop";
  database.engine = "sqlite";
  database.dialect = model::Dialect::sqlite;
  database.tables = {customers, orders};
  return database;
}

inline model::Domain small_domain() {
  model::Domain domain;
  domain.name = "test";
  domain.categories = {{"People", {"customer", "user"}}, {"Sales", {"order", "주문"}}};
  return domain;
}

/// What a stage is handed, with time standing still.
struct Stage {
  FakeClock clock;
  SilentProgress progress;
  std::stop_source stop;
  model::Domain domain = small_domain();
  FakeMetabase metabase;
  sql::Analyzer analyzer = make_analyzer();

  [[nodiscard]] stages::Context context(std::size_t jobs = 1) {
    model::Run run;
    run.id = "run-1";
    run.tenant = "default";
    run.started_at = iso_time(clock.now());
    return {run, "http://m", jobs, clock, progress, stop.get_token()};
  }

  static sql::Analyzer make_analyzer() {
    sql::Policy policy;
    policy.postgres_functions = {"count", "sum", "avg", "date_trunc", "coalesce", "round", "min", "max"};
    policy.sqlite_functions = {"count", "sum", "avg", "strftime", "coalesce", "round", "min", "max", "date"};
    auto made = sql::Analyzer::make(policy);
    REQUIRE(made.has_value());
    return std::move(*made);
  }
};

/// A state file of its own that is gone after the test.
class TemporaryState {
public:
  explicit TemporaryState(Clock& clock, std::string tenant = "default") {
    std::string name = (std::filesystem::temp_directory_path() / "kpi-state-XXXXXX").string();
    REQUIRE(::mkdtemp(name.data()) != nullptr);
    folder_ = name;
    auto opened = store::State::open(folder_ / "state.db", std::move(tenant), clock);
    REQUIRE(opened.has_value());
    state_ = std::move(*opened);
  }
  ~TemporaryState() {
    state_.reset();
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
  }
  TemporaryState(const TemporaryState&) = delete;
  TemporaryState& operator=(const TemporaryState&) = delete;
  store::State& operator*() { return *state_; }

private:
  std::filesystem::path folder_;
  std::unique_ptr<store::State> state_;
};

}  // namespace kpi::test
