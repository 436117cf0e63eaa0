#include <kpi/base/text.hpp>
#include <kpi/stages/collections.hpp>
#include <kpi/stages/created_once.hpp>

#include <algorithm>

namespace kpi::stages {

CollectionTree::Path collection_path(const std::string& text) {
  CollectionTree::Path path;
  for (const auto& part : split(text, '/')) {
    if (const auto name = trim(part); !name.empty()) path.emplace_back(name);
  }
  return path;
}

Result<CollectionTree> CollectionTree::read(metabase::Cards& cards, std::stop_token stop) {
  auto known = cards.collections(stop);
  if (!known) return std::move(known).error();
  CollectionTree tree;
  tree.known_ = std::move(*known);
  std::erase_if(tree.known_, [](const metabase::Collection& one) { return one.archived || one.personal; });
  std::sort(tree.known_.begin(), tree.known_.end(), [](const auto& a, const auto& b) { return a.id < b.id; });
  return tree;
}

std::optional<std::int64_t> CollectionTree::child(std::optional<std::int64_t> parent,
                                                  const std::string& name) const {
  for (const auto& one : known_) {
    if (one.parent_id == parent && one.name == name) return one.id;
  }
  return std::nullopt;
}

std::optional<std::int64_t> CollectionTree::find(const Path& path) const {
  std::optional<std::int64_t> at;
  for (const auto& name : path) {
    at = child(at, name);
    if (!at) return std::nullopt;
  }
  return at;
}

Result<std::int64_t> CollectionTree::ensure(const Path& path, metabase::Cards& cards, std::stop_token stop) {
  std::optional<std::int64_t> at;
  for (const auto& name : path) {
    auto next = child(at, name);
    if (!next) {
      auto created = cards.create_collection(name, at, stop);
      if (!created && !may_exist(created.error())) return std::move(created).error();
      // Another run may have created the same name meanwhile, and a lost answer may have been carried out:
      // look again.
      auto tree = read(cards, stop);
      if (!tree) return std::move(tree).error();
      *this = std::move(*tree);
      next = child(at, name);
      if (!next && !created) return std::move(created).error();
      if (created && next && *next != created->id) {
        // The other run's is older: ours is empty, and would stand there for nothing.
        if (auto gone = cards.archive_collection(created->id, stop); !gone) return std::move(gone).error();
        std::erase_if(known_, [&](const auto& one) { return one.id == created->id; });
      }
      if (!next) {
        known_.push_back(*created);
        next = created->id;
      }
    }
    at = next;
  }
  if (!at) {
    return Error{Fault::input, "register.no_collection", "register", "the collection path is empty",
                 "give one: --collection KPIs"};
  }
  return *at;
}

std::optional<CollectionTree::Path> CollectionTree::path_of(std::int64_t id) const {
  Path path;
  std::optional<std::int64_t> at = id;
  // No path is longer than there are collections: a tree that loops ends too.
  for (std::size_t depth = 0; at && depth <= known_.size(); ++depth) {
    const auto one =
        std::find_if(known_.begin(), known_.end(), [&](const auto& known) { return known.id == *at; });
    if (one == known_.end()) return std::nullopt;
    path.insert(path.begin(), one->name);
    at = one->parent_id;
  }
  return path;
}

std::map<std::int64_t, CollectionTree::Path> CollectionTree::below(const Path& path) const {
  // All of a path's twins, which two runs at once may have left.
  std::map<std::int64_t, Path> found;
  for (std::size_t depth = 0; depth < path.size(); ++depth) {
    std::map<std::int64_t, Path> next;
    for (const auto& one : known_) {
      const bool under = depth == 0 ? !one.parent_id : one.parent_id && found.contains(*one.parent_id);
      if (under && one.name == path[depth]) next.emplace(one.id, path);
    }
    found = std::move(next);
  }
  // Parents have lower ids than their children unless collections were moved: repeat until nothing is added.
  for (std::size_t before = 0; before != found.size();) {
    before = found.size();
    for (const auto& one : known_) {
      if (!one.parent_id || found.contains(one.id)) continue;
      const auto parent = found.find(*one.parent_id);
      if (parent == found.end()) continue;
      Path child_path = parent->second;
      child_path.push_back(one.name);
      found.emplace(one.id, std::move(child_path));
    }
  }
  return found;
}

}  // namespace kpi::stages
