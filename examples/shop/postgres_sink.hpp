#pragma once

#include <kpi/shop/sink.hpp>

#include <ostream>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>

namespace kpi::shop {

/// Collects rows as the text that PostgreSQL's COPY takes, some 25 MB for the whole shop, and writes them as
/// one script for psql. One thread.
class PostgresSink final : public RowSink {
public:
  explicit PostgresSink(std::span<const Table> tables);

  void put(const Table& table, std::initializer_list<Value> row) override;

  /// Writes the script: tables, rows, keys, indexes, comments, in one transaction. Whether the stream took it
  /// is for the caller to ask.
  void finish(std::ostream& out) const;

private:
  std::span<const Table> tables_;
  std::unordered_map<std::string_view, std::string> rows_;  ///< by table
};

}  // namespace kpi::shop
