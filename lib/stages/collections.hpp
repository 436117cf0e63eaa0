#pragma once

#include <kpi/metabase/api.hpp>
#include <kpi/stages/ports.hpp>

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace kpi::stages {

/// Metabase's tree of collections by path ("KPIs/Sales & Revenue Analytics"). A category's name may hold a
/// slash, so a path is a list of names.
class CollectionTree {
public:
  using Path = std::vector<std::string>;

  /// Lists the tree: one request.
  static Result<CollectionTree> read(metabase::Cards& cards, std::stop_token stop);

  /// The id of the live collection at `path` (the lowest id where names repeat), none where there is no such.
  [[nodiscard]] std::optional<std::int64_t> find(const Path& path) const;

  /// find() of each path, or create what is missing of it: level by level, `jobs` at a time, and after each
  /// level one look at the tree. A creation whose answer was lost is looked for before it is repeated, and
  /// where two runs created the same name at once both settle on the lowest id. One that cannot be had fails
  /// alone.
  std::map<Path, Result<std::int64_t>> ensure(const std::set<Path>& paths, metabase::Cards& cards,
                                              const Context& context);

  /// The path of a live collection; none for one that is archived, personal or gone.
  [[nodiscard]] std::optional<Path> path_of(std::int64_t id) const;

  /// Ids of the collection at `path` and all below it, with their paths.
  [[nodiscard]] std::map<std::int64_t, Path> below(const Path& path) const;

private:
  using Place = std::pair<std::optional<std::int64_t>, std::string>;  ///< parent (none: the root) and name

  using Ids = std::map<Place, Result<std::int64_t>>;

  Ids ensure_level(const std::set<Place>& wanted, metabase::Cards& cards, const Context& context);
  Result<Done> create(const std::vector<Place>& places, Ids& ids, metabase::Cards& cards,
                      const Context& context);
  Result<Done> look_again(metabase::Cards& cards, const Context& context);
  Result<std::int64_t> settle(const Place& place, const Result<metabase::Collection>& made,
                              metabase::Cards& cards, const std::stop_token& stop);
  [[nodiscard]] std::optional<std::int64_t> child(std::optional<std::int64_t> parent,
                                                  const std::string& name) const;

  std::vector<metabase::Collection> known_;
};

/// A path from its text: names between slashes, empty ones left out.
[[nodiscard]] CollectionTree::Path collection_path(const std::string& text);

}  // namespace kpi::stages
