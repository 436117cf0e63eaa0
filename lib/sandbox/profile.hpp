#pragma once

#include <kpi/base/result.hpp>
#include <kpi/sandbox/source.hpp>
#include <kpi/sandbox/unfold.hpp>

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace kpi::sandbox {

/// What the rows of a table show about its columns. Costs reading up to 10,000 rows, so it is kept.
struct Profile {
  struct Field {
    Json fingerprint;          ///< null where there is none
    std::string shown_type;    ///< semantic type that the values show, or ""
    std::size_t distinct = 0;  ///< values in the sample
    std::size_t filled = 0;    ///< rows of the sample that have one
    std::vector<UnfoldedField> unfolded;
  };
  std::map<std::string, Field> fields;  ///< by name
  std::optional<std::int64_t> rows;     ///< exact or estimated

  [[nodiscard]] Json json() const;
  static Profile from_json(const Json& json);
  /// Changes with what json() holds: a profile kept by another version is made anew.
  static constexpr const char* format = "1";
};

/// Reads a sample of `table`: one statement, and one more if it has JSON columns. A table that cannot be read
/// has an empty profile.
[[nodiscard]] Profile read_profile(Source& source, const TableShape& table);

}  // namespace kpi::sandbox
