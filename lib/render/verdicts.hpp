#pragma once

#include <kpi/model/report.hpp>

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

// Any report as a list of things that were examined and what was found of each: what the formats of build
// servers (JUnit, SARIF, workflow annotations) have in common.
namespace kpi::render {

struct Examined {
  std::string group;  ///< the table, the collection, or "errors" for what is none of the report's items
  std::string name;
  std::string id;  ///< of the KPI; empty where it is none
  std::string sql;
  std::vector<model::Finding> findings;  ///< an error among them: it failed
  std::optional<std::string> skipped;    ///< why it was not examined
  std::int64_t elapsed_ms = 0;
};

struct Verdicts {
  model::ReportKind kind = model::ReportKind::validation;
  model::Run run;
  std::vector<Examined> items;       ///< in the report's order
  std::vector<std::string> summary;  ///< as render::summary()
};

[[nodiscard]] Verdicts verdicts(const model::SchemaReport& report);
[[nodiscard]] Verdicts verdicts(const model::CandidatesReport& report);
[[nodiscard]] Verdicts verdicts(const model::ValidationReport& report);
[[nodiscard]] Verdicts verdicts(const model::RegistrationReport& report);
[[nodiscard]] Verdicts verdicts(const model::AuditReport& report);

[[nodiscard]] bool failed(const Examined& item);

/// One line on what a code means: of the finding catalogue, else of the codes that verdicts() makes up for
/// reports without findings ("audit.broken"); "" where it is neither.
[[nodiscard]] std::string_view meaning_of(std::string_view code);

/// The file that a build server shows findings in, and where in it each KPI stands.
struct Source {
  std::string file;                          ///< empty where the report came through a pipe
  std::map<std::string, std::size_t> lines;  ///< KPI id or name -> line, from 1

  /// `text` is all of `file`, a report as JSON.
  static Source of(std::string file, std::string_view text);
  /// The line of a KPI, by its id, else by its name; 0 where it is not known.
  [[nodiscard]] std::size_t line_of(const Examined& item) const;
};

}  // namespace kpi::render
