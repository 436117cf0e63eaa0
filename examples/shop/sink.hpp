#pragma once

#include <kpi/shop/schema.hpp>
#include <kpi/shop/value.hpp>

#include <initializer_list>

namespace kpi::shop {

/// Where rows go: one kind of database. Tables may be written in any order and by turns; keys are whole once
/// all is written. A sink that fails remembers the first failure and takes no more; who made it asks.
class RowSink {
public:
  virtual ~RowSink() = default;
  /// Takes one row of `table`: a value for each of its columns, in their order.
  virtual void put(const Table& table, std::initializer_list<Value> row) = 0;
};

}  // namespace kpi::shop
