#include <kpi/base/parallel.hpp>
#include <kpi/base/text.hpp>
#include <kpi/stages/audit.hpp>
#include <kpi/stages/collections.hpp>
#include <kpi/stages/discover.hpp>
#include <kpi/stages/filter.hpp>
#include <kpi/stages/marker.hpp>
#include <kpi/stages/stage_run.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <utility>

namespace kpi::stages {
namespace {

using model::AuditStatus;
using model::CardAudit;

/// A card below the managed collection, and what was read of it.
struct Listed {
  metabase::CollectionItem item;
  CollectionTree::Path collection;
  std::optional<Marker> marker;  ///< none: not ours
  bool twin = false;             ///< a card with a lower id has the same marker
};

/// All cards below the collection, by collection and id, twins marked.
Result<std::vector<Listed>> list_cards(const AuditOptions& options, metabase::Cards& cards,
                                       const Context& context) {
  auto tree = CollectionTree::read(cards, context.stop);
  if (!tree) return std::move(tree).error();
  std::vector<Listed> listed;
  for (const auto& [id, path] : tree->below(collection_path(options.collection))) {
    auto items = cards.items(id, false, context.stop);
    if (!items) return std::move(items).error();
    for (auto& item : *items) {
      if (item.model != "card") continue;
      auto marker = marker_of(item.description);
      listed.push_back({std::move(item), path, std::move(marker), false});
    }
  }
  std::sort(listed.begin(), listed.end(),
            [](const Listed& a, const Listed& b) { return a.item.id < b.item.id; });
  std::set<std::string> seen;
  for (auto& card : listed) {
    if (card.marker) card.twin = !seen.insert(card.marker->tenant + ":" + card.marker->kpi_id).second;
  }
  return listed;
}

/// The databases' metadata as far as it can be had: without it, tables that are gone cannot be told.
std::map<std::int64_t, model::Database> read_schemas(const AuditPorts& ports, const StageRun& run,
                                                     Outcome<model::AuditReport>& outcome,
                                                     const Context& context) {
  std::map<std::int64_t, model::Database> schemas;
  auto infos = ports.catalog.databases(context.stop);
  if (!infos) {
    run.file(outcome.report.envelope, "databases", infos.error());
    outcome.partial = true;
    return schemas;
  }
  for (const auto& info : *infos) {
    if (!info.has_sql) continue;
    auto database = ports.catalog.metadata(info, context.stop);
    if (!database) {
      run.file(outcome.report.envelope, info.name, database.error());
      outcome.partial = true;
      continue;
    }
    enrich(*database, ports.domain);
    schemas.emplace(info.id, std::move(*database));
  }
  return schemas;
}

/// What one card's examination found.
struct Finding {
  AuditStatus status = AuditStatus::ok;
  std::string evidence;
  std::vector<std::string> tables;
  bool ran = false;
};

class Examiner {
public:
  Examiner(const AuditOptions& options, AuditPorts ports,
           const std::map<std::int64_t, model::Database>& schemas, const Context& context)
      : options_(options),
        ports_(ports),
        schemas_(schemas),
        context_(context) {}

