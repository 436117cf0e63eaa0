#pragma once

#include <cstddef>

namespace kpi::test {

/// Most bytes on this program's heap at once since it was made, beyond those there were then. One at a time.
class HeapWatch {
public:
  HeapWatch();
  [[nodiscard]] std::size_t peak_bytes() const;

private:
  std::size_t before_;
};

}  // namespace kpi::test
