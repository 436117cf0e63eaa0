#include "guard.hpp"

#include "catalogue.hpp"
#include "guard_bounds.hpp"
#include "guard_names.hpp"

#include <kpi/base/text.hpp>

#include <fmt/format.h>

namespace kpi::sql {
namespace {

constexpr std::size_t max_name_bytes = 80;

std::string shown(std::string_view name) { return shorten(single_line(name), max_name_bytes); }

// One walk over one tree. Nodes stand in a flat list, so nothing here recurses, whatever the nesting.
class Check {
public:
  Check(const Tree& tree, const Policy& policy, const NameSet& functions, const model::Database* schema)
      : tree_(tree),
        policy_(policy),
        functions_(functions),
        schema_(schema) {}

  std::vector<model::Finding> run() {
    if (!statements()) return std::move(findings_);
    if (tree_.depth() > policy_.max_depth) {
      refuse("guard.depth", fmt::format("nested more than {} deep", policy_.max_depth), 0);
      return std::move(findings_);
    }
    row_names_ = names_of_rows(tree_);
    for (const Node& node : tree_.nodes()) visit(node);
    for (model::Finding& found : check_bounds(tree_, policy_, model::Dialect::postgres))
      findings_.push_back(std::move(found));
    return std::move(findings_);
  }

private:
  void refuse(Code code, std::string message, std::int64_t position) {
    findings_.push_back(finding(code, std::move(message), position));
  }
  void refuse(Code code, std::string message, const Node& node) {
    refuse(code, std::move(message), place_of(node));
  }

  // Many nodes have no place of their own: theirs is that of the nearest one below or above which has.
  static std::int64_t place_of(const Node& node) {
    if (node.location >= 0) return node.location;
    for (const Node& child : Members(&node)) {
      if (child.location >= 0) return child.location;
    }
    for (const Node* above = node.parent; above != nullptr; above = above->parent) {
      if (above->location >= 0) return above->location;
    }
    return -1;
  }

  bool statements() {
    const Node* list = tree_.root().at(Key::stmts);
    const std::size_t count = size_of(list);
    if (count != 1) {
      refuse("guard.statement_count",
             count == 0 ? std::string("no statement")
                        : fmt::format("{} statements; exactly one is allowed", count),
             count == 0 ? 0 : number_at(first_of(list)->next, Key::stmt_location));
      return false;
    }
    const Node* statement = at(first_of(list), Key::stmt);
    if (statement == nullptr) {
      refuse("guard.construct", "no statement", 0);
      return false;
    }
    switch (statement->tag) {
      case Tag::SelectStmt:
        return true;
      case Tag::InsertStmt:
      case Tag::UpdateStmt:
      case Tag::DeleteStmt:
      case Tag::MergeStmt:
        refuse("guard.write", "changes data; only SELECT is allowed", 0);
        return false;
      default:
        refuse(changes_things(statement->text) ? Code("guard.write") : Code("guard.statement"),
               fmt::format("{} is not allowed; only SELECT is", shown(statement->text)), 0);
        return false;
    }
  }

  void visit(const Node& node) {
    if (node.shape != Shape::object || node.parent == nullptr) return;
    switch (node.tag) {
      case Tag::InsertStmt:
      case Tag::UpdateStmt:
      case Tag::DeleteStmt:
      case Tag::MergeStmt:
        return refuse("guard.write", "changes data inside a WITH", node);
      case Tag::IntoClause:
        return refuse("guard.into", "SELECT INTO creates a table", node);
      case Tag::LockingClause:
        return refuse("guard.lock", "FOR UPDATE and its like lock rows", node);
      case Tag::ParamRef:
        return refuse("guard.parameter", "a parameter that nothing fills", node);
      case Tag::FuncCall:
        return function(dotted_name(node.at(Key::funcname)), node);
      case Tag::TypeName:
        return type(node);
      case Tag::A_Expr:
        return operation(node.at(Key::name), node);
      case Tag::SubLink:
        return operation(node.at(Key::operName), node);
      case Tag::SortBy:
        return operation(node.at(Key::useOp), node);
      case Tag::SQLValueFunction:
        if (!is_clock(text_at(&node, Key::op))) {
          refuse("guard.session", "reads who or what is connected, not the data", node);
        }
        return;
      case Tag::RangeVar:
        return relation(node);
      case Tag::CommonTableExpr:
        if (is_system_name(text_at(&node, Key::ctename))) {
          refuse("guard.catalog", "a WITH query is named like a system catalog", node);
        }
        return;
      case Tag::RangeTableSample:
        if (const std::string method = dotted_name(node.at(Key::method));
            method != "bernoulli" && method != "system") {
          refuse("guard.function", fmt::format("sampling method {} is not allowed", shown(method)), node);
        }
        return;
      case Tag::ColumnRef:
        return column(node);
      case Tag::A_Indirection:
        for (const Node& step : Members(node.at(Key::indirection))) {
          if (step.tag == Tag::String) field_call(text_at(&step, Key::sval), node);
        }
        return;
      case Tag::other:
        if (!node.empty) {
          refuse("guard.construct",
                 node.text.empty() ? std::string("syntax that the guard does not know")
                                   : fmt::format("{} is not allowed", shown(node.text)),
                 node);
        }
        return;
      default:
        return;
    }
  }

