#pragma once

#include <kpi/base/result.hpp>

#include <fmt/format.h>

#include <array>
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

/// What an exit code means to a user. Help and manual take their words from here.
struct ExitMeaning {
  Exit code;
  const char* meaning;
};
inline constexpr std::array<ExitMeaning, 9> exit_meanings{
    {{Exit::done, "done"},
     {Exit::gate, "done, and a gate you set did not hold (--min-success, --fail-on, --detailed-exitcode)"},
     {Exit::usage, "usage, configuration or input report is wrong; nothing was written"},
     {Exit::unreachable, "Metabase or the model could not be reached, or refused the credentials"},
     {Exit::partial, "partly done: errors[] of the report says which items failed"},
     {Exit::machine, "this machine failed (disk full, state file locked or damaged); finished work is kept"},
     {Exit::defect, "a defect in kpi itself"},
     {Exit::interrupted, "interrupted; the same command goes on from there"},
     {Exit::closed, "standard output was closed early"}}};

/// A line a code.
[[nodiscard]] inline std::string exit_codes_text() {
  std::string text;
  for (const auto& one : exit_meanings)
    text += fmt::format("  {:<4} {}\n", static_cast<int>(one.code), one.meaning);
  return text;
}

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
