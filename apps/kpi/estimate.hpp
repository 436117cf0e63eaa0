#pragma once

#include "provider.hpp"

namespace kpi::app {

/// kpi generate --estimate: what writing KPIs for `schema` would take, as one JSON object on standard output
/// and a line for people; asks no model.
Result<Ending> estimate_generation(Session& session, Ports& ports, const model::SchemaReport& schema,
                                   const GenerateFlags& flags);

}  // namespace kpi::app
