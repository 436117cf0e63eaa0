#pragma once

#include "checkpoint.hpp"
#include "exit.hpp"
#include "invocation.hpp"
#include "stage_commands.hpp"

#include <array>
#include <filesystem>
#include <string>

// kpi run in its parts: the stages of one run, one tenant's run, and the runs of many tenants.
namespace kpi::app {

inline constexpr std::array<const char*, 5> stage_names{"discover", "generate", "validate", "register",
                                                        "audit"};

struct Run {
  Common common;
  DiscoverFlags discover;
  GenerateFlags generate;
  ValidateFlags validate;
  RegisterFlags registration;
  std::string out;
  std::string from;
  bool fresh = false;
  bool resume = false;
  bool all_tenants = false;
  bool one_of_many = false;  ///< of --all-tenants: standard output is not this tenant's alone
};

/// The five stages in the checkpoint's folder; those that are done there are not done again.
Result<Ending> run_stages(Session& session, const Run& command, Checkpoint& checkpoint);

/// One tenant's run. `folder` becomes the one that the reports are in.
Result<Ending> run_tenant(Run command, Surroundings& around, std::filesystem::path& folder);

/// One run a tenant of the configuration, one after the other; one that fails keeps no other from running.
/// Standard output says what became of each.
Result<Ending> run_all_tenants(const Run& command, Surroundings& around);

}  // namespace kpi::app
