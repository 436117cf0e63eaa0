#pragma once

#include "analyzer.hpp"
#include "bind.hpp"
#include "catalogue.hpp"

#include <kpi/model/finding.hpp>

#include <string>
#include <vector>

// What runs and may be wrong all the same. Each rule is a small function on a bound tree; sources are the
// requirements REQ-018 to REQ-022: null handling, dates, status fields, safe calculation, rates.
namespace kpi::sql {

struct LintInput {
  const Binding& binding;
  const model::Database& schema;
  const Policy& policy;
  model::Dialect dialect;  ///< of the statement; the schema's may be another's in a report by hand
  std::vector<model::Finding>& findings;

  void say(Code code, std::string message, const Node& node) const {
    findings.push_back(finding(code, std::move(message), node.location));
  }
};

using Lint = void (*)(const LintInput&);

[[nodiscard]] std::vector<Lint> null_lints();
[[nodiscard]] std::vector<Lint> time_lints();
[[nodiscard]] std::vector<Lint> ratio_lints();
[[nodiscard]] std::vector<Lint> join_lints();
[[nodiscard]] std::vector<Lint> shape_lints();
[[nodiscard]] std::vector<Lint> row_lints();
[[nodiscard]] std::vector<Lint> condition_lints();
[[nodiscard]] std::vector<Lint> personal_lints();

/// All rules, on one statement of `dialect`, bound against `schema`.
[[nodiscard]] std::vector<model::Finding> lint(const Binding& binding, const model::Database& schema,
                                               const Policy& policy, model::Dialect dialect);

}  // namespace kpi::sql
