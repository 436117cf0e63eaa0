#pragma once

#include "analyzer.hpp"
#include "guard.hpp"
#include "lexer.hpp"

#include <kpi/model/finding.hpp>
#include <kpi/model/schema.hpp>

#include <memory>
#include <string_view>
#include <vector>

namespace kpi::sql {

/// Guards and binds SQLite's dialect by SQLite itself: the statement is prepared against an empty replica of
/// the tables that it names, where the authorizer sees every table, column and function that it would touch.
/// Nothing is executed. One serves any number of threads; replicas are kept and shared by the threads.
class SqliteCheck {
public:
  explicit SqliteCheck(const Policy& policy);
  ~SqliteCheck();
  SqliteCheck(const SqliteCheck&) = delete;
  SqliteCheck& operator=(const SqliteCheck&) = delete;

  struct Outcome {
    std::vector<model::Finding> findings;
    std::vector<model::FieldReference> references;  ///< sorted, each once
  };

  /// `statement` must have passed prescan(), and `tokens` are its tokens. Without a schema only what does not
  /// need one is checked: names are then not bound, and a statement that could not be prepared for an unknown
  /// name has only been read.
  [[nodiscard]] Outcome check(std::string_view statement, const std::vector<Token>& tokens,
                              const model::Database* schema) const;

private:
  class Replicas;
  Policy policy_;
  NameSet functions_;
  std::unique_ptr<Replicas> replicas_;
};

}  // namespace kpi::sql
