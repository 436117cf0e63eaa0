#include "binder.hpp"

#include <kpi/base/text.hpp>

#include <fmt/format.h>

#include <algorithm>

namespace kpi::sql {

void Binder::from_item(const Node& item, Scope& scope) {
  switch (item.tag) {
    case Tag::RangeVar:
      return table(item, scope);
    case Tag::RangeSubselect:
      return subquery(item, scope);
    case Tag::RangeFunction:
      return function(item, scope);
    case Tag::JoinExpr:
      return join_item(item, scope);
    case Tag::RangeTableSample:
      if (const Node* relation = item.at(Key::relation)) from_item(*relation, scope);
      return;
    default:
      return;
  }
}

Source& Binder::add_source(const Node& item, Scope& scope) {
  Source& source = out_.sources.emplace_back();
  source.node = &item;
  scope.visible.push_back(&source);
  if (scope.query != nullptr) scope.query->sources.push_back(&source);
  return source;
}

const model::Table* Binder::find_table(const Node& item, std::string_view name_schema,
                                       std::string_view name) {
  std::vector<const model::Table*> found;
  for (const auto& candidate : schema_.tables) {
    if (candidate.name != name) continue;
    if (!name_schema.empty() && !candidate.schema.empty() && candidate.schema != name_schema) continue;
    if (name_schema.empty() && (candidate.schema == "public" || candidate.schema.empty())) return &candidate;
    found.push_back(&candidate);
  }
  if (found.size() == 1) return found.front();
  if (found.size() > 1) {
    find("schema.unknown_table",
         fmt::format("{} is in several schemas: write {} or {}", name, found[0]->qualified_name(),
                     found[1]->qualified_name()),
         item);
    return nullptr;
  }
  std::vector<std::string> names;
  for (const auto& candidate : schema_.tables) names.push_back(candidate.name);
  const auto meant = nearest(name, names);
  find("schema.unknown_table",
       fmt::format("no table {}{}",
                   name_schema.empty() ? std::string(name) : fmt::format("{}.{}", name_schema, name),
                   meant ? fmt::format("; did you mean {}?", *meant) : std::string()),
       item);
  return nullptr;
}

void Binder::table(const Node& item, Scope& scope) {
  const std::string_view name_schema = text_at(&item, Key::schemaname);
  const std::string_view name = text_at(&item, Key::relname);
  Source& source = add_source(item, scope);
  source.name = name;
  if (name_schema.empty()) {
    for (const Named* named = scope.named; named != nullptr; named = named->next) {
      if (named->name != name) continue;
      source.columns = named->columns;
      source.query = named->query;
      source.open = named->open;
      return rename(source, item.at(Key::alias));
    }
  }
  source.table = find_table(item, name_schema, name);
  if (source.table == nullptr) {
    source.open = true;
    return rename(source, item.at(Key::alias));
  }
  tables_.insert(source.table->name);
  source.columns.reserve(source.table->fields.size());
  for (const auto& field : source.table->fields) {
    if (!field.path.empty()) continue;
    source.columns.push_back({field.name, type_of(field), source.table, &field, field.nullable.value_or(true),
                              false, field.pii, nullptr});
  }
  // The column that unfolded fields lie in is there even where no field of its own is listed.
  for (const auto& field : source.table->fields) {
    if (field.path.empty()) continue;
    const std::string_view parent = field.path.front();
    const bool listed = std::any_of(source.columns.begin(), source.columns.end(),
                                    [&](const Column& column) { return column.name == parent; });
    if (!listed)
      source.columns.push_back({parent, Type::json, source.table, nullptr, true, false, false, nullptr});
  }
  rename(source, item.at(Key::alias));
}

void Binder::rename(Source& source, const Node* alias) {
  if (alias == nullptr) return;
  source.name = text_at(alias, Key::aliasname);
  std::size_t i = 0;
  for (const Node& name : Members(alias->at(Key::colnames))) {
    if (i < source.columns.size()) {
      source.columns[i].name = string_of(&name);
    } else if (source.open) {
      Column& column = source.columns.emplace_back();
      column.name = string_of(&name);
    }
    ++i;
  }
}

void Binder::subquery(const Node& item, Scope& scope) {
  const Node* inner = item.at(Key::subquery);
  if (inner == nullptr) return;
  Scope outside;  // without LATERAL, what stands beside it in the FROM is not seen
  outside.outer = scope.outer;
  outside.named = scope.named;
  const bool lateral = number_at(&item, Key::lateral) != 0;
  const Query& query = select(*inner, lateral ? &scope : scope.outer, scope.named);
  Source& source = add_source(item, scope);
  source.query = &query;
  source.columns = query.output;
  source.open = query.open;
  rename(source, item.at(Key::alias));
}

void Binder::function(const Node& item, Scope& scope) {
  const Context context{&scope, Clause::from, false};
  std::string_view called;
  Type type = Type::unknown;
  bool personal = false;
  for (const Node& list : Members(item.at(Key::functions))) {
    const Node* call = first_of(list.at(Key::items));
    if (call == nullptr) continue;
    type = expression(call, context);
    personal = personal || shows_personal(*call);
    const Node* names = call->at(Key::funcname);
    if (called.empty() && names != nullptr) called = string_of(names->last);
  }
  Source& source = add_source(item, scope);
  source.function = true;
  source.personal = personal;
  const Node* alias = item.at(Key::alias);
  source.name = alias != nullptr ? text_at(alias, Key::aliasname) : called;
  source.open = true;
  for (const Node& definition : Members(item.at(Key::coldeflist))) {
    Column& column = source.columns.emplace_back();
    column.name = text_at(&definition, Key::colname);
    column.type = type_named(dotted_name(at(definition.at(Key::typeName), Key::names)));
    source.open = false;
  }
  for (const Node& name : Members(at(alias, Key::colnames))) {
    Column& column = source.columns.emplace_back();
    column.name = string_of(&name);
    if (source.columns.size() == 1) column.type = type;
  }
  if (source.columns.empty()) {
    Column& column = source.columns.emplace_back();
    column.name = source.name;
    column.type = type;
  }
  for (Column& column : source.columns) column.personal = personal;
}

void Binder::join_item(const Node& item, Scope& scope) {
  const Node* left = item.at(Key::larg);
  const Node* right = item.at(Key::rarg);
  if (left == nullptr || right == nullptr) return;
  const std::size_t first_left = scope.visible.size();
  from_item(*left, scope);
  const std::size_t first_right = scope.visible.size();
  from_item(*right, scope);

  const std::string_view kind = text_at(&item, Key::jointype);
  for (std::size_t i = first_left; i < scope.visible.size(); ++i) {
    const bool is_right = i >= first_right;
    if (kind == "JOIN_FULL" || kind == (is_right ? "JOIN_LEFT" : "JOIN_RIGHT"))
      scope.visible[i]->optional = true;
  }
  for (const Node& name : Members(item.at(Key::usingClause))) {
    merge(item, std::string(string_of(&name)), first_right, scope, first_left);
  }
  if (number_at(&item, Key::isNatural) != 0) {
    std::vector<std::string> common;
    for (std::size_t i = first_left; i < first_right; ++i) {
      for (const Column& column : scope.visible[i]->columns) {
        for (std::size_t j = first_right; j < scope.visible.size(); ++j) {
          for (const Column& other : scope.visible[j]->columns) {
            if (other.name == column.name) common.emplace_back(column.name);
          }
        }
      }
    }
    for (const std::string& name : common) merge(item, name, first_right, scope, first_left);
    const bool open = std::any_of(scope.visible.begin() + static_cast<std::ptrdiff_t>(first_left),
                                  scope.visible.end(), [](const Source* source) { return source->open; });
    if (common.empty() && !open)
      find("guard.product", "NATURAL JOIN of two that have no column in common: every row with every row",
           *right);
  }
  if (const Node* condition = item.at(Key::quals)) {
    // A condition sees the two sides of its own join, and not what stands before it in the FROM.
    Scope inner;
    inner.query = scope.query;
    inner.visible.assign(scope.visible.begin() + static_cast<std::ptrdiff_t>(first_left),
                         scope.visible.end());
    inner.merged = scope.merged;
    inner.outer = scope.outer;
    inner.named = scope.named;
    truth(condition, {&inner, Clause::from, false}, "JOIN ON");
  }
  if (const Node* alias = item.at(Key::alias)) {
    // (a JOIN b) AS j: only j is seen from here on, with the columns of both.
    Source joined;
    joined.node = &item;
    joined.name = text_at(alias, Key::aliasname);
    for (std::size_t i = first_left; i < scope.visible.size(); ++i) {
      joined.open = joined.open || scope.visible[i]->open;
      for (const Column& column : scope.visible[i]->columns) {
        const bool merged =
            i >= first_right && std::any_of(scope.merged.begin(), scope.merged.end(),
                                            [&](const Merged& one) { return one.name == column.name; });
        if (!merged) joined.columns.push_back(column);
      }
    }
    scope.visible.resize(first_left);
    Source& source = out_.sources.emplace_back(std::move(joined));
    rename(source, alias);
    scope.visible.push_back(&source);
  }
}

void Binder::merge(const Node& item, const std::string& name, std::size_t first_right, Scope& scope,
                   std::size_t first_left) {
  const auto pick = [&](std::size_t begin, std::size_t end, const Source*& of) -> const Column* {
    for (std::size_t i = begin; i < end; ++i) {
      for (const Column& column : scope.visible[i]->columns) {
        if (column.name != name) continue;
        of = scope.visible[i];
        return &column;
      }
    }
    return nullptr;
  };
  const Source* left_source = nullptr;
  const Source* right_source = nullptr;
  const Column* left = pick(first_left, first_right, left_source);
  const Column* right = pick(first_right, scope.visible.size(), right_source);
  for (const auto& [column, begin, end] :
       {std::tuple(left, first_left, first_right), std::tuple(right, first_right, scope.visible.size())}) {
    if (column != nullptr) {
      if (column->table != nullptr)
        references_.insert({column->table->name,
                            column->field != nullptr ? std::string_view(column->field->name) : column->name});
      continue;
    }
    bool open = false;
    for (std::size_t i = begin; i < end; ++i) open = open || scope.visible[i]->open;
    if (!open)
      find("schema.unknown_column", fmt::format("USING ({}): one side has no such column", name),
           item.at(Key::rarg) != nullptr ? *item.at(Key::rarg) : item);
  }
  if (left != nullptr && right != nullptr && cannot_compare(left->type, right->type)) {
    find("schema.type_mismatch",
         fmt::format("USING ({}) compares {} with {}", name, to_string(left->type), to_string(right->type)),
         item);
  }
  // The side that an outer join keeps holds the value.
  const bool keep_right = text_at(&item, Key::jointype) == "JOIN_RIGHT";
  const Column* kept = keep_right && right != nullptr ? right : left;
  if (kept == nullptr) kept = right;
  if (kept == nullptr) return;
  scope.merged.push_back({kept->name, kept == left ? left_source : right_source, kept});
}

}  // namespace kpi::sql
