#pragma once

#include "common.hpp"
#include "exit.hpp"

#include <kpi/base/result.hpp>
#include <kpi/model/report.hpp>

#include <stop_token>
#include <string>
#include <string_view>

namespace kpi::app {

/// The bytes of an input report, and what to call it in messages.
struct Input {
  std::string text;
  std::string name;  ///< the file, or "standard input"
};

/// Reads a report from `file`, or from standard input where it is "-" or "". Fails (input): nobody pipes
/// anything and no file is named, the input is empty, the file cannot be read; (interrupted) on `stop`.
Result<Input> read_input(const std::string& file, const std::stop_token& stop);

/// Makes sure, before any work, that `output` names something that can be written. Fails (input).
Result<Done> check_output(const std::string& output);

enum class Written {
  whole,
  closed,  ///< standard output was closed early: nothing more to say
};

/// Writes `text` to the file `output`, or to standard output where it is "-" or "". Fails (machine).
Result<Written> write_output(const std::string& output, std::string_view text);

/// What formats depend on beside the report: the terminal that `common` writes to, and `subject`, the file
/// that build servers show findings in ("" or "-": none), with `text`, all of it, to find each KPI's line.
[[nodiscard]] render::Setting setting_of(const Common& common, const std::string& subject,
                                         std::string_view text);

// One name for the five readers, so that a template can call them.
Result<model::SchemaReport> read_report(const Input& input, const model::SchemaReport*);
Result<model::CandidatesReport> read_report(const Input& input, const model::CandidatesReport*);
Result<model::ValidationReport> read_report(const Input& input, const model::ValidationReport*);
Result<model::RegistrationReport> read_report(const Input& input, const model::RegistrationReport*);

/// A report and which one it was, for the envelope of the next.
template <class Report>
struct ReadReport {
  Report report;
  model::InputReport input;
};

[[nodiscard]] constexpr model::ReportKind kind_of(const model::SchemaReport*) {
  return model::ReportKind::schema;
}
[[nodiscard]] constexpr model::ReportKind kind_of(const model::CandidatesReport*) {
  return model::ReportKind::candidates;
}
[[nodiscard]] constexpr model::ReportKind kind_of(const model::ValidationReport*) {
  return model::ReportKind::validation;
}
[[nodiscard]] constexpr model::ReportKind kind_of(const model::RegistrationReport*) {
  return model::ReportKind::registration;
}
[[nodiscard]] constexpr model::ReportKind kind_of(const model::AuditReport*) {
  return model::ReportKind::audit;
}

/// read_input() and the reader of `Report`.
template <class Report>
Result<ReadReport<Report>> load_report(const std::string& file, const std::stop_token& stop) {
  auto input = read_input(file, stop);
  if (!input) return std::move(input).error();
  const Report* which = nullptr;
  auto report = read_report(*input, which);
  if (!report) return std::move(report).error();
  auto from = model::input_of(kind_of(which), report->envelope, input->text);
  return ReadReport<Report>{std::move(*report), std::move(from)};
}

}  // namespace kpi::app
