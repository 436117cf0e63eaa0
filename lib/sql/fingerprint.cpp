#include "fingerprint.hpp"

#include "walk.hpp"

#include <kpi/base/hash.hpp>
#include <kpi/base/text.hpp>

#include <algorithm>
#include <unordered_map>
#include <utility>

namespace kpi::sql {
namespace {

constexpr std::size_t digits = 16;
constexpr std::size_t longest_written_twice = 64;  // bytes; a longer expression is written again by its hash

// The number without what its spelling adds: 1.50, 1.5 and 15e-1 are one; 1 and 1.0 are not, since the one
// divides to whole numbers.
std::string plain_number(std::string_view number) {
  if (!number.empty() && number.front() == '-') return '-' + plain_number(number.substr(1));
  std::string mantissa = lower(number);
  long exponent = 0;
  const bool whole = mantissa.find_first_of(".e") == std::string::npos;
  if (const std::size_t e = mantissa.find('e'); e != std::string::npos) {
    if (mantissa.size() - e > 7) return mantissa;
    exponent = std::strtol(mantissa.c_str() + e + 1, nullptr, 10);
    mantissa.erase(e);
  }
  if (const std::size_t point = mantissa.find('.'); point != std::string::npos) {
    exponent -= static_cast<long>(mantissa.size() - point - 1);
    mantissa.erase(point, 1);
  }
  mantissa.erase(0, std::min(mantissa.find_first_not_of('0'), mantissa.size()));
  if (whole) return mantissa.empty() ? "0" : mantissa;
  while (!mantissa.empty() && mantissa.back() == '0') {
    mantissa.pop_back();
    ++exponent;
  }
  return mantissa.empty() ? "0e0" : mantissa + 'e' + std::to_string(exponent);
}

// Writes a tree so that trees of one meaning come out as one text. The tree's depth is bounded, so it
// recurses.
class Canonical {
public:
  Canonical(const Tree& tree, const Binding* binding) : binding_(binding), keeps_names_(binding == nullptr) {
    for (const Node& node : tree.nodes()) {
      if (node.tag == Tag::CommonTableExpr) ctes_.emplace(&node, ctes_.size());
      if (binding == nullptr) continue;
      // Names of inner columns mean something where columns are joined by name, or whole rows are shown.
      if (node.tag == Tag::JoinExpr)
        keeps_names_ =
            keeps_names_ || node.at(Key::usingClause) != nullptr || node.at(Key::isNatural) != nullptr;
      if (node.tag == Tag::ColumnRef && binding->use(node).column == nullptr && !is_output(node))
        keeps_names_ = true;
    }
    if (binding != nullptr) {
      for (const Query& query : binding->queries) queries_.emplace(query.select, &query);
      for (const Source& source : binding->sources) {
        sources_.emplace(&source, sources_.size());
        nodes_.emplace(source.node, &source);
      }
    }
    top_ = at(first_of(tree.root().at(Key::stmts)), Key::stmt);
    write(tree.root());
  }
  [[nodiscard]] const std::string& text() const { return out_; }

private:
  // True where the name of an output column may stand.
  static bool is_output(const Node& node) {
    const Node* above = node.parent;
    return above != nullptr && (above->tag == Tag::SortBy || above->key == Key::groupClause ||
                                above->key == Key::distinctClause || above->key == Key::content);
  }

  static bool is_spelling(const Node& node) {
    switch (node.key) {
      case Key::location:
      case Key::stmt_location:
      case Key::stmt_len:
      case Key::version:
      case Key::join_using_alias:
      case Key::funcformat:
      case Key::typemod:
      case Key::ctename:
        return true;
      default:
        return false;
    }
  }
  [[nodiscard]] bool is_name(const Node& node) const {
    switch (node.key) {
      case Key::alias:
        return !keeps_names_ || node.at(Key::colnames) == nullptr;
      case Key::aliascolnames:
        return !keeps_names_;
      case Key::name:
        return node.parent->tag == Tag::ResTarget && (!keeps_names_ || is_top(*node.parent));
      default:
        return false;
    }
  }
  // An output column of the whole statement, whose name nothing else uses.
  [[nodiscard]] bool is_top(const Node& target) const {
    const Node* select = select_above(&target);
    while (select != nullptr && select != top_ && (select->key == Key::larg || select->key == Key::rarg))
      select = select->parent;
    return select == top_;
  }

  // --- texts that may be put in another order

