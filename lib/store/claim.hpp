#pragma once

#include <filesystem>
#include <optional>
#include <string_view>
#include <utility>

namespace kpi::store {

/// The right to ask one question, for as long as this lives: no other thread or process gets the same one.
/// Who is killed lets go of it.
class Claim {
public:
  Claim() = default;  ///< of nothing

  /// Claims `name` by a lock on one byte of `file` (made where it is missing, mode 0600, always empty); none
  /// where somebody else has it. Where the file system knows no locks, nobody is kept waiting: two who ask at
  /// once then both ask. Source: fcntl(2), open file description locks.
  [[nodiscard]] static std::optional<Claim> try_take(const std::filesystem::path& file,
                                                     std::string_view name);

  Claim(Claim&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Claim& operator=(Claim&&) = delete;
  ~Claim();

private:
  explicit Claim(int fd) : fd_(fd) {}
  int fd_ = -1;
};

}  // namespace kpi::store
