#pragma once

#include <kpi/sql/format.hpp>

#include <sql/support.hpp>
#include <string>
#include <string_view>

namespace kpi::sql::test {

/// Looks at `statement` (any bytes) in one dialect by all that kpi::sql offers, and says which promise was
/// not kept; empty where all were:
/// - the same text gives the same findings and the same fingerprint;
/// - mending says what it did, never makes what may run into what may not, and finds nothing more to mend in
///   what it gives back;
/// - formatting twice changes nothing more, and neither what may run nor the fingerprint.
inline std::string broken_promise(std::string_view statement, model::Dialect dialect) {
  const std::string spoken = " (" + std::string(to_string(dialect)) + ")";
  const Analysis before = analyze(statement, &shop(), dialect);
  const Analysis unbound = analyze(statement, nullptr, dialect);
  if (before.has_error() != analyze(statement, &shop(), dialect).has_error())
    return "one look as the other" + spoken;
  if (before.fingerprint.empty() && before.may_run()) return "a fingerprint" + spoken;

  const Mended mended = analyzer().mend(statement, dialect, &shop());
  if (mended.repairs.empty() != (mended.sql == statement)) return "repairs are named" + spoken;
  if (!mended.repairs.empty()) {
    if (before.may_run() && !analyze(mended.sql, &shop(), dialect).may_run())
      return "mended may run" + spoken;
    if (analyzer().mend(mended.sql, dialect, &shop()).sql != mended.sql)
      return "mended once is mended" + spoken;
  }

  const std::string formatted = format(statement, dialect);
  if (format(formatted, dialect) != formatted) return "formatted once is formatted" + spoken;
  const Analysis after = analyze(formatted, &shop(), dialect);
  // More spaces may make it too long, and nothing else.
  if (has_code(after, "guard.size")) return {};
  if (has_code(before, "syntax.error")) return {};  // of what is no SQL nothing is promised
  if (after.may_run() != before.may_run()) return "formatted may run" + spoken;
  if (!before.may_run()) return {};
  if (after.fingerprint != before.fingerprint) return "formatted is the same statement" + spoken;
  if (analyze(formatted, nullptr, dialect).fingerprint != unbound.fingerprint)
    return "formatted is the same statement without a schema" + spoken;
  return {};
}

/// The same in every dialect.
inline std::string broken_promise(std::string_view statement) {
  for (const auto dialect :
       {model::Dialect::postgres, model::Dialect::sqlite, model::Dialect::mysql, model::Dialect::generic}) {
    if (std::string broken = broken_promise(statement, dialect); !broken.empty()) return broken;
  }
  return {};
}

}  // namespace kpi::sql::test
