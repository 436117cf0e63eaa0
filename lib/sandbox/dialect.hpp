#pragma once

#include <string>

namespace kpi::sandbox {

/// In what a release's answers differ. Everything that depends on the version asks here, so that playing
/// another release is a matter of filling this in.
struct Dialect {
  std::string version = "v0.50.0";
  int failed_query_status = 202;  ///< 0.59+: 400
  bool specific_errors = true;    ///< 0.47+
  bool api_keys = true;           ///< 0.49+
  bool trash = true;              ///< 0.50+
  bool json_not_found = false;    ///< 0.59+: {"message":"Not found."}

  /// The answers of `version` ("v0.50.0"). Only the level of 0.50 is played so far.
  static Dialect of(const std::string& version) {
    Dialect dialect;
    dialect.version = version;
    return dialect;
  }
};

}  // namespace kpi::sandbox
