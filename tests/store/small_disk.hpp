#pragma once

#include <cstdint>
#include <filesystem>

namespace kpi::test {

/// A folder as if it lay on a disk of its own that gets full: what SQLite writes there and what anybody sets
/// aside there fails for want of room, as long as files in it, also those without a name, take it all. One at
/// a time; made before the files are opened, and outliving them.
class SmallDisk {
public:
  explicit SmallDisk(std::filesystem::path folder);
  ~SmallDisk();
  SmallDisk(const SmallDisk&) = delete;
  SmallDisk& operator=(const SmallDisk&) = delete;

  /// Somebody else takes all that is free but for `left` bytes.
  void fill(std::int64_t left = 0) { capacity_ = used() + left; }
  /// And gives it back.
  void make_room() { capacity_ = plenty; }

  /// Whether `bytes` more may be taken; true of other folders.
  [[nodiscard]] bool bears(const std::filesystem::path& file, std::int64_t bytes) const;

private:
  static constexpr std::int64_t plenty = INT64_MAX / 2;
  [[nodiscard]] std::int64_t used() const;

  std::filesystem::path folder_;
  std::int64_t capacity_ = plenty;
};

}  // namespace kpi::test
