#pragma once

#include <kpi/model/report.hpp>

// What model repair took, as JSON: the same in a report's summary and wherever else it is kept.
namespace kpi::model {

[[nodiscard]] Json to_json(const RepairUsage& usage);
void read(JsonReader& reader, RepairUsage& usage);

}  // namespace kpi::model
