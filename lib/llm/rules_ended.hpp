#pragma once

#include <kpi/llm/rules_facts.hpp>

#include <optional>
#include <string>
#include <vector>

// How rows ended, told by a status column.
namespace kpi::llm {

/// The rows of a table that ended well, or badly.
struct Ended {
  std::vector<std::string> labels = {};  ///< what the values are called: "rejected by the tax office"
  std::string label = {};                ///< what such rows are called: "Rejected"
  std::string word = {};                 ///< what the labels share: "rejected"
  std::string condition = {};            ///< on the rows, without an alias
};

/// Rows of `facts` that ended so by `dimension`; none where it is no status, where no value tells, or where
/// rows are entries or figures, which do not end.
[[nodiscard]] std::optional<Ended> ended(const Facts& facts, const Dimension& dimension, Outcome outcome);

}  // namespace kpi::llm
