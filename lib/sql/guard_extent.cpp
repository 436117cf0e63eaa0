#include "guard_extent.hpp"

#include "constant.hpp"
#include "walk.hpp"

#include <algorithm>
#include <cmath>

namespace kpi::sql {
namespace {

constexpr std::size_t max_level = 16;  // subqueries in FROM are looked into so deep

bool is_word_of(std::string_view name, std::initializer_list<std::string_view> names) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

// Functions that take a text, an array or a document apart, a row a part.
bool takes_apart(std::string_view name) {
  return is_word_of(name, {"unnest",
                           "string_to_table",
                           "regexp_split_to_table",
                           "regexp_matches",
                           "json_array_elements",
                           "json_array_elements_text",
                           "jsonb_array_elements",
                           "jsonb_array_elements_text",
                           "json_each",
                           "json_each_text",
                           "jsonb_each",
                           "jsonb_each_text",
                           "json_tree",
                           "json_object_keys",
                           "jsonb_object_keys",
                           "json_to_recordset",
                           "jsonb_to_recordset",
                           "json_populate_recordset",
                           "jsonb_populate_recordset",
                           "jsonb_path_query",
                           "jsonb_path_query_tz",
                           "generate_subscripts"});
}

std::string_view name_of_item(const Node& item) {
  if (const Node* alias = item.at(Key::alias)) return text_at(alias, Key::aliasname);
  if (item.tag != Tag::RangeFunction) return text_at(&item, Key::relname);
  const Node* call = first_of(at(first_of(item.at(Key::functions)), Key::items));
  const Node* names = at(call, Key::funcname);
  return names == nullptr ? std::string_view() : string_of(names->last);
}

// The name by which PostgreSQL calls an expression that is given none, as far as it may be named again.
std::string_view own_name(const Node& value) {
  const Node* node = &value;
  while (node->tag == Tag::TypeCast && node->at(Key::arg) != nullptr) node = node->at(Key::arg);
  const Node* names = node->tag == Tag::ColumnRef ? node->at(Key::fields) : nullptr;
  return names == nullptr ? std::string_view() : string_of(names->last);
}

// True if a column below `root` is qualified by one of the items' names.
bool names_any(const Node& root, const std::vector<FromItem>& items) {
  bool names = false;
  walk(root, [&](const Node& node) {
    const Node* fields = node.tag == Tag::ColumnRef ? node.at(Key::fields) : nullptr;
    for (const Node& field : Members(fields)) {
      if (&field == fields->last) continue;
      for (const FromItem& item : items) names = names || item.names.contains(string_of(&field));
    }
    return !names;
  });
  return names;
}

// What nearly every pair of rows meets is no condition between them: a <> b, a IS NOT NULL, NOT a = b.
bool connects(const Node& conjunct) {
  if (conjunct.tag == Tag::NullTest || conjunct.tag == Tag::BooleanTest) return false;
  if (conjunct.tag == Tag::BoolExpr && text_at(&conjunct, Key::boolop) == "NOT_EXPR") {
    const Node* denied = first_of(conjunct.at(Key::args));
    return denied != nullptr && denied->tag == Tag::A_Expr && operator_of(*denied) != "=";
  }
  if (conjunct.tag != Tag::A_Expr) return true;
  const std::string op = operator_of(conjunct);
  return op != "<>" && op != "!=" && text_at(&conjunct, Key::kind) != "AEXPR_DISTINCT";
}

// True if the rows of a LATERAL subquery depend on the items before it: its SELECT list alone ties nothing.
bool is_bound_by(const Node& item, const std::vector<FromItem>& items) {
  const Node* query = item.at(Key::subquery);
  if (query == nullptr || query->at(Key::larg) != nullptr) return names_any(item, items);
  for (const Key key : {Key::fromClause, Key::whereClause, Key::havingClause}) {
    if (const Node* part = query->at(key); part != nullptr && names_any(*part, items)) return true;
  }
  return false;
}

}  // namespace

bool reads_query(const Node& root, std::string_view name) {
  bool reads = false;
  walk(root, [&](const Node& node) {
    reads = reads || (node.tag == Tag::RangeVar && text_at(&node, Key::relname) == name &&
                      node.at(Key::schemaname) == nullptr);
    return !reads;
  });
  return reads;
}

Extent::Extent(const Tree& tree, model::Dialect dialect) : tree_(tree), dialect_(dialect) {
  for (const Node& node : tree.nodes()) {
    switch (node.tag) {
      case Tag::CommonTableExpr:
        queries_[text_at(&node, Key::ctename)] = &node;
        for (const Node& name : Members(node.at(Key::aliascolnames))) renamed_.insert(string_of(&name));
        break;
      case Tag::Alias:
        for (const Node& name : Members(node.at(Key::colnames))) renamed_.insert(string_of(&name));
        break;
      case Tag::ResTarget: {
        const Node* value = node.at(Key::val);
        if (value == nullptr) break;
        std::string_view name = text_at(&node, Key::name);
        if (name.empty()) name = own_name(*value);
        everything_.push_back(value);
        if (name.empty()) {
          nameless_.push_back(value);
        } else {
          makers_[name].push_back(value);
        }
        break;
      }
      case Tag::RangeFunction:
        for (const Node& list : Members(node.at(Key::functions))) {
          const Node* call = first_of(list.at(Key::items));
          if (call == nullptr) continue;
          everything_.push_back(call);
          makers_[name_of_item(node)].push_back(call);
          makers_["value"].push_back(call);
          for (const Node& column : Members(node.at(Key::coldeflist)))
            makers_[text_at(&column, Key::colname)].push_back(call);
        }
        break;
      case Tag::SelectStmt:
        for (const Node& row : Members(node.at(Key::valuesLists))) {
          for (const Node& value : Members(row.at(Key::items))) {
            everything_.push_back(&value);
            nameless_.push_back(&value);
          }
        }
        break;
      default:
        break;
    }
  }
}

bool Extent::may_be_data(const Node& column) const {
  const Node* fields = column.at(Key::fields);
  std::string_view qualifier;
  for (const Node& field : Members(fields)) {
    if (&field != fields->last) qualifier = string_of(&field);
  }
  for (const Node* select = select_above(&column); select != nullptr; select = select_above(select->parent)) {
    bool table = false;
    bool named = false;
    if (const Node* from = select->at(Key::fromClause)) {
      walk(*from, [&](const Node& node) {
        const Node* alias = node.at(Key::alias);
        const std::string_view name =
            alias != nullptr ? text_at(alias, Key::aliasname) : text_at(&node, Key::relname);
        const bool meant = qualifier.empty() || name == qualifier;
        named = named || (!qualifier.empty() && name == qualifier);
        table = table || (node.tag == Tag::RangeVar && meant && query_named(node) == nullptr);
        return node.tag != Tag::RangeSubselect && node.tag != Tag::SubLink;
      });
    }
    if (table) return true;
    if (named) return false;
  }
  return false;
}

double Extent::rows_of_call(const Node& call) {
  const std::string name = called(call);
  if (name == "generate_series") return series(call);
  if (!takes_apart(name)) return 1;
  // An element is a byte at least, and so is what stands between two.
  double rows = 1;
  for (const Node& argument : Members(call.at(Key::args))) {
    const Node* list = argument.tag == Tag::A_ArrayExpr ? argument.at(Key::elements) : nullptr;
    rows = std::max(rows, list != nullptr && list->first != nullptr && list->first->tag == Tag::A_Const
                              ? static_cast<double>(size_of(list))
                              : bytes_of(&argument));
  }
  return rows;
}

// Set-returning calls of one SELECT list go in step: the longest counts.
double Extent::rows_of_list(const Node* targets) {
  double rows = 1;
  if (targets == nullptr) return rows;
  walk(*targets, [&](const Node& node) {
    if (node.tag == Tag::FuncCall) rows = std::max(rows, rows_of_call(node));
    return node.tag != Tag::SelectStmt;
  });
  return rows;
}

const Node* Extent::query_named(const Node& range) const {
  if (queries_.empty() || range.at(Key::schemaname) != nullptr) return nullptr;
  const auto found = queries_.find(text_at(&range, Key::relname));
  return found == queries_.end() ? nullptr : found->second;
}

double Extent::rows_of_item(const Node& item, std::size_t level) {
  if (level > max_level) return 1;
  switch (item.tag) {
    case Tag::RangeFunction: {
      double rows = 1;
      for (const Node& list : Members(item.at(Key::functions))) {
        if (const Node* call = first_of(list.at(Key::items))) rows = std::max(rows, rows_of_call(*call));
      }
      return rows;
    }
    case Tag::RangeSubselect: {
      const Node* query = item.at(Key::subquery);
      return query == nullptr ? 1 : rows_of_select(*query, level + 1);
    }
    case Tag::RangeVar: {
      // Counted once a WITH query: ten that each name the one before twice would else take 2^10 looks.
      const Node* query = query_named(item);
      const Node* select = at(query, Key::ctequery);
      if (select == nullptr) return 1;
      if (rows_.emplace(query, 1).second) {
        const auto self = recursion(*query);
        const double rows = rows_of_select(*select, level + 1);
        rows_[query] = self ? rows * self->rounds : rows;
      }
      return rows_[query];
    }
    case Tag::JoinExpr: {
      double rows = 1;
      for (const Key side : {Key::larg, Key::rarg}) {
        if (const Node* part = item.at(side)) rows *= rows_of_item(*part, level + 1);
      }
      return std::min(rows, unbounded);
    }
    default:
      return 1;
  }
}

double Extent::rows_of_select(const Node& select, std::size_t level) {
  if (level > max_level) return 1;
  if (const Node* limit = select.at(Key::limitCount)) {
    if (const auto count = constant_number(limit)) return std::max(1.0, *count);
  }
  const Node* left = select.at(Key::larg);
  const Node* right = select.at(Key::rarg);
  if (left != nullptr && right != nullptr)
    return rows_of_select(*left, level + 1) + rows_of_select(*right, level + 1);
  if (const Node* values = select.at(Key::valuesLists)) return static_cast<double>(size_of(values));
  if (select.at(Key::groupClause) == nullptr && select.at(Key::targetList) != nullptr &&
      holds_aggregate(*select.at(Key::targetList)))
    return 1;
  double rows = rows_of_list(select.at(Key::targetList));
  for (const Node& item : Members(select.at(Key::fromClause)))
    rows = std::min(unbounded, rows * rows_of_item(item, level + 1));
  return rows;
}

double Extent::rows_with_outer(const Node& select) {
  double rows = 1;
  const Node* at_select = &select;
  while (at_select != nullptr) {
    double own = rows_of_list(at_select->at(Key::targetList));
    for (const Node& item : Members(at_select->at(Key::fromClause)))
      own = std::min(unbounded, own * rows_of_item(item));
    rows = std::min(unbounded, rows * own);
    // What stands in an expression runs once a row of the query around it; what stands in FROM is counted
    // there.
    const Node* above = at_select->parent;
    while (above != nullptr && above->tag != Tag::SubLink && above->tag != Tag::SelectStmt &&
           above->tag != Tag::RangeSubselect && above->tag != Tag::CommonTableExpr)
      above = above->parent;
    if (above == nullptr || above->tag == Tag::RangeSubselect || above->tag == Tag::CommonTableExpr) break;
    const bool arm = above->tag == Tag::SelectStmt;
    at_select = arm ? above : select_above(above);
  }
  return rows;
}

bool Extent::is_small(const Node& select, std::size_t level) {
  if (level > max_level) return false;
  if (const Node* limit = select.at(Key::limitCount);
      limit != nullptr && constant_number(limit).value_or(2) <= 1)
    return true;
  if (select.at(Key::valuesLists) != nullptr) return true;
  const Node* left = select.at(Key::larg);
  const Node* right = select.at(Key::rarg);
  if (left != nullptr && right != nullptr) return is_small(*left, level + 1) && is_small(*right, level + 1);
  if (select.at(Key::groupClause) == nullptr && select.at(Key::targetList) != nullptr &&
      holds_aggregate(*select.at(Key::targetList)))
    return true;
  for (const Node& item : Members(select.at(Key::fromClause))) {
    if (!is_small_item(item, level + 1)) return false;
  }
  return true;
}

bool Extent::is_small_item(const Node& item, std::size_t level) {
  switch (item.tag) {
    case Tag::RangeFunction:
      return true;
    case Tag::RangeSubselect:
      return item.at(Key::subquery) != nullptr && is_small(*item.at(Key::subquery), level + 1);
    case Tag::RangeVar: {
      const Node* query = query_named(item);
      const Node* select = at(query, Key::ctequery);
      if (select == nullptr) return false;
      if (small_.emplace(query, true).second) small_[query] = is_small(*select, level + 1);
      return small_[query];
    }
    case Tag::JoinExpr:
      return item.at(Key::larg) != nullptr && item.at(Key::rarg) != nullptr &&
             is_small_item(*item.at(Key::larg), level + 1) && is_small_item(*item.at(Key::rarg), level + 1);
    default:
      return false;
  }
}

void Extent::leaves(const Node& item, FromShape& shape) {
  if (item.tag == Tag::JoinExpr) {
    const std::size_t before = shape.items.size();
    if (const Node* left = item.at(Key::larg)) leaves(*left, shape);
    const std::size_t middle = shape.items.size();
    if (const Node* right = item.at(Key::rarg)) leaves(*right, shape);
    if (const Node* condition = item.at(Key::quals)) shape.conditions.push_back(condition);
    if ((item.at(Key::usingClause) != nullptr || number_at(&item, Key::isNatural) != 0) && middle > before &&
        shape.items.size() > middle) {
      shape.items[middle].bound = true;
    }
    if (const Node* alias = item.at(Key::alias)) {
      for (std::size_t i = before; i < shape.items.size(); ++i)
        shape.items[i].names.insert(text_at(alias, Key::aliasname));
    }
    return;
  }
  if (item.tag == Tag::RangeTableSample) {
    if (const Node* relation = item.at(Key::relation)) leaves(*relation, shape);
    return;
  }
  FromItem made;
  made.node = &item;
  made.names.insert(name_of_item(item));
  made.table = !is_small_item(item);
  made.rows = rows_of_item(item);
  made.bound = (number_at(&item, Key::lateral) != 0 && is_bound_by(item, shape.items)) ||
               (item.tag == Tag::RangeFunction && !is_constant(item.at(Key::functions)));
  shape.items.push_back(std::move(made));
}

FromShape Extent::shape_of(const Node& select) {
  FromShape shape;
  for (const Node& item : Members(select.at(Key::fromClause))) leaves(item, shape);
  if (const Node* where = select.at(Key::whereClause)) shape.conditions.push_back(where);
  return shape;
}

std::set<std::size_t> Extent::touched_by(const Node& conjunct, const std::vector<FromItem>& items) {
  // a = b OR true connects nothing: what any arm leaves out is left out.
  if (conjunct.tag == Tag::BoolExpr && text_at(&conjunct, Key::boolop) == "OR_EXPR") {
    std::optional<std::set<std::size_t>> common;
    for (const Node& arm : Members(conjunct.at(Key::args))) {
      std::set<std::size_t> here;
      for (const Node* part : conjuncts(&arm)) here.merge(touched_by(*part, items));
      if (!common) {
        common = std::move(here);
      } else {
        std::erase_if(*common, [&](std::size_t item) { return !here.contains(item); });
      }
    }
    return common && common->size() > 1 ? *common : std::set<std::size_t>{};
  }
  if (!connects(conjunct)) return {};
  std::set<std::size_t> touched;
  std::size_t bare = 0;
  walk(conjunct, [&](const Node& node) {
    if (node.tag != Tag::ColumnRef) return true;
    const Node* fields = node.at(Key::fields);
    std::string_view qualifier;
    for (const Node& field : Members(fields)) {
      if (&field != fields->last) qualifier = string_of(&field);
    }
    if (qualifier.empty()) ++bare;
    for (std::size_t i = 0; i < items.size(); ++i) {
      if (items[i].names.contains(qualifier)) touched.insert(i);
    }
    return false;
  });
  if (bare + touched.size() < 2) return {};
  for (std::size_t i = 0; bare > 0 && i < items.size(); ++i) touched.insert(i);
  return touched;
}

}  // namespace kpi::sql
