#include "lint.hpp"

namespace kpi::sql {

std::vector<model::Finding> lint(const Binding& binding, const model::Database& schema, const Policy& policy,
                                 model::Dialect dialect) {
  static const std::vector<Lint> rules = [] {
    std::vector<Lint> all;
    for (const auto part : {null_lints, time_lints, ratio_lints, join_lints, shape_lints, row_lints,
                            condition_lints, personal_lints}) {
      for (const Lint rule : part()) all.push_back(rule);
    }
    return all;
  }();
  std::vector<model::Finding> findings;
  const LintInput input{binding, schema, policy, dialect, findings};
  for (const Lint rule : rules) rule(input);
  return findings;
}

}  // namespace kpi::sql
