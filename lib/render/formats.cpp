#include <kpi/base/text.hpp>
#include <kpi/render/formats.hpp>

namespace kpi::render {
namespace {

template <class Report>
Result<AnyReport> widened(Result<Report> report) {
  if (!report) return std::move(report).error();
  return AnyReport(*std::move(report));
}

}  // namespace

std::optional<Format> format_of_file(std::string_view name) {
  static constexpr std::array<std::pair<std::string_view, Format>, 7> endings{{{".sarif.json", Format::sarif},
                                                                               {".sarif", Format::sarif},
                                                                               {".json", Format::json},
                                                                               {".md", Format::markdown},
                                                                               {".html", Format::html},
                                                                               {".htm", Format::html},
                                                                               {".xml", Format::junit}}};
  const auto small = lower(name);
  for (const auto& [ending, format] : endings) {
    if (small.ends_with(ending)) return format;
  }
  return std::nullopt;
}

Result<AnyReport> read_any(std::string_view text, std::string_view name) {
  auto kind = model::report_kind(text, name);
  if (!kind) return std::move(kind).error();
  switch (*kind) {
    case model::ReportKind::schema:
      return widened(model::read_schema_report(source_of(text), name));
    case model::ReportKind::candidates:
      return widened(model::read_candidates_report(source_of(text), name));
    case model::ReportKind::validation:
      return widened(model::read_validation_report(source_of(text), name));
    case model::ReportKind::registration:
      return widened(model::read_registration_report(source_of(text), name));
    case model::ReportKind::audit:
      break;
  }
  return widened(model::read_audit_report(source_of(text), name));
}

}  // namespace kpi::render
