#pragma once

#include <kpi/render/listing.hpp>

#include <cstddef>
#include <string>
#include <vector>

// Reports on a terminal: tables that fit its width, wide characters counted, control characters gone.
namespace kpi::render {

enum class Paint { no, yes };

struct TerminalStyle {
  std::size_t width = 80;  ///< columns; no line of a table is wider
  Paint paint = Paint::no;
};

/// `listing` with a line a row. Columns share what room there is; where it does not reach, those of lesser
/// priority are left out, and a last line names them. "" where the listing has no row.
[[nodiscard]] std::string terminal_table(const Listing& listing, const TerminalStyle& style);

/// A whole report: its listings one below the other, and at the end, where the eye rests, what it comes to.
[[nodiscard]] std::string terminal_text(const std::vector<Listing>& listings,
                                        const std::vector<std::string>& summary_lines,
                                        const TerminalStyle& style);

}  // namespace kpi::render
