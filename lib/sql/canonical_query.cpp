#include "canonical.hpp"
#include "walk.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace kpi::sql {
namespace {

// The WITH query that a relation's name means, by the scopes around it.
const Node* query_named(const Node& relation, std::string_view name) {
  const Node* inside = nullptr;
  for (const Node* above = relation.parent; above != nullptr; above = above->parent) {
    if (above->tag == Tag::CommonTableExpr) inside = above;
    const Node* clause = above->tag == Tag::SelectStmt ? above->at(Key::withClause) : nullptr;
    const bool recursive = number_at(clause, Key::recursive) != 0;
    const Node* found = nullptr;
    for (const Node& query : Members(at(clause, Key::ctes))) {
      if (&query == inside && !recursive) break;
      if (text_at(&query, Key::ctename) == name) found = &query;
    }
    if (found != nullptr) return found;
  }
  return nullptr;
}

std::size_t place_of(const Source& source, const Query& query) {
  return static_cast<std::size_t>(std::find(query.sources.begin(), query.sources.end(), &source) -
                                  query.sources.begin());
}

bool names_column(const Node& root, std::string_view name) {
  bool names = false;
  walk(root, [&](const Node& node) {
    const Node* fields = node.tag == Tag::ColumnRef ? node.at(Key::fields) : nullptr;
    names = names || (fields != nullptr && string_of(fields->last) == name);
    return !names;
  });
  return names;
}

}  // namespace

void Canonical::call(const Node& node) {
  const std::string name = called(node);
  const Node* arguments = node.at(Key::args);
  const Node* first = first_of(arguments);
  // count(1) counts rows as count(*) does.
  const bool rows =
      name == "count" && node.at(Key::agg_distinct) == nullptr &&
      (node.at(Key::agg_star) != nullptr ||
       (size_of(arguments) == 1 && first->tag == Tag::A_Const && first->at(Key::isnull) == nullptr));
  out_ += "call:" + name;
  if (rows) {
    out_ += "(*)";
    members(node, {Key::funcname, Key::args, Key::agg_star, Key::over});
  } else {
    members(node, {Key::funcname, Key::over});
  }
  if (const Node* over = node.at(Key::over)) {
    out_ += "over";
    out_ += shortened(aside([&] { window(*over, at(select_above(&node), Key::windowClause), 0); }));
  }
}

// OVER w is what WINDOW w says.
void Canonical::window(const Node& over, const Node* clause, std::size_t level) {
  const std::string_view refers = text_at(&over, Key::refname);
  const std::string_view name = level == 0 && refers.empty() ? text_at(&over, Key::name) : refers;
  const Node* defined = nullptr;
  for (const Node& one : Members(name.empty() ? nullptr : clause)) {
    if (&one != &over && text_at(&one, Key::name) == name) defined = &one;
  }
  if (defined == nullptr || level > 8) return members(over, {Key::name});
  if (level > 0 || !refers.empty()) members(over, {Key::name, Key::refname});
  out_ += repeated(*defined, [&] { window(*defined, clause, level + 1); });
}

void Canonical::sort(const Node& node, const std::string& by) {
  const bool down = text_at(&node, Key::sortby_dir) == "SORTBY_DESC";
  const std::string_view nulls = text_at(&node, Key::sortby_nulls);
  out_ += down ? "down " : "up ";
  // To PostgreSQL nulls are greater than all else, to SQLite less.
  if (nulls == "SORTBY_NULLS_FIRST" || (nulls != "SORTBY_NULLS_LAST" && down == postgres_)) out_ += "nulls ";
  out_ += by + text_of_node(node.at(Key::useOp));
}

void Canonical::relation(const Node& node) {
  const auto source = nodes_.find(&node);
  const std::string_view name = text_at(&node, Key::relname);
  const Node* query = node.at(Key::schemaname) == nullptr ? query_named(node, name) : nullptr;
  if (query != nullptr) {
    out_ += fmt::format("with {}", ctes_.find(query)->second);
  } else if (source != nodes_.end() && source->second->table != nullptr) {
    out_ += "table ";
    literal(source->second->table->qualified_name());
  } else {
    return members(node, {});
  }
  if (number_at(&node, Key::inh) == 0) out_ += " only";
  if (const Node* alias = node.at(Key::alias); alias != nullptr && !is_name(*alias)) write(*alias);
}