  Result<Finding> examine(const Listed& listed) const {
    if (!listed.marker) return Finding{AuditStatus::unmanaged, "has no kpi marker", {}, false};
    if (listed.marker->tenant != context_.run.tenant) {
      return Finding{AuditStatus::unmanaged, "belongs to another tenant", {}, false};
    }
    if (listed.twin)
      return Finding{AuditStatus::duplicate, "a card with a lower id has the same marker", {}, false};
    auto card = ports_.cards.card(listed.item.id, context_.stop);
    if (!card) return std::move(card).error();
    if (!*card || (*card)->archived) return Finding{AuditStatus::archived, "is in the trash", {}, false};
    return look_at(**card, listed);
  }

private:
  Result<Finding> look_at(const metabase::Card& card, const Listed& listed) const {
    Finding finding;
    const auto at = schemas_.find(card.database_id);
    const auto* schema = at == schemas_.end() ? nullptr : &at->second;
    const auto analysis = ports_.analyzer.analyze(
        card.sql, schema != nullptr ? schema->dialect : model::Dialect::generic, schema);
    finding.tables = analysis.tables;
    const bool drifted = content_hash(card, join(listed.collection, "/")) != listed.marker->hash;
    if (schema != nullptr && !analysis.may_run()) {
      return said(std::move(finding), AuditStatus::broken, first_error(analysis, "not safe to run"));
    }
    for (const auto& one : analysis.findings) {
      if (one.code == "schema.unknown_table")
        return said(std::move(finding), AuditStatus::orphan, one.message);
    }
    if (options_.execute) {
      auto result = ports_.queries.run_card(card.id, options_.timeout, context_.stop);
      if (!result) return std::move(result).error();
      finding.ran = result->ok;
      if (!result->ok) {
        return said(std::move(finding), AuditStatus::broken,
                    analysis.has_error() ? first_error(analysis, result->error) : result->error);
      }
      if (result->rows.empty()) return said(std::move(finding), AuditStatus::empty, "gives no rows");
      if (!drifted && result->elapsed > options_.slow) {
        return said(std::move(finding), AuditStatus::slow,
                    fmt::format("took {} ms", result->elapsed.count()));
      }
    }
    if (drifted)
      return said(std::move(finding), AuditStatus::drifted,
                  "was changed in Metabase since it was registered");
    return finding;
  }

  static Finding said(Finding finding, AuditStatus status, std::string evidence) {
    finding.status = status;
    finding.evidence = single_line(shorten(evidence, 500));
    return finding;
  }

  static std::string first_error(const sql::Analysis& analysis, const std::string& otherwise) {
    for (const auto& one : analysis.findings) {
      if (one.severity == model::Severity::error) return one.code + ": " + one.message;
    }
    return otherwise;
  }

