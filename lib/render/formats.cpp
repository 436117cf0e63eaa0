#include <kpi/render/formats.hpp>

namespace kpi::render {
namespace {

template <class Report>
Result<AnyReport> widened(Result<Report> report) {
  if (!report) return std::move(report).error();
  return AnyReport(*std::move(report));
}

}  // namespace

Result<AnyReport> read_any(std::string_view text, std::string_view name) {
  auto kind = model::report_kind(text, name);
  if (!kind) return std::move(kind).error();
  switch (*kind) {
    case model::ReportKind::schema:
      return widened(model::read_schema_report(text, name));
    case model::ReportKind::candidates:
      return widened(model::read_candidates_report(text, name));
    case model::ReportKind::validation:
      return widened(model::read_validation_report(text, name));
    case model::ReportKind::registration:
      return widened(model::read_registration_report(text, name));
    case model::ReportKind::audit:
      break;
  }
  return widened(model::read_audit_report(text, name));
}

}  // namespace kpi::render
