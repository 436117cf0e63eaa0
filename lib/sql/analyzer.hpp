#pragma once

#include <kpi/base/result.hpp>
#include <kpi/model/finding.hpp>
#include <kpi/model/kpi.hpp>
#include <kpi/model/schema.hpp>
#include <kpi/model/sql_policy.hpp>

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

// The one place that knows SQL: what a statement may do, what it means, and how to mend it. No IO.
namespace kpi::sql {

using Policy = model::SqlPolicy;

/// What is known of one statement before it runs.
struct Analysis {
  std::vector<model::Finding> findings;  ///< by position
  std::vector<std::string> tables;       ///< read by the statement, by appearance; "schema.name" where bound
  std::vector<model::FieldReference> references;
  std::string
      fingerprint;  ///< the same for statements that differ in layout, aliases and literal format only

  /// True if the statement may be sent to a database: no `guard.*` and no `syntax.*` finding.
  [[nodiscard]] bool may_run() const;
  /// True if any finding is an error: the KPI is to be rejected as it stands.
  [[nodiscard]] bool has_error() const;
};

/// A statement after deterministic repair; `repairs` is empty where nothing was changed.
struct Mended {
  std::string sql;
  std::vector<model::Repair> repairs;
};

/// One row of the catalogue of finding codes.
struct FindingKind {
  std::string_view code;
  model::Severity severity;
  std::string_view meaning;  ///< one line for people
  std::string_view example;  ///< a statement or result that earns it
};

/// Guards, parses, binds, lints, mends and fingerprints statements. One serves any number of threads. No IO,
/// no clock: the same text gives the same answer. Nothing here can fail on a statement: what is wrong with
/// one is a finding.
class Analyzer {
public:
  /// Fails with Fault::input, "policy.invalid", if the policy allows nothing or names a function twice.
  static Result<Analyzer> make(Policy policy);
  Analyzer(Analyzer&&) noexcept;
  Analyzer& operator=(Analyzer&&) noexcept;
  ~Analyzer();

  /// Looks at `statement` (any bytes) in `dialect`; names are bound against `schema`, or not at all where it
  /// is null.
  [[nodiscard]] Analysis analyze(std::string_view statement, model::Dialect dialect,
                                 const model::Database* schema) const;

  /// `statement` with every certain mistake mended (trailing semicolons, comments, foreign functions, ...),
  /// each as a named rule. What comes out has been analysed again and is no worse; where it would be, the
  /// text stays as it was.
  [[nodiscard]] Mended mend(std::string_view statement, model::Dialect dialect,
                            const model::Database* schema) const;

private:
  struct Parts;
  explicit Analyzer(std::unique_ptr<const Parts> parts);
  std::unique_ptr<const Parts> parts_;
};

/// Every finding code that any stage can give, in a stable order; `kpi validate --list-findings` prints it.
[[nodiscard]] const std::vector<FindingKind>& finding_catalogue();

}  // namespace kpi::sql
