#pragma once

#include <kpi/model/report.hpp>
#include <kpi/stages/result_facts.hpp>
#include <kpi/stages/validate_targets.hpp>

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

// What a long stage has finished, kept while it runs, so that one that was stopped or killed goes on from
// there.
namespace kpi::stages {

/// Texts by key, kept as they come. Any thread may call.
class Journal {
public:
  virtual ~Journal() = default;
  /// What was kept under `key` by this try of the stage or an earlier one.
  [[nodiscard]] virtual std::optional<std::string> find(std::string_view key) = 0;
  /// What cannot be kept is not: the stage does not depend on it.
  virtual void keep(std::string_view key, std::string_view text) = 0;
};

/// A KPI after every check that looks at it alone.
struct Validated {
  model::Kpi kpi;
  std::optional<ResultFacts> facts;  ///< of its rows, where it ran
  model::RepairUsage usage;          ///< what models took for it
};

/// The key of one KPI: its place, all that its candidate says, and where its query goes.
[[nodiscard]] std::string journal_key(std::size_t index, const model::Kpi& candidate, const Target& target);

/// `validated` as one line; "" where it holds a number that JSON cannot say. Holds the shape of a result as a
/// report does, its hash, and no row.
[[nodiscard]] std::string journal_text(const Validated& validated);
/// The same read back; none where it is damaged: the KPI is then validated again.
[[nodiscard]] std::optional<Validated> read_journal_text(std::string_view text);

}  // namespace kpi::stages