void Canonical::column(const Node& node) {
  const Use* use = binding_ == nullptr ? nullptr : &binding_->use(node);
  if (use != nullptr && use->column != nullptr && use->source != nullptr) return bound(*use);
  if (const Node* value = binding_ == nullptr ? nullptr : value_by_name(node)) {
    out_ += repeated(*value, [&] { write(*value); });
    return;
  }
  const Node* fields = node.at(Key::fields);
  std::size_t left = size_of(fields);
  out_ += "name";
  for (const Node& field : Members(fields)) {
    std::string_view name = field.tag == Tag::A_Star ? std::string_view("*") : string_of(&field);
    if (left-- == 2 && write_source(node, name)) continue;
    out_ += '.';
    literal(name);
  }
}

// What SQLite means by an output name in WHERE, HAVING or an expression of ORDER BY; nullptr where it is
// none. The SELECT list itself cannot name its columns, so what is found names no other.
const Node* Canonical::value_by_name(const Node& column) const {
  const Node* fields = column.at(Key::fields);
  if (postgres_ || size_of(fields) != 1) return nullptr;
  const Node* select = column.parent;
  for (; select != nullptr && select->tag != Tag::SelectStmt; select = select->parent) {
    if (select->key == Key::targetList) return nullptr;
  }
  for (const Node& target : Members(at(select, Key::targetList))) {
    const std::string_view name = text_at(&target, Key::name);
    if (!name.empty() && name == string_of(fields->first)) return target.at(Key::val);
  }
  return nullptr;
}

// o.* by which item of the FROM it is, as far as it can be told.
bool Canonical::write_source(const Node& node, std::string_view name) {
  const auto query = queries_.find(select_above(&node));
  if (query == queries_.end()) return write_alias(node, name);
  for (const Source* source : query->second->sources) {
    if (source->name != name) continue;
    out_ += fmt::format("#{}", place_of(*source, *query->second));
    return true;
  }
  return false;
}

// Without a schema, o.status is orders.status where only one item of this FROM is called o.
bool Canonical::write_alias(const Node& node, std::string_view name) {
  const Node* select = select_above(&node);
  for (std::size_t outwards = 0; select != nullptr; select = select_above(select->parent), ++outwards) {
    std::size_t place = 0;
    std::size_t found = 0;
    std::vector<const Node*> work;
    for (const Node& item : Members(select->at(Key::fromClause))) work.push_back(&item);
    std::reverse(work.begin(), work.end());
    while (!work.empty()) {
      const Node* item = work.back();
      work.pop_back();
      const Node* alias = item->at(Key::alias);
      if (item->tag == Tag::JoinExpr && alias == nullptr) {
        for (const Key side : {Key::rarg, Key::larg}) {
          if (const Node* part = item->at(side)) work.push_back(part);
        }
        continue;
      }
      ++place;
      if ((alias != nullptr ? text_at(alias, Key::aliasname) : text_at(item, Key::relname)) == name &&
          found == 0)
        found = place;
    }
    if (found == 0) continue;
    out_ += fmt::format("#{}.{}", outwards, found);
    return true;
  }
  return false;
}

// A column by how many queries outwards, which item of that FROM, and which column of it.
void Canonical::bound(const Use& use) {
  std::size_t outwards = 0;
  for (const Query* query = current_; query != nullptr && query != use.query; query = query->outer)
    ++outwards;
  out_ += fmt::format("#{}.", outwards);
  const std::size_t place = use.query == nullptr ? 0 : place_of(*use.source, *use.query);
  if (use.query == nullptr || place == use.query->sources.size()) {
    out_ += fmt::format("s{}.", sources_.find(use.source)->second);
  } else {
    out_ += std::to_string(place) + '.';
  }
  if (use.source->table != nullptr)
    return literal(use.column->field != nullptr ? use.column->field->name : use.column->name);
  std::size_t number = 0;
  while (number < use.source->columns.size() && &use.source->columns[number] != use.column) ++number;
  if (number < use.source->columns.size()) {
    out_ += fmt::format("c{}", number);
  } else {
    literal(use.column->name);
  }
}

