#pragma once

#include <kpi/base/clock.hpp>
#include <kpi/base/progress.hpp>
#include <kpi/model/report.hpp>

#include <functional>
#include <stop_token>
#include <string>

// What every stage is handed beside its report.
namespace kpi::stages {

/// The run a report belongs to, and the outside world that all stages share. The references outlive the call.
struct Context {
  model::Run run;  ///< id, tenant, version, command and start; the stage fills in elapsed_ms
  std::string metabase_url;
  std::size_t jobs = 4;
  Clock& clock;
  Progress& progress;
  std::stop_token stop;
};

/// A report, and how far the stage came with it.
template <class Report>
struct Outcome {
  Report report;
  bool interrupted = false;  ///< the user stopped it: the report holds what was finished
  bool partial = false;      ///< some items failed: envelope.errors says which
};

}  // namespace kpi::stages
