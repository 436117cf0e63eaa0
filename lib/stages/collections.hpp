#pragma once

#include <kpi/metabase/api.hpp>

#include <cstdint>
#include <map>
#include <optional>
#include <string>
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

  /// find(), or create what is missing of `path`. An answer that was lost is looked for before it is
  /// repeated, and where two runs created the same name at once both settle on the lowest id.
  Result<std::int64_t> ensure(const Path& path, metabase::Cards& cards, std::stop_token stop);

  /// The path of a live collection; none for one that is archived, personal or gone.
  [[nodiscard]] std::optional<Path> path_of(std::int64_t id) const;

  /// Ids of the collection at `path` and all below it, with their paths.
  [[nodiscard]] std::map<std::int64_t, Path> below(const Path& path) const;

private:
  [[nodiscard]] std::optional<std::int64_t> child(std::optional<std::int64_t> parent,
                                                  const std::string& name) const;

  std::vector<metabase::Collection> known_;
};

/// A path from its text: names between slashes, empty ones left out.
[[nodiscard]] CollectionTree::Path collection_path(const std::string& text);

}  // namespace kpi::stages
