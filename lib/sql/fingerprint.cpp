#include "fingerprint.hpp"

#include <kpi/base/hash.hpp>
#include <kpi/base/text.hpp>

#include <algorithm>
#include <unordered_map>
#include <utility>

namespace kpi::sql {
namespace {

constexpr std::size_t digits = 16;

using Aliases = std::unordered_map<std::string_view, std::string_view>;

// The number without what its spelling adds: 1.50 and 1.5, 007 and 7.
std::string plain_number(std::string_view number) {
  std::string plain(number);
  if (plain.find_first_of("eExX") != std::string::npos) return lower(plain);
  if (plain.find('.') != std::string::npos) {
    plain.erase(plain.find_last_not_of('0') + 1);
    if (plain.back() == '.') plain.pop_back();
  }
  plain.erase(0, std::min(plain.find_first_not_of('0'), plain.size()));
  if (plain.empty() || plain.front() == '.') plain.insert(0, 1, '0');
  return plain;
}

class Writer {
public:
  Writer(const Tree& tree, const Binding* binding) : binding_(binding) {
    // Sources by number, so that two of one table stay two.
    if (binding != nullptr) {
      std::size_t number = 0;
      for (const Source& source : binding->sources) numbers_.emplace(&source, ++number);
    }
    for (const Node& node : tree.nodes()) {
      if (node.tag != Tag::RangeVar) continue;
      if (const Node* alias = node.at(Key::alias))
        aliases_.emplace(text_at(alias, Key::aliasname), text_at(&node, Key::relname));
    }
    // Depth first with a work list: a mark after a node's members closes it.
    std::vector<std::pair<const Node*, bool>> work{{&tree.root(), false}};
    while (!work.empty()) {
      const auto [node, closing] = work.back();
      work.pop_back();
      if (closing) {
        out_ += ')';
        continue;
      }
      if (skip(*node) || write(*node)) continue;
      work.emplace_back(node, true);
      const std::size_t mark = work.size();
      for (const Node& child : Members(node)) work.emplace_back(&child, false);
      std::reverse(work.begin() + static_cast<std::ptrdiff_t>(mark), work.end());
    }
  }
  [[nodiscard]] const std::string& text() const { return out_; }

private:
  [[nodiscard]] bool skip(const Node& node) const {
    switch (node.key) {
      case Key::location:
      case Key::stmt_location:
      case Key::stmt_len:
      case Key::version:
      case Key::alias:
      case Key::funcformat:
        return true;
      case Key::schemaname:  // what it means is in the binding
        return binding_ != nullptr && node.parent->tag == Tag::RangeVar;
      case Key::name:  // SELECT x AS name; the name of an operator or window is a list or elsewhere
        return node.parent->tag == Tag::ResTarget;
      default:
        return false;
    }
  }

  // True if the whole node is written.
  bool write(const Node& node) {
    out_ += ' ';
    out_ += std::to_string(static_cast<int>(node.key));
    switch (node.shape) {
      case Shape::text:
        out_ += '\'';
        out_ += node.key == Key::fval ? plain_number(node.text) : std::string(node.text);
        out_ += '\'';
        return true;
      case Shape::number:
      case Shape::truth:
        out_ += '=' + std::to_string(node.number);
        return true;
      default:
        break;
    }
    out_ += '(' + std::to_string(static_cast<int>(node.tag));
    if (node.tag == Tag::ColumnRef) {
      column(node);
      return true;
    }
    return false;
  }

  void column(const Node& node) {
    if (binding_ != nullptr) {
      const Use& use = binding_->use(node);
      const auto number = numbers_.find(use.source);
      if (use.column != nullptr && number != numbers_.end()) {
        out_ += '#' + std::to_string(number->second) + '.';
        out_ += use.column->name;
        out_ += ')';
        return;
      }
      if (write_output_name(node)) return;
    }
    const Node* fields = node.at(Key::fields);
    std::size_t left = size_of(fields);
    for (const Node& field : Members(fields)) {
      std::string_view name = field.tag == Tag::A_Star ? std::string_view("*") : string_of(&field);
      if (left == 2) {
        if (const auto alias = aliases_.find(name); alias != aliases_.end()) name = alias->second;
      }
      out_ += '.';
      out_ += name;
      --left;
    }
    out_ += ')';
  }

  // The name of an output column stands for its place.
  bool write_output_name(const Node& node) {
    const Node* fields = node.at(Key::fields);
    const Node* select = node.parent;
    while (select != nullptr && select->tag != Tag::SelectStmt) select = select->parent;
    if (size_of(fields) != 1 || select == nullptr) return false;
    std::size_t place = 0;
    for (const Node& target : Members(select->at(Key::targetList))) {
      ++place;
      if (text_at(&target, Key::name) != string_of(fields->first)) continue;
      out_ += '@' + std::to_string(place) + ')';
      return true;
    }
    return false;
  }

  const Binding* binding_;
  std::unordered_map<const Source*, std::size_t> numbers_;
  Aliases aliases_;
  std::string out_;
};

}  // namespace

std::string fingerprint(const Tree& tree, const Binding* binding) {
  return sha256_hex(Writer(tree, binding).text()).substr(0, digits);
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