  const AuditOptions& options_;
  AuditPorts ports_;
  const std::map<std::int64_t, model::Database>& schemas_;
  const Context& context_;
};

/// Cards per category (the collection they stand in) and table, and the tables and categories without any.
Json coverage(const std::vector<Listed>& listed, const std::vector<std::optional<Result<Finding>>>& findings,
              const AuditOptions& options, const std::map<std::int64_t, model::Database>& schemas,
              const model::Domain& domain) {
  std::map<std::string, std::int64_t> by_category;
  std::map<std::string, std::int64_t> by_table;
  for (const auto& category : domain.categories) by_category[category.name] = 0;
  for (const auto& [id, database] : schemas) {
    for (const auto& table : database.tables) {
      if (is_wanted(table.name, options.include, options.exclude)) by_table[table.qualified_name()] = 0;
    }
  }
  for (std::size_t i = 0; i < listed.size(); ++i) {
    if (!findings[i] || !*findings[i] || (**findings[i]).status == AuditStatus::unmanaged) continue;
    ++by_category[listed[i].collection.back()];
    for (const auto& table : (**findings[i]).tables) ++by_table[table];
  }
  Json categories = Json::object();
  for (const auto& [name, count] : by_category) categories[name] = count;
  Json tables = Json::object();
  Json uncovered = Json::array();
  for (const auto& [name, count] : by_table) {
    tables[name] = count;
    if (count == 0) uncovered.push_back(name);
  }
  return {{"by_category", std::move(categories)},
          {"by_table", std::move(tables)},
          {"uncovered", std::move(uncovered)}};
}

/// The ledger: what models cost this tenant, and how often an answer was at hand already.
Result<Done> add_costs(Json& summary, store::State& state) {
  auto spending = state.spending();
  if (!spending) return std::move(spending).error();
  summary["cost"] = {{"today_usd", spending->today_usd},
                     {"last_30_days_usd", spending->last_30_days_usd},
                     {"total_usd", spending->total_usd}};
  const auto asked = spending->calls + spending->cache_hits;
  summary["cache_hit_rate"] =
      asked == 0 ? Json(nullptr)
                 : Json(static_cast<double>(spending->cache_hits) / static_cast<double>(asked));
  summary["llm_calls"] = spending->calls;
  return Done{};
}

/// What broke cards, by the first words of the evidence, most frequent first.
Json error_patterns(const std::vector<CardAudit>& cards) {
  std::map<std::string, std::int64_t> counts;
  for (const auto& card : cards) {
    if (card.status == AuditStatus::broken || card.status == AuditStatus::orphan)
      ++counts[shorten(card.evidence, 80)];
  }
  std::vector<std::pair<std::string, std::int64_t>> sorted(counts.begin(), counts.end());
  std::stable_sort(sorted.begin(), sorted.end(),
                   [](const auto& a, const auto& b) { return a.second > b.second; });
  Json patterns = Json::array();
  for (const auto& [pattern, count] : sorted) patterns.push_back({{"pattern", pattern}, {"count", count}});
  return patterns;
}

/// The row of the report, and the state's memory of when the card last ran.
Result<CardAudit> account(const Listed& listed, const Finding& finding, AuditPorts ports,
                          const Context& context) {
  CardAudit row;
  row.card_id = listed.item.id;
  row.name = listed.item.name;
  row.url = ports.cards.card_url(listed.item.id);
  row.status = finding.status;
  row.evidence = finding.evidence;
  if (!listed.marker || finding.status == AuditStatus::unmanaged) return row;
  row.kpi_id = listed.marker->kpi_id;
  auto known = ports.state.card_of(row.kpi_id);
  if (!known) return std::move(known).error();
  store::RegisteredCard remembered =
      *known ? **known : store::RegisteredCard{row.kpi_id, row.card_id, listed.marker->hash, "", ""};
  if (finding.ran) {
    remembered.last_ok_at = iso_time(context.clock.now());
    if (auto saved = ports.state.save_card(remembered); !saved) return std::move(saved).error();
  }
  if (!remembered.last_ok_at.empty()) row.last_ok_at = remembered.last_ok_at;
  return row;
}

}  // namespace

Result<Outcome<model::AuditReport>> audit(const AuditOptions& options, AuditPorts ports,
                                          const Context& context) {
  const StageRun run(context, "audit");
  Outcome<model::AuditReport> outcome;
  auto& report = outcome.report;
  report.envelope = run.open();
  if (auto version = ports.catalog.version(context.stop)) report.envelope.metabase_version = *version;

  auto listed = list_cards(options, ports.cards, context);
  if (!listed) return std::move(listed).error();
  const auto schemas = read_schemas(ports, run, outcome, context);

  const Examiner examiner(options, ports, schemas, context);
  std::vector<std::optional<Result<Finding>>> findings(listed->size());
  context.progress.begin("audit", "cards", listed->size());
  parallel_for(listed->size(), context.jobs, context.stop, [&](std::size_t i) {
    findings[i] = examiner.examine((*listed)[i]);
    context.progress.step(findings[i]->has_value());
  });
  context.progress.end();
  if (context.stop.stop_requested()) return interrupted("audit");

  for (std::size_t i = 0; i < listed->size(); ++i) {
    if (!*findings[i]) {
      run.file(report.envelope, (*listed)[i].item.name, findings[i]->error());
      outcome.partial = true;
      continue;
    }
    auto row = account((*listed)[i], **findings[i], ports, context);
    if (!row) return std::move(row).error();
    report.cards.push_back(std::move(*row));
  }
  report.summary["coverage"] = coverage(*listed, findings, options, schemas, ports.domain);
  if (auto costs = add_costs(report.summary, ports.state); !costs) return std::move(costs).error();
  report.summary["error_patterns"] = error_patterns(report.cards);
  run.close(report.envelope);
  return outcome;
}

}  // namespace kpi::stages
