#pragma once

#include <kpi/base/result.hpp>

#include <string>

namespace kpi::app {

/// What the process ends with. Source: contract, "Exit codes".
enum class Exit : int {
  done = 0,
  gate = 1,         ///< done, and a gate the user set did not hold
  usage = 2,        ///< usage, configuration or input report is wrong; nothing was written
  unreachable = 3,  ///< Metabase or the model could not be reached, or refused us
  partial = 4,      ///< some items failed; the report says which
  machine = 5,      ///< this machine failed after work had begun
  defect = 70,      ///< our own mistake
  interrupted = 130,
  closed = 141,  ///< standard output was closed early
};

/// The one place where a kind of failure becomes an exit code.
[[nodiscard]] constexpr Exit exit_of(Fault fault) {
  switch (fault) {
    case Fault::input:
      return Exit::usage;
    case Fault::unreachable:
      return Exit::unreachable;
    case Fault::item:
      return Exit::partial;
    case Fault::machine:
      return Exit::machine;
    case Fault::interrupted:
      return Exit::interrupted;
  }
  return Exit::defect;
}

/// How a command ended that did not fail: its code, and the line that says why the code is not 0, if any.
struct Ending {
  Exit code = Exit::done;
  std::string why;
};

}  // namespace kpi::app
