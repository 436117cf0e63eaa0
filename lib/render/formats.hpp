#pragma once

#include <kpi/base/result.hpp>
#include <kpi/model/report.hpp>
#include <kpi/render/build_formats.hpp>
#include <kpi/render/html.hpp>
#include <kpi/render/listing.hpp>
#include <kpi/render/markdown.hpp>
#include <kpi/render/summary.hpp>
#include <kpi/render/terminal.hpp>

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

// The formats a report can be written in. A further one is a file of its own, a row in the table and a case
// below.
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

/// What some formats depend on beside the report.
struct Setting {
  TerminalStyle terminal;  ///< for the table
  Source source;           ///< for sarif and github: where findings are shown
};

/// `report` in `format`. JSON is the one that other stages read.
template <class Report>
[[nodiscard]] std::string rendered(const Report& report, Format format, const Setting& setting = {}) {
  switch (format) {
    case Format::markdown:
      return markdown(report);
    case Format::html:
      return html(report);
    case Format::junit:
      return junit(verdicts(report));
    case Format::sarif:
      return sarif(verdicts(report), setting.source);
    case Format::github:
      return github(verdicts(report), setting.source);
    case Format::table:
      return terminal_text(listings(report), summary(report), setting.terminal);
    case Format::json:
      break;
  }
  return model::report_text(report);
}

using AnyReport = std::variant<model::SchemaReport, model::CandidatesReport, model::ValidationReport,
                               model::RegistrationReport, model::AuditReport>;

/// Reads a report of any kind. Fails (input) as the readers of kpi::model do.
Result<AnyReport> read_any(std::string_view text, std::string_view name);

}  // namespace kpi::render
