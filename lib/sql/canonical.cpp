#include "canonical.hpp"

#include "walk.hpp"

#include <kpi/base/hash.hpp>
#include <kpi/base/text.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>

namespace kpi::sql {
namespace {

constexpr std::size_t longest_in_full = 256;  // bytes, of what may be written more than once
constexpr std::size_t hash_digits = 32;

// True where the name of an output column may stand.
bool is_output(const Node& node) {
  const Node* above = node.parent;
  return above != nullptr && (above->tag == Tag::SortBy || above->key == Key::groupClause ||
                              above->key == Key::distinctClause || above->key == Key::content);
}

bool is_spelling(const Node& node) {
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

}  // namespace

std::string plain_number(std::string_view number) {
  if (!number.empty() && number.front() == '-') return fmt::format("-{}", plain_number(number.substr(1)));
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
  return mantissa.empty() ? "0e0" : fmt::format("{}e{}", mantissa, exponent);
}

Canonical::Canonical(const Tree& tree, const Binding* binding, model::Dialect dialect)
    : binding_(binding),
      postgres_(dialect == model::Dialect::postgres),
      keeps_names_(binding == nullptr) {
  for (const Node& node : tree.nodes()) {
    if (node.tag == Tag::CommonTableExpr) ctes_.emplace(&node, ctes_.size());
    // Without a schema it may be the column of that name as well as the output.
    if (binding == nullptr && node.tag == Tag::ColumnRef && !is_output(node) &&
        value_by_name(node) != nullptr)
      keeps_top_ = true;
    if (binding == nullptr) continue;
    // Names of inner columns mean something where columns are joined by name, or whole rows are shown.
    if (node.tag == Tag::JoinExpr)
      keeps_names_ =
          keeps_names_ || node.at(Key::usingClause) != nullptr || node.at(Key::isNatural) != nullptr;
    if (node.tag == Tag::ColumnRef && binding->use(node).column == nullptr && !is_output(node) &&
        value_by_name(node) == nullptr) {
      keeps_names_ = true;
      keeps_top_ = !postgres_;
    }
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

bool Canonical::is_name(const Node& node) const {
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
bool Canonical::is_top(const Node& target) const {
  if (keeps_top_) return false;
  const Node* select = select_above(&target);
  while (select != nullptr && select != top_ && (select->key == Key::larg || select->key == Key::rarg))
    select = select->parent;
  return select == top_;
}

std::string Canonical::text_of_node(const Node* node) {
  return aside([&] {
    if (node != nullptr) write(*node);
  });
}

// What is written twice in what is written twice would double with every step inwards.
std::string Canonical::shortened(std::string text) {
  return text.size() <= longest_in_full ? std::move(text) : 'h' + sha256_hex(text).substr(0, hash_digits);
}

std::string Canonical::operand(const Node* node) { return shortened(text_of_node(node)); }

void Canonical::write_sorted(std::vector<std::string> parts, bool once) {
  std::sort(parts.begin(), parts.end());
  if (once) parts.erase(std::unique(parts.begin(), parts.end()), parts.end());
  for (const std::string& part : parts) out_ += part + ',';
}

void Canonical::list(std::string_view name, std::vector<std::string> parts) {
  if (parts.size() == 1) {
    out_ += parts.front();
    return;
  }
  out_ += name;
  out_ += '(';
  write_sorted(std::move(parts), true);
  out_ += ')';
}

void Canonical::write(const Node& node) {
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

void Canonical::members(const Node& node, std::initializer_list<Key> but) {
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

void Canonical::literal(std::string_view text) {
  out_ += std::to_string(text.size());
  out_ += '\'';
  out_ += text;
}

void Canonical::constant(const Node& node) {
  if (const Node* text = node.at(Key::sval)) {
    out_ += 's';
    return literal(text_at(text, Key::sval));
  }
  if (const Node* whole = node.at(Key::ival)) {
    out_ += fmt::format("n{}", number_at(whole, Key::ival));
    return;
  }
  if (const Node* number = node.at(Key::fval)) {
    out_ += 'n' + plain_number(text_at(number, Key::fval));
    return;
  }
  members(node, {});
}

void Canonical::operation(const Node& node) {
  const std::string_view kind = text_at(&node, Key::kind);
  const Node* left = node.at(Key::lexpr);
  const Node* right = node.at(Key::rexpr);
  if (kind == "AEXPR_IN") return membership(node, left, right);
  const Node* list = right != nullptr && right->tag == Tag::List ? right->at(Key::items) : right;
  if ((kind == "AEXPR_BETWEEN" || kind == "AEXPR_NOT_BETWEEN") && list != nullptr && size_of(list) == 2)
    return between(*left, *list->first, *list->last, kind == "AEXPR_BETWEEN");
  std::string op = dotted_name(node.at(Key::name));
  if (kind != "AEXPR_OP" || left == nullptr || right == nullptr) return members(node, {});
  const bool commutes = op == "=" || op == "<>" || op == "+" || op == "*";
  std::string one = operand(left);
  std::string two = operand(right);
  if (op == ">" || op == ">=" || (commutes && two < one)) {
    std::swap(one, two);
    if (!commutes) op[0] = '<';
  }
  binary(op, one, two);
}

void Canonical::binary(std::string_view op, const std::string& left, const std::string& right) {
  out_ += '(' + left + ' ';
  out_ += op;
  out_ += ' ' + right + ')';
}

// x IN (a, b) is x = a OR x = b, in any order.
void Canonical::membership(const Node& node, const Node* left, const Node* right) {
  const std::string op = dotted_name(node.at(Key::name));
  const std::string subject = operand(left);
  std::vector<std::string> parts;
  for (const Node& member :
       Members(right != nullptr && right->tag == Tag::List ? right->at(Key::items) : right)) {
    std::string one = subject;
    std::string two = operand(&member);
    if (two < one) std::swap(one, two);
    parts.push_back(aside([&] { binary(op, one, two); }));
  }
  list(op == "=" ? "or" : "and", std::move(parts));
}

void Canonical::between(const Node& subject, const Node& low, const Node& high, bool inside) {
  auto* beside = std::exchange(all_of_and_, nullptr);
  const std::string middle = operand(&subject);
  std::vector<std::string> parts;
  const std::string_view op = inside ? "<=" : "<";
  const std::string least = operand(&low);
  const std::string most = operand(&high);
  parts.push_back(aside([&] { inside ? binary(op, least, middle) : binary(op, middle, least); }));
  parts.push_back(aside([&] { inside ? binary(op, middle, most) : binary(op, most, middle); }));
  if (inside && beside != nullptr) {  // its AND is that of the conditions beside it
    beside->insert(beside->end(), parts.begin(), parts.end());
    return;
  }
  list(inside ? "and" : "or", std::move(parts));
}

void Canonical::condition(const Node& node) {
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

}  // namespace kpi::sql
