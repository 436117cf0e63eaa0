#include <kpi/base/text.hpp>
#include <kpi/stages/audit_fix.hpp>
#include <kpi/stages/card_of.hpp>

#include <fmt/format.h>

#include <string>
#include <utility>
#include <vector>

namespace kpi::stages {
namespace {

using model::AuditStatus;

/// The card as it stands this moment, unless somebody has touched it since it was looked at: then it is not
/// ours to write, and `found` says so.
Result<std::optional<metabase::Card>> untouched(ExaminedCard& found, const Listed& listed, AuditPorts ports,
                                                const Context& context) {
  auto card = ports.cards.card(found.card->id, context.stop);
  if (!card) return card;
  const auto marker = *card ? marker_of((*card)->description) : std::nullopt;
  const bool same = marker && to_string(*marker) == to_string(*listed.marker) && !(*card)->archived &&
                    (*card)->collection_id == found.card->collection_id &&
                    content_hash(**card, join(listed.collection, "/")) == marker->hash;
  if (same) return card;
  found.evidence += "; left as it is: it was changed while the audit ran";
  return std::optional<metabase::Card>();
}

/// `card` with `text` as its SQL, signed for the collection it stands in.
metabase::Card signed_anew(metabase::Card card, std::string text, const Listed& listed) {
  card.sql = std::move(text);
  auto marker = *listed.marker;
  const auto old = to_string(marker);
  marker.hash = content_hash(card, join(listed.collection, "/"));
  card.description = replace_all(card.description, old, to_string(marker));
  return card;
}

Result<Done> mend(ExaminedCard& found, const Listed& listed, const AuditOptions& options, AuditPorts ports,
                  const model::Database& schema, const Context& context) {
  const auto mended = ports.analyzer.mend(found.card->sql, schema.dialect, &schema);
  if (mended.repairs.empty()) return Done{};
  model::Kpi kpi;
  kpi.sql = mended.sql;
  kpi.dialect = schema.dialect;
  const auto text = card_sql(kpi, ports.analyzer);
  // What is guarded and tried is what is written, byte for byte.
  const auto analysis = ports.analyzer.analyze(text, schema.dialect, &schema);
  if (analysis.has_error() || !analysis.may_run()) return Done{};
  auto result = ports.queries.query({schema.id, text, 1, options.timeout}, context.stop);
  if (!result) return std::move(result).error();
  if (!result->ok) return Done{};
  auto now = untouched(found, listed, ports, context);
  if (!now) return std::move(now).error();
  if (!*now) return Done{};
  const auto card = signed_anew(std::move(**now), text, listed);
  auto written = ports.cards.update_card(card, context.stop);
  if (!written) return std::move(written).error();
  std::vector<std::string> codes;
  for (const auto& repair : mended.repairs) codes.push_back(repair.code);
  found.detail["fixed"] = {
      {"was", to_string(found.status)}, {"by", codes}, {"before", found.card->sql}, {"after", card.sql}};
  found.evidence = single_line(shorten("mended by " + join(codes, ", ") + "; was " + found.evidence, 500));
  found.status = AuditStatus::ok;
  found.card = card;
  return ports.state.save_version({"", context.run.id, listed.marker->kpi_id, card.id,
                                   marker_of(card.description)->hash, card.name, card.sql, card.description,
                                   card.display, join(listed.collection, "/")});
}

}  // namespace

Result<Done> fix(ExaminedCard& found, const Listed& listed, const AuditOptions& options, AuditPorts ports,
                 const Schemas& schemas, const Context& context) {
  if (found.edited || !found.card || !listed.marker) return Done{};
  if (found.status == AuditStatus::duplicate && listed.twin) {
    auto now = untouched(found, listed, ports, context);
    if (!now) return std::move(now).error();
    if (!*now) return Done{};
    (*now)->archived = true;
    (*now)->sql.clear();  // its query stays as it is
    auto archived = ports.cards.update_card(**now, context.stop);
    if (!archived) return std::move(archived).error();
    found.detail["fixed"] = {{"was", to_string(found.status)}, {"by", {"archived"}}};
    found.evidence = "archived: " + found.evidence;
    found.status = AuditStatus::archived;
    return Done{};
  }
  const auto schema = schemas.find(found.database_id);
  if (found.status != AuditStatus::broken || schema == schemas.end()) return Done{};
  return mend(found, listed, options, ports, schema->second, context);
}

}  // namespace kpi::stages
