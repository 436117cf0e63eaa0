#pragma once

#include <kpi/stages/audit_examine.hpp>

namespace kpi::stages {

/// Mends a card where that is certain and no person's work is touched: SQL that the rules mend and that then
/// runs is written to the card, a twin is archived. The card is read again right before, and left alone where
/// it was changed since it was looked at; the caller holds the lock of registration. Says in `found` what was
/// done; leaves it as it is where nothing could be. Fails where Metabase does.
Result<Done> fix(ExaminedCard& found, const Listed& listed, const AuditOptions& options, AuditPorts ports,
                 const Schemas& schemas, const Context& context);

}  // namespace kpi::stages
