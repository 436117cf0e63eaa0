#pragma once

#include "ports.hpp"
#include "stage_commands.hpp"

#include <kpi/llm/repairer.hpp>
#include <kpi/stages/model_repair.hpp>

#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace kpi::app {

/// Which models correct which KPIs. With --provider, --model or --base-url that one corrects all; without
/// them a KPI that a model wrote is corrected by that model, where its key is at hand, and no other is. The
/// offline rules correct nothing. Source: contract, section 1.
class Repairers {
public:
  /// Fails (input) where a model that was asked for by flag cannot be opened; warns where one that only the
  /// report names cannot. `ports` outlives it.
  static Result<Repairers> open(Session& session, Ports& ports, const ValidateFlags& flags,
                                const std::vector<model::Kpi>& kpis);

  /// For the stage, which it must outlive.
  [[nodiscard]] stages::RepairerFor port() const;

private:
  using Author = std::pair<std::string, std::string>;  ///< provider and model
  std::unique_ptr<llm::Repairer> for_all_;
  std::map<Author, std::unique_ptr<llm::Repairer>> by_author_;
};

}  // namespace kpi::app
