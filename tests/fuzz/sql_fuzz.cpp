// Guard, bind, lint and mend on whatever bytes come, in every dialect: never a crash, and mending never makes
// a statement that may run into one that may not.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <sql/support.hpp>
#include <string_view>

namespace {

void must(bool holds) {
  if (!holds) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace kpi;
  const std::string_view statement(reinterpret_cast<const char*>(data), size);  // NOLINT: bytes as text
  for (const auto dialect : {model::Dialect::postgres, model::Dialect::sqlite, model::Dialect::generic}) {
    const sql::Analysis before = sql::test::analyzer().analyze(statement, dialect, &sql::test::shop());
    const sql::Mended mended = sql::test::analyzer().mend(statement, dialect, &sql::test::shop());
    if (mended.repairs.empty()) {
      must(mended.sql == statement);
    } else {
      const sql::Analysis after = sql::test::analyzer().analyze(mended.sql, dialect, &sql::test::shop());
      must(!before.may_run() || after.may_run());
    }
  }
  return 0;
}
