#pragma once

#include <kpi/base/result.hpp>
#include <kpi/model/domain.hpp>
#include <kpi/model/sql_policy.hpp>

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

// The files under config/, each read into a value. All fail (input, "config.invalid") with file, line and
// key.
namespace kpi::config {

/// What a model costs, in USD per million tokens, and what its API takes. From config/models.yaml, dated
/// there.
struct ModelPrice {
  std::string provider;
  std::string model;  ///< exact name, or a prefix that ends in '*'
  double input_usd = 0;
  double cached_input_usd = 0;
  double output_usd = 0;
  double cache_write_usd = 0;  ///< of input written to the provider's cache; where it is free, input_usd
};

struct ModelTable {
  std::string dated;  ///< the day the prices were looked up
  std::string default_openai_model;
  std::string default_anthropic_model;
  std::vector<ModelPrice> prices;

  /// The price of `model`: the exact name, else the longest prefix; none where unknown (a cost is then
  /// unknown, not 0).
  [[nodiscard]] const ModelPrice* price(std::string_view provider, std::string_view model) const;
};

Result<ModelTable> read_models(const std::filesystem::path& file);

/// The domain `name_or_file`: config/domains/NAME.yaml under `share`, or a path that ends in .yaml or .yml.
Result<model::Domain> read_domain(const std::filesystem::path& share, const std::string& name_or_file);

/// What a statement may do, from config/sql-policy.yaml.
Result<model::SqlPolicy> read_sql_policy(const std::filesystem::path& file);

/// A component of the score and how much it counts. From config/scoring.yaml.
struct ScoringWeight {
  std::string component;
  double weight = 0;
};
Result<std::vector<ScoringWeight>> read_scoring(const std::filesystem::path& file);

}  // namespace kpi::config
