#include <kpi/base/parallel.hpp>
#include <kpi/base/text.hpp>
#include <kpi/stages/collections.hpp>
#include <kpi/stages/created_once.hpp>
#include <kpi/stages/stage_run.hpp>

#include <algorithm>

namespace kpi::stages {

namespace {

bool may_exist_at(const Result<std::int64_t>& id) { return !id && may_exist(id.error()); }

}  // namespace

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

std::map<CollectionTree::Path, Result<std::int64_t>> CollectionTree::ensure(const std::set<Path>& paths,
                                                                            metabase::Cards& cards,
                                                                            const Context& context) {
  std::map<Path, Result<std::int64_t>> ids;
  std::map<Path, std::optional<std::int64_t>> at;  // how far each path has come
  for (const auto& path : paths) {
    if (path.empty()) {
      ids.emplace(path, Error{Fault::input, "register.no_collection", "register",
                              "the collection path is empty", "give one: --collection KPIs"});
    } else {
      at.emplace(path, std::nullopt);
    }
  }
  for (std::size_t depth = 0; !at.empty(); ++depth) {
    std::set<Place> wanted;
    for (const auto& [path, parent] : at) wanted.emplace(parent, path[depth]);
    const auto level = ensure_level(wanted, cards, context);
    for (auto one = at.begin(); one != at.end();) {
      const auto& path = one->first;
      const auto& id = level.at({one->second, path[depth]});
      if (!id || depth + 1 == path.size()) {
        ids.emplace(path, id);
        one = at.erase(one);
      } else {
        one->second = *id;
        ++one;
      }
    }
  }
  return ids;
}

CollectionTree::Ids CollectionTree::ensure_level(const std::set<Place>& wanted, metabase::Cards& cards,
                                                 const Context& context) {
  Ids ids;
  for (int attempt = 1;; ++attempt) {
    std::vector<Place> missing;
    for (const auto& place : wanted) {
      if (ids.contains(place) && !may_exist_at(ids.at(place))) continue;
      if (const auto id = child(place.first, place.second)) {
        ids.insert_or_assign(place, *id);
      } else {
        missing.push_back(place);
      }
    }
    if (missing.empty()) return ids;
    auto looked = create(missing, ids, cards, context);
    const bool open =
        std::any_of(ids.begin(), ids.end(), [](const auto& one) { return may_exist_at(one.second); });
    if (looked && (!open || attempt == most_attempts || !pause(attempt, context))) return ids;
    if (looked) looked = look_again(cards, context);
    if (!looked) {  // without the tree nothing may be created: it may be there
      for (const auto& place : missing) {
        if (!ids.contains(place) || may_exist_at(ids.at(place))) ids.insert_or_assign(place, looked.error());
      }
      return ids;
    }
  }
}

Result<Done> CollectionTree::look_again(metabase::Cards& cards, const Context& context) {
  auto tree = read(cards, context.stop);
  if (!tree) return std::move(tree).error();
  *this = std::move(*tree);
  return Done{};
}

/// Creates what is missing, and looks at the tree once for all; `ids` says what became of each. Fails where
/// the tree cannot be read.
Result<Done> CollectionTree::create(const std::vector<Place>& places, Ids& ids, metabase::Cards& cards,
                                    const Context& context) {
  std::vector<Result<metabase::Collection>> made(places.size(), interrupted("register"));
  parallel_for(places.size(), context.jobs, context.stop, [&](std::size_t i) {
    made[i] = cards.create_collection(places[i].second, places[i].first, context.stop);
  });
  // Another run may have created the same names meanwhile, and a lost answer may have been carried out: look
  // again.
  const bool changed =
      std::any_of(made.begin(), made.end(), [](const auto& one) { return one || may_exist(one.error()); });
  if (changed) {
    if (auto looked = look_again(cards, context); !looked) return looked;
  }
  for (std::size_t i = 0; i < places.size(); ++i)
    ids.insert_or_assign(places[i], settle(places[i], made[i], cards, context.stop));
  return Done{};
}

/// The collection that stays at `place`, after the tree was read again.
Result<std::int64_t> CollectionTree::settle(const Place& place, const Result<metabase::Collection>& made,
                                            metabase::Cards& cards, const std::stop_token& stop) {
  const auto standing = child(place.first, place.second);
  if (!standing && !made) return made.error();
  if (!made) return *standing;
  if (!standing) {  // the list is behind
    known_.push_back(*made);
    return made->id;
  }
  if (*standing != made->id) {
    // The other run's is older: ours is empty, and would stand there for nothing.
    if (auto gone = cards.archive_collection(made->id, stop); !gone) return std::move(gone).error();
    std::erase_if(known_, [&](const auto& one) { return one.id == made->id; });
  }
  return *standing;
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
