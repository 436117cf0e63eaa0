#pragma once

#include "tree.hpp"
#include "types.hpp"

#include <kpi/model/finding.hpp>
#include <kpi/model/schema.hpp>

#include <algorithm>
#include <cstdint>
#include <deque>
#include <memory>
#include <string_view>
#include <vector>

// What the names of a statement mean in a database.
namespace kpi::sql {

/// A column that a FROM item offers, or that a query gives.
struct Column {
  std::string_view name;  ///< empty where PostgreSQL would make one up
  Type type = Type::unknown;
  const model::Table* table = nullptr;  ///< of a table's own column, also through subqueries
  const model::Field* field = nullptr;
  bool nullable = true;
  bool aggregated = false;        ///< made by an aggregate
  bool personal = false;          ///< shows what a personal column holds
  const Node* made_by = nullptr;  ///< the expression in a subquery's SELECT list
};

struct Query;

/// One item of a FROM.
struct Source {
  std::string_view name;
  const Node* node = nullptr;
  const model::Table* table = nullptr;  ///< none for subqueries, WITH queries and functions
  const Query* query = nullptr;         ///< the subquery or WITH query behind it
  std::vector<Column> columns;
  bool open = false;      ///< not all columns are known: any name is taken for one
  bool optional = false;  ///< the side of an outer join that may be missing
  bool function = false;
  bool personal = false;  ///< of a function: takes a personal column or a row with one

  /// True if its whole row shows what a personal column holds.
  [[nodiscard]] bool shows_personal() const {
    return personal ||
           std::any_of(columns.begin(), columns.end(), [](const Column& column) { return column.personal; });
  }
};

/// One SELECT, with what it reads and gives. Arms of a UNION are queries of their own.
struct Query {
  const Node* select = nullptr;
  const Query* outer = nullptr;  ///< whose columns it may also use
  std::vector<Source*> sources;
  std::vector<Column> output;
  std::vector<const Query*> arms;
  bool open = false;        ///< the output is not all known
  bool grouped = false;     ///< GROUP BY, HAVING or an aggregate
  bool aggregates = false;  ///< an aggregate in its SELECT list, HAVING or ORDER BY
  bool single_row = false;  ///< gives one row at most, by its form
};

/// What one ColumnRef means.
struct Use {
  const Source* source = nullptr;  ///< none where the name is not bound
  const Column* column = nullptr;
  const Query* query = nullptr;  ///< in whose FROM it was found
  bool personal = false;         ///< no column, but a row or a part of one that shows a personal column
};

struct Binding {
  explicit Binding(const Tree& of) : tree(of), types(of.nodes().size()), uses(of.nodes().size()) {}

  const Tree& tree;
  std::deque<Source> sources;
  std::deque<Query> queries;  ///< the outermost first
  std::vector<Type> types;    ///< of expressions, by node
  std::vector<Use> uses;      ///< of ColumnRefs, by node
  std::vector<model::Finding> findings;
  std::vector<model::FieldReference>
      references;  ///< sorted, each once; field "*" where only rows are counted

  [[nodiscard]] std::size_t index(const Node& node) const {
    return static_cast<std::size_t>(&node - tree.nodes().data());
  }
  [[nodiscard]] Type type(const Node* node) const {
    return node == nullptr ? Type::unknown : types[index(*node)];
  }
  [[nodiscard]] const Use& use(const Node& node) const { return uses[index(node)]; }
  /// The query whose SELECT is `select`; nullptr where it was not reached.
  [[nodiscard]] const Query* query_of(const Node& select) const;
};

/// Binds every name of a guarded tree against `schema`, as PostgreSQL would: scopes, aliases, WITH queries,
/// subqueries, LATERAL, USING and NATURAL, output names in GROUP BY and ORDER BY. Names of tables are looked
/// for in the schema "public", else in the only schema that has one. Findings: schema.*, lint.unknown_value,
/// lint.missing_group_by, and guard.product for a NATURAL JOIN of nothing. `schema` and `tree` must outlive
/// the result.
[[nodiscard]] std::unique_ptr<Binding> bind(const Tree& tree, const model::Database& schema);

/// True if the two expressions are the same but for place and spelling.
[[nodiscard]] bool same_expression(const Node& left, const Node& right, const Binding& binding);

}  // namespace kpi::sql
