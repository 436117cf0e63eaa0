#pragma once

#include "file_lock.hpp"
#include "session.hpp"

namespace kpi::app {

/// The lock of one tenant's work in one Metabase: two kpi of one user keep out of each other's way whatever
/// state file, folder and flags they were given. Machines do not see each other's: there registration heals
/// the race. Waits for another `kpi register` and says so.
Result<FileLock> lock_registration(Session& session);

/// The same for a whole run, which does not wait: fails (machine, "run.busy") where another run of the tenant
/// is under way.
Result<FileLock> lock_run(Session& session);

}  // namespace kpi::app