void Canonical::select(const Node& node) {
  const auto query = queries_.find(&node);
  const Query* outer = std::exchange(current_, query == queries_.end() ? current_ : query->second);
  auto* beside = std::exchange(all_of_and_, nullptr);
  members(node, {Key::groupClause, Key::sortClause, Key::windowClause, Key::distinctClause});
  if (const Node* distinct = node.at(Key::distinctClause)) {
    out_ += " distinct[";
    for (const Node& item : Members(distinct)) out_ += output(item, node, true) + ',';
    out_ += ']';
  }
  if (const Node* group = node.at(Key::groupClause)) {
    std::vector<std::string> parts;
    bool sets = false;
    for (const Node& item : Members(group)) {
      sets = sets || item.tag == Tag::GroupingSet;
      parts.push_back(output(item, node, false));
    }
    out_ += " group[";
    write_sorted(std::move(parts), !sets);
    out_ += ']';
  }
  if (const Node* order = node.at(Key::sortClause)) {
    out_ += " order[";
    for (const Node& item : Members(order)) {
      const Node* sorted = item.at(Key::node);
      sort(item, sorted == nullptr ? std::string() : output(*sorted, node, true));
      out_ += ',';
    }
    out_ += ']';
  }
  current_ = outer;
  all_of_and_ = beside;
}

// An item of GROUP BY, ORDER BY or DISTINCT ON: 2, the name of the second output column and its expression
// are one.
std::string Canonical::output(const Node& item, const Node& select, bool outputs_first) {
  if (select.at(Key::larg) != nullptr) return place_in_union(item, select);
  const Node* value = output_value(item, select, outputs_first);
  if (value == nullptr) return operand(&item);
  return repeated(*value, [&] { write(*value); });
}

// What a UNION gives is named by its first arm; SQLite takes the names of the others too.
std::string Canonical::place_in_union(const Node& item, const Node& united) {
  const Node* fields = item.tag == Tag::ColumnRef ? item.at(Key::fields) : nullptr;
  std::vector<const Node*> arms{size_of(fields) == 1 ? &united : nullptr};
  while (!arms.empty()) {
    const Node* one = arms.back();
    arms.pop_back();
    if (one != nullptr && one->at(Key::larg) != nullptr) {
      arms.push_back(postgres_ ? nullptr : one->at(Key::rarg));
      arms.push_back(one->at(Key::larg));
      continue;
    }
    std::size_t place = 0;
    for (const Node& target : Members(at(one, Key::targetList))) {
      ++place;
      std::string_view name = text_at(&target, Key::name);
      const Node* own = at(target.at(Key::val), Key::fields);
      if (name.empty() && own != nullptr) name = string_of(own->last);
      if (name == string_of(fields->first)) return fmt::format("n{}", place);
    }
  }
  return text_of_node(&item);
}

const Node* Canonical::output_value(const Node& item, const Node& select, bool outputs_first) const {
  const Node* targets = select.at(Key::targetList);
  if (const Node* number = item.tag == Tag::A_Const ? item.at(Key::ival) : nullptr) {
    std::int64_t place = number_at(number, Key::ival);
    for (const Node& target : Members(targets)) {
      // A star is as many columns as its tables have.
      const Node* value = target.at(Key::val);
      const Node* fields = at(value, Key::fields);
      if (fields != nullptr && fields->last != nullptr && fields->last->tag == Tag::A_Star) return nullptr;
      if (--place == 0) return value;
    }
    return nullptr;
  }
  const Node* fields = item.at(Key::fields);
  if (item.tag != Tag::ColumnRef || size_of(fields) != 1) return nullptr;
  const std::string_view name = string_of(fields->first);
  if (binding_ != nullptr && binding_->use(item).column != nullptr) return nullptr;
  for (const Node& target : Members(targets)) {
    const Node* value = target.at(Key::val);
    if (value == nullptr || text_at(&target, Key::name) != name) continue;
    // Without a schema, GROUP BY status beside lower(status) AS status means the column.
    if (binding_ == nullptr && !outputs_first && names_column(*value, name)) return nullptr;
    return value;
  }
  return nullptr;
}

}  // namespace kpi::sql
