#pragma once

#include <cstddef>
#include <string>
#include <string_view>

// How wide text stands on a terminal: Korean and Chinese letters take two columns, combining marks none.
namespace kpi::render {

/// Columns that `text` takes; it is one line without control characters (single_line()). Ill-formed bytes
/// count one each. Source: Unicode's East Asian Width, as utf8proc has it.
[[nodiscard]] std::size_t display_width(std::string_view text);

enum class Align { left, right };

/// `text` in exactly `columns` columns: padded with blanks, or cut at a character and ended with "…".
[[nodiscard]] std::string fitted(std::string_view text, std::size_t columns, Align align = Align::left);

}  // namespace kpi::render
