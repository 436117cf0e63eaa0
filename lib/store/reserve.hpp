#pragma once

#include <kpi/base/result.hpp>

#include <cstdint>
#include <filesystem>

namespace kpi::store {

/// Room on a state file's disk that is set aside for what must be stored and cannot be had again: the answers
/// of model calls under way. It is held by a file that has blocks and no name, so nothing of it outlives its
/// process, however that ends, and each process has its own. Not for several threads at once: State guards
/// it. Source: posix_fallocate(3).
class Reserve {
public:
  explicit Reserve(std::filesystem::path state) : state_(std::move(state)) {}
  Reserve(const Reserve&) = delete;
  Reserve& operator=(const Reserve&) = delete;
  ~Reserve();

  /// Sees to it that at least `bytes` are held. Fails (machine, "state.full") where there is no such room,
  /// where the process may not write files that long (RLIMIT_FSIZE: no room elsewhere helps then), and for
  /// good once it was given up: the disk was full. A file system that sets no blocks aside goes without.
  Result<Done> hold(std::int64_t bytes);

  /// Gives all of it back to the disk, to be written with. False where nothing was held.
  bool give_up();

private:
  Result<Done> within_file_limit(std::int64_t bytes) const;
  Result<Done> grow(std::int64_t bytes);

  std::filesystem::path state_;
  int fd_ = -1;
  std::int64_t held_ = 0;
  bool given_up_ = false;
};

}  // namespace kpi::store
