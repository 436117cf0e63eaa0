#pragma once

#include <kpi/base/clock.hpp>
#include <kpi/base/result.hpp>

#include <filesystem>
#include <optional>

namespace kpi::store {

/// Makes sure that `file` is a whole state file: opens it, looks whether it is ours, and checks every page
/// (PRAGMA integrity_check). Changes nothing in it. Fails as State::open() does, and (machine,
/// "state.damaged").
Result<Done> check_state(const std::filesystem::path& file);

/// Puts the state back as `backup` holds it, in one transaction: another process sees the old state or the
/// new. A state file that is damaged is set aside first, under the name that is handed back; none where it
/// was whole. Fails, and changes nothing, where `backup` is no whole state file of ours.
Result<std::optional<std::filesystem::path>> restore_state(const std::filesystem::path& backup,
                                                           const std::filesystem::path& state, Clock& clock);

}  // namespace kpi::store
