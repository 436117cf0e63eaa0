#pragma once

#include <kpi/base/json.hpp>

#include <optional>
#include <string>
#include <string_view>

namespace kpi::llm {

/// Text read as JSON by someone who wants to understand.
struct LenientJson {
  Json value;
  bool mended = false;  ///< it was not JSON as it stood
  bool cut = false;     ///< it ended early: whole members were kept, the last one dropped
};

/// The JSON value that `text` begins with, forgiving trailing commas, comments, raw line ends in strings, NaN
/// and a missing end. None where it begins with neither an object nor an array. At most 100 levels deep.
[[nodiscard]] std::optional<LenientJson> read_lenient(std::string_view text);

/// Where the object or array that begins at `start` ends (one past), minding strings; npos if it does not.
[[nodiscard]] std::size_t end_of_value(std::string_view text, std::size_t start);

}  // namespace kpi::llm
