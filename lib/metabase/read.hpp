#pragma once

#include <kpi/base/json.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

// Reading Metabase's JSON without insisting: releases add, drop and rename members, so what is missing or of
// another type is simply not known. No function here fails or does IO.
namespace kpi::metabase {

/// The member `name` of `object`; nullptr where it is missing or null, or `object` is no object.
[[nodiscard]] const Json* member(const Json& object, const char* name);

/// The member as text; empty where it is not text.
[[nodiscard]] std::string text_of(const Json& object, const char* name);
/// The member as a whole number, also one written as text; none where it is not one.
[[nodiscard]] std::optional<std::int64_t> whole_of(const Json& object, const char* name);
/// The member as a finite number, also one written as text; none where it is not one.
[[nodiscard]] std::optional<double> number_of(const Json& object, const char* name);
[[nodiscard]] std::optional<bool> truth_of(const Json& object, const char* name);

/// The rows of a listing, which is a bare array in some releases and `{"data": [...]}` in others; nullptr
/// where `answer` is neither.
[[nodiscard]] const Json* rows_of(const Json& answer);

/// `body` as JSON; none where it is cut or broken. Ill-formed UTF-8 in it is replaced, not refused.
[[nodiscard]] std::optional<Json> json_of(std::string_view body);

/// The release's number: 50 for "v0.50.3", "v1.50" and "v0.50.5 (48f6978)"; none for "vUNKNOWN".
[[nodiscard]] std::optional<int> release_of(std::string_view version);

}  // namespace kpi::metabase
