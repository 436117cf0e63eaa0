#pragma once

#include "tree_names.hpp"

#include <kpi/base/result.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

// A parse tree as this module walks it: flat in memory, two pointers a node, no recursion to build or free.
namespace kpi::sql {

enum class Shape : std::uint8_t { object, list, text, number, truth };

struct Node {
  Tag tag = Tag::none;
  Key key = Key::none;
  Shape shape = Shape::object;
  bool wrapped = false;        ///< stood as {"Type":{...}}
  bool empty = false;          ///< stood as {}: no value at all
  std::uint16_t depth = 0;     ///< objects above this one
  std::int32_t location = -1;  ///< in bytes from 0 into the statement; -1 where the parser gives none
  std::int64_t number = 0;     ///< of a number or a truth value
  std::string_view text;       ///< of a text, decoded; of an object, its type as the tree names it
  Node* parent = nullptr;
  Node* first = nullptr;
  Node* last = nullptr;
  Node* next = nullptr;

  /// The member under `wanted`, or nullptr. The tree leaves out members of value zero.
  [[nodiscard]] const Node* at(Key wanted) const {
    for (const Node* child = first; child != nullptr; child = child->next) {
      if (child->key == wanted) return child;
    }
    return nullptr;
  }
};

/// node->at(key), also for no node.
[[nodiscard]] inline const Node* at(const Node* node, Key key) {
  return node == nullptr ? nullptr : node->at(key);
}
/// The text under `key`; empty where there is none.
[[nodiscard]] std::string_view text_at(const Node* node, Key key);
/// The number or truth value under `key`; 0 where there is none.
[[nodiscard]] std::int64_t number_at(const Node* node, Key key);
/// The only or first member of a list; nullptr where there is none.
[[nodiscard]] inline const Node* first_of(const Node* list) {
  return list == nullptr ? nullptr : list->first;
}
/// How many members.
[[nodiscard]] std::size_t size_of(const Node* list);
/// The value of a String node, or of the String constant in an A_Const; empty for any other.
[[nodiscard]] std::string_view string_of(const Node* node);
/// The parts of a list of String nodes joined by '.'; a leading "pg_catalog" is left out.
[[nodiscard]] std::string dotted_name(const Node* list);

/// The members of a list or object, for range loops; none for nullptr.
class Members {
public:
  explicit Members(const Node* node) : first_(node == nullptr ? nullptr : node->first) {}
  class Iterator {
  public:
    explicit Iterator(const Node* node) : node_(node) {}
    const Node& operator*() const { return *node_; }
    Iterator& operator++() {
      node_ = node_->next;
      return *this;
    }
    bool operator!=(const Iterator& other) const { return node_ != other.node_; }

  private:
    const Node* node_;
  };
  [[nodiscard]] Iterator begin() const { return Iterator(first_); }
  [[nodiscard]] Iterator end() const { return Iterator(nullptr); }

private:
  const Node* first_;
};

/// Which letters tell two names apart: PostgreSQL's rule, or that of the databases that tell no cases apart.
enum class Names : std::uint8_t {
  exact,   ///< as the grammar gives them: folded to lower case where bare, as written where quoted
  folded,  ///< all in lower case (ASCII), quoted or not
};

/// The parse tree of one text. Neither copied nor moved: nodes point at each other.
class Tree {
public:
  /// Reads libpg_query's JSON of `statement`. Fails (item, "sql.tree") if it is not what that library writes.
  /// The JSON leaves out whole numbers below 0 as it leaves out 0; they are read from the statement.
  static Result<std::unique_ptr<const Tree>> read(std::string_view json, std::string_view statement,
                                                  Names names = Names::exact);
  Tree(const Tree&) = delete;
  Tree& operator=(const Tree&) = delete;

  /// The statements, RawStmt nodes.
  [[nodiscard]] Members statements() const { return Members(root().at(Key::stmts)); }
  [[nodiscard]] const Node& root() const { return nodes_.front(); }
  /// Every node, parents before children, in the order of the text they were read from.
  [[nodiscard]] const std::vector<Node>& nodes() const { return nodes_; }
  /// The greatest depth of any node.
  [[nodiscard]] std::size_t depth() const { return depth_; }

private:
  friend class TreeReader;
  Tree() = default;
  void fold_names();
  std::vector<char> json_;
  std::vector<Node> nodes_;
  std::size_t depth_ = 0;
};

}  // namespace kpi::sql
