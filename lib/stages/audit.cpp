#include <kpi/base/parallel.hpp>
#include <kpi/base/text.hpp>
#include <kpi/stages/audit.hpp>
#include <kpi/stages/audit_age.hpp>
#include <kpi/stages/audit_fix.hpp>
#include <kpi/stages/audit_summary.hpp>
#include <kpi/stages/discover.hpp>
#include <kpi/stages/halt.hpp>
#include <kpi/stages/stage_run.hpp>
#include <kpi/stages/standing.hpp>
#include <kpi/stages/usual_range.hpp>

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

/// So many cards are read one by one; of more, one list of all takes less time.
constexpr std::size_t few = 8;

/// The cards below the collection, by id, twins marked; then those that the state file remembers and that
/// stand elsewhere or lie in the Trash.
class Lister {
public:
  Lister(const AuditOptions& options, AuditPorts ports, const Context& context)
      : options_(options),
        ports_(ports),
        context_(context),
        all_(ports.cards, context) {}

  Result<std::vector<Listed>> list() {
    auto tree = CollectionTree::read(ports_.cards, context_.stop);
    if (!tree) return std::move(tree).error();
    if (auto done = list_below(*tree); !done) return std::move(done).error();
    if (auto done = list_remembered(*tree); !done) return std::move(done).error();
    if (auto done = read_contents(); !done) return std::move(done).error();
    return std::move(listed_);
  }

  /// How many cards below the collection other tenants keep.
  [[nodiscard]] std::int64_t of_other_tenants() const { return of_other_tenants_; }

  /// Cards that the state file remembers and that could not be read, with why.
  [[nodiscard]] const std::vector<std::pair<std::string, Error>>& failed() const { return failed_; }

private:
  Result<Done> list_below(const CollectionTree& tree) {
    const auto places = tree.below(collection_path(options_.collection));
    const std::vector<std::pair<std::int64_t, CollectionTree::Path>> list(places.begin(), places.end());
    std::vector<std::optional<Result<std::vector<metabase::CollectionItem>>>> answers(list.size());
    parallel_for(list.size(), context_.jobs, context_.stop, [&](std::size_t i) {
      answers[i] = ports_.cards.items(list[i].first, false, context_.stop);
    });
    for (std::size_t i = 0; i < list.size(); ++i) {
      if (!answers[i]) return interrupted("audit");
      if (!*answers[i]) return std::move(*answers[i]).error();
      for (auto& item : **answers[i]) {
        if (item.model != "card") continue;
        auto marker = marker_of(item.description);
        if (marker && marker->tenant != context_.run.tenant) {  // its own audit looks at it
          ++of_other_tenants_;
          continue;
        }
        listed_.push_back({std::move(item), list[i].second, std::move(marker), false, std::nullopt});
      }
    }
    std::sort(listed_.begin(), listed_.end(),
              [](const Listed& a, const Listed& b) { return a.item.id < b.item.id; });
    for (auto& card : listed_) {
      if (!card.marker) continue;
      card.twin = !seen_.insert(card.marker->kpi_id).second;
    }
    return Done{};
  }

  Result<Done> list_remembered(const CollectionTree& tree) {
    auto known = ports_.state.cards();
    if (!known) return std::move(known).error();
    std::erase_if(*known, [&](const auto& row) { return seen_.contains(row.kpi_id); });
    auto found = find_remembered(*known);
    if (!found) return std::move(found).error();
    auto& answers = *found;
    for (const auto& answer : answers) {
      if (answer && !*answer && answer->error().fault != Fault::item) return answer->error();
    }
    if (context_.stop.stop_requested()) return interrupted("audit");
    for (std::size_t i = 0; i < known->size(); ++i) {
      const auto& row = (*known)[i];
      auto& card = *answers[i];
      if (!card) {
        failed_.emplace_back(fmt::format("card {}", row.card_id), std::move(card).error());
        continue;
      }
      if (!*card) {
        if (auto gone = ports_.state.forget_card(row.kpi_id); !gone) return gone;
        continue;
      }
      const auto marker = marker_of((*card)->description);
      const bool ours = marker && marker->tenant == context_.run.tenant && marker->kpi_id == row.kpi_id;
      // What --prune took out is no card of ours any more.
      if (!ours || is_retired((*card)->description)) continue;
      const auto path = (*card)->collection_id ? tree.path_of(*(*card)->collection_id) : std::nullopt;
      Listed one;
      one.item.id = (*card)->id;
      one.item.name = (*card)->name;
      one.collection = path.value_or(CollectionTree::Path{});
      one.marker = marker;
      one.content = std::move(**card);
      listed_.push_back(std::move(one));
    }
    return Done{};
  }