  template <class Write>
  std::string aside(const Write& write_it) {
    std::string kept = std::exchange(out_, {});
    write_it();
    return std::exchange(out_, std::move(kept));
  }
  std::string text_of_node(const Node* node) {
    return aside([&] {
      if (node != nullptr) write(*node);
    });
  }
  void write_sorted(std::vector<std::string> parts, bool once) {
    std::sort(parts.begin(), parts.end());
    if (once) parts.erase(std::unique(parts.begin(), parts.end()), parts.end());
    for (const std::string& part : parts) out_ += part + ',';
  }
  void list(std::string_view name, std::vector<std::string> parts) {
    if (parts.size() == 1) {
      out_ += parts.front();
      return;
    }
    out_ += name;
    out_ += '(';
    write_sorted(std::move(parts), true);
    out_ += ')';
  }

  // --- nodes

  void write(const Node& node) {
    switch (node.shape) {
      case Shape::text:
        return literal(node.text);
      case Shape::number:
      case Shape::truth:
        out_ += std::to_string(node.number);
        return;
      case Shape::list:
        out_ += '[';
        for (const Node& member : Members(&node)) {
          write(member);
          out_ += ',';
        }
        out_ += ']';
        return;
      default:
        break;
    }
    switch (node.tag) {
      case Tag::A_Const:
        return constant(node);
      case Tag::ColumnRef:
        return column(node);
      case Tag::A_Expr:
        return operation(node);
      case Tag::BoolExpr:
        return condition(node);
      case Tag::FuncCall:
        return call(node);
      case Tag::SelectStmt:
        return select(node);
      case Tag::SortBy:
        return sort(node, text_of_node(node.at(Key::node)));
      case Tag::RangeVar:
        return relation(node);
      case Tag::TypeName:
        out_ += "type:" + dotted_name(node.at(Key::names));
        return members(node, {Key::names});
      default:
        return members(node, {});
    }
  }

  void members(const Node& node, std::initializer_list<Key> but) {
    // By what it is and not by what the tree calls it: some stand with their name and without.
    out_ += node.tag == Tag::other ? std::string(node.text) : std::to_string(static_cast<int>(node.tag));
    out_ += '(';
    for (const Node& child : Members(&node)) {
      if (is_spelling(child) || is_name(child) || std::find(but.begin(), but.end(), child.key) != but.end())
        continue;
      out_ += std::to_string(static_cast<int>(child.key));
      out_ += '=';
      write(child);
      out_ += ' ';
    }
    out_ += ')';
  }

  void literal(std::string_view text) {
    out_ += std::to_string(text.size());
    out_ += '\'';
    out_ += text;
  }

  void constant(const Node& node) {
    if (const Node* text = node.at(Key::sval)) {
      out_ += 's';
      return literal(text_at(text, Key::sval));
    }
    if (const Node* whole = node.at(Key::ival)) {
      out_ += 'n' + std::to_string(number_at(whole, Key::ival));
      return;
    }
    if (const Node* number = node.at(Key::fval)) {
      out_ += 'n' + plain_number(text_at(number, Key::fval));
      return;
    }
    members(node, {});
  }

  void operation(const Node& node) {
    const std::string_view kind = text_at(&node, Key::kind);
    const Node* left = node.at(Key::lexpr);
    const Node* right = node.at(Key::rexpr);
    if (kind == "AEXPR_IN") return membership(node, left, right);
    const Node* list = right != nullptr && right->tag == Tag::List ? right->at(Key::items) : right;
    if ((kind == "AEXPR_BETWEEN" || kind == "AEXPR_NOT_BETWEEN") && size_of(list) == 2)
      return between(*left, *list->first, *list->last, kind == "AEXPR_BETWEEN");
    std::string op = dotted_name(node.at(Key::name));
    if (kind != "AEXPR_OP" || left == nullptr || right == nullptr) return members(node, {});
    const bool commutes = op == "=" || op == "<>" || op == "+" || op == "*";
    std::string one = text_of_node(left);
    std::string two = text_of_node(right);
    if (op == ">" || op == ">=" || (commutes && two < one)) {
      std::swap(one, two);
      if (!commutes) op[0] = '<';
    }
    binary(op, one, two);
  }
  void binary(std::string_view op, const std::string& left, const std::string& right) {
    out_ += '(' + left + ' ';
    out_ += op;
    out_ += ' ' + right + ')';
  }

  // x IN (a, b) is x = a OR x = b, in any order.
  void membership(const Node& node, const Node* left, const Node* right) {
    const std::string op = dotted_name(node.at(Key::name));
    const std::string subject = text_of_node(left);
    std::vector<std::string> parts;
    for (const Node& member :
         Members(right != nullptr && right->tag == Tag::List ? right->at(Key::items) : right)) {
      std::string one = subject;
      std::string two = text_of_node(&member);
      if (two < one) std::swap(one, two);
      parts.push_back(aside([&] { binary(op, one, two); }));
    }
    list(op == "=" ? "or" : "and", std::move(parts));
  }

