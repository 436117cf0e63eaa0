#pragma once

#include <kpi/llm/generator.hpp>

#include <filesystem>
#include <string>
#include <vector>

namespace kpi::llm {

/// The prompts as templates, read once. All words for a model stand in prompts/*.mustache; here is only what
/// fills them. The same table gives the same bytes: statistics are rounded to two digits, dates to the month.
///
/// What comes from a database is data: one line, without control characters, cut to a length, between marks
/// that it cannot forge. Values, statistics and comments of personal columns are
/// never put in.
class Prompts {
public:
  /// Reads system, table and topup.mustache of `folder`. Fails (input, "prompt.unreadable" or
  /// "prompt.invalid").
  static Result<Prompts> load(const std::filesystem::path& folder);

  [[nodiscard]] std::string system(const TableTask& task) const;
  /// All columns of the table; the detail shrinks until it is about `max_tokens` long, the columns do not.
  [[nodiscard]] std::string table(const TableTask& task, std::int64_t max_tokens) const;
  /// table(), then what exists already and how many are missing.
  [[nodiscard]] std::string topup(const TableTask& task, const std::vector<std::string>& names,
                                  std::int64_t max_tokens) const;

private:
  Prompts(std::string system, std::string table, std::string topup);
  std::string system_;
  std::string table_;
  std::string topup_;
};

/// The answer that is asked for, as a JSON schema that strict servers take.
[[nodiscard]] Json answer_schema();

}  // namespace kpi::llm