  using Answers = std::vector<std::optional<Result<std::optional<metabase::Card>>>>;

  /// The cards of `known`, by their ids. What --prune retired is remembered for years, so of many the two
  /// lists of all cards come first, and only what stands in neither is asked for by itself.
  Result<Answers> find_remembered(const std::vector<store::RegisteredCard>& known) {
    Answers answers(known.size());
    for (std::size_t i = 0; known.size() > few && i < known.size(); ++i) {
      auto card = all_.find_anywhere(known[i].card_id);
      if (!card && !can_do_without(card.error())) return std::move(card).error();
      if (!card) break;
      if (*card) answers[i] = std::move(card);
    }
    const Halt halt(context_.stop);
    parallel_for(known.size(), context_.jobs, halt.token(), [&](std::size_t i) {
      if (answers[i]) return;
      answers[i] = ports_.cards.card(known[i].card_id, context_.stop);
      halt.look_at(*answers[i]);
    });
    return answers;
  }

  /// Where there are many, one list of all in place of a request each.
  Result<Done> read_contents() {
    const auto unread = std::count_if(listed_.begin(), listed_.end(),
                                      [](const Listed& one) { return one.marker && !one.content; });
    if (std::cmp_less_equal(unread, few)) return Done{};
    for (auto& card : listed_) {
      if (!card.marker || card.content) continue;
      auto content = all_.find(card.item.id);
      if (!content && can_do_without(content.error())) return Done{};  // then one by one
      if (!content) return std::move(content).error();
      card.content = std::move(*content);
    }
    return Done{};
  }

  const AuditOptions& options_;
  AuditPorts ports_;
  const Context& context_;
  AllCards all_;
  std::vector<Listed> listed_;
  std::int64_t of_other_tenants_ = 0;
  std::set<std::string> seen_;  ///< KPI ids
  std::vector<std::pair<std::string, Error>> failed_;
};

