#pragma once

#include <kpi/model/report.hpp>

#include <string>
#include <string_view>

// Reports as one HTML file that needs nothing else: no network, no library. The data of the report travels in
// it as JSON, and its script shows them; names stay text all the way, and a Content-Security-Policy lets no
// other script, style or request through.
namespace kpi::render {

[[nodiscard]] std::string html(const model::SchemaReport& report);
[[nodiscard]] std::string html(const model::CandidatesReport& report);
[[nodiscard]] std::string html(const model::ValidationReport& report);
[[nodiscard]] std::string html(const model::RegistrationReport& report);
[[nodiscard]] std::string html(const model::AuditReport& report);

/// `url` if it is a plain http or https address, which a link may lead to; else "".
[[nodiscard]] std::string_view safe_link(std::string_view url);

/// `text` in the notation of Content-Security-Policy: 'sha256-<base64>'.
[[nodiscard]] std::string csp_hash(std::string_view text);

}  // namespace kpi::render
