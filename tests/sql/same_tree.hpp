#pragma once

#include <kpi/sql/as_postgres.hpp>
#include <kpi/sql/outline.hpp>
#include <kpi/sql/parse.hpp>

#include <algorithm>
#include <string_view>
#include <vector>

namespace kpi::sql::test {

/// True if both texts parse, to the same nodes in the same order, places apart.
inline bool same_tree(std::string_view left, std::string_view right, model::Dialect dialect) {
  const auto parsed = [&](std::string_view text) {
    if (dialect == model::Dialect::postgres) return parse_postgres(text);
    return parse_postgres(as_postgres(text, lex(text, lex_rules(dialect))), Names::folded);
  };
  const Parsed one = parsed(left);
  const Parsed two = parsed(right);
  if (one.tree == nullptr || two.tree == nullptr) return false;
  const auto plain = [](const Tree& tree) {
    std::vector<const Node*> nodes;
    for (const Node& node : tree.nodes()) {
      if (node.key != Key::location && node.key != Key::stmt_location && node.key != Key::stmt_len)
        nodes.push_back(&node);
    }
    return nodes;
  };
  const auto a = plain(*one.tree);
  const auto b = plain(*two.tree);
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](const Node* x, const Node* y) {
    return x->tag == y->tag && x->key == y->key && x->shape == y->shape && x->depth == y->depth &&
           x->text == y->text && x->number == y->number;
  });
}

}  // namespace kpi::sql::test
