#pragma once

#include "bind.hpp"
#include "catalogue.hpp"

#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace kpi::sql {

/// The work behind bind(): one walk over one tree. The guard has bounded the tree's depth, so it recurses.
/// Its methods stand in bind_from.cpp, bind_select.cpp, bind_order.cpp, bind_names.cpp, bind_expression.cpp
/// and bind_group.cpp.
class Binder {
public:
  Binder(const Tree& tree, const model::Database& schema, Binding& out)
      : tree_(tree),
        schema_(schema),
        out_(out) {}
  void run();

private:
  /// A WITH query by name, innermost first.
  struct Named {
    std::string_view name;
    const Query* query = nullptr;
    std::vector<Column> columns;
    bool open = false;
    const Node* item = nullptr;  ///< its CommonTableExpr
    const Named* next = nullptr;
  };
  /// A column that USING or NATURAL made of two.
  struct Merged {
    std::string_view name;
    const Source* source;
    const Column* column;
  };
  struct Scope {
    Query* query = nullptr;
    std::vector<Source*> visible;
    std::vector<Merged> merged;
    const Scope* outer = nullptr;
    const Named* named = nullptr;
  };
  enum class Clause : std::uint8_t { from, where, group, having, select, order, limit };
  struct Context {
    const Scope* scope;
    Clause clause;
    bool in_aggregate = false;
  };

  // bind_select.cpp
  Query& select(const Node& node, const Scope* outer, const Named* named, Named* self = nullptr);
  void set_operation(const Node& node, Query& query, const Scope* outer, const Named* named, Named* self);
  void plain_select(const Node& node, Query& query, const Scope* outer, const Named* named);
  void values(const Node& node, Query& query, const Scope* outer, const Named* named);
  static void fill(Named& named, const Query& query);
  const Named* with(const Node& clause, const Scope* outer, const Named* named);
  void select_list(const Node& node, Scope& scope);
  [[nodiscard]] bool shows_personal(const Node& value) const;
  void star(const Node& reference, const Scope& scope);
  [[nodiscard]] bool gives_single_row(const Node& node, const Query& query) const;
  static std::string_view output_name(const Node& target);

  // bind_order.cpp
  void group_clause(const Node* list, Scope& scope);
  void order_clause(const Node* list, const Scope& scope);
  void sort_item(const Node& item, const Scope& scope);
  void distinct_order(const Node& node, const Query& query);

  // bind_from.cpp
  void from_item(const Node& item, Scope& scope);
  void table(const Node& item, Scope& scope);
  void subquery(const Node& item, Scope& scope);
  void function(const Node& item, Scope& scope);
  void join_item(const Node& item, Scope& scope);
  void merge(const Node& item, const std::string& name, std::size_t first_right, Scope& scope,
             std::size_t first_left);
  void rename(Source& source, const Node* alias);
  Source& add_source(const Node& item, Scope& scope);
  [[nodiscard]] const model::Table* find_table(const Node& item, std::string_view name_schema,
                                               std::string_view name);

  // bind_names.cpp and bind_expression.cpp
  Type expression(const Node* node, const Context& context);
  Type expression_of(const Node& node, const Context& context);
  void each(const Node* list, const Context& context);
  Type column(const Node& node, const Context& context);
  Type operation(const Node& node, const Context& context);
  Type call(const Node& node, const Context& context);
  Type choice(const Node& node, const Context& context);
  Type sublink(const Node& node, const Context& context);
  Type alternatives(const Node* list, const Context& context, std::string_view what);
  void compare(const Node& left, const Node& right, const Node& at);
  void known_value(const Node& subject, const Node& value);
  void readable(const std::vector<const Node*>& literals, Type type, std::string_view what);
  void truth(const Node* node, const Context& context, std::string_view where);
  void window(const Node& over, const Context& context);
  void check_call(std::string_view name, const std::vector<Type>& types, const Node& node);
  [[nodiscard]] std::string unknown_column_message(std::string_view name, std::string_view qualifier,
                                                   const Context& context) const;
  [[nodiscard]] static std::string unknown_source_message(std::string_view name, std::string_view qualifier,
                                                          const Context& context);
  bool unfolded(std::string_view name, const Context& context, const Node& node);

  // bind_group.cpp
  void check_grouping(const Node& node, const Query& query);

  void find(Code code, std::string message, const Node& node) {
    if (node.location >= 0 && !placed_.insert({code.kind().code, node.location}).second) return;
    out_.findings.push_back(finding(code, std::move(message), node.location));
  }
  void use(const Node& node, const Use& meaning);
  Type whole_row(const Node& node, const Source& source);
  [[nodiscard]] Type& type_at(const Node& node) { return out_.types[out_.index(node)]; }

  const Tree& tree_;
  const model::Database& schema_;
  Binding& out_;
  std::deque<Named> names_;
  std::set<std::pair<std::string_view, std::int32_t>> placed_;
  std::set<std::pair<std::string_view, std::string_view>> references_;
  std::set<std::string_view> tables_;
};

}  // namespace kpi::sql
