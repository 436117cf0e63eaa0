#pragma once

#include <string>

namespace kpi::sandbox {

/// How a release takes the cards of a dashboard.
enum class Boards {
  one_by_one,  ///< 0.46: POST, PUT and DELETE .../cards; no tabs
  apart,       ///< 0.47: PUT .../cards replaces all, tabs too
  whole,       ///< 0.48+: with the dashboard's own PUT
};

/// In what a release's answers differ. Everything that depends on the version asks here, so that playing
/// another release is a matter of filling this in.
struct Dialect {
  std::string version = "v0.50.0";
  bool specific_errors = true;  ///< 0.47+
  bool color_required = false;  ///< of a collection; up to 0.46
  Boards boards = Boards::whole;
  bool api_keys = true;         ///< 0.49+
  bool card_types = true;       ///< 0.49+: "type"; before, "dataset" is true of a model
  bool trash = true;            ///< 0.50+
  bool closes_streams = false;  ///< 0.52+: a connection that carried a query's answer is not used again
  bool staged_queries = false;  ///< 0.57+: stored queries come as MBQL 5, with the old form beside
  bool real_statuses = false;   ///< 0.59+: a failed query is no 202
  bool json_not_found = false;  ///< 0.59+: {"message":"Not found."}
  bool listed_tags = false;     ///< 0.63+: template-tags are a list in answers

  /// The answers of `version` ("v0.46.6" to "v0.63.2"); what is no release is played as the newest.
  static Dialect of(const std::string& version);
};

}  // namespace kpi::sandbox
