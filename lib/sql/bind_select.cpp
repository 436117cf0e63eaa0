#include "binder.hpp"
#include "walk.hpp"

#include <kpi/base/text.hpp>

#include <fmt/format.h>

#include <algorithm>

namespace kpi::sql {

const Query* Binding::query_of(const Node& select) const {
  for (const Query& query : queries) {
    if (query.select == &select) return &query;
  }
  return nullptr;
}

std::unique_ptr<Binding> bind(const Tree& tree, const model::Database& schema) {
  auto binding = std::make_unique<Binding>(tree);
  Binder(tree, schema, *binding).run();
  return binding;
}

void Binder::run() {
  const Node* statement = at(first_of(tree_.root().at(Key::stmts)), Key::stmt);
  if (statement == nullptr || statement->tag != Tag::SelectStmt) return;
  select(*statement, nullptr, nullptr);
  for (const auto& [table, field] : references_) tables_.erase(table);
  for (const std::string_view table : tables_) references_.insert({table, "*"});
  for (const auto& [table, field] : references_)
    out_.references.push_back({std::string(table), std::string(field)});
}

Query& Binder::select(const Node& node, const Scope* outer, const Named* named, Named* self) {
  Query& query = out_.queries.emplace_back();
  query.select = &node;
  query.outer = outer == nullptr ? nullptr : outer->query;
  if (const Node* clause = node.at(Key::withClause)) named = with(*clause, outer, named);
  if (const std::string_view op = text_at(&node, Key::op); !op.empty() && op != "SETOP_NONE") {
    set_operation(node, query, outer, named, self);
  } else if (node.at(Key::valuesLists) != nullptr) {
    values(node, query, outer, named);
  } else {
    plain_select(node, query, outer, named);
  }
  query.single_row = gives_single_row(node, query);
  return query;
}

void Binder::fill(Named& named, const Query& query) {
  named.columns = query.output;
  named.open = named.open || query.open || named.item->at(Key::search_clause) != nullptr ||
               named.item->at(Key::cycle_clause) != nullptr;
  std::size_t i = 0;
  for (const Node& name : Members(named.item->at(Key::aliascolnames))) {
    if (i == named.columns.size()) named.columns.emplace_back();
    named.columns[i++].name = string_of(&name);
  }
}

const Binder::Named* Binder::with(const Node& clause, const Scope* outer, const Named* named) {
  const bool recursive = number_at(&clause, Key::recursive) != 0;
  for (const Node& item : Members(clause.at(Key::ctes))) {
    const Node* inner = item.at(Key::ctequery);
    if (inner == nullptr || inner->tag != Tag::SelectStmt) continue;
    Named& self = names_.emplace_back();
    self.name = text_at(&item, Key::ctename);
    self.next = named;
    self.item = &item;
    const Query& query = select(*inner, outer, named, recursive ? &self : nullptr);
    fill(self, query);
    self.query = &query;
    named = &self;
  }
  return named;
}

void Binder::set_operation(const Node& node, Query& query, const Scope* outer, const Named* named,
                           Named* self) {
  for (const Key key : {Key::larg, Key::rarg}) {
    const Node* arm = node.at(key);
    if (arm == nullptr) continue;
    const Query& bound = select(*arm, outer, named);
    query.arms.push_back(&bound);
    query.open = query.open || bound.open;
    if (key == Key::larg) {
      query.output = bound.output;
      if (self != nullptr) {
        // Inside itself a recursive query has the columns of its first arm, whose numbers may still widen.
        fill(*self, bound);
        for (Column& column : self->columns)
          column.type = is_number(column.type) ? Type::unknown : column.type;
        self->next = named;
        named = self;
      }
      continue;
    }
    if (!query.open && bound.output.size() != query.output.size()) {
      find("schema.type_mismatch",
           fmt::format("the arms of a UNION, INTERSECT or EXCEPT give {} and {} columns", query.output.size(),
                       bound.output.size()),
           node);
    }
    for (std::size_t i = 0; i < std::min(query.output.size(), bound.output.size()); ++i) {
      Column& column = query.output[i];
      if (cannot_compare(column.type, bound.output[i].type)) {
        find("schema.type_mismatch",
             fmt::format("column {} of a UNION, INTERSECT or EXCEPT is {} in one arm and {} in another",
                         i + 1, to_string(column.type), to_string(bound.output[i].type)),
             bound.output[i].made_by != nullptr ? *bound.output[i].made_by : node);
      }
      column.type = common_type(column.type, bound.output[i].type);
      column.nullable = column.nullable || bound.output[i].nullable;
      column.personal = column.personal || bound.output[i].personal;
      if (column.field != bound.output[i].field) column.field = nullptr;
    }
  }
  Scope scope;
  scope.query = &query;
  scope.outer = outer;
  scope.named = named;
  for (const Node& item : Members(node.at(Key::sortClause))) {
    const Node* sorted = item.at(Key::node);
    if (sorted == nullptr || sorted->tag == Tag::A_Const || query.open) continue;
    const Node* fields = sorted->at(Key::fields);
    const bool named_output =
        sorted->tag == Tag::ColumnRef && size_of(fields) == 1 &&
        std::any_of(query.output.begin(), query.output.end(),
                    [&](const Column& column) { return column.name == string_of(fields->first); });
    if (!named_output) {
      std::vector<std::string> names;
      for (const Column& column : query.output) names.emplace_back(column.name);
      find(
          "schema.unknown_column",
          fmt::format("ORDER BY after a UNION may only name output columns, which are {}", join(names, ", ")),
          *sorted);
    }
  }
  for (const Key key : {Key::limitCount, Key::limitOffset})
    expression(node.at(key), {&scope, Clause::limit, false});
}

void Binder::values(const Node& node, Query& query, const Scope* outer, const Named* named) {
  Scope scope;
  scope.query = &query;
  scope.outer = outer;
  scope.named = named;
  for (const Node& row : Members(node.at(Key::valuesLists))) {
    std::size_t i = 0;
    for (const Node& value : Members(row.at(Key::items))) {
      const Type type = expression(&value, {&scope, Clause::select, false});
      if (i == query.output.size()) {
        Column& column = query.output.emplace_back();
        column.type = type;
        column.made_by = &value;
      } else {
        query.output[i].type = common_type(query.output[i].type, type);
      }
      query.output[i].personal = query.output[i].personal || shows_personal(value);
      ++i;
    }
  }
  // Named column1, column2, ... but for an alias, which all VALUES in a FROM have.
  static const std::array<std::string_view, 12> made_up{"column1", "column2",  "column3",  "column4",
                                                        "column5", "column6",  "column7",  "column8",
                                                        "column9", "column10", "column11", "column12"};
  for (std::size_t i = 0; i < query.output.size() && i < made_up.size(); ++i)
    query.output[i].name = made_up[i];
}

void Binder::plain_select(const Node& node, Query& query, const Scope* outer, const Named* named) {
  Scope scope;
  scope.query = &query;
  scope.outer = outer;
  scope.named = named;
  for (const Node& item : Members(node.at(Key::fromClause))) from_item(item, scope);
  truth(node.at(Key::whereClause), {&scope, Clause::where, false}, "WHERE");
  select_list(node, scope);
  group_clause(node.at(Key::groupClause), scope);
  truth(node.at(Key::havingClause), {&scope, Clause::having, false}, "HAVING");
  for (const Node& defined : Members(node.at(Key::windowClause)))
    window(defined, {&scope, Clause::select, false});
  for (const Node& item : Members(node.at(Key::distinctClause))) {
    if (item.shape == Shape::object && !item.empty) sort_item(item, scope);
  }
  order_clause(node.at(Key::sortClause), scope);
  for (const Key key : {Key::limitCount, Key::limitOffset})
    expression(node.at(key), {&scope, Clause::limit, false});
  query.grouped =
      query.aggregates || node.at(Key::groupClause) != nullptr || node.at(Key::havingClause) != nullptr;
  if (query.grouped) check_grouping(node, query);
  distinct_order(node, query);
}

std::string_view Binder::output_name(const Node& target) {
  if (const std::string_view name = text_at(&target, Key::name); !name.empty()) return name;
  const Node* value = target.at(Key::val);
  while (value != nullptr) {
    switch (value->tag) {
      case Tag::ColumnRef: {
        const Node* fields = value->at(Key::fields);
        return fields == nullptr ? std::string_view() : string_of(fields->last);
      }
      case Tag::FuncCall: {
        const Node* names = value->at(Key::funcname);
        return names == nullptr ? std::string_view() : string_of(names->last);
      }
      case Tag::CoalesceExpr:
        return "coalesce";
      case Tag::MinMaxExpr:
        return text_at(value, Key::op) == "IS_LEAST" ? "least" : "greatest";
      case Tag::CaseExpr:
        return "case";
      case Tag::SQLValueFunction: {
        const std::string_view op = text_at(value, Key::op);
        return op == "SVFOP_CURRENT_DATE" ? "current_date" : std::string_view();
      }
      case Tag::TypeCast: {
        const Node* inner = value->at(Key::arg);
        if (inner != nullptr && (inner->tag == Tag::ColumnRef || inner->tag == Tag::FuncCall ||
                                 inner->tag == Tag::TypeCast || inner->tag == Tag::CoalesceExpr)) {
          value = inner;
          continue;
        }
        const Node* names = at(value->at(Key::typeName), Key::names);
        return names == nullptr ? std::string_view() : string_of(names->last);
      }
      default:
        return {};
    }
  }
  return {};
}

void Binder::select_list(const Node& node, Scope& scope) {
  Query& query = *scope.query;
  for (const Node& target : Members(node.at(Key::targetList))) {
    const Node* value = target.at(Key::val);
    if (value == nullptr) continue;
    const Node* fields = value->at(Key::fields);
    if (value->tag == Tag::ColumnRef && fields != nullptr && fields->last != nullptr &&
        fields->last->tag == Tag::A_Star) {
      star(*value, scope);
      continue;
    }
    Column column;
    column.type = expression(value, {&scope, Clause::select, false});
    column.name = output_name(target);
    column.made_by = value;
    column.personal = shows_personal(*value);
    if (column.name.empty()) query.open = true;
    if (value->tag == Tag::ColumnRef) {
      const Use& meaning = out_.use(*value);
      if (meaning.column != nullptr) {
        column.table = meaning.column->table;
        column.field = meaning.column->field;
        column.nullable = meaning.column->nullable || meaning.source->optional;
        column.aggregated = meaning.column->aggregated;
      }
    } else {
      column.aggregated = is_aggregation(*value);
    }
    query.output.push_back(column);
  }
}

// A count of people is no person, and neither is a yes or no about one.
bool Binder::shows_personal(const Node& value) const {
  const Type type = out_.type(&value);
  if (value.tag != Tag::ColumnRef && (type == Type::boolean || is_number(type))) return false;
  bool personal = false;
  walk(value, [&](const Node& node) {
    if (node.tag == Tag::ColumnRef) {
      const Use& meaning = out_.use(node);
      personal = personal || meaning.personal || (meaning.column != nullptr && meaning.column->personal);
    }
    if (node.tag == Tag::SelectStmt) {
      // A subquery that gives a value shows it; EXISTS and IN tell yes or no.
      const std::string_view kind = text_at(node.parent, Key::subLinkType);
      const Query* inner = kind == "EXPR_SUBLINK" || kind == "ARRAY_SUBLINK" ? out_.query_of(node) : nullptr;
      personal =
          personal || (inner != nullptr && std::any_of(inner->output.begin(), inner->output.end(),
                                                       [](const Column& column) { return column.personal; }));
      return false;
    }
    return node.key != Key::expr && node.tag != Tag::NullTest && called(node) != "count";
  });
  return personal;
}

void Binder::star(const Node& reference, const Scope& scope) {
  Query& query = *scope.query;
  const Node* fields = reference.at(Key::fields);
  std::string_view qualifier;
  for (const Node& field : Members(fields)) {
    if (field.tag == Tag::String) qualifier = string_of(&field);
  }
  bool any = false;
  for (const Source* source : scope.visible) {
    if (!qualifier.empty() && source->name != qualifier) continue;
    any = true;
    query.open = query.open || source->open;
    for (const Column& column : source->columns) {
      const bool merged_away =
          qualifier.empty() && std::any_of(scope.merged.begin(), scope.merged.end(), [&](const Merged& one) {
            return one.name == column.name && one.source != source;
          });
      if (merged_away) continue;
      Column copy = column;
      copy.nullable = copy.nullable || source->optional;
      copy.made_by = nullptr;
      query.output.push_back(copy);
      if (column.table != nullptr && column.field != nullptr)
        references_.insert({column.table->name, column.field->name});
    }
  }
  if (any) return;
  if (qualifier.empty()) return find("schema.unknown_column", "* without a FROM", reference);
  for (const Scope* outside = scope.outer; outside != nullptr; outside = outside->outer) {
    for (const Source* source : outside->visible) {
      if (source->name == qualifier) {
        query.open = true;
        return;
      }
    }
  }
  find("schema.unknown_table", fmt::format("{}.*: no {} in this FROM", qualifier, qualifier), reference);
}

bool Binder::gives_single_row(const Node& node, const Query& query) const {
  if (const Node* limit = node.at(Key::limitCount); limit != nullptr && limit->tag == Tag::A_Const) {
    if (const Node* number = limit->at(Key::ival); number != nullptr && number_at(number, Key::ival) <= 1)
      return true;
  }
  if (!query.arms.empty()) return false;
  if (const Node* rows = node.at(Key::valuesLists)) return size_of(rows) == 1;
  if (node.at(Key::groupClause) != nullptr) return false;
  if (query.aggregates || node.at(Key::havingClause) != nullptr) return true;
  return std::all_of(query.sources.begin(), query.sources.end(), [](const Source* source) {
    return source->query != nullptr && source->query->single_row;
  });
}

}  // namespace kpi::sql
