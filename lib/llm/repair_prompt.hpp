#pragma once

#include <kpi/base/result.hpp>
#include <kpi/llm/repairer.hpp>

#include <filesystem>
#include <string>

namespace kpi::llm {

/// What a model is told of a KPI that does not work: prompts/repair.mustache and what fills it. As in
/// Prompts, all that comes from a database or a model is data between marks that it cannot forge; personal
/// columns are named as such, and no value of any column is in it.
class RepairPrompt {
public:
  /// Fails (input, "prompt.unreadable" or "prompt.invalid").
  static Result<RepairPrompt> load(const std::filesystem::path& folder);

  [[nodiscard]] std::string text(const RepairTask& task) const;

private:
  explicit RepairPrompt(std::string shape) : shape_(std::move(shape)) {}
  std::string shape_;
};

}  // namespace kpi::llm