  void between(const Node& subject, const Node& low, const Node& high, bool inside) {
    auto* beside = std::exchange(all_of_and_, nullptr);
    const std::string middle = text_of_node(&subject);
    std::vector<std::string> parts;
    const std::string_view op = inside ? "<=" : "<";
    const std::string least = text_of_node(&low);
    const std::string most = text_of_node(&high);
    parts.push_back(aside([&] { inside ? binary(op, least, middle) : binary(op, middle, least); }));
    parts.push_back(aside([&] { inside ? binary(op, middle, most) : binary(op, most, middle); }));
    if (inside && beside != nullptr) {  // its AND is that of the conditions beside it
      beside->insert(beside->end(), parts.begin(), parts.end());
      return;
    }
    list(inside ? "and" : "or", std::move(parts));
  }

  void condition(const Node& node) {
    const std::string_view op = text_at(&node, Key::boolop);
    if (op == "NOT_EXPR") return members(node, {});
    std::vector<std::string> parts;
    std::vector<const Node*> work{&node};
    while (!work.empty()) {
      const Node* one = work.back();
      work.pop_back();
      if (one->tag == Tag::BoolExpr && text_at(one, Key::boolop) == op) {
        for (const Node& part : Members(one->at(Key::args))) work.push_back(&part);
        continue;
      }
      const bool spreads = op == "AND_EXPR" && text_at(one, Key::kind) == "AEXPR_BETWEEN";
      auto* outer = std::exchange(all_of_and_, spreads ? &parts : nullptr);
      std::string part = text_of_node(one);
      all_of_and_ = outer;
      if (!part.empty()) parts.push_back(std::move(part));
    }
    list(op == "AND_EXPR" ? "and" : "or", std::move(parts));
  }

  void call(const Node& node) {
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
      window(*over, at(select_above(&node), Key::windowClause), 0);
    }
  }

  // OVER w is what WINDOW w says.
  void window(const Node& over, const Node* clause, std::size_t level) {
    const std::string_view refers = text_at(&over, Key::refname);
    const std::string_view name = level == 0 && refers.empty() ? text_at(&over, Key::name) : refers;
    const Node* defined = nullptr;
    for (const Node& one : Members(name.empty() ? nullptr : clause)) {
      if (&one != &over && text_at(&one, Key::name) == name) defined = &one;
    }
    if (defined == nullptr || level > 8) return members(over, {Key::name});
    if (level == 0 && refers.empty()) return window(*defined, clause, level + 1);
    members(over, {Key::name, Key::refname});
    window(*defined, clause, level + 1);
  }

  void sort(const Node& node, const std::string& by) {
    const bool down = text_at(&node, Key::sortby_dir) == "SORTBY_DESC";
    const std::string_view nulls = text_at(&node, Key::sortby_nulls);
    out_ += down ? "down " : "up ";
    if (nulls == "SORTBY_NULLS_FIRST" || (nulls != "SORTBY_NULLS_LAST" && down)) out_ += "nulls ";
    out_ += by + text_of_node(node.at(Key::useOp));
  }

  void relation(const Node& node) {
    const auto source = nodes_.find(&node);
    const std::string_view name = text_at(&node, Key::relname);
    const Node* query = node.at(Key::schemaname) == nullptr ? query_named(node, name) : nullptr;
    if (query != nullptr) {
      out_ += "with " + std::to_string(ctes_.find(query)->second);
    } else if (source != nodes_.end() && source->second->table != nullptr) {
      out_ += "table ";
      literal(source->second->table->qualified_name());
    } else {
      return members(node, {});
    }
    if (number_at(&node, Key::inh) == 0) out_ += " only";
    if (const Node* alias = node.at(Key::alias); alias != nullptr && !is_name(*alias)) write(*alias);
  }