/// The databases' metadata as far as it can be had: without it, tables that are gone cannot be told.
Schemas read_schemas(const AuditPorts& ports, const StageRun& run, Outcome<model::AuditReport>& outcome,
                     const Context& context) {
  Schemas schemas;
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

/// Files what was not looked at once Metabase was lost. Fails with that where no card was looked at, and with
/// what this machine failed in.
Result<Done> file_lost(const Examinations& examined, const StageRun& run,
                       Outcome<model::AuditReport>& outcome) {
  const Error* lost = nullptr;
  std::size_t left = 0;
  bool any = false;
  for (const auto& one : examined) {
    if (!one) {
      ++left;
    } else if (*one) {
      any = true;
    } else if (lost == nullptr && one->error().fault != Fault::item) {
      lost = &one->error();
    }
  }
  if (lost == nullptr) return Done{};
  if (!any || lost->fault == Fault::machine) return *lost;
  if (left > 0) {
    run.file(outcome.report.envelope, fmt::format("{} cards", left),
             {Fault::item, lost->code, "audit", "were not looked at: Metabase was lost on the way",
              "run the audit again"});
    outcome.partial = true;
  }
  return Done{};
}

/// Two cards of ours that ask the same question, whatever they are called.
void mark_same_questions(const std::vector<Listed>& listed, Examinations& examined) {
  std::map<std::pair<std::int64_t, std::string>, std::size_t> first;
  for (std::size_t i = 0; i < listed.size(); ++i) {
    if (!examined[i] || !*examined[i]) continue;
    auto& found = **examined[i];
    if (found.fingerprint.empty() || found.status != AuditStatus::ok) continue;
    const auto [at, is_first] = first.emplace(std::pair(found.database_id, found.fingerprint), i);
    if (is_first) continue;
    found.status = AuditStatus::duplicate;
    found.evidence = fmt::format("asks what card {} asks, \"{}\"", listed[at->second].item.id,
                                 single_line(listed[at->second].item.name));
  }
}

/// Compares the KPI's value with its earlier ones, and keeps it.
Result<Done> look_back(const std::string& kpi_id, ExaminedCard& found, store::State& state) {
  if (!found.value || found.edited) return Done{};
  constexpr std::int64_t most = 60;
  auto earlier = state.values(kpi_id, most);
  if (!earlier) return std::move(earlier).error();
  std::vector<double> values;
  // Of a series, other points: the same month audited daily is one value, and says nothing of its range.
  for (const auto& one : *earlier) {
    const bool comparable = found.value->period.empty()
                                ? one.period.empty()
                                : !one.period.empty() && one.period != found.value->period;
    if (comparable) values.push_back(one.value);
  }
  found.detail["value"] = found.value->value;
  if (const auto usual = usual_range(values)) {
    found.detail["usual"] = {
        {"median", usual->median}, {"low", usual->low}, {"high", usual->high}, {"audits", usual->audits}};
    if (const auto change = change_text(found.value->value, *usual); !change.empty()) {
      found.detail["unusual"] = true;
      found.evidence = found.evidence.empty() ? change : found.evidence + "; " + change;
    }
  }
  return state.save_value(kpi_id, found.value->value, found.value->period);
}

/// The row of the report. What the state file is to remember of the card, when it last ran, is added to
/// `remember`: it is written once for all, as each write waits for the disk.
Result<CardAudit> account(const Listed& listed, ExaminedCard& found, const AuditOptions& options,
                          AuditPorts ports, const Context& context,
                          std::vector<store::RegisteredCard>& remember) {
  CardAudit row;
  row.card_id = listed.item.id;
  row.name = listed.item.name;
  row.url = ports.cards.card_url(listed.item.id);
  if (listed.marker && found.status != AuditStatus::unmanaged) {
    row.kpi_id = listed.marker->kpi_id;
    if (options.history) {
      if (auto done = look_back(row.kpi_id, found, ports.state); !done) return std::move(done).error();
    }
    auto known = ports.state.card_of(row.kpi_id);
    if (!known) return std::move(known).error();
    store::RegisteredCard remembered =
        *known ? **known : store::RegisteredCard{row.kpi_id, row.card_id, listed.marker->hash, "", ""};
    if (found.ran && !listed.twin) {
      remembered.last_ok_at = iso_time(context.clock.now());
      remember.push_back(remembered);
    }
    if (!remembered.last_ok_at.empty()) row.last_ok_at = remembered.last_ok_at;
  }
  row.status = found.status;
  row.evidence = found.evidence;
  row.detail = Json{{"collection", join(listed.collection, "/")}, {"tables", found.tables}};
  row.detail.update(found.detail);
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

  Lister lister(options, ports, context);
  auto listed = lister.list();
  if (!listed) return std::move(listed).error();
  for (const auto& [item, error] : lister.failed()) {
    run.file(report.envelope, item, error);
    outcome.partial = true;
  }
  const auto schemas = read_schemas(ports, run, outcome, context);

  Examiner examiner(options, ports, schemas, context);
  Examinations examined(listed->size());
  context.progress.begin("audit", "cards", listed->size());
  const Halt halt(context.stop);
  parallel_for(listed->size(), context.jobs, halt.token(), [&](std::size_t i) {
    examined[i] = examiner.examine((*listed)[i]);
    halt.look_at(*examined[i]);
    context.progress.step(examined[i]->has_value());
  });
  context.progress.end();
  if (!context.stop.stop_requested()) {
    if (auto lost = file_lost(examined, run, outcome); !lost) return std::move(lost).error();
    mark_stale(examined, options, ports, context);
  }
  if (context.stop.stop_requested()) return interrupted("audit");

  mark_same_questions(*listed, examined);
  std::vector<store::RegisteredCard> remember;
  bool fixing = options.fix;
  for (std::size_t i = 0; i < listed->size(); ++i) {
    if (!examined[i]) continue;
    auto& found = *examined[i];
    if (found && fixing) {
      auto fixed = fix(*found, (*listed)[i], options, ports, schemas, context);
      if (!fixed && fixed.error().fault == Fault::machine) return std::move(fixed).error();
      fixing = fixed || fixed.error().fault == Fault::item;
      if (!fixed) found = Result<ExaminedCard>(std::move(fixed).error());
    }
    if (!found) {
      run.file(report.envelope, (*listed)[i].item.name, found.error());
      outcome.partial = true;
      continue;
    }
    auto row = account((*listed)[i], *found, options, ports, context, remember);
    if (!row) return std::move(row).error();
    report.cards.push_back(std::move(*row));
  }
  if (auto saved = ports.state.save_cards(remember); !saved) return std::move(saved).error();
  report.summary["coverage"] = coverage(*listed, examined, options, schemas, ports.domain);
  if (auto costs = add_costs(report.summary, ports.state); !costs) return std::move(costs).error();
  if (lister.of_other_tenants() > 0) report.summary["of_other_tenants"] = lister.of_other_tenants();
  report.summary["error_patterns"] = error_patterns(report.cards);
  run.close(report.envelope);
  return outcome;
}

}  // namespace kpi::stages
