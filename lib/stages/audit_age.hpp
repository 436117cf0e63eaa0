#pragma once

#include <kpi/stages/audit_examine.hpp>

namespace kpi::stages {

/// Asks for the newest row behind the cards that are well, each table and column once and `jobs` at a time,
/// and calls a card stale where all its data is older than options.stale_days. What cannot be asked (native
/// queries may not be allowed) leaves the age unknown: that is no trouble of the card's.
void mark_stale(Examinations& examined, const AuditOptions& options, AuditPorts ports,
                const Context& context);

}  // namespace kpi::stages
