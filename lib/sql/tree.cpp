#include "tree.hpp"

#include "lexer.hpp"

#include <algorithm>
#include <charconv>
#include <limits>
#include <utility>

namespace kpi::sql {

// Reads in place: texts are decoded over the JSON they stand in, nodes are made in one reserved vector. The
// library's own DOM costs more than the parse; this costs about a third of it.
class TreeReader {
public:
  explicit TreeReader(Tree& tree) : tree_(tree), at_(tree.json_.data()), end_(at_ + tree.json_.size()) {}

  bool read() {
    // Every value follows one of these four, so nodes_ never grows past what is reserved and pointers hold.
    const auto values =
        std::count_if(at_, end_, [](char c) { return c == ':' || c == '{' || c == '[' || c == ','; });
    tree_.nodes_.reserve(static_cast<std::size_t>(values) + 1);
    if (!value(nullptr, Key::none)) return false;
    while (open_ != nullptr) {
      if (!step()) return false;
    }
    return at_ == end_;
  }

  // -5 comes as {"ival":{}} at the place of its sign, and 0 as the same at its digit.
  void restore_negatives(std::string_view statement) {
    std::vector<Token> tokens;
    for (std::size_t i = 0; i < tree_.nodes_.size(); ++i) {
      Node& whole = tree_.nodes_[i];
      if (whole.tag != Tag::Integer || whole.first != nullptr || whole.parent == nullptr) continue;
      const auto at = static_cast<std::size_t>(std::max(whole.parent->location, 0));
      if (at >= statement.size() || statement[at] != '-') continue;
      if (tokens.empty()) tokens = lex(statement, postgres_rules);
      const std::int64_t number = negative_at(statement, tokens, at);
      if (number == 0) continue;
      if (Node* member = add(&whole, Key::ival, Shape::number)) member->number = number;
    }
  }

private:
  static std::int64_t negative_at(std::string_view statement, const std::vector<Token>& tokens,
                                  std::size_t place) {
    auto token = std::lower_bound(tokens.begin(), tokens.end(), place,
                                  [](const Token& one, std::size_t at) { return one.begin < at; });
    while (token != tokens.end() && token->kind != TokenKind::number) ++token;
    std::int64_t number = 0;
    if (token == tokens.end()) return 0;
    const std::string_view digits = text_of(statement, *token);
    std::from_chars(digits.data(), digits.data() + digits.size(), number);
    return -number;  // an even number of signs makes a positive one, which the JSON has
  }

  bool take(char c) {
    if (at_ == end_ || *at_ != c) return false;
    ++at_;
    return true;
  }

  bool string(std::string_view& text) {
    if (!take('"')) return false;
    char* const begin = at_;
    while (at_ != end_ && *at_ != '"' && *at_ != '\\') ++at_;
    char* write = at_;
    while (at_ != end_ && *at_ != '"') {
      if (*at_ != '\\') {
        *write++ = *at_++;
        continue;
      }
      if (++at_ == end_ || !escape(write)) return false;
    }
    text = {begin, static_cast<std::size_t>(write - begin)};
    return take('"');
  }

  bool escape(char*& write) {
    const char c = *at_++;
    switch (c) {
      case 'n':
        *write++ = '\n';
        return true;
      case 't':
        *write++ = '\t';
        return true;
      case 'r':
        *write++ = '\r';
        return true;
      case 'b':
        *write++ = '\b';
        return true;
      case 'f':
        *write++ = '\f';
        return true;
      case 'u': {
        // The library writes \u for ASCII only; other characters stand as they are.
        unsigned code = 0;
        if (end_ - at_ < 4 || std::from_chars(at_, at_ + 4, code, 16).ptr != at_ + 4 || code > 0x7F)
          return false;
        at_ += 4;
        *write++ = static_cast<char>(code);
        return true;
      }
      default:
        *write++ = c;
        return c == '"' || c == '\\' || c == '/';
    }
  }

  // One member of the innermost open node, or its end.
  bool step() {
    if (take(open_->shape == Shape::list ? ']' : '}')) {
      if (open_->wrapped && !take('}')) return false;
      open_ = open_->parent;
      return true;
    }
    if (open_->first != nullptr && !take(',')) return false;
    if (open_->shape == Shape::list) return value(open_, Key::none);
    std::string_view name;
    return string(name) && take(':') && value(open_, key_named(name));
  }

  bool value(Node* parent, Key key) {
    if (at_ == end_) return false;
    switch (*at_) {
      case '{':
        return object(parent, key);
      case '[':
        ++at_;
        open_ = add(parent, key, Shape::list);
        return open_ != nullptr;
      case '"': {
        Node* node = add(parent, key, Shape::text);
        return node != nullptr && string(node->text);
      }
      case 't':
      case 'f': {
        Node* node = add(parent, key, Shape::truth);
        if (node == nullptr) return false;
        node->number = *at_ == 't' ? 1 : 0;
        at_ += std::min<std::ptrdiff_t>(*at_ == 't' ? 4 : 5, end_ - at_);
        return true;
      }
      default: {
        std::int64_t number = 0;
        const auto [rest, fault] = std::from_chars(at_, end_, number);
        if (fault != std::errc{}) return false;
        at_ += rest - at_;
        if (key == Key::location) {  // kept in the node itself: nearly every node has one
          parent->location = static_cast<std::int32_t>(number);
          if (parent->first != nullptr) return true;
        }
        Node* node = add(parent, key, Shape::number);
        if (node == nullptr) return false;
        node->number = number;
        return true;
      }
    }
  }

