// All of kpi::sql on whatever bytes come: never a crash, and what it promises of every statement holds.
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <fuzz/sql_properties.hpp>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view statement(reinterpret_cast<const char*>(data), size);  // NOLINT: bytes as text
  if (const std::string broken = kpi::sql::test::broken_promise(statement); !broken.empty()) {
    std::fprintf(stderr, "does not hold: %s\n", broken.c_str());
    std::abort();
  }
  return 0;
}
