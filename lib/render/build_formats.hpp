#pragma once

#include <kpi/render/verdicts.hpp>

#include <string>

// What build servers read. Every format escapes the names and messages that it carries.
namespace kpi::render {

/// JUnit XML: a testsuite a group, a testcase an item; an error is a failure, other findings its output.
/// Source: the schema of Ant's JUnit task, with the attributes that Jenkins and GitLab read.
[[nodiscard]] std::string junit(const Verdicts& verdicts);

/// SARIF 2.1.0: a result a finding, a rule a code, the SQL as an embedded artifact with the finding's place.
/// Source: OASIS, Static Analysis Results Interchange Format 2.1.0.
[[nodiscard]] std::string sarif(const Verdicts& verdicts, const Source& source);

/// A line a finding for GitHub's workflow commands, errors first (GitHub shows ten of each kind a step);
/// notes are left out, and a last notice says what the report comes to. Source: GitHub, "Workflow commands
/// for GitHub Actions", and @actions/core's escaping.
[[nodiscard]] std::string github(const Verdicts& verdicts, const Source& source);

}  // namespace kpi::render
