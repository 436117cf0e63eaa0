#include "catalogue.hpp"

namespace kpi::sql {

const std::vector<FindingKind>& finding_catalogue() {
  static const std::vector<FindingKind> all(catalogue.begin(), catalogue.end());
  return all;
}

model::Finding finding(Code code, std::string message, std::int64_t position) {
  const FindingKind& kind = code.kind();
  model::Finding made{std::string(kind.code), kind.severity, std::move(message), std::nullopt};
  if (position >= 0) made.position = position;
  return made;
}

}  // namespace kpi::sql
