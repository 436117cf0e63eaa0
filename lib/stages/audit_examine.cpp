#include <kpi/base/text.hpp>
#include <kpi/sql/newest.hpp>
#include <kpi/stages/audit_examine.hpp>
#include <kpi/stages/without_values.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace kpi::stages {
namespace {

using model::AuditStatus;

constexpr std::size_t longest_evidence = 500;

void say(ExaminedCard& found, AuditStatus status, const std::string& evidence) {
  found.status = status;
  found.evidence = single_line(shorten(evidence, longest_evidence));
}

/// The first error that says something is not there any more, by name; else the first error; "" for none.
std::string cause_in(const sql::Analysis& analysis) {
  const model::Finding* worst = nullptr;
  for (const auto& one : analysis.findings) {
    if (one.severity != model::Severity::error) continue;
    if (one.code.starts_with("schema.unknown_")) return one.code + ": " + one.message;
    if (worst == nullptr) worst = &one;
  }
  return worst == nullptr ? "" : worst->code + ": " + worst->message;
}

const model::Finding* finding(const sql::Analysis& analysis, std::string_view code) {
  const auto at = std::find_if(analysis.findings.begin(), analysis.findings.end(),
                               [&](const auto& one) { return one.code == code; });
  return at == analysis.findings.end() ? nullptr : &*at;
}

/// How old the data behind a statement is, asked of each table's time columns that it reads; one that reads
/// none counts rows as they come in.
std::vector<AgeQuestion> ages_of(const model::Database& schema, const sql::Analysis& analysis) {
  std::vector<AgeQuestion> ages;
  for (const auto& name : analysis.tables) {
    const auto* table = schema.table(name);
    if (table == nullptr || table->time_columns.empty()) continue;
    std::vector<std::string> columns;
    for (const auto& column : table->time_columns) {
      const bool read = std::any_of(
          analysis.references.begin(), analysis.references.end(),
          [&](const auto& one) { return one.table == table->qualified_name() && one.field == column; });
      if (read) columns.push_back(column);
    }
    if (columns.empty()) columns.push_back(table->time_columns.front());
    for (const auto& column : columns)
      ages.push_back({schema.id, sql::newest_of(*table, column, schema.dialect)});
  }
  return ages;
}

}  // namespace

Result<ExaminedCard> Examiner::examine(const Listed& listed) {
  ExaminedCard found;
  if (!listed.marker) {
    say(found, AuditStatus::unmanaged, "has no kpi marker");
    return found;
  }
  if (listed.content) return look_at(*listed.content, listed);
  auto card = ports_.cards.card(listed.item.id, context_.stop);
  if (!card) return std::move(card).error();
  if (*card) return look_at(**card, listed);
  say(found, AuditStatus::archived, "was deleted for good");
  return found;
}

Result<ExaminedCard> Examiner::look_at(const metabase::Card& card, const Listed& listed) {
  ExaminedCard found;
  found.card = card;
  found.database_id = card.database_id;
  if (card.archived) {
    say(found, AuditStatus::archived, "is in the Trash");
    return found;
  }
  const auto at = schemas_.find(card.database_id);
  const auto* schema = at == schemas_.end() ? nullptr : &at->second;
  const auto analysis = ports_.analyzer.analyze(
      card.sql, schema != nullptr ? schema->dialect : model::Dialect::generic, schema);
  found.tables = analysis.tables;
  found.fingerprint = analysis.fingerprint;
  note_edit(found, card, listed);
  if (listed.twin) {
    say(found, AuditStatus::duplicate, "a card with a lower id has the same marker");
    return found;
  }
  if (!analysis.may_run()) {  // a card runs for others: it is guarded here too
    const auto cause = cause_in(analysis);
    say(found, AuditStatus::broken, cause.empty() ? "not safe to run" : cause);
    return found;
  }
  const auto* gone = finding(analysis, "schema.unknown_table");
  if (gone != nullptr && !options_.execute) {
    say(found, AuditStatus::orphan, gone->message);
    return found;
  }
  const bool by_name = finding(analysis, "schema.unknown_column") != nullptr;
  if (by_name && !options_.execute) {
    say(found, AuditStatus::broken, cause_in(analysis));
    return found;
  }
  if (options_.execute) {
    auto well = run(found, card, listed, analysis, schema);
    if (!well) return std::move(well).error();
    // A table that is only hidden in Metabase's metadata still answers.
    if (gone != nullptr && found.status == AuditStatus::broken)
      say(found, AuditStatus::orphan, gone->message);
    if (!*well) return found;
  }
  if (found.edited) {
    found.status = AuditStatus::drifted;
    return found;
  }
  if (options_.execute && schema != nullptr) found.ages = ages_of(*schema, analysis);
  return found;
}

/// What a person changed, as far as the state file remembers what was registered.
void Examiner::note_edit(ExaminedCard& found, const metabase::Card& card, const Listed& listed) const {
  const auto path = join(listed.collection, "/");
  found.edited = content_hash(card, path) != listed.marker->hash;
  if (!found.edited) return;
  found.evidence = "was changed in Metabase since it was registered";
  auto versions = ports_.state.versions(listed.marker->kpi_id);
  if (!versions) return;
  const auto at = std::find_if(versions->rbegin(), versions->rend(), [&](const store::CardVersion& version) {
    return version.content_hash == listed.marker->hash;
  });
  if (at == versions->rend()) return;
  Json changes = Json::array();
  std::vector<std::string> fields;
  const auto compare = [&](const char* field, std::string_view before, std::string_view after) {
    if (trim(before) == trim(after)) return;
    changes.push_back({{"field", field}, {"before", trim(before)}, {"after", trim(after)}});
    fields.emplace_back(field);
  };
  compare("name", at->name, card.name);
  if (!at->display.empty()) {
    compare("description", readable_part(at->description), readable_part(card.description));
    compare("display", at->display, card.display);
    compare("collection", at->collection, path);
  }
  compare("sql", at->sql, card.sql);
  if (fields.empty()) {
    fields.emplace_back(listed.collection.empty() ? "collection" : "description, display or collection");
  } else {
    found.detail["changes"] = std::move(changes);
  }
  found.evidence += ": " + join(fields, ", ");
}

/// Runs the card once, unless registration has just done so; false where that settles its status.
Result<bool> Examiner::run(ExaminedCard& found, const metabase::Card& card, const Listed& listed,
                           const sql::Analysis& analysis, const model::Database* schema) {
  const bool as_written = ports_.runs != nullptr && !found.edited;
  auto outcome = as_written ? ports_.runs->find(card.id, listed.marker->hash) : std::nullopt;
  if (outcome) {
    found.detail["measured_by"] = "register";
  } else {
    auto result = ports_.queries.run_card(card.id, options_.timeout, context_.stop);
    if (!result) return std::move(result).error();
    if (!result->ok) {
      found.detail["elapsed_ms"] = result->elapsed.count();
      const auto cause = cause_in(analysis);
      const auto error = without_values(result->error, card.sql, schema);
      say(found, AuditStatus::broken, cause.empty() ? error : cause + " (" + error + ")");
      return false;
    }
    outcome = card_run_of(*result);
  }
  found.ran = true;
  found.detail["elapsed_ms"] = outcome->elapsed.count();
  if (!outcome->nothing.empty()) {
    say(found, AuditStatus::empty, outcome->nothing);
    return false;
  }
  found.value = outcome->value;
  if (!found.edited && outcome->elapsed > options_.slow) {
    say(found, AuditStatus::slow, fmt::format("took {} ms", outcome->elapsed.count()));
  }
  return true;
}

}  // namespace kpi::stages
