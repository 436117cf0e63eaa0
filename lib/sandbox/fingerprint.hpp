#pragma once

#include <kpi/base/json.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <unordered_set>
#include <vector>

namespace kpi::sandbox {

/// Metabase's statistics of one column, fed cell by cell from a sample of its rows.
class Fingerprint {
public:
  explicit Fingerprint(std::string base_type);

  /// One cell as Source::run() gives it.
  void add(const Json& cell);

  /// Distinct values other than null.
  [[nodiscard]] std::size_t distinct() const { return seen_.size(); }
  /// Cells that were not null.
  [[nodiscard]] std::size_t filled() const { return rows_ - nulls_; }
  /// {"global": {...}, "type": {...}}. Source: Metabase, lib/schema/metadata/fingerprint.cljc.
  [[nodiscard]] Json json() const;
  /// The semantic type that the values themselves show ("type/Email"), or "".
  [[nodiscard]] std::string shown_type() const;

private:
  void add_text(const std::string& text);
  [[nodiscard]] Json numbers() const;
  [[nodiscard]] Json texts() const;
  [[nodiscard]] double share(std::size_t count) const;

  std::string base_type_;
  std::size_t rows_ = 0, nulls_ = 0;
  std::unordered_set<std::size_t> seen_;  // hashes
  std::vector<double> numbers_;
  std::size_t json_ = 0, url_ = 0, email_ = 0, state_ = 0, texts_ = 0, characters_ = 0;
  std::string earliest_, latest_;
};

}  // namespace kpi::sandbox