  // The WITH query that a relation's name means, by the scopes around it.
  static const Node* query_named(const Node& relation, std::string_view name) {
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

  // --- names

  void column(const Node& node) {
    const Use* use = binding_ == nullptr ? nullptr : &binding_->use(node);
    if (use != nullptr && use->column != nullptr && use->source != nullptr) return bound(*use);
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

  // o.* by which item of the FROM it is, as far as it can be told.
  bool write_source(const Node& node, std::string_view name) {
    const auto query = queries_.find(select_above(&node));
    if (query == queries_.end()) return write_alias(node, name);
    for (const Source* source : query->second->sources) {
      if (source->name != name) continue;
      out_ += '#' + std::to_string(place_of(*source, *query->second));
      return true;
    }
    return false;
  }

  // Without a schema, o.status is orders.status where only one item of this FROM is called o.
  bool write_alias(const Node& node, std::string_view name) {
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
      out_ += '#' + std::to_string(outwards) + '.' + std::to_string(found);
      return true;
    }
    return false;
  }

  static std::size_t place_of(const Source& source, const Query& query) {
    return static_cast<std::size_t>(std::find(query.sources.begin(), query.sources.end(), &source) -
                                    query.sources.begin());
  }

  // A column by how many queries outwards, which item of that FROM, and which column of it.
  void bound(const Use& use) {
    std::size_t outwards = 0;
    for (const Query* query = current_; query != nullptr && query != use.query; query = query->outer)
      ++outwards;
    out_ += '#' + std::to_string(outwards) + '.';
    const std::size_t place = use.query == nullptr ? 0 : place_of(*use.source, *use.query);
    if (use.query == nullptr || place == use.query->sources.size()) {
      out_ += 's' + std::to_string(sources_.find(use.source)->second) + '.';
    } else {
      out_ += std::to_string(place) + '.';
    }
    if (use.source->table != nullptr)
      return literal(use.column->field != nullptr ? use.column->field->name : use.column->name);
    std::size_t number = 0;
    while (number < use.source->columns.size() && &use.source->columns[number] != use.column) ++number;
    if (number < use.source->columns.size()) {
      out_ += 'c' + std::to_string(number);
    } else {
      literal(use.column->name);
    }
  }

  // --- queries

  void select(const Node& node) {
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
  std::string output(const Node& item, const Node& select, bool outputs_first) {
    if (const Node* arm = select.at(Key::larg)) return place_in_union(item, arm);
    const Node* value = output_value(item, select, outputs_first);
    std::string text = text_of_node(value != nullptr ? value : &item);
    return text.size() <= longest_written_twice ? text : "h" + sha256_hex(text).substr(0, 2 * digits);
  }

  // What a UNION gives is named by its first arm.
  std::string place_in_union(const Node& item, const Node* arm) {
    while (arm->at(Key::larg) != nullptr) arm = arm->at(Key::larg);
    const Node* fields = item.tag == Tag::ColumnRef ? item.at(Key::fields) : nullptr;
    std::size_t place = 0;
    for (const Node& target : Members(size_of(fields) == 1 ? arm->at(Key::targetList) : nullptr)) {
      ++place;
      std::string_view name = text_at(&target, Key::name);
      const Node* own = at(target.at(Key::val), Key::fields);
      if (name.empty() && own != nullptr) name = string_of(own->last);
      if (name == string_of(fields->first)) return "n" + std::to_string(place);
    }
    return text_of_node(&item);
  }

  [[nodiscard]] const Node* output_value(const Node& item, const Node& select, bool outputs_first) const {
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

  static bool names_column(const Node& root, std::string_view name) {
    bool names = false;
    walk(root, [&](const Node& node) {
      const Node* fields = node.tag == Tag::ColumnRef ? node.at(Key::fields) : nullptr;
      names = names || (fields != nullptr && string_of(fields->last) == name);
      return !names;
    });
    return names;
  }

  const Binding* binding_;
  bool keeps_names_;  ///< what columns are called inside counts, since names are not all bound
  const Node* top_ = nullptr;
  std::unordered_map<const Node*, std::size_t> ctes_;
  std::unordered_map<const Node*, const Query*> queries_;
  std::unordered_map<const Source*, std::size_t> sources_;
  std::unordered_map<const Node*, const Source*> nodes_;
  const Query* current_ = nullptr;
  std::vector<std::string>* all_of_and_ = nullptr;  ///< of the AND that is being written
  std::string out_;
};

}  // namespace

std::string fingerprint(const Tree& tree, const Binding* binding) {
  return sha256_hex(Canonical(tree, binding).text()).substr(0, digits);
}

std::string fingerprint(std::string_view statement, const std::vector<Token>& tokens) {
  std::string plain;
  for (const Token& token : tokens) {
    if (token.kind == TokenKind::comment || is_mark(statement, token, ";")) continue;
    const std::string_view text = text_of(statement, token);
    plain += ' ';
    if (token.kind == TokenKind::word) {
      plain += lower(text);
    } else if (token.kind == TokenKind::number) {
      plain += plain_number(text);
    } else {
      plain += text;
    }
  }
  return sha256_hex(plain).substr(0, digits);
}

}  // namespace kpi::sql
