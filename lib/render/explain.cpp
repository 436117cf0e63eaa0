#include <kpi/base/json.hpp>
#include <kpi/base/text.hpp>
#include <kpi/render/explain.hpp>
#include <kpi/render/listing.hpp>
#include <kpi/render/text_width.hpp>

#include <fmt/format.h>

#include <algorithm>

namespace kpi::render {
namespace {

/// Source: git: a prefix that names one thing is enough, and one of a letter or two is a slip.
constexpr std::size_t shortest_prefix = 4;

std::string one_line(std::string_view label, std::string_view text) {
  return text.empty() ? "" : fmt::format("{:<10} {}\n", label, single_line(text));
}

std::string sum_text(const model::Score& score) {
  const auto parts = summands(score);
  if (parts.empty()) {
    // A closed gate's formula says its 0 itself.
    const auto why = single_line(score.formula);
    return "Score " + (why.starts_with("0: ") ? why : fmt::format("{}: {}", score.total, why)) + "\n";
  }
  std::size_t longest = 0;
  for (const auto& part : parts)
    longest = std::max(longest, display_width(single_line(part.component->name)));
  std::string text;
  double sum = 0;
  for (const auto& part : parts) {
    sum += part.points;
    text += fmt::format("  {:5.1f}  {}  {:.2f} x {:5.1f}  {}\n", part.points,
                        fitted(single_line(part.component->name), longest), part.component->value,
                        100 * part.share, single_line(part.component->reason));
  }
  const auto rank = score.rank > 0 ? fmt::format(", rank {},", score.rank) : std::string(",");
  return fmt::format("Score {} of 100{} the sum of:\n{}  {:5.1f}  = {}   ({})\n", score.total, rank, text,
                     sum, score.total, single_line(score.formula));
}

/// "23 rows in 12 ms", with the one value of a scalar.
std::string run_text(const model::Execution& run) {
  if (run.status != model::RunStatus::ok) return run.error.value_or("");
  std::string text = fmt::format("{} row{}{} in {} ms", run.rows, run.rows == 1 ? "" : "s",
                                 run.truncated ? " (cut off)" : "", run.elapsed_ms);
  return run.value ? text + ": " + dump_json(*run.value) : text;
}

}  // namespace

std::vector<Summand> summands(const model::Score& score) {
  double weight = 0;
  for (const auto& one : score.components) weight += one.weight;
  std::vector<Summand> parts;
  for (const auto& one : score.components) {
    const double share = weight > 0 ? one.weight / weight : 0;
    parts.push_back({&one, share, 100 * share * one.value});
  }
  return parts;
}

Result<const model::Kpi*> kpi_with_id(const std::vector<model::Kpi>& kpis, std::string_view id) {
  const auto fail = [&](std::string what, std::string advice) {
    return Error{Fault::input, "report.no_kpi", "report", std::move(what), std::move(advice)};
  };
  const auto wanted = lower(trim(id));
  std::vector<const model::Kpi*> found;
  for (const auto& kpi : kpis) {
    if (kpi.id == wanted) return &kpi;
    if (wanted.size() >= shortest_prefix && kpi.id.starts_with(wanted)) found.push_back(&kpi);
  }
  if (found.empty()) {
    for (const auto& kpi : kpis) {
      if (!name_key(id).empty() && name_key(kpi.name) == name_key(id)) found.push_back(&kpi);
    }
  }
  if (found.size() == 1) return found.front();
  const auto shown = shorten(single_line(id), 40);
  if (found.size() > 1) {
    return fail(
        fmt::format("{} KPIs answer to {}: {} and {}", found.size(), shown, found[0]->id, found[1]->id),
        "give the whole id");
  }
  return fail(
      fmt::format("no KPI of the report has the id or the name {}", shown),
      "give a KPI's name, or its id as the JSON and the HTML page have it (the first 4 digits will do)");
}

std::string explanation(const model::Kpi& kpi, const TerminalStyle& style) {
  const auto bold = [&](const std::string& text) {
    return style.paint == Paint::yes ? "\x1b[1m" + text + "\x1b[0m" : text;
  };
  std::string text = bold(single_line(kpi.name)) + "\n";
  text += one_line("id", kpi.id) + one_line("table", join(kpi.tables, ", ")) +
          one_line("category", kpi.category) + one_line("about", kpi.description) +
          one_line("why", kpi.business_value);
  if (kpi.validation) {
    text += one_line("verdict", model::to_string(kpi.validation->status));
    for (const auto& finding : findings_of(kpi)) {
      text += one_line(model::to_string(finding.severity), finding.code + ": " + finding.message);
    }
    for (const auto& repair : kpi.validation->repairs)
      text += one_line("mended", repair.code + ", by " + repair.kind);
    if (kpi.validation->execution) text += one_line("query", run_text(*kpi.validation->execution));
  }
  text += "\n";
  text += kpi.score ? sum_text(*kpi.score) : "Score: none yet; kpi validate gives one\n";
  return text + "\n" + std::string(trim(replace_all(printable(kpi.sql), "\t", "  "))) + "\n";
}

}  // namespace kpi::render
