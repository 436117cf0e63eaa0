#pragma once

#include <array>
#include <optional>
#include <string_view>
#include <utility>

// What the formats are called: all that flags need to know of them. How a report is written in one is in
// formats.hpp.
namespace kpi::render {

enum class Format { json, markdown, html, junit, sarif, github, table };

/// What flags call them.
inline constexpr std::array format_names{std::pair{std::string_view("json"), Format::json},
                                         std::pair{std::string_view("md"), Format::markdown},
                                         std::pair{std::string_view("html"), Format::html},
                                         std::pair{std::string_view("junit"), Format::junit},
                                         std::pair{std::string_view("sarif"), Format::sarif},
                                         std::pair{std::string_view("github"), Format::github},
                                         std::pair{std::string_view("table"), Format::table}};

/// The format that a file's name asks for by its end (.json, .md, .html, .htm, .xml, .sarif); none where it
/// asks for none. "x.sarif.json" is SARIF.
[[nodiscard]] std::optional<Format> format_of_file(std::string_view name);

}  // namespace kpi::render
