#pragma once

#include <kpi/base/json.hpp>

#include <cstddef>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace kpi::sandbox {

/// One value inside a JSON column, shown as a field of its own.
struct UnfoldedField {
  std::vector<std::string> path;  ///< from the column down: {"client_info", "email"}
  std::string base_type;
  std::string database_type;

  [[nodiscard]] std::string name() const;  ///< "client_info → email"
};

/// Finds the values inside one JSON column, fed cell by cell from a sample. Objects are entered at any depth;
/// lists are values. At most 100 fields a column, the first by path.
class Unfolding {
public:
  explicit Unfolding(std::string column);

  /// One cell: JSON as text, or null. What is no JSON object is passed over.
  void add(const Json& cell);
  [[nodiscard]] std::vector<UnfoldedField> fields() const;

private:
  enum class Kind { nothing, flag, integer, wide, real, moment, text, list, mixed };
  static Kind kind_of(const Json& value);
  static Kind merge(Kind a, Kind b);
  void walk(const Json& object, std::vector<std::string>& path);

  std::string column_;
  std::map<std::vector<std::string>, Kind> kinds_;
};

}  // namespace kpi::sandbox
