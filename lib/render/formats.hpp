#pragma once

#include <kpi/model/report.hpp>
#include <kpi/render/build_formats.hpp>
#include <kpi/render/format.hpp>
#include <kpi/render/html.hpp>
#include <kpi/render/listing.hpp>
#include <kpi/render/markdown.hpp>
#include <kpi/render/summary.hpp>
#include <kpi/render/terminal.hpp>

#include <string>
#include <string_view>

// The formats a report can be written in. A further one is a file of its own, a row in the table of
// format.hpp and a case below.
namespace kpi::render {

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

}  // namespace kpi::render
