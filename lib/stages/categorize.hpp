#pragma once

#include <kpi/model/domain.hpp>
#include <kpi/model/kpi.hpp>
#include <kpi/model/schema.hpp>

namespace kpi::stages {

/// Gives `kpi` a category of the domain where it has none: its table's (null: unknown), else by the domain's
/// terms from its table's name and its own, else "General". A category that the domain knows is left as it
/// is.
void categorize(model::Kpi& kpi, const model::Table* table, const model::Domain& domain);

}  // namespace kpi::stages