  void function(const std::string& name, const Node& node) {
    if (functions_.contains(name)) return;
    if (const std::string_view instead = native_name(name); !instead.empty()) {
      return refuse("guard.function",
                    fmt::format("{}() is another database's function; write {}", shown(name), instead), node);
    }
    refuse("guard.function", fmt::format("function {}() is not on the policy's list", shown(name)), node);
  }

  // "x.name" calls name(x) where x is a scalar: SELECT x.pg_read_file FROM unnest(ARRAY['/etc/passwd']) x
  // reads a file. A row's field cannot, so what is qualified must be qualified by a row.
  void column(const Node& node) {
    const Node* fields = node.at(Key::fields);
    if (size_of(fields) < 2) return;
    const Node* last = fields->last;
    if (last->tag != Tag::String) return;
    std::string_view qualifier;
    for (const Node& field : Members(fields)) {
      if (&field != last) qualifier = string_of(&field);
    }
    // What no FROM gives is no value, either: PostgreSQL has nothing to call the function with.
    const auto row = row_names_.find(qualifier);
    if (row == row_names_.end() || row->second == RowName::row) return;
    if (is_listed_column(tree_, qualifier, string_of(last))) return;
    field_call(string_of(last), node);
  }

  void field_call(std::string_view name, const Node& node) {
    if (functions_.contains(name) || is_row_field(name)) return;
    refuse(
        "guard.function",
        fmt::format(
            "\".{}\" taken from a value calls the function of that name, which is not on the policy's list",
            shown(name)),
        node);
  }

  void type(const Node& node) {
    const std::string name = dotted_name(node.at(Key::names));
    if (is_plain_type(name)) return;
    if (schema_ != nullptr && has_type(*schema_, name)) return;
    refuse("guard.type", fmt::format("type {} is not allowed", shown(name)), node);
  }

  void operation(const Node* names, const Node& node) {
    if (names == nullptr) return;
    const std::string name = dotted_name(names);
    if (!is_own_operator(name)) {
      refuse("guard.operator", fmt::format("operator {} is not PostgreSQL's own", shown(name)), node);
    }
  }

  void relation(const Node& node) {
    const std::string_view catalog = text_at(&node, Key::catalogname);
    const std::string_view schema = text_at(&node, Key::schemaname);
    const std::string_view name = text_at(&node, Key::relname);
    if (!catalog.empty()) return refuse("guard.catalog", "names another database", node);
    if (is_system_name(schema) || schema == "information_schema") {
      return refuse("guard.catalog", fmt::format("{}.{} is a system catalog", shown(schema), shown(name)),
                    node);
    }
    if (!is_system_name(name)) return;
    // Some name their own tables so, too ("pg" is also a payment gateway).
    if (!is_catalog(name) && schema_ != nullptr && has_table(*schema_, schema, name)) return;
    refuse("guard.catalog", fmt::format("{} is a system catalog", shown(name)), node);
  }

  const Tree& tree_;
  const Policy& policy_;
  const NameSet& functions_;
  const model::Database* schema_;
  std::vector<model::Finding> findings_;
  RowNames row_names_;
};

}  // namespace

PostgresGuard::PostgresGuard(const Policy& policy)
    : policy_(policy),
      functions_(policy.postgres_functions.begin(), policy.postgres_functions.end()) {}

std::vector<model::Finding> PostgresGuard::check(const Tree& tree, const model::Database* schema) const {
  return Check(tree, policy_, functions_, schema).run();
}

}  // namespace kpi::sql
