#pragma once

#include <kpi/model/report.hpp>

#include <string>
#include <string_view>

// Reports as Markdown, for people. Names and SQL come from databases and models: every one is escaped, so
// that none can break a table, add a link or smuggle HTML in.
namespace kpi::render {

[[nodiscard]] std::string markdown(const model::SchemaReport& report);
[[nodiscard]] std::string markdown(const model::CandidatesReport& report);
[[nodiscard]] std::string markdown(const model::ValidationReport& report);
[[nodiscard]] std::string markdown(const model::RegistrationReport& report);
[[nodiscard]] std::string markdown(const model::AuditReport& report);

/// `text` as plain text inside a line or table cell: control characters gone, line ends as spaces, every
/// character that Markdown or HTML would take for markup escaped.
[[nodiscard]] std::string markdown_text(std::string_view text);

/// `text` as a link to `url`, or as text alone where `url` is not one that safe_link() lets through.
[[nodiscard]] std::string markdown_link(std::string_view text, std::string_view url);

/// `sql` as a fenced block whose fence is longer than any run of backquotes in it.
[[nodiscard]] std::string markdown_code(std::string_view sql);

}  // namespace kpi::render
