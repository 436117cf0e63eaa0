#include <kpi/base/text.hpp>
#include <kpi/render/build_formats.hpp>

#include <fmt/format.h>

#include <map>

namespace kpi::render {
namespace {

/// `text` for an attribute or an element. XML 1.0 has no way to write control characters, U+FFFE and U+FFFF:
/// they go. Line ends in attributes would be read as blanks, so they are written as references.
std::string xml(std::string_view text) {
  std::string out;
  for (const char c : replace_all(replace_all(printable(text), "\xEF\xBF\xBE", ""), "\xEF\xBF\xBF", "")) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      case '\n':
        out += "&#10;";
        break;
      case '\t':
        out += "&#9;";
        break;
      default:
        out += c;
    }
  }
  return out;
}

std::string seconds(std::int64_t milliseconds) {
  return fmt::format("{:.3f}", static_cast<double>(milliseconds) / 1000.0);
}

std::string line_of(const model::Finding& finding) {
  return fmt::format("{} {}: {}", model::to_string(finding.severity), finding.code,
                     single_line(finding.message));
}

/// When the run began, as the schema of Ant's task wants it: to the second, without a zone. It has to be
/// there, so where the report does not say it is the epoch.
std::string timestamp_of(const model::Run& run) {
  constexpr std::string_view shape = "0000-00-00T00:00:00";
  const auto text = run.started_at.substr(0, shape.size());
  bool fits = text.size() == shape.size();
  for (std::size_t i = 0; fits && i < shape.size(); ++i) {
    const bool digit = text[i] >= '0' && text[i] <= '9';
    fits = shape[i] == '0' ? digit : text[i] == shape[i];
  }
  return fits ? text : "1970-01-01T00:00:00";
}

struct Suite {
  std::string cases;
  std::size_t tests = 0, failures = 0, errors = 0, skipped = 0;
  std::int64_t elapsed_ms = 0;

  [[nodiscard]] std::string counts() const {
    return fmt::format(R"(tests="{}" failures="{}" errors="{}" skipped="{}" time="{}")", tests, failures,
                       errors, skipped, seconds(elapsed_ms));
  }
  void add(const Suite& other) {
    tests += other.tests;
    failures += other.failures;
    errors += other.errors;
    skipped += other.skipped;
    elapsed_ms += other.elapsed_ms;
  }
};

void add_case(Suite& suite, const Examined& item, bool of_the_run) {
  ++suite.tests;
  suite.elapsed_ms += item.elapsed_ms;
  suite.cases +=
      fmt::format("    <testcase classname=\"{}\" name=\"{}\" time=\"{}\"", xml(single_line(item.group)),
                  xml(single_line(item.name)), seconds(item.elapsed_ms));
  std::string inside;
  if (failed(item)) {
    const model::Finding* first = nullptr;
    std::string text;
    for (const auto& finding : item.findings) {
      if (first == nullptr && finding.severity == model::Severity::error) first = &finding;
      text += line_of(finding) + "\n";
    }
    if (!item.sql.empty()) text += "\n" + std::string(trim(item.sql)) + "\n";
    const char* element = of_the_run ? "error" : "failure";
    ++(of_the_run ? suite.errors : suite.failures);
    inside = fmt::format("      <{0} type=\"{1}\" message=\"{2}\">{3}</{0}>\n", element, xml(first->code),
                         xml(single_line(first->message)), xml(text));
  } else {
    if (item.skipped) {
      ++suite.skipped;
      inside = fmt::format("      <skipped message=\"{}\"/>\n", xml(single_line(*item.skipped)));
    }
    std::string text;
    for (const auto& finding : item.findings) text += line_of(finding) + "\n";
    if (!text.empty()) inside += fmt::format("      <system-out>{}</system-out>\n", xml(text));
  }
  suite.cases += inside.empty() ? "/>\n" : ">\n" + inside + "    </testcase>\n";
}

}  // namespace

std::string junit(const Verdicts& verdicts) {
  std::map<std::string, Suite> suites;  // by name: a group may come in pieces, and a suite must not
  for (const auto& item : verdicts.items) {
    const auto group = item.group.empty() ? "(none)" : item.group;
    add_case(suites[group], item, item.id.empty() && group == "errors");
  }
  Suite all;
  for (const auto& [name, suite] : suites) all.add(suite);
  const auto timestamp = timestamp_of(verdicts.run);
  std::string text = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";
  text += fmt::format("<testsuites name=\"kpi {}\" {}>\n", model::to_string(verdicts.kind), all.counts());
  std::size_t number = 0;
  for (const auto& [name, suite] : suites) {
    text += fmt::format(
        "  <testsuite name=\"{}\" id=\"{}\" package=\"kpi.{}\" hostname=\"localhost\" timestamp=\"{}\" {}>\n",
        xml(single_line(name)), number++, model::to_string(verdicts.kind), timestamp, suite.counts());
    text += suite.cases + "  </testsuite>\n";
  }
  return text + "</testsuites>\n";
}

}  // namespace kpi::render
