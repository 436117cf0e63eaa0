#pragma once

#include "exit.hpp"
#include "report_io.hpp"
#include "session.hpp"

#include <kpi/base/file.hpp>
#include <kpi/render/formats.hpp>
#include <kpi/render/summary.hpp>
#include <kpi/stages/ports.hpp>

#include <string>

namespace kpi::app {

/// Says on standard error what a report comes to, for a person.
template <class Report>
void sum_up(Session& session, const Report& report) {
  if (session.console().format() == LogFormat::json) {
    for (const auto& line : render::summary(report)) session.log().info("{}", line);
    return;
  }
  bool first = true;
  for (const auto& line : render::summary(report)) {
    session.console().line(first ? session.console().tinted(Tint::bold, line) : "  " + line);
    first = false;
  }
}

/// Why the outcome's exit code is not 0: stopped, then items that failed, then the gate `broken` ("" holds).
template <class Report>
Ending ending_of(const stages::Outcome<Report>& outcome, const std::string& stage,
                 const std::string& broken) {
  if (outcome.interrupted) {
    return {Exit::interrupted,
            stage + ": interrupted; finished work is saved, run the same command again to go on"};
  }
  const auto& errors = outcome.report.envelope.errors;
  if (outcome.partial) {
    const std::string first =
        errors.empty() ? "" : " (the first: " + errors.front().item + ": " + errors.front().message + ")";
    return {Exit::partial,
            fmt::format("{}: {} item{} failed{}; errors[] of the report lists all{}", stage, errors.size(),
                        errors.size() == 1 ? "" : "s", first, broken.empty() ? "" : "; besides, " + broken)};
  }
  if (!broken.empty()) return {Exit::gate, stage + ": " + broken};
  return {};
}

/// Writes the report to `sink` in the format the flags ask for; JSON, the one that other stages read, part by
/// part.
template <class Report>
void write_to(const TextSink& sink, const Report& report, const Common& common) {
  const auto format = common.format.value_or(render::Format::json);
  if (format == render::Format::json) {
    model::write_report(report, sink);
    return;
  }
  const bool placed = format == render::Format::sarif || format == render::Format::github;
  std::string input;
  if (placed && !common.subject.empty() && common.subject != "-") {
    // For the line numbers alone: where it is gone by now, findings are shown without.
    if (auto text = read_file(common.subject)) input = *std::move(text);
  }
  sink(render::rendered(report, format, setting_of(common, common.subject, input)));
}

/// Writes the report where and as the flags say, sums it up, and works out how the command ends.
template <class Report>
Result<Ending> finish(Session& session, const stages::Outcome<Report>& outcome, const std::string& stage,
                      const std::string& broken = "") {
  // Half a report must not stand where a whole one stood, nor reach a `register --prune` down the pipe.
  if (outcome.interrupted) return ending_of(outcome, stage, broken);
  const auto& common = session.common();
  auto written =
      write_output(common.output, [&](const TextSink& sink) { write_to(sink, outcome.report, common); });
  if (!written) return std::move(written).error();
  if (*written == Written::closed) return Ending{Exit::closed, ""};
  sum_up(session, outcome.report);
  return ending_of(outcome, stage, broken);
}

}  // namespace kpi::app
