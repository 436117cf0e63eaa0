#pragma once

#include <kpi/base/text.hpp>
#include <kpi/config/checks.hpp>
#include <kpi/config/keys.hpp>
#include <kpi/config/number.hpp>

#include <fmt/format.h>

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

// How a row of the table of keys reads and writes its member of Settings. A setter says what is wrong with a
// value, or nothing.
namespace kpi::config {

using Values = std::vector<std::string>;
using Check = std::string (*)(std::string_view);

inline std::string anything(std::string_view) { return ""; }

inline std::string not_empty(std::string_view text) { return trim(text).empty() ? "must not be empty" : ""; }

template <Check check>
std::string set_text(std::string& target, const Values& values) {
  auto complaint = check(values.front());
  if (complaint.empty()) target = values.front();
  return complaint;
}

template <Check check>
std::string set_list(std::vector<std::string>& target, const Values& values) {
  for (const auto& value : values) {
    if (auto complaint = check(value); !complaint.empty()) return complaint;
  }
  target = values;
  return "";
}

template <std::int64_t least, std::int64_t most>
std::string set_whole(std::int64_t& target, const Values& values) {
  const auto number = whole_number(values.front());
  if (!number || *number < least || *number > most) {
    return fmt::format("must be a whole number from {} to {}", least, most);
  }
  target = *number;
  return "";
}

inline std::string set_secret(Secret& target, const Values& values) {
  target = Secret(values.front());
  return "";
}

inline std::string set_switch(bool& target, const Values& values) {
  const auto word = lower(values.front());
  const bool on = word == "on" || word == "true" || word == "yes" || word == "1";
  if (!on && word != "off" && word != "false" && word != "no" && word != "0") return "must be on or off";
  target = on;
  return "";
}

inline Values one(std::string text) { return {std::move(text)}; }
inline Values one(std::int64_t number) { return {std::to_string(number)}; }
inline Values one(const std::optional<double>& amount) {
  return {amount ? fmt::format("{}", *amount) : std::string()};
}
inline Values one(bool on) { return {on ? "on" : "off"}; }
inline Values one(const Secret& secret) { return {secret.empty() ? std::string() : std::string("********")}; }

inline std::string set_path(std::filesystem::path& target, const Values& values) {
  auto complaint = not_empty(values.front());
  if (complaint.empty()) target = values.front();
  return complaint;
}

// The two halves of a row for a member that needs nothing special.
#define KPI_GET(member) [](const Settings& s) { return one(s.member); }
#define KPI_SET(setter, member) [](Settings& s, const Values& v) { return setter(s.member, v); }

/// The rows of what runs go by whatever the stage: tenant, state, Metabase, models, sandbox.
void add_connection_keys(std::vector<Key>& rows);
/// The rows of the stages, and of what a tenant may do.
void add_stage_keys(std::vector<Key>& rows);

}  // namespace kpi::config
