// All of kpi::sql on whatever bytes come: never a crash, and what it promises of every statement holds. One
// dialect an input, by its length: four times as many inputs, and the ordinary tests replay each in all.
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <fuzz/sql_properties.hpp>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view statement(reinterpret_cast<const char*>(data), size);  // NOLINT: bytes as text
  using kpi::model::Dialect;
  constexpr std::array dialects{Dialect::postgres, Dialect::postgres, Dialect::sqlite,
                                Dialect::postgres, Dialect::sqlite,   Dialect::mysql};
  const auto dialect = dialects.at(size % dialects.size());
  if (const std::string broken = kpi::sql::test::broken_promise(statement, dialect); !broken.empty()) {
    std::fprintf(stderr, "does not hold: %s\n", broken.c_str());
    std::abort();
  }
  return 0;
}
