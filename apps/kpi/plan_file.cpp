#include "plan_file.hpp"

#include <kpi/base/text.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <map>

namespace kpi::app {
namespace {

Error not_a_plan(const std::string& name, const std::string& why) {
  return {Fault::input, "plan.invalid", "register", name + " is no plan: " + why,
          "make one with kpi register --plan FILE"};
}

/// What is planned for one KPI, as far as it must not change before it is carried out: also the contents of
/// the card that stands and of the one to be, as hashes.
std::string intent(const model::Kpi& kpi) {
  if (!kpi.registration) return "nothing";
  const auto& r = *kpi.registration;
  return fmt::format("{} {} card {} in {} from {} to {}", model::to_string(r.status), r.reason.value_or(""),
                     r.card_id ? std::to_string(*r.card_id) : "new", r.collection,
                     r.hash_before.empty() ? "nothing" : r.hash_before, r.hash.empty() ? "nothing" : r.hash);
}

}  // namespace

std::string plan_text(const PlanFile& plan) {
  Json json = model::to_json(plan.report);
  json["plan"] = {{"collection", plan.options.collection},
                  {"prune", plan.options.prune},
                  {"force", plan.options.force},
                  {"min_score", plan.options.min_score},
                  {"dashboards", plan.options.dashboards}};
  auto& databases = json["plan"]["databases"] = Json::array();
  for (const auto& database : plan.databases) {
    databases.push_back({{"id", database.id}, {"name", database.name}});
  }
  return dump_json(json, 2) + "\n";
}

Result<PlanFile> read_plan(const std::string& file, const std::stop_token& stop) {
  auto input = read_input(file, stop);
  if (!input) return std::move(input).error();
  const model::RegistrationReport* which = nullptr;
  auto report = read_report(source_of(input->text), input->name, which);
  if (!report) return std::move(report).error();
  auto json = parse_json(input->text, input->name);
  if (!json) return std::move(json).error();
  PlanFile plan;
  plan.report = std::move(*report);
  JsonReader reader(*json, input->name);
  if (reader.find("plan") == nullptr) return not_a_plan(input->name, "it has no member plan");
  reader.inside("plan", [&](JsonReader& inner) {
    std::int64_t min_score = 0;
    inner.need("collection", plan.options.collection);
    inner.take("prune", plan.options.prune)
        .take("force", plan.options.force)
        .take("min_score", min_score)
        .take("dashboards", plan.options.dashboards);
    plan.options.min_score = static_cast<int>(min_score);
    inner.each("databases", [&](JsonReader& one) {
      auto& database = plan.databases.emplace_back();
      one.need("id", database.id).take("name", database.name);
    });
  });
  if (!reader.error().empty()) return not_a_plan(input->name, reader.error());
  return plan;
}

std::string difference(const model::RegistrationReport& saved, const model::RegistrationReport& now) {
  // The same KPIs in the same order: the plan that is made again is made of the saved one's.
  for (std::size_t i = 0; i < std::min(saved.kpis.size(), now.kpis.size()); ++i) {
    const auto wanted = intent(saved.kpis[i]);
    const auto today = intent(now.kpis[i]);
    if (wanted != today)
      return fmt::format("\"{}\" was {} and would now be {}", now.kpis[i].name, wanted, today);
  }
  std::map<std::int64_t, std::string> archived;
  for (const auto& card : saved.archived) archived[card.card_id] = card.name;
  for (const auto& card : now.archived) {
    if (archived.erase(card.card_id) == 0)
      return fmt::format("card \"{}\" would now be archived too", card.name);
  }
  if (!archived.empty())
    return fmt::format("card \"{}\" would no longer be archived", archived.begin()->second);
  const auto boards = [](const model::RegistrationReport& report) {
    std::map<std::string, std::string> all;
    for (const auto& one : report.dashboards) {
      all[one.collection] = fmt::format("{} {} {}", model::to_string(one.status), one.reason.value_or(""),
                                        one.dashboard_id ? std::to_string(*one.dashboard_id) : "new");
    }
    return all;
  };
  return boards(saved) == boards(now) ? "" : "other dashboards would be written";
}

}  // namespace kpi::app
