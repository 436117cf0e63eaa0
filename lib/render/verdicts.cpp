#include <kpi/base/json.hpp>
#include <kpi/render/listing.hpp>
#include <kpi/render/summary.hpp>
#include <kpi/render/verdicts.hpp>
#include <kpi/sql/analyzer.hpp>

#include <algorithm>
#include <array>
#include <utility>

namespace kpi::render {
namespace {

using model::Finding;
using model::Severity;

template <class Report>
Verdicts opening(model::ReportKind kind, const Report& report) {
  return {kind, report.envelope.run, {}, summary(report)};
}

Examined examined(const model::Kpi& kpi) {
  Examined item;
  item.group = table_of(kpi);
  item.name = kpi.name;
  item.id = kpi.id;
  item.sql = kpi.sql;
  if (kpi.validation && kpi.validation->execution) item.elapsed_ms = kpi.validation->execution->elapsed_ms;
  return item;
}

/// Adds errors[] of the report: to the item of that name, else as items of their own. An item that has failed
/// already says why itself.
void add_errors(Verdicts& verdicts, const model::Envelope& envelope) {
  const auto known = verdicts.items.size();
  for (const auto& error : envelope.errors) {
    const Finding finding{error.code, Severity::error, error.message, {}};
    const auto end = verdicts.items.begin() + static_cast<std::ptrdiff_t>(known);
    const auto item = std::find_if(verdicts.items.begin(), end, [&](const Examined& one) {
      return one.name == error.item || (one.group + "." + one.name) == error.item;
    });
    if (item == end) {
      Examined other;
      other.group = "errors";
      other.name = error.item.empty() ? error.stage : error.item;
      other.findings.push_back(finding);
      verdicts.items.push_back(std::move(other));
    } else if (!failed(*item)) {
      item->findings.push_back(finding);
      item->skipped.reset();
    }
  }
}

Severity severity_of(model::AuditStatus status) {
  switch (status) {
    case model::AuditStatus::broken:
      return Severity::error;
    case model::AuditStatus::archived:
    case model::AuditStatus::unmanaged:
      return Severity::note;
    default:
      return Severity::warning;
  }
}

/// What verdicts() itself says, of reports that hold no findings.
constexpr std::array<std::pair<std::string_view, std::string_view>, 13> own_codes{{
    {"generate.failed", "no KPI could be written for the table"},
    {"generate.short", "fewer KPIs than asked for"},
    {"validate.rejected", "rejected, without a finding that says why"},
    {"register.failed", "the card could not be written"},
    {"audit.broken", "the card's query fails, or is not safe to run any more"},
    {"audit.drifted", "the card was changed in Metabase since it was registered"},
    {"audit.empty", "the card gives no rows"},
    {"audit.slow", "the card takes long"},
    {"audit.stale", "the card has no fresh data"},
    {"audit.duplicate", "another card says the same"},
    {"audit.orphan", "a table that the card reads is gone"},
    {"audit.archived", "the card is in the trash"},
    {"audit.unmanaged", "the card is not ours"},
}};

/// Where the array of KPIs begins in a report as JSON; 0 where there is none.
std::size_t start_of_kpis(std::string_view text) {
  constexpr std::string_view member = "\"kpis\"";
  for (auto at = text.find(member); at != std::string_view::npos; at = text.find(member, at + 1)) {
    const auto value = text.find_first_not_of(": \t\r\n", at + member.size());
    if (value != std::string_view::npos && text[value] == '[') return value;
  }
  return 0;
}

}  // namespace

bool failed(const Examined& item) {
  return std::any_of(item.findings.begin(), item.findings.end(),
                     [](const Finding& finding) { return finding.severity == Severity::error; });
}

std::string_view meaning_of(std::string_view code) {
  for (const auto& kind : sql::finding_catalogue()) {
    if (kind.code == code) return kind.meaning;
  }
  for (const auto& [known, meaning] : own_codes) {
    if (known == code) return meaning;
  }
  return "";
}

Verdicts verdicts(const model::SchemaReport& report) {
  auto all = opening(model::ReportKind::schema, report);
  for (const auto& database : report.databases) {
    for (const auto& table : database.tables) {
      Examined item;
      item.group = database.name;
      item.name = table.qualified_name();
      all.items.push_back(std::move(item));
    }
  }
  add_errors(all, report.envelope);
  return all;
}

Verdicts verdicts(const model::CandidatesReport& report) {
  auto all = opening(model::ReportKind::candidates, report);
  for (const auto& table : report.tables) {
    Examined item;
    item.group = table.schema.empty() ? "tables" : table.schema;
    item.name = table.name;
    const auto why = table.error.value_or("");
    if (table.status == model::TableStatus::failed) {
      item.findings.push_back(
          {"generate.failed", Severity::error, why.empty() ? "no KPI was written" : why, {}});
    } else if (table.status == model::TableStatus::too_short) {
      item.findings.push_back(
          {"generate.short",
           Severity::warning,
           "only " + std::to_string(table.kpis) + " KPIs were written" + (why.empty() ? "" : ": " + why),
           {}});
    } else if (table.status == model::TableStatus::skipped) {
      item.skipped = why.empty() ? "skipped" : why;
    }
    all.items.push_back(std::move(item));
  }
  add_errors(all, report.envelope);
  return all;
}

Verdicts verdicts(const model::ValidationReport& report) {
  auto all = opening(model::ReportKind::validation, report);
  for (const auto& kpi : report.kpis) {
    auto item = examined(kpi);
    if (kpi.validation) item.findings = kpi.validation->findings;
    const bool rejected = kpi.validation && kpi.validation->status == model::Verdict::rejected;
    if (rejected && !failed(item))
      item.findings.push_back(
          {"validate.rejected", Severity::error, "rejected, without a reason in the report", {}});
    all.items.push_back(std::move(item));
  }
  add_errors(all, report.envelope);
  return all;
}

Verdicts verdicts(const model::RegistrationReport& report) {
  auto all = opening(model::ReportKind::registration, report);
  for (const auto& kpi : report.kpis) {
    auto item = examined(kpi);
    const auto r = kpi.registration.value_or(model::Registration{});
    if (!r.collection.empty()) item.group = r.collection;
    if (r.status == model::CardStatus::failed)
      item.findings.push_back(
          {"register.failed", Severity::error, r.reason.value_or("the card could not be written"), {}});
    if (r.status == model::CardStatus::skipped) item.skipped = r.reason.value_or("skipped");
    all.items.push_back(std::move(item));
  }
  add_errors(all, report.envelope);
  return all;
}

Verdicts verdicts(const model::AuditReport& report) {
  auto all = opening(model::ReportKind::audit, report);
  for (const auto& card : report.cards) {
    Examined item;
    item.group = "cards";
    item.name = card.name;
    item.id = card.kpi_id;
    if (card.status != model::AuditStatus::ok) {
      const auto code = "audit." + std::string(model::to_string(card.status));
      item.findings.push_back({code,
                               severity_of(card.status),
                               card.evidence.empty() ? std::string(meaning_of(code)) : card.evidence,
                               {}});
    }
    all.items.push_back(std::move(item));
  }
  add_errors(all, report.envelope);
  return all;
}

Source Source::of(std::string file, std::string_view text) {
  Source source{std::move(file), {}};
  // Tables and columns, which come before, have names too.
  const auto kpis = start_of_kpis(text);
  std::size_t line = 1;
  std::size_t counted = 0;  // bytes whose line ends are in `line`
  const auto note = [&](std::string_view member) {
    line = 1;
    counted = 0;
    for (auto at = text.find(member, kpis); at != std::string_view::npos; at = text.find(member, at + 1)) {
      auto from = at + member.size();
      while (from < text.size() && (text[from] == ' ' || text[from] == ':')) ++from;
      if (from >= text.size() || text[from] != '"') continue;
      auto to = from + 1;
      while (to < text.size() && text[to] != '"' && text[to] != '\n') to += text[to] == '\\' ? 2 : 1;
      if (to >= text.size()) break;
      line += static_cast<std::size_t>(std::count(text.begin() + static_cast<std::ptrdiff_t>(counted),
                                                  text.begin() + static_cast<std::ptrdiff_t>(at), '\n'));
      counted = at;
      // The value as it is written: what needs an escape is compared with its own escaped form.
      source.lines.emplace(std::string(text.substr(from, to + 1 - from)), line);
    }
  };
  note("\"id\"");
  note("\"name\"");
  return source;
}

std::size_t Source::line_of(const Examined& item) const {
  for (const auto* key : {&item.id, &item.name}) {
    if (key->empty()) continue;
    const auto found = lines.find(dump_json(*key));
    if (found != lines.end()) return found->second;
  }
  return 0;
}

}  // namespace kpi::render
