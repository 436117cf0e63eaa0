#include <kpi/base/parallel.hpp>
#include <kpi/base/text.hpp>
#include <kpi/stages/audit_age.hpp>
#include <kpi/stages/halt.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <utility>
#include <vector>

namespace kpi::stages {
namespace {

using model::AuditStatus;

/// "2026-11-21" of a cell that begins so.
std::optional<std::string> day_of(const Json& cell) {
  constexpr std::size_t day_length = 10;
  if (!cell.is_string()) return std::nullopt;
  auto text = cell.get<std::string>().substr(0, day_length);
  const bool is_day =
      text.size() == day_length && text[4] == '-' && text[7] == '-' &&
      std::all_of(text.begin(), text.end(), [](char c) { return c == '-' || (c >= '0' && c <= '9'); });
  return is_day ? std::optional(std::move(text)) : std::nullopt;
}

using Days = std::map<AgeQuestion, std::optional<std::string>>;

/// The cards whose age matters: those in which nothing else was found.
std::vector<ExaminedCard*> well(Examinations& examined) {
  std::vector<ExaminedCard*> cards;
  for (auto& one : examined) {
    if (one && *one && (*one)->status == AuditStatus::ok && !(*one)->ages.empty()) cards.push_back(&**one);
  }
  return cards;
}

Days ask(const std::vector<ExaminedCard*>& cards, const AuditOptions& options, AuditPorts ports,
         const Context& context) {
  Days days;
  for (const auto* card : cards) {
    for (const auto& question : card->ages) days.try_emplace(question);
  }
  std::vector<Days::value_type*> list;
  list.reserve(days.size());
  for (auto& one : days) list.push_back(&one);
  const Halt halt(context.stop);
  parallel_for(list.size(), context.jobs, halt.token(), [&](std::size_t i) {
    const auto& question = list[i]->first;
    auto result =
        ports.queries.query({question.database_id, question.statement, 1, options.timeout}, context.stop);
    halt.look_at(result);
    if (result && result->ok && !result->rows.empty() && !result->rows[0].empty())
      list[i]->second = day_of(result->rows[0][0]);
  });
  return days;
}

}  // namespace

void mark_stale(Examinations& examined, const AuditOptions& options, AuditPorts ports,
                const Context& context) {
  const auto cards = well(examined);
  const auto days = ask(cards, options, ports, context);
  const auto oldest = iso_time(context.clock.now() - std::chrono::days(options.stale_days)).substr(0, 10);
  for (auto* card : cards) {
    std::optional<std::string> newest;
    for (const auto& question : card->ages) newest = std::max(newest, days.at(question));
    if (!newest || *newest >= oldest) continue;
    card->status = AuditStatus::stale;
    card->evidence =
        fmt::format("the newest row behind it is of {}, more than {} days ago", *newest, options.stale_days);
    card->detail["newest"] = *newest;
  }
}

}  // namespace kpi::stages
