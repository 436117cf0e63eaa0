#pragma once

#include "bind.hpp"
#include "tree.hpp"

#include <kpi/model/schema.hpp>

#include <initializer_list>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

namespace kpi::sql {

/// The number without what its spelling adds: 1.50, 1.5 and 15e-1 are one; 1 and 1.0 are not, since the one
/// divides to whole numbers.
[[nodiscard]] std::string plain_number(std::string_view number);

/// Writes a tree so that trees of one meaning come out as one text. The tree's depth is bounded, so it
/// recurses. Its methods stand in canonical.cpp (expressions) and canonical_query.cpp (queries and names).
class Canonical {
public:
  /// `binding`, if any, is of `tree`; without one, what inner columns are called counts. What SQLite reads
  /// otherwise, by `dialect`: an output name may stand in any clause, and nulls sort first.
  Canonical(const Tree& tree, const Binding* binding, model::Dialect dialect);
  [[nodiscard]] const std::string& text() const { return out_; }

private:
  // canonical.cpp
  [[nodiscard]] bool is_name(const Node& node) const;
  [[nodiscard]] bool is_top(const Node& target) const;
  std::string text_of_node(const Node* node);
  static std::string shortened(std::string text);
  std::string operand(const Node* node);
  void write_sorted(std::vector<std::string> parts, bool once);
  void list(std::string_view name, std::vector<std::string> parts);
  void write(const Node& node);
  void members(const Node& node, std::initializer_list<Key> but);
  void literal(std::string_view text);
  void constant(const Node& node);
  void operation(const Node& node);
  void binary(std::string_view op, const std::string& left, const std::string& right);
  void membership(const Node& node, const Node* left, const Node* right);
  void between(const Node& subject, const Node& low, const Node& high, bool inside);
  void condition(const Node& node);

  // canonical_query.cpp
  void call(const Node& node);
  void window(const Node& over, const Node* clause, std::size_t level);
  void sort(const Node& node, const std::string& by);
  void relation(const Node& node);
  void column(const Node& node);
  bool write_source(const Node& node, std::string_view name);
  bool write_alias(const Node& node, std::string_view name);
  void bound(const Use& use);
  void select(const Node& node);
  std::string output(const Node& item, const Node& select, bool outputs_first);
  std::string place_in_union(const Node& item, const Node& united);
  [[nodiscard]] const Node* output_value(const Node& item, const Node& select, bool outputs_first) const;
  [[nodiscard]] const Node* value_by_name(const Node& column) const;

  /// What `write_it` writes, as a text of its own.
  template <class Write>
  std::string aside(const Write& write_it) {
    std::string kept = std::exchange(out_, {});
    write_it();
    return std::exchange(out_, std::move(kept));
  }

  /// What `write_it` writes for a node that stands in several places: written once, and kept.
  template <class Write>
  const std::string& repeated(const Node& node, const Write& write_it) {
    const auto known = repeated_.find(&node);
    if (known != repeated_.end()) return known->second;
    return repeated_.emplace(&node, shortened(aside(write_it))).first->second;
  }

  const Binding* binding_;
  bool postgres_;           ///< by PostgreSQL's rules, else SQLite's
  bool keeps_names_;        ///< what columns are called inside counts, since names are not all bound
  bool keeps_top_ = false;  ///< so does what the output columns of the whole statement are called
  const Node* top_ = nullptr;
  std::unordered_map<const Node*, std::size_t> ctes_;
  std::unordered_map<const Node*, const Query*> queries_;
  std::unordered_map<const Source*, std::size_t> sources_;
  std::unordered_map<const Node*, const Source*> nodes_;
  std::unordered_map<const Node*, std::string> repeated_;
  const Query* current_ = nullptr;
  std::vector<std::string>* all_of_and_ = nullptr;  ///< of the AND that is being written
  std::string out_;
};

}  // namespace kpi::sql
