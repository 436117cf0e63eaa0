#pragma once

#include <kpi/base/result.hpp>
#include <kpi/model/report.hpp>
#include <kpi/render/markdown.hpp>

#include <array>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

// The formats a report can be written in. A further one (html, junit, sarif, github) is a file of its own
// with one function a report it suits, a row in the table and a case below.
namespace kpi::render {

enum class Format { json, markdown };

/// What flags call them.
inline constexpr std::array format_names{std::pair{std::string_view("json"), Format::json},
                                         std::pair{std::string_view("md"), Format::markdown}};

/// `report` in `format`. JSON is the one that other stages read.
template <class Report>
[[nodiscard]] std::string rendered(const Report& report, Format format) {
  switch (format) {
    case Format::markdown:
      return markdown(report);
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
