#pragma once

#include "session.hpp"

#include <kpi/sandbox/server.hpp>

#include <filesystem>
#include <memory>
#include <string>

namespace kpi::app {

/// A sandbox that listens, and who may come in.
struct RunningSandbox {
  std::unique_ptr<sandbox::Server> server;
  std::string username;
  std::string password;
  std::filesystem::path password_file;  ///< empty where the password is the user's own
};

/// Starts the embedded server as the settings say: over `sandbox.database`, or over the sample shop, which is
/// built into `sandbox.data` once a day. Credentials are the configured Metabase user and password, else the
/// ones kept in `sandbox.data`. `port` 0: any free one. It answers as Metabase `release` does ("v0.46.6").
Result<RunningSandbox> start_sandbox(Session& session, int port,
                                     const std::string& release = sandbox::ServerOptions().version);

/// The sample shop as a SQLite file in `data`, ending on `until` ("": today), built where it is not there.
/// Any number of processes may ask at once: one builds, the others wait.
Result<std::filesystem::path> sample_shop(Session& session, const std::filesystem::path& data,
                                          const std::string& until);

}  // namespace kpi::app
