#include <kpi/base/hash.hpp>
#include <kpi/base/json.hpp>
#include <kpi/base/text.hpp>
#include <kpi/render/build_formats.hpp>
#include <kpi/sql/analyzer.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <map>

namespace kpi::render {
namespace {

/// A plain-text message: brackets would make a link and braces a placeholder. Source: SARIF 2.1.0, 3.11.5 and
/// 3.11.6.
std::string message(std::string_view text) {
  std::string out;
  for (const char c : single_line(text)) {
    if (c == '[' || c == ']' || c == '\\') out += '\\';
    if (c == '{' || c == '}') out += c;
    out += c;
  }
  return out;
}

/// A relative URI reference: what is not plainly part of a path is percent-encoded. Source: RFC 3986, 2.3.
std::string uri(std::string_view path) {
  std::string out;
  for (const char c : path) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       c == '-' || c == '.' || c == '_' || c == '~' || c == '/';
    out += plain ? std::string(1, c) : fmt::format("%{:02X}", static_cast<unsigned char>(c));
  }
  return out;
}

struct Place {
  std::size_t line = 1, column = 1;
};

/// Line and column, both from 1, of byte `position`; columns count code points.
Place place_of(std::string_view text, std::int64_t position) {
  Place place;
  const auto end = std::min(text.size(), static_cast<std::size_t>(std::max<std::int64_t>(0, position)));
  for (const char c : text.substr(0, end)) {
    if (c == '\n') {
      ++place.line;
      place.column = 1;
    } else if ((static_cast<unsigned char>(c) & 0xC0U) != 0x80U) {
      ++place.column;
    }
  }
  return place;
}

/// The rules and artifacts of a run, numbered as they are first named.
class Log {
public:
  explicit Log(const Source& source) : source_(source) {}

  void add(const Examined& item) {
    std::map<std::string, int> seen;  // of one code: the same finding twice on one KPI has two fingerprints
    for (const auto& finding : item.findings) {
      const auto rule = rule_of(finding);
      Json result{{"ruleId", single_line(finding.code)},
                  {"ruleIndex", rule},
                  {"level", model::to_string(finding.severity)},
                  {"message", {{"text", message(item.name + ": " + finding.message)}}},
                  {"locations", Json::array({location(item, finding)})}};
      const auto which =
          fmt::format("{}\x1F{}\x1F{}", item.id.empty() ? item.group + "." + item.name : item.id,
                      finding.code, seen[finding.code]++);
      result["partialFingerprints"] = {{"kpiFinding/v1", sha256_hex(which)}};
      if (!source_.file.empty() && !item.sql.empty())
        result["relatedLocations"] = Json::array({{{"physicalLocation", in_sql(item, finding)}}});
      if (!item.id.empty()) result["properties"] = {{"kpi_id", item.id}, {"table", item.group}};
      results_.push_back(std::move(result));
    }
  }

  Json rules_ = Json::array();
  Json artifacts_ = Json::array();
  Json results_ = Json::array();

private:
  std::size_t rule_of(const model::Finding& finding) {
    const auto [at, added] = rule_numbers_.try_emplace(finding.code, rules_.size());
    if (!added) return at->second;
    const auto& kinds = sql::finding_catalogue();
    const auto kind =
        std::find_if(kinds.begin(), kinds.end(), [&](const auto& one) { return one.code == finding.code; });
    const auto severity = kind == kinds.end() ? finding.severity : kind->severity;
    const auto meaning = meaning_of(finding.code);
    const auto text = message(meaning.empty() ? finding.code : meaning);
    const auto help = kind == kinds.end() ? text : message("Example: " + std::string(kind->example));
    // Source: GitHub code scanning, which refuses rules without the last two.
    Json rule{{"id", single_line(finding.code)},
              {"shortDescription", {{"text", text}}},
              {"defaultConfiguration", {{"level", model::to_string(severity)}}},
              {"fullDescription", {{"text", text}}},
              {"help", {{"text", help}}}};
    rules_.push_back(std::move(rule));
    return at->second;
  }

  std::size_t artifact_of(const Examined& item) {
    const auto name = item.id.empty() ? sha256_hex(item.sql).substr(0, 16) : item.id;
    const auto [at, added] = artifact_numbers_.try_emplace(name, artifacts_.size());
    if (added) {
      artifacts_.push_back({{"location", {{"uri", "kpis/" + uri(name) + ".sql"}}},
                            {"sourceLanguage", "sql"},
                            {"contents", {{"text", item.sql}}}});
    }
    return at->second;
  }

  Json in_sql(const Examined& item, const model::Finding& finding) {
    const auto number = artifact_of(item);
    const auto place = place_of(item.sql, finding.position.value_or(0));
    return {{"artifactLocation", {{"uri", artifacts_[number]["location"]["uri"]}, {"index", number}}},
            {"region", {{"startLine", place.line}, {"startColumn", place.column}}}};
  }

  Json location(const Examined& item, const model::Finding& finding) {
    Json json = Json::object();
    if (!source_.file.empty()) {
      json["physicalLocation"] = {
          {"artifactLocation", {{"uri", uri(source_.file)}}},
          {"region", {{"startLine", std::max<std::size_t>(1, source_.line_of(item))}}}};
    } else if (!item.sql.empty()) {
      json["physicalLocation"] = in_sql(item, finding);
    }
    json["logicalLocations"] =
        Json::array({{{"name", single_line(item.name)},
                      {"fullyQualifiedName", single_line(item.group + "/" + item.name)}}});
    return json;
  }

  const Source& source_;
  std::map<std::string, std::size_t> rule_numbers_;
  std::map<std::string, std::size_t> artifact_numbers_;
};

}  // namespace

std::string sarif(const Verdicts& verdicts, const Source& source) {
  Log log(source);
  bool successful = true;
  for (const auto& item : verdicts.items) {
    log.add(item);
    if (item.group == "errors" && item.id.empty()) successful = false;
  }
  Json invocation{{"executionSuccessful", successful}};
  if (!verdicts.run.command.empty()) invocation["commandLine"] = single_line(verdicts.run.command);
  Json driver{{"name", "kpi"}, {"rules", std::move(log.rules_)}};
  if (!verdicts.run.tool_version.empty()) driver["version"] = single_line(verdicts.run.tool_version);
  Json run{{"tool", {{"driver", std::move(driver)}}},
           {"automationDetails",
            {{"id", fmt::format("kpi/{}/{}/", model::to_string(verdicts.kind), verdicts.run.tenant)}}},
           {"columnKind", "unicodeCodePoints"},
           {"invocations", Json::array({std::move(invocation)})},
           {"artifacts", std::move(log.artifacts_)},
           {"results", std::move(log.results_)}};
  const Json file{{"$schema", "https://json.schemastore.org/sarif-2.1.0.json"},
                  {"version", "2.1.0"},
                  {"runs", Json::array({std::move(run)})}};
  return dump_json(file, 2) + "\n";
}

}  // namespace kpi::render
