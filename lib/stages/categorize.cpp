#include <kpi/stages/categorize.hpp>

#include <algorithm>

namespace kpi::stages {
namespace {

bool knows(const model::Domain& domain, const std::string& category) {
  return std::any_of(domain.categories.begin(), domain.categories.end(),
                     [&](const model::Category& known) { return known.name == category; });
}

}  // namespace

void categorize(model::Kpi& kpi, const model::Table* table, const model::Domain& domain) {
  if (knows(domain, kpi.category)) return;
  if (table != nullptr && knows(domain, table->category)) {
    kpi.category = table->category;
    return;
  }
  const std::string name = !kpi.tables.empty() ? kpi.tables.front() : table != nullptr ? table->name : "";
  kpi.category = model::category_of(domain, {name, kpi.name, kpi.description});
}

}  // namespace kpi::stages