  // {"SelectStmt":{...}} is one node here and two objects there: a type's name begins with a capital, a
  // field's does not.
  bool object(Node* parent, Key key) {
    ++at_;
    Tag tag = fixed_tag(key);
    bool wrapped = false;
    std::string_view name;
    if (end_ - at_ > 2 && at_[0] == '"' && at_[1] >= 'A' && at_[1] <= 'Z') {
      if (!string(name) || !take(':') || !take('{')) return false;
      tag = tag_named(name);
      wrapped = true;
    }
    open_ = add(parent, key, Shape::object);
    if (open_ == nullptr) return false;
    if (parent != nullptr && parent->key == Key::stmts) tag = Tag::RawStmt;
    open_->tag = parent == nullptr ? Tag::none : tag;
    open_->wrapped = wrapped;
    open_->text = name;
    open_->empty = !wrapped && at_ != end_ && *at_ == '}';
    open_->depth = static_cast<std::uint16_t>(
        parent == nullptr
            ? 0
            : std::min<std::size_t>(parent->depth + 1U, std::numeric_limits<std::uint16_t>::max()));
    tree_.depth_ = std::max<std::size_t>(tree_.depth_, open_->depth);
    return true;
  }

  Node* add(Node* parent, Key key, Shape shape) {
    if (tree_.nodes_.size() == tree_.nodes_.capacity()) return nullptr;
    Node& node = tree_.nodes_.emplace_back();
    node.key = key;
    node.shape = shape;
    node.parent = parent;
    if (parent == nullptr) return &node;
    node.depth = parent->depth;
    (parent->last == nullptr ? parent->first : parent->last->next) = &node;
    parent->last = &node;
    return &node;
  }

  Tree& tree_;
  char* at_;
  char* end_;
  Node* open_ = nullptr;
};

namespace {

// True if the text is a name and not part of a literal.
bool is_name(const Node& node) {
  switch (node.key) {
    case Key::sval:  // of a String, which is a literal where it hangs in an A_Const
      return node.parent != nullptr && node.parent->tag == Tag::String && node.parent->key != Key::sval;
    case Key::relname:
    case Key::schemaname:
    case Key::aliasname:
    case Key::ctename:
    case Key::colname:
    case Key::refname:
    case Key::name:
      return true;
    default:
      return false;
  }
}

}  // namespace

void Tree::fold_names() {
  for (const Node& node : nodes_) {
    if (node.shape != Shape::text || !is_name(node)) continue;
    const auto begin = node.text.data() - json_.data();
    std::for_each(json_.begin() + begin,
                  json_.begin() + begin + static_cast<std::ptrdiff_t>(node.text.size()), [](char& c) {
                    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + ('a' - 'A'));
                  });
  }
}

Result<std::unique_ptr<const Tree>> Tree::read(std::string_view json, std::string_view statement,
                                               Names names) {
  std::unique_ptr<Tree> tree(new Tree());  // NOLINT: the constructor is private
  tree->json_.assign(json.begin(), json.end());
  TreeReader reader(*tree);
  if (!reader.read()) {
    return Error{Fault::item, "sql.tree", "sql", "the parser's tree cannot be read", "report this statement"};
  }
  reader.restore_negatives(statement);
  if (names == Names::folded) tree->fold_names();
  return std::unique_ptr<const Tree>(std::move(tree));
}

std::string_view text_at(const Node* node, Key key) {
  const Node* member = at(node, key);
  return member == nullptr ? std::string_view() : member->text;
}

std::int64_t number_at(const Node* node, Key key) {
  const Node* member = at(node, key);
  return member == nullptr ? 0 : member->number;
}

std::size_t size_of(const Node* list) {
  std::size_t count = 0;
  for ([[maybe_unused]] const Node& member : Members(list)) ++count;
  return count;
}

std::string_view string_of(const Node* node) {
  if (node == nullptr) return {};
  if (node->tag == Tag::A_Const) node = node->at(Key::sval);
  return node != nullptr && node->tag == Tag::String ? text_at(node, Key::sval) : std::string_view();
}

std::string dotted_name(const Node* list) {
  std::string name;
  bool first = size_of(list) > 1;
  for (const Node& part : Members(list)) {
    const std::string_view text = string_of(&part);
    if (std::exchange(first, false) && text == "pg_catalog") continue;
    if (!name.empty()) name += '.';
    name += text;
  }
  return name;
}

}  // namespace kpi::sql
