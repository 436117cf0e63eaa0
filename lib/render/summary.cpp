#include <kpi/base/text.hpp>
#include <kpi/render/progress_line.hpp>
#include <kpi/render/summary.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>

namespace kpi::render {
namespace {

using model::CardStatus;
using model::Verdict;

std::string counted(std::size_t count, std::string_view one, std::string_view many) {
  return fmt::format("{} {}", count, count == 1 ? one : many);
}

std::string took(const model::Envelope& envelope) {
  return duration_text(std::chrono::milliseconds(envelope.run.elapsed_ms));
}

/// "3 failed: TB_A: why" for the errors of a report; nothing for none.
void add_errors(std::vector<std::string>& lines, const model::Envelope& envelope) {
  constexpr std::size_t most = 5;
  const auto& errors = envelope.errors;
  for (std::size_t i = 0; i < std::min(errors.size(), most); ++i) {
    lines.push_back(fmt::format("failed: {}: {}", errors[i].item, errors[i].message));
  }
  if (errors.size() > most)
    lines.push_back(fmt::format("and {} more in errors[] of the report", errors.size() - most));
}

std::vector<std::string> cleaned(std::vector<std::string> lines) {
  for (auto& line : lines) line = single_line(line);
  return lines;
}

std::string cost_text(const std::optional<double>& cost) {
  return cost ? fmt::format("{:.4f} USD", *cost) : "cost unknown";
}

std::size_t count_verdict(const std::vector<model::Kpi>& kpis, Verdict verdict) {
  return static_cast<std::size_t>(std::count_if(kpis.begin(), kpis.end(), [&](const model::Kpi& kpi) {
    return kpi.validation && kpi.validation->status == verdict;
  }));
}

}  // namespace

std::string percent_text(double share) {
  constexpr double slack = 1e-9;  // of a quotient in floating point
  return fmt::format("{:.1f}%", std::floor(1000 * share + slack) / 10);
}

std::vector<std::string> summary(const model::SchemaReport& report) {
  std::size_t tables = 0, fields = 0, relationships = 0, inferred = 0;
  for (const auto& database : report.databases) {
    tables += database.tables.size();
    relationships += database.relationships.size();
    for (const auto& table : database.tables) fields += table.fields.size();
    for (const auto& one : database.relationships) inferred += one.kind == "inferred" ? 1 : 0;
  }
  std::vector<std::string> lines{fmt::format(
      "discover: {} in {}, {}, {} ({} inferred); {}, {}", counted(tables, "table", "tables"),
      counted(report.databases.size(), "database", "databases"), counted(fields, "field", "fields"),
      counted(relationships, "relationship", "relationships"), inferred,
      counted(static_cast<std::size_t>(report.requests), "request", "requests"), took(report.envelope))};
  if (report.databases.empty() && report.envelope.errors.empty()) {
    lines.emplace_back(
        "Metabase shows this user no database with SQL; grant one under Permissions, or add one");
  } else if (tables == 0 && !report.databases.empty()) {
    lines.emplace_back("no table matches; look at --include, --exclude, --schema and --database");
  }
  for (const auto& database : report.databases) {
    lines.push_back(fmt::format("{} ({}): {}", database.name, database.engine,
                                counted(database.tables.size(), "table", "tables")));
  }
  if (report.changes) {
    lines.push_back(fmt::format("since then: {} added, {} removed, {} changed", report.changes->added.size(),
                                report.changes->removed.size(), report.changes->changed.size()));
  }
  add_errors(lines, report.envelope);
  return cleaned(std::move(lines));
}

std::vector<std::string> summary(const model::CandidatesReport& report) {
  std::size_t few = 0, failed = 0, skipped = 0;
  for (const auto& table : report.tables) {
    few += table.status == model::TableStatus::too_short ? 1 : 0;
    failed += table.status == model::TableStatus::failed ? 1 : 0;
    skipped += table.status == model::TableStatus::skipped ? 1 : 0;
  }
  std::vector<std::string> lines{
      fmt::format("generate: {} for {}, {}", counted(report.kpis.size(), "KPI", "KPIs"),
                  counted(report.tables.size(), "table", "tables"), took(report.envelope))};
  if (few + failed + skipped > 0) {
    lines.push_back(fmt::format("{} got fewer than asked for, {} failed, {} skipped", few, failed, skipped));
  }
  if (report.llm_calls + report.cached_calls > 0) {
    lines.push_back(fmt::format("{} model calls, {} cached, {} + {} tokens, {}", report.llm_calls,
                                report.cached_calls, report.prompt_tokens, report.completion_tokens,
                                cost_text(report.cost_usd)));
  }
  add_errors(lines, report.envelope);
  return cleaned(std::move(lines));
}

std::vector<std::string> summary(const model::ValidationReport& report) {
  std::vector<std::string> lines{
      fmt::format("validate: {} of {} hold: {} passed, {} repaired, {} rejected; {}",
                  percent_text(model::success_rate(report.kpis)), counted(report.kpis.size(), "KPI", "KPIs"),
                  count_verdict(report.kpis, Verdict::passed), count_verdict(report.kpis, Verdict::repaired),
                  count_verdict(report.kpis, Verdict::rejected), took(report.envelope))};
  constexpr std::size_t most = 5;
  const auto codes = model::errors_by_code(report.kpis);
  for (std::size_t i = 0; i < std::min(codes.size(), most); ++i) {
    lines.push_back(fmt::format("rejected for {}: {}", codes[i].code, codes[i].count));
  }
  add_errors(lines, report.envelope);
  return cleaned(std::move(lines));
}

std::string archived_title(const model::RegistrationReport& report) {
  const bool planned = !report.archived.empty() && report.archived.front().planned;
  return planned ? "To archive" : "Archived";
}

std::vector<std::string> summary(const model::RegistrationReport& report) {
  std::map<CardStatus, std::size_t> counts;
  std::map<std::string, std::size_t> standing;
  for (const auto& kpi : report.kpis) {
    if (!kpi.registration) continue;
    const auto& registration = *kpi.registration;
    ++counts[registration.status];
    const bool stands = registration.status == CardStatus::created ||
                        registration.status == CardStatus::updated ||
                        registration.status == CardStatus::unchanged;
    if (stands) ++standing[registration.collection];
  }
  std::string first =
      fmt::format("register: {} created, {} updated, {} unchanged, {} skipped, {} failed",
                  counts[CardStatus::created], counts[CardStatus::updated], counts[CardStatus::unchanged],
                  counts[CardStatus::skipped], counts[CardStatus::failed]);
  if (counts[CardStatus::planned] > 0) first += fmt::format(", {} planned", counts[CardStatus::planned]);
  if (!report.archived.empty())
    first += fmt::format(", {} {}", report.archived.size(), lower(archived_title(report)));
  std::vector<std::string> lines{first + "; " + took(report.envelope)};
  for (const auto& [collection, cards] : standing) {
    lines.push_back(fmt::format("{:>5}  {}", cards, single_line(collection)));
  }
  if (report.collection_url) lines.push_back(*report.collection_url);
  add_errors(lines, report.envelope);
  // The counts are aligned: cleaned() would take their blanks away.
  for (auto& line : lines) line = printable(replace_all(replace_all(line, "\n", " "), "\t", " "));
  return lines;
}

std::vector<std::string> summary(const model::AuditReport& report) {
  std::map<model::AuditStatus, std::size_t> counts;
  for (const auto& card : report.cards) ++counts[card.status];
  std::string first = fmt::format("audit: {}", counted(report.cards.size(), "card", "cards"));
  for (const auto& [status, count] : counts) first += fmt::format(", {} {}", count, model::to_string(status));
  std::vector<std::string> lines{first + "; " + took(report.envelope)};
  constexpr std::size_t most = 5;
  std::size_t shown = 0;
  for (const auto& card : report.cards) {
    if (card.status != model::AuditStatus::broken || shown == most) continue;
    lines.push_back(fmt::format("broken: {}: {}", card.name, card.evidence));
    ++shown;
  }
  add_errors(lines, report.envelope);
  return cleaned(std::move(lines));
}

}  // namespace kpi::render
